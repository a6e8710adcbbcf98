"""A quick start: created until all is Ready, looked at again, deleted until only the bucket is left."""

from __future__ import annotations

from typing import Any

import yaml

from devcluster.stack.deployment import REPOSITORY

from ..points import Case, Scenario
from ..stage import FAST, SLOW, Stage

DAG = "tutorial"
SAMPLE = REPOSITORY / "manifests" / "samples" / "quickstart.yaml"

AWS = {
    "ec2:AllocateAddress": 2,
    "ec2:AssociateRouteTable": 4,
    "ec2:AttachInternetGateway": 1,
    "ec2:AuthorizeSecurityGroupIngress": 1,
    "ec2:CreateInternetGateway": 1,
    "ec2:CreateNatGateway": 2,
    "ec2:CreateRoute": 3,
    "ec2:CreateRouteTable": 3,
    "ec2:CreateSecurityGroup": 1,
    "ec2:CreateSubnet": 4,
    "ec2:CreateVpc": 1,
    "ec2:DeleteInternetGateway": 1,
    "ec2:DeleteNatGateway": 2,
    "ec2:DeleteRouteTable": 3,
    "ec2:DeleteSecurityGroup": 1,
    "ec2:DeleteSubnet": 4,
    "ec2:DeleteVpc": 1,
    "ec2:DetachInternetGateway": 1,
    "ec2:DisassociateRouteTable": 4,
    "ec2:ModifySubnetAttribute": 2,
    "ec2:ModifyVpcAttribute": 1,
    "ec2:ReleaseAddress": 2,
    "iam:CreateRole": 1,
    "iam:DeleteRole": 1,
    "iam:DeleteRolePolicy": 1,
    "iam:PutRolePolicy": 1,
    "logs:CreateLogGroup": 5,
    "logs:DeleteLogGroup": 5,
    "mwaa:CreateEnvironment": 1,
    "mwaa:DeleteEnvironment": 1,
    "mwaa:InvokeRestApi": 2,
    "s3:CreateBucket": 1,
    "s3:DeleteObjects": 2,
    "s3:PutBucketTagging": 1,
    "s3:PutBucketVersioning": 1,
    "s3:PutObject": 5,
    "s3:PutPublicAccessBlock": 1,
}
"""Airflow is written to twice: the DAG is unpaused, then its run is started."""
WHILE_AWS_CREATES = frozenset(("networks/status: Ready=Unknown Pending", "environments/status: Ready=Unknown Creating"))
WHILE_AWS_DELETES = frozenset(("networks/status: Ready=False Deleting", "environments/status: Ready=False Deleting"))
"""What is only written when AWS takes its time."""
KINDS = ("buckets", "dagsources", "environments", "executionroles", "networks")
KUBERNETES = (
    WHILE_AWS_CREATES
    | WHILE_AWS_DELETES
    | {f"{plural}/status: Ready=False InUse" for plural in KINDS if plural != "environments"}
    | {f"{plural}: finalizers {done}" for plural in KINDS for done in ("set", "removed")}
    | {f"{plural}/status: Ready=True Ready" for plural in KINDS}
    | {f"{plural}/status: Ready=False DependencyNotReady" for plural in ("dagsources", "environments", "executionroles")}
    | {"dagsources/status: Ready=Unknown DagRunning", "networks/status: parts announced"}
)
SOMETIMES = frozenset(
    f"{plural}/status: Ready=False DependencyNotFound" for plural in ("dagsources", "environments", "executionroles")
)
"""Written when an object is looked at before the next one is applied."""


def _prepare(stage: Stage) -> None:
    """Let Airflow answer as one that has imported the DAG, and has never run it."""
    file = f"{DAG}.py"
    (source,) = (document["spec"]["files"][file] for document in _documents() if document["kind"] == "DagSource")
    dag = {"dag_id": DAG, "relative_fileloc": file, "fileloc": f"/usr/local/airflow/dags/{file}", "is_paused": True}
    stage.aws.airflow_answer("/dags", {"dags": [dag], "total_entries": 1})
    stage.aws.airflow_answer(f"/dagSources/{DAG}", {"dag_id": DAG, "content": source})


def _play(stage: Stage) -> None:
    write = stage.case.point.write if stage.case else None
    stage.speed(SLOW if write is None or write in WHILE_AWS_CREATES else FAST, then=FAST)
    stage.create(*reversed(_documents()))  # those that wait come first
    stage.until_ready()
    stage.take_inventory("Ready")
    stage.look_again()
    if write in WHILE_AWS_DELETES:
        stage.speed(SLOW, then=FAST)
    stage.delete()
    stage.until_gone()
    stage.take_inventory("gone")


def _documents() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(SAMPLE.read_text()))


QUICKSTART = Scenario("quick-start", _prepare, _play, AWS, KUBERNETES, SOMETIMES)
IN_AIRFLOW: tuple[Case, ...] = tuple(case for case in QUICKSTART.cases if case.point.write == "mwaa:InvokeRestApi")
"""Airflow has neither ids nor tags."""
