"""The benchmark measures what it says: figures of counts, which do not depend on the machine. No time is asserted."""

from __future__ import annotations

import pytest
from benchmarks.measures import KINDS, LEAST_WRITES, Figure, quick_start, steady
from benchmarks.rig import rig

from devcluster.cluster import Cluster

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def figures(control_plane: Cluster, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Figure]:
    with rig(tmp_path_factory.mktemp("bench"), control_plane) as stack:
        return {figure.name: figure for figure in (*quick_start(stack), *steady(stack))}


def test_each_measure_gives_a_line_of_the_table(figures: dict[str, Figure]) -> None:
    assert {"quick start: seconds of our own", "AWS AVAILABLE to Ready"} < figures.keys()
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


def test_a_look_at_an_environment_takes_three_calls(figures: dict[str, Figure]) -> None:
    assert figures["Environment: AWS calls of a drift check"].value == 3
    assert figures["Environment: AWS calls of a drift check"].floor == 1
