"""What all tests share: the proofs of the capability rows, one control plane, and places for files."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from devcluster.cluster import Cluster
from devcluster.lifecycle import cluster_from_environment
from devcluster.stack import Stack
from mwaa_emulator.prepared import CompleteAccount

REPOSITORY = Path(__file__).parents[1]
RESULTS = REPOSITORY / ".mwaa" / "results"

_proofs: dict[str, dict[str, str]] = defaultdict(dict)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tell the report which rows the test proves."""
    rows = [row for mark in item.iter_markers("row") for row in mark.args]
    if rows:
        item.user_properties.append(("rows", rows))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how each test that proves something ended; a failing set-up or clean-up counts as failed."""
    rows = dict(report.user_properties).get("rows", ())
    for row in rows if isinstance(rows, list) else ():
        known = _proofs[row].get(report.nodeid)
        if report.outcome != "passed":
            _proofs[row][report.nodeid] = report.outcome
        elif report.when == "call" and known is None:
            _proofs[row][report.nodeid] = "passed"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the proofs of this run; `make rows` reads those of the last `make test`. Processes of its own tell it theirs."""
    if (name := os.environ.get("MWAA_SUITE")) and not hasattr(session.config, "workerinput"):
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"{name}.json").write_text(json.dumps(_proofs, indent=1, sort_keys=True) + "\n")


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give the one cluster of this run: of our own, or with CLUSTER=current that of the kubeconfig."""
    with cluster_from_environment(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def stack(control_plane: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give the product, once in a run: AWS ten minutes a second, and an Airflow that is answered for by the emulator.

    There can be no second one beside it: two operators on one cluster share a lease, and only one of them acts.
    """
    with Stack.started(tmp_path_factory.mktemp("stack"), control_plane, speed=600.0) as stack:
        yield stack


@pytest.fixture(scope="session")
def account(stack: Stack) -> CompleteAccount:
    """Give what an environment can stand on without any object of ours."""
    return CompleteAccount(stack.emulator.connect)
