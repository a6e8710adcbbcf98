"""A DAG that Airflow does not show: each cause that the guide names has a reason of its own (guide 04, section 9.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mwaa_emulator.prepared import execution_policy
from mwaa_operator.api.dag_source import DagSourceSpec
from mwaa_operator.checks.catalogue import ENTRIES
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.policy import Policy
from mwaa_operator.core.report import report
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.run import Run
from mwaa_operator.kinds.dag_source import DagSourceKind


def without_the_bucket(place: Any) -> None:
    policy = execution_policy(place.account.bucket)
    policy["Statement"] = [each for each in policy["Statement"] if "s3:GetObject*" not in each["Action"]]
    name = place.account.role_arn.rpartition("/")[2]
    (inline,) = place.account.iam.list_role_policies(RoleName=name)["PolicyNames"]
    place.account.iam.put_role_policy(RoleName=name, PolicyName=inline, PolicyDocument=json.dumps(policy))


def without_the_block(place: Any) -> None:
    place.account.s3.delete_public_access_block(Bucket=place.account.bucket)


def without_versions(place: Any) -> None:
    place.account.s3.put_bucket_versioning(Bucket=place.account.bucket, VersioningConfiguration={"Status": "Suspended"})


@pytest.mark.row("D130")
@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (without_the_bucket, "RoleLacksPermission"),
        (without_the_block, "PublicAccessNotBlocked"),
        (without_versions, "VersioningOff"),
    ],
)
async def test_what_keeps_airflow_from_the_files_has_a_reason(place: Any, harm: Callable[[Any], None], reason: str) -> None:
    assert await place.codes() == []
    harm(place)
    assert set(await place.codes()) == {reason}
    assert reason in ENTRIES


@pytest.mark.row("D130")
def test_an_id_that_two_files_have_has_a_reason() -> None:
    one, other = "from airflow import DAG\nDAG('etl')\n", "from airflow import DAG\nDAG(dag_id='etl')\n"
    spec = DagSourceSpec.model_validate({"bucketRef": {"name": "b"}, "files": {"a.py": one, "b.py": other}})
    obj = Object("DagSource", "team", "dags", "1", 1, spec)
    bucket = Neighbour("Bucket", "b", None, {"bucketName": "my-bucket"})
    context = Context("123456789012", "us-east-1", "aws", targets={("Bucket", "b"): bucket})
    graph = DagSourceKind().desired(obj, context)
    run = Run.of(Registry({}, {}, {}, lambda *body: body), obj, "us-east-1", graph, Policy("1"), {})
    said = {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "").conditions}
    assert (said["Preflight"].status, said["Preflight"].reason) == (Truth.TRUE, "DuplicateDagId"), "they are delivered"
    assert "the DAG id etl is also in dags/a.py" in said["Preflight"].message
