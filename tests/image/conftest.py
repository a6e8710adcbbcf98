"""Builds the image and runs it: with Docker where an engine answers, else with buildah on a Debian made by debootstrap."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from devcluster import cache

ROOT = Path(__file__).resolve().parents[2]
NAME = "localhost/mwaa-operator"
SUITE = "bookworm"  # its Python is 3.11, that of the default base
BASE_PACKAGES = "python3,python3-pip,ca-certificates"
#: What a pod would set; the kubeconfig is in the only place that can be written.
VARIABLES = ("AWS_REGION=us-east-1", "KUBECONFIG=/tmp/kubeconfig")


@dataclass(frozen=True)
class Container:
    """A command that runs in the image."""

    process: subprocess.Popen[str]
    #: Ask it to stop as a kubelet would.
    terminate: Callable[[], None]


class Engine(Protocol):
    """Something that builds the image and runs it."""

    def build(self) -> None: ...

    def config(self) -> dict[str, Any]: ...

    def start(self, command: Sequence[str], tmp: Path) -> contextlib.AbstractContextManager[Container]: ...


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The engine, with the image built."""
    if shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0:
        docker = Docker()
        docker.build()
        yield docker
        return
    _install()
    directory = cache.directory() / "image"
    with cache.locked(directory, "the image"):
        directory.mkdir(exist_ok=True)
        buildah = Buildah(directory)
        buildah.build()
        yield buildah


class Docker:
    """A Docker engine, with the base image that the Dockerfile names."""

    def build(self) -> None:
        _run("docker", "build", *_pip_settings(), "--tag", NAME, ROOT, env={**os.environ, "DOCKER_BUILDKIT": "1"})

    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(_run("docker", "image", "inspect", NAME))[0]["Config"]
        return found

    @contextlib.contextmanager
    def start(self, command: Sequence[str], tmp: Path) -> Iterator[Container]:
        argv = ["docker", "run", "--rm", "--network=host", "--read-only", f"--volume={tmp}:/tmp", "--cap-drop=ALL"]
        argv += ["--security-opt=no-new-privileges", *(f"--env={variable}" for variable in VARIABLES)]
        argv += ["--entrypoint", command[0], NAME, *command[1:]]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                yield Container(process, process.terminate)
            finally:
                process.terminate()


#: The root is read-only in a mount namespace of its own, and the command is process 1 there: as in a container.
SANDBOX = """
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount --bind "$2" "$1/tmp"
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
exec setpriv --no-new-privs chroot --userspec="$3" --groups= "$1" "${@:4}"
"""


class Buildah:
    """buildah without a daemon, with a base image made here."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._base = f"localhost/python-{SUITE}-{platform.machine()}"
        self._driver = "overlay"

    def build(self) -> None:
        if subprocess.run([*self._command(), "info"], capture_output=True, check=False).returncode:
            _say("No overlay file system can be mounted here: vfs copies whole images, which takes some minutes more")
            self._driver = "vfs"
        if not self._buildah("images", "--quiet", "--filter", f"reference={self._base}"):
            self._make_base()
        arguments = ["--isolation=chroot", "--layers", f"--build-arg=BASE={self._base}", *_pip_settings()]
        # The first stage gets a name too: so it stays in the cache while all that is older goes.
        self._buildah("build", *arguments, "--target=build", f"--tag={NAME}-build", ROOT)
        self._buildah("build", *arguments, f"--tag={NAME}", ROOT)
        self._buildah("rmi", "--prune")

    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._buildah("inspect", "--type=image", NAME))["OCIv1"]["config"]
        return found

    @contextlib.contextmanager
    def start(self, command: Sequence[str], tmp: Path) -> Iterator[Container]:
        config = self.config()
        container = self._buildah("from", NAME).strip()
        try:
            root = self._buildah("mount", container).strip()
            inside = ["/usr/bin/env", "-i", f"--chdir={config['WorkingDir']}", *config["Env"], *VARIABLES, *command]
            argv = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-ec", SANDBOX, "sandbox"]
            argv += [root, str(tmp), config["User"], *inside]
            with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
                try:
                    yield Container(process, lambda: os.kill(_child(process.pid), signal.SIGTERM))
                finally:
                    process.kill()
        finally:
            self._buildah("rm", container)

    def _make_base(self) -> None:
        _say(f"Making a base image of Debian {SUITE}, once: one to three minutes")
        with tempfile.TemporaryDirectory(dir=self._directory) as made:
            rootfs, archive = Path(made) / "rootfs", Path(made) / "base.tar"
            _run("debootstrap", "--variant=minbase", f"--include={BASE_PACKAGES}", SUITE, rootfs)
            _run("tar", "-C", rootfs, "--exclude=./var/cache/apt", "--exclude=./var/lib/apt/lists", "-cf", archive, ".")
            container = self._buildah("from", "scratch").strip()
            self._buildah("add", "--quiet", container, archive, "/")
            self._buildah("commit", "--rm", container, self._base)

    def _buildah(self, *arguments: object) -> str:
        return _run(*self._command(), *arguments)

    def _command(self) -> list[str]:
        storage = self._directory / self._driver
        return ["buildah", f"--storage-driver={self._driver}", f"--root={storage / 'root'}", f"--runroot={storage / 'run'}"]


def _install() -> None:
    """Install what is missing where that is possible without asking, else say what to do."""
    owners = {"buildah": "buildah", "debootstrap": "debootstrap", "setpriv": "util-linux", "unshare": "util-linux"}
    packages = sorted({package for program, package in owners.items() if not shutil.which(program)})
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() != 0:
        advice = f", after: sudo {' '.join(install)}" if packages else ""
        _stop(f"there is no Docker engine that answers. Start one, or run this as root{advice}")
    if packages and not shutil.which("apt-get"):
        _stop(f"there is no Docker engine that answers. Start one, or install these: {', '.join(packages)}")
    if packages:
        _say(f"There is no Docker engine that answers: installing {', '.join(packages)}")
        _run("apt-get", "update")
        _run(*install)


def _pip_settings() -> list[str]:
    """Say in build arguments where this machine's pip finds packages and which authorities it trusts."""
    # The environment comes last, since it wins in pip too.
    lines = sorted(
        _run(sys.executable, "-m", "pip", "config", "list").splitlines(), key=lambda line: line.startswith(":env:")
    )
    pairs = (line.partition("=") for line in lines)
    found = {name.rpartition(".")[2]: value.strip("'\"") for name, _, value in pairs}
    names = ("index-url", "extra-index-url", "trusted-host")
    arguments = [f"--build-arg=PIP_{name.upper().replace('-', '_')}={found[name]}" for name in names if name in found]
    if "cert" in found:
        arguments += ["--build-arg=PIP_CERT=/run/secrets/ca", f"--secret=id=ca,src={found['cert']}"]
    return arguments


def _run(*command: object, **options: Any) -> str:
    """Run a command whose complaints are seen, and return what it prints."""
    argv = [str(word) for word in command]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False, **options)
    if done.returncode:
        _stop(f"{' '.join(argv)}\nended with code {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout


def _child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _stop(why: str) -> None:
    pytest.exit(f"The image cannot be tested: {why}", 1)
