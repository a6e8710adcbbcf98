"""Deletions, from every state that matters: all that is ours goes, and nothing that is not."""

from __future__ import annotations

from mwaa_emulator.prepared import CompleteAccount

from ..points import Scenario
from ..stage import FAST, STILL, Stage


def _neighbours(stage: Stage) -> CompleteAccount:
    """Prepare an account with an environment, a log group and a role of somebody else, and note all that is there."""
    account = stage.prepared()
    mwaa = stage.aws.connect("mwaa")
    mwaa.create_environment(**account.request("other"))
    stage.until(lambda: mwaa.get_environment(Name="other")["Environment"]["Status"] == "AVAILABLE", "the other environment")
    # its name begins as those of our log groups do
    stage.aws.connect("logs").create_log_group(logGroupName="airflow-quickstart-Task-archive")
    stage.take_inventory("before")
    return account


def _all_ready(stage: Stage) -> None:
    account = _neighbours(stage)
    mine = {"bucketRef": {"name": "quickstart"}, "dagSourceRefs": [{"name": "quickstart"}], "sourceBucketArn": None}
    stage.create(
        stage.new("Bucket", deletionPolicy="Delete", purgeOnDelete=True),
        stage.new("DagSource", bucketRef={"name": "quickstart"}, files={"helper.py": "ANSWER = 42\n"}),
        stage.by_ids(account, executionRoleArn=None, **mine),
    )
    stage.until_ready()
    stage.look_again(times=1)


def _creating(stage: Stage) -> None:
    account = _neighbours(stage)
    stage.speed(STILL)
    stage.create(stage.by_ids(account))
    stage.until_aws_is_seen("CREATING")


def _updating(stage: Stage) -> None:
    stage.create(stage.by_ids(_neighbours(stage)))
    stage.until_ready()
    stage.speed(STILL)
    stage.edit(maxWorkers=4)
    stage.until_aws_is_seen("UPDATING")


def _delete(stage: Stage) -> None:
    stage.delete()
    stage.until_gone()
    stage.take_inventory("gone")


def _delete_while_busy(stage: Stage) -> None:
    stage.delete()
    stage.until_condition("Ready", "False", "Deleting")
    stage.speed(FAST)
    stage.until_gone()
    stage.take_inventory("gone")


ALL = {
    "iam:DeleteRole": 1,
    "iam:DeleteRolePolicy": 1,
    "logs:DeleteLogGroup": 5,
    "mwaa:DeleteEnvironment": 1,
    "s3:DeleteBucket": 1,
    "s3:DeleteObjects": 3,
}
BY_IDS = {"logs:DeleteLogGroup": 5, "mwaa:DeleteEnvironment": 1}
GONE = frozenset(("environments: finalizers removed", "environments/status: Ready=False Deleting"))
ALL_GONE = GONE | {
    *(f"{plural}: finalizers removed" for plural in ("buckets", "dagsources")),
    *(f"{plural}/status: Ready=False InUse" for plural in ("buckets", "dagsources")),
}
DELETE = Scenario("delete", _all_ready, _delete, ALL, ALL_GONE)
DELETE_WHILE_CREATING = Scenario("delete-while-creating", _creating, _delete_while_busy, BY_IDS, GONE)
# whether the last word of the update is written before the deletion is asked for is a matter of the moment
UPDATING = frozenset({"environments/status: Ready=Unknown Updating"})
DELETE_WHILE_UPDATING = Scenario("delete-while-updating", _updating, _delete_while_busy, BY_IDS, GONE, UPDATING)
DELETIONS = (DELETE, DELETE_WHILE_CREATING, DELETE_WHILE_UPDATING)
