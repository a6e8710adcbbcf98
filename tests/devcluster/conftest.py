"""What the tests of devcluster share: a wait for conditions, a script run in a process of its own, one control plane."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devcluster import ControlPlane

#: Long, because it only bounds a test that fails: one that passes goes on as soon as its condition holds.
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], object], str], None]:
    """Wait until a condition holds, or fail saying which did not."""

    def wait(condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"still not: {what}"
            time.sleep(0.02)

    return wait


@pytest.fixture
def python(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Run Python source in a process of its own, which the test may kill."""
    started: list[subprocess.Popen[str]] = []

    def run(source: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
        script = tmp_path / f"script{len(started)}.py"
        script.write_text(source)
        argv = [sys.executable, str(script), *map(str, arguments)]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload]
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """One control plane for all tests that leave it as they found it."""
    with ControlPlane.started(tmp_path_factory.mktemp("plane")) as started:
        yield started
