"""Deliveries of a DagSource: each file arrives once, deletions come last, and an earlier revision comes back as it was."""

from __future__ import annotations

from typing import Any

from ..points import Scenario
from ..stage import NAME, Stage

DAG = "from airflow.sdk import DAG\n# {0}\n"
OLD = {"etl.py": DAG.format("old"), "lib/rows.py": "ROWS = 1\n", "gone.py": DAG.format("gone")}
NEW = {"etl.py": DAG.format("new"), "lib/rows.py": "ROWS = 2\n", "lib/more.py": "MORE = 1\n", "gone.py": None}
STATUS = frozenset(f"{plural}/status: Ready=True Ready" for plural in ("buckets", "dagsources"))


def _delivered(stage: Stage) -> None:
    stage.create(
        stage.new("Bucket", deletionPolicy="Delete", purgeOnDelete=True),
        stage.new("DagSource", bucketRef={"name": NAME}, prune=True, files=OLD),
    )
    stage.until_ready()
    stage.look_again(times=1)


def _deliver(stage: Stage) -> None:
    stage.edit("DagSource", files=NEW)
    _until_revisions(stage, 2)
    stage.look_again()
    stage.take_inventory("delivered")


def _delivered_twice(stage: Stage) -> None:
    _delivered(stage)
    stage.edit("DagSource", files=NEW)
    _until_revisions(stage, 2)
    stage.look_again(times=1)


def _go_back_and_forth(stage: Stage) -> None:
    first = _source(stage)["status"]["history"][1]["revision"]
    stage.annotate("rollback-to", first, "DagSource")
    stage.until(lambda: _stands(stage, first), "the first revision to stand")
    stage.look_again()
    stage.take_inventory("back")
    stage.annotate("rollback-to", "", "DagSource")
    stage.until(lambda: _stands(stage, None), "the second revision to be back")
    stage.look_again()
    stage.take_inventory("resumed")


def _source(stage: Stage) -> dict[str, Any]:
    (found,) = (item for item in stage.objects() if item["kind"] == "DagSource")
    return found


def _until_revisions(stage: Stage, count: int) -> None:
    stage.until(lambda: len(_source(stage)["status"].get("history", ())) == count, f"{count} revisions in status")
    stage.until_ready()


def _stands(stage: Stage, revision: str | None) -> bool:
    status = _source(stage)["status"]
    said = {each["type"]: each["status"] for each in status["conditions"]}
    if revision is None:
        return "RolledBack" not in said and status.get("revision") == status["history"][0]["revision"]
    return said.get("RolledBack") == "True" and status.get("revision") == revision


# of a delivery: the files, the record, the manifest before and after the deletion
DELIVERY = Scenario("delivery", _delivered, _deliver, {"s3:DeleteObjects": 1, "s3:PutObject": 6}, STATUS)
ROLLBACK = Scenario(
    "rollback",
    _delivered_twice,
    _go_back_and_forth,
    {"s3:CopyObject": 3, "s3:DeleteObjects": 2, "s3:PutObject": 9},
    STATUS,
)
"""Back: three copies, the record and two manifests. Forth: three files, the record and two manifests."""
