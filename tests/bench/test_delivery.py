"""What is measured of the delivery of DAG files, as counts of small trees. No time is asserted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.delivery.crowded import crowded
from benchmarks.delivery.distance import Distance
from benchmarks.delivery.large import large
from benchmarks.delivery.linted import linted
from benchmarks.delivery.pushed import delivered, pushed
from benchmarks.delivery.rivals import RivalMissing, rivals
from benchmarks.delivery.site import Site, site
from benchmarks.delivery.synced import EDITED, synced
from benchmarks.delivery.tree import Team
from benchmarks.figure import Figure

from devcluster.cluster import Cluster
from mwaa_emulator.client import Emulator

COUNT, SOURCES, MEBIBYTES = 12, 3, 2
LOOK = 2
"""A look: the list, of one page here, and the manifest."""
RECORDS = 4
"""Of a delivery beside the files: the manifest is written, and asked when that was; the record of the revision is looked
for and written. One poll later comes one more look."""
CAUGHT_UP = 1
"""Without `prune` the revision before may only have lacked files, and is looked for among the records."""
Figures = dict[str, Figure]

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def there(control_plane: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("delivery"), control_plane) as found:
        yield found


@pytest.fixture(scope="module")
def tree(there: Site) -> Figures:
    return {figure.name: figure for figure in synced(there, Team(there.directory, "tree"), [], COUNT)}


def requests(figures: Figures, change: str) -> tuple[float, float | None]:
    figure = figures[f"{COUNT} files, {change}: requests, ours"]
    return figure.value, figure.floor


def test_no_change_costs_the_list_and_a_look_at_the_manifest(tree: Figures) -> None:
    assert requests(tree, "no change") == (LOOK, 1)


@pytest.mark.parametrize("change", ["one change", EDITED])
def test_one_change_costs_the_list_and_the_object_and_our_records(tree: Figures, change: str) -> None:
    assert requests(tree, change) == (LOOK + 1 + RECORDS + LOOK, 2)


def test_an_edit_that_keeps_size_and_time_is_delivered(tree: Figures) -> None:
    assert tree[f"{COUNT} files, {EDITED}: objects missed, ours"].value == 0


def test_a_tree_that_is_renamed_is_written_once_and_deleted_with_one_request(tree: Figures) -> None:
    # the manifest is written before the deletions too: a crash between the two forgets none
    assert requests(tree, "all renamed") == (LOOK + COUNT + 1 + RECORDS + 1 + LOOK, COUNT + 2)


def test_a_push_is_measured_to_its_object(there: Site) -> None:
    small = delivered(there, Team(there.directory, "small"), 1)
    assert all(figure.value > 0 and figure.floor for figure in pushed(there, small))


def test_one_change_beside_other_sources_asks_as_much_as_alone(there: Site) -> None:
    calls = next(figure for figure in crowded(there, SOURCES) if "AWS calls" in figure.name)
    assert (calls.value, calls.floor) == (LOOK + CAUGHT_UP + 1 + RECORDS + LOOK, 2)


def test_memory_is_measured_against_the_same_process_at_rest(there: Site) -> None:
    own, peak, after, _ = large(there, MEBIBYTES)
    assert peak.floor == after.floor
    assert 0 < own.value <= peak.value
    assert peak.value >= after.value * 0.9 > 0


def test_the_linter_is_measured_beside_ruff(tmp_path: Path) -> None:
    assert [bool(figure.value and figure.floor) for figure in linted(tmp_path, 2)] == [True, True]


@pytest.mark.skipif(not shutil.which("rclone"), reason="rclone is not installed")
def test_others_miss_the_edit_that_ours_delivers(there: Site) -> None:
    missed = {
        f.name.rpartition(", ")[2]: f.value
        for f in synced(there, Team(there.directory, "beside"), rivals(), 3)
        if "missed" in f.name
    }
    assert missed == {"ours": 0, "aws s3 sync": 1, "rclone": 1, "rclone --fast-list --checksum": 0}


def test_who_has_no_rclone_is_told_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RivalMissing, match="apt-get install rclone"):
        rivals()


def test_what_passes_on_the_way_is_counted_both_ways() -> None:
    with Emulator.started() as emulator, Distance(emulator.url, 0.001).open() as distance:
        emulator.connect("s3").create_bucket(Bucket="lake")
        near, content = Emulator(distance.url).connect("s3"), b"x" * 100_000
        near.put_object(Bucket="lake", Key="a", Body=content)
        sent = distance.carried
        assert near.get_object(Bucket="lake", Key="a")["Body"].read() == content
        for carried in (sent, distance.carried - sent):
            assert 0 <= carried - len(content) < 4000
