"""A role whose environment's spec cannot be parsed any more, in the eyes of a process that has never seen it valid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mwaa_operator.api import parse
from mwaa_operator.api.execution_role import ExecutionRoleSpec
from mwaa_operator.app.registry import KINDS
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.world import World
from mwaa_operator.kinds.execution_role import ExecutionRoleKind

LAKE = "arn:aws:s3:::lake"
ROLE = Key("ExecutionRole", "team", "etl")


def environment(name: str, bucket: str) -> dict[str, Any]:
    """Give an Environment that has been Ready, and then was edited."""
    spec = {
        "subnetIds": ["subnet-1", "subnet-2"],
        "securityGroupIds": ["sg-1"],
        "executionRoleRef": {"name": ROLE.name},
        "sourceBucketArn": bucket,
    }
    meta = {"namespace": "team", "name": name, "uid": f"uid-{name}", "resourceVersion": "7", "generation": 2}
    return {"metadata": meta, "spec": spec, "status": {"environmentName": name, "bucketArn": LAKE}}


def world(**buckets: str) -> World:
    """Give what a new process knows of environments, by the bucket that each declares."""
    made = World(Registry({kind.NAME: kind for kind in KINDS}, {}, {}, parse))
    for name, bucket in buckets.items():
        made.update("Environment", environment(name, bucket))
    return made


def referrers(there: World) -> tuple[Any, ...]:
    return tuple(there.neighbour(key) for key in there.referrers(ROLE))


async def test_the_role_does_not_shrink(declared: Callable[..., Any], client: Callable[..., Any]) -> None:
    def documents() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        iam, name = client("iam"), role.facts(run)["roleName"]
        policy = iam.get_role_policy(RoleName=name, PolicyName="MWAA-Execution-Policy")["PolicyDocument"]
        return iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"], policy

    known = referrers(world(dev=LAKE, prod=LAKE))
    role = declared(ExecutionRoleKind(), ExecutionRoleSpec(), referrers=known, name=ROLE.name)
    run = await role.settle()
    before = documents()

    there = referrers(world(dev=LAKE, prod="No Bucket"))
    assert [(each.name, each.spec is None) for each in there] == [("dev", False), ("prod", True)]
    role.context = replace(role.context, referrers=there)
    run = await role.desk.once()
    assert documents() == before
    assert role.facts(run)["environments"] == ["dev", "prod"]
