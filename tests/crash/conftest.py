"""The rig of the crash runs, and which of its cases are run: all of them, or a sample."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from devcluster.controlplane import ControlPlane

from .points import Case
from .rig import Rig
from .scenarios.catalogue import CASES, SCENARIOS, sample

SEED = int(os.environ.get("CRASH_SEED") or random.randrange(10_000))
WANTED = os.environ.get("CRASH", "sample")
"""`sample`, `all`, or a share of all, such as `1/2`: several processes may share the work."""


def _chosen() -> tuple[Case, ...]:
    if WANTED == "sample":
        return sample(SEED)
    which, _, of = WANTED.partition("/")
    return CASES[int(which) - 1 :: int(of)] if of else CASES


CHOSEN = _chosen()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each scenario, and of each case."""
    if "scenario" in metafunc.fixturenames:
        metafunc.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CHOSEN, ids=str)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which cases were run, and how to have them again."""
    reports = (report for all_of_a_kind in terminalreporter.stats.values() for report in all_of_a_kind)
    ran = any(isinstance(report, pytest.TestReport) and "tests/crash/" in report.nodeid for report in reports)
    if ran and WANTED == "sample":
        terminalreporter.line(
            f"crash: {len(CHOSEN)} of {len(CASES)} cases, drawn with CRASH_SEED={SEED}; `make crash` runs all of them"
        )


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Give the product behind a proxy, on a control plane of its own: no other operator must see these objects."""
    with (
        ControlPlane.started(tmp_path_factory.mktemp("cluster")) as cluster,
        Rig.started(tmp_path_factory.mktemp("crash"), cluster) as rig,
    ):
        yield rig


@pytest.fixture(autouse=True)
def _clear(rig: Rig) -> Iterator[None]:
    yield
    rig.clear()
