"""The benchmark measures what it says: figures of counts, which do not depend on the machine. No time is asserted."""

from __future__ import annotations

from collections import defaultdict

import pytest
from benchmarks import crowd as crowded
from benchmarks import latency as latencies
from benchmarks.checks import checks
from benchmarks.crowd import Rest, crowd, others
from benchmarks.figure import Figure
from benchmarks.latency import latency
from benchmarks.measures import KINDS, LEAST_WRITES, covered, quick_start, steady
from benchmarks.rig import rig

from devcluster.cluster import Cluster
from mwaa_operator.resources.iam import TRUST_LIMIT, Account, Served, size, trust_policy

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def figures(control_plane: Cluster, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Figure]:
    with rig(tmp_path_factory.mktemp("bench"), control_plane) as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(crowded, "IDLE_SECONDS", 0.5)
        patch.setattr(latencies, "AT_ONCE", 5)
        patch.setattr(latencies, "LOOKS", 2)
        found = [*quick_start(stack), *steady(stack), *checks(stack, 1), *latency(stack)]
        found += crowd(stack, 3, Rest(memory=100.0, cpu=0.1))
    return {figure.name: figure for figure in found}


def test_each_measure_gives_a_line_of_the_table(figures: dict[str, Figure]) -> None:
    assert {"quick start: time of our own", "AWS AVAILABLE to Ready"} < figures.keys()
    assert all(len(figure.row()) == 5 and figure.row()[1] for figure in figures.values())


def test_the_quick_start_makes_each_write_of_the_floor_and_hardly_another(figures: dict[str, Figure]) -> None:
    writes, calls = figures["quick start: AWS writes"], figures["quick start: AWS calls"]
    assert writes.floor == sum(LEAST_WRITES.values())
    # beside the floor: the folder `dags/` and the record of what the DagSource has put into the bucket
    assert writes.floor <= writes.value <= writes.floor * 1.2
    # our own look at the NAT gateways, fifty times a second, is not among them
    assert writes.value < calls.value


@pytest.mark.parametrize("kind", KINDS)
def test_a_look_at_what_is_as_it_should_be_writes_nothing(figures: dict[str, Figure], kind: str) -> None:
    assert figures[f"{kind}: Kubernetes writes of a drift check"].value == 0


def test_a_look_at_an_environment_that_a_user_asks_for_takes_five_calls(figures: dict[str, Figure]) -> None:
    assert figures["Environment: AWS calls of a drift check"].value == 5
    assert figures["Environment: AWS calls of a drift check"].floor == 1


def test_six_checks_of_a_steady_environment_take_nine_calls_and_no_write(figures: dict[str, Figure]) -> None:
    calls = figures["1 steady environment: AWS calls of a check"]
    # what the counter of checks has seen may be one check more or less than what AWS has
    assert 7 / 6 <= calls.value <= 11 / 5
    assert calls.floor == 1
    assert figures["1 steady environment: Kubernetes writes of a check"].value == 0


def test_each_wait_of_a_user_is_measured_beside_its_floor(figures: dict[str, Figure]) -> None:
    names = {
        "apply to first AWS call, 5 objects at once: p99",
        "AWS AVAILABLE to Ready",
        "AWS failure to the condition with its cause",
        "a healthy object's delay while 10 others fail for ever",
    }
    assert names < figures.keys()
    assert all(figures[name].value > 0 and figures[name].floor for name in names)


def test_a_look_that_a_user_asks_for_at_some_that_share_a_bucket_makes_the_checks_again_too(
    figures: dict[str, Figure],
) -> None:
    assert 5 < figures["3 environments: AWS calls of a look, each"].value < 40
    assert figures["3 environments: Kubernetes writes of a look, each"].value == 0


def test_many_environments_get_as_many_roles_as_the_limits_of_iam_ask_for() -> None:
    served: dict[str, list[Served]] = defaultdict(list)
    roles = []
    for document in others(200):
        if document["kind"] == "ExecutionRole":
            roles.append(document["metadata"]["name"])
        else:
            served[document["spec"]["executionRoleRef"]["name"]].append(Served(document["metadata"]["name"], "us-east-1"))
    assert sum(map(len, served.values())) == 199
    assert sorted(served) == sorted(roles)
    account = Account("aws", "123456789012")
    assert all(size(trust_policy(account, group)) <= TRUST_LIMIT for group in served.values())


def test_seconds_that_several_spans_cover_count_once() -> None:
    assert covered([(5.0, 6.0), (1.0, 3.0), (2.0, 4.0), (2.5, 2.75)]) == 4.0
