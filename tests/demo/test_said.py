"""Which conditions the demo believes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from devcluster.stack.demo import Demo, said, shell_path


def item(handled: str | None, generation: int) -> dict[str, Any]:
    ready = {"type": "Ready", "status": "True", "observedGeneration": generation}
    status = {"conditions": [ready]} | ({"lastHandledReconcileAt": handled} if handled else {})
    return {"metadata": {"generation": 2}, "status": status}


@pytest.mark.parametrize(
    ("handled", "generation", "believed"),
    [("this run", 2, True), ("this run", 1, False), ("an earlier run", 2, False), (None, 2, False)],
)
def test_a_condition_counts_only_from_this_runs_look_on(handled: str | None, generation: int, believed: bool) -> None:
    assert bool(said(item(handled, generation), "Ready", "this run")) is believed


def test_an_object_without_a_status_says_nothing() -> None:
    assert said({"metadata": {"generation": 1}}, "Ready", "this run") == {}


def test_what_a_shell_still_has_of_a_demo_that_was_stopped_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "emulator.url").write_text("http://127.0.0.1:9")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert Demo(tmp_path).stop() == 0
    assert "unset" not in capsys.readouterr().out, "the region is the shell's own"
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "cluster" / "kubeconfig"))
    assert Demo(tmp_path).stop() == 0
    assert "until  unset KUBECONFIG" in (said := capsys.readouterr().out)
    assert said.rstrip().endswith("AWS_REGION")


def test_the_plugin_that_is_left_in_path_is_named_with_the_way_to_take_it_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"/usr/local/bin:{tmp_path / 'bin'}:/usr/bin:/bin"
    assert Demo(tmp_path).stop() == 0
    assert "PATH" not in capsys.readouterr().out
    monkeypatch.setenv("PATH", path)
    assert Demo(tmp_path).stop() == 0
    command = capsys.readouterr().out.rpartition("until  ")[2]
    done = subprocess.run(["sh", "-c", f'{command}\nprintf %s "$PATH"'], capture_output=True, text=True, check=True)
    assert done.stdout == "/usr/local/bin:/usr/bin:/bin"


def test_the_shell_of_the_demo_has_the_plugin_and_its_completion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kubectl = tmp_path / "has" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(kubectl.parent))
    for _ in range(2):
        assert shell_path(tmp_path / "bin") == f"{tmp_path / 'bin'}:{kubectl.parent}"
    for program, arguments, told in (("kubectl-mwaa", ["--help"], "Commands:"), ("kubectl_complete-mwaa", ["pl"], "plan\t")):
        done = subprocess.run([tmp_path / "bin" / program, *arguments], capture_output=True, text=True, check=True)
        assert told in done.stdout
