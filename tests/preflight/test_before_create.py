"""The engine's own run: nothing is created before the checks find nothing, and afterwards they cost nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from mwaa_emulator.prepared import TRUST
from mwaa_operator.api import parse
from mwaa_operator.app.registry import KINDS, registry
from mwaa_operator.core.check import Check
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.finding import Finding
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.part import Model
from mwaa_operator.core.policy import Policy
from mwaa_operator.core.report import report
from mwaa_operator.engine.run import Run

MINUTE = 60.0
BY_NAME = {kind.NAME: kind for kind in KINDS}


@dataclass
class Noting:
    """A check that also notes what it finds, warnings included."""

    check: Check[Any]
    found: list[Finding]

    async def findings(self, model: Model, region: str) -> Sequence[Finding]:
        findings = await self.check.findings(model, region)
        self.found.extend(findings)
        return findings


@dataclass
class Owner:
    """Objects of all kinds in one namespace, each with what it has published."""

    place: Any
    found: list[Finding] = field(default_factory=list)
    objects: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    memory: dict[str, dict[str, PartMemory]] = field(default_factory=dict)
    facts: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plain = registry(self.place.aws)
        noting = {name: Noting(check, self.found) for name, check in plain.checks.items()}
        self.registry = type(plain)(plain.kinds, plain.adapters, noting, plain.parse)

    async def once(self, kind: str) -> Run:
        one = BY_NAME[kind]
        obj = Object(kind, "team", "first", f"uid-{kind.lower()}", 1, parse(kind, self.objects[kind], "first"))
        around = [
            Neighbour(other, "first", parse(other, spec, "first"), self.facts.get(other, {}))
            for other, spec in self.objects.items()
        ]
        context = Context(
            "123456789012",
            "us-east-1",
            "aws",
            {(each.kind, each.name): each for each in around},
            [each for each in around if each.kind in one.REFERRERS],
            settings={"iam": "enabled"},
        )
        policy = Policy(obj.uid, "team/first")
        run = Run.of(self.registry, obj, "us-east-1", one.desired(obj, context), policy, self.memory.get(kind, {}))
        await run.observe()
        await run.act()
        self.memory[kind] = dict(run.memory)
        facts = one.facts(obj, context, run.sights)
        self.facts[kind] = {name: fact for name, fact in facts.items() if fact is not None}
        return run

    async def settle(self, *kinds: str) -> None:
        """Run the objects in turn until AWS is at work on none, and nothing is left to do."""
        for _ in range(12):
            runs = [await self.once(kind) for kind in kinds]
            busy = any(isinstance(s, Observed) and s.state is State.BUSY for run in runs for s in run.sights.values())
            if not busy and not any(run.plan.steps or run.plan.waits for run in runs):
                return
            self.place.emulator.advance(10 * MINUTE)
        raise AssertionError(f"never settled: {[(run.plan, run.problems, run.checks) for run in runs]}")

    def created(self) -> int:
        return len(self.place.emulator.calls("mwaa", "CreateEnvironment"))


def by_ids(place: Any, **changes: Any) -> dict[str, Any]:
    spec = {
        "subnetIds": place.account.subnets,
        "securityGroupIds": [place.account.group],
        "sourceBucketArn": f"arn:aws:s3:::{place.account.bucket}",
        "executionRoleArn": place.account.role_arn,
        "webserverAccessMode": "PUBLIC_ONLY",
    }
    return {**spec, **changes}


@pytest.mark.row("A40", "D134")
async def test_everything_that_is_wrong_is_named_and_nothing_is_created_before_it_is_right(place) -> None:
    wrong = by_ids(place, dagS3Path="workflows", kmsKey="11111111-1111-1111-1111-111111111111")
    owner = Owner(place, objects={"Environment": wrong})
    account = place.account

    def versioning(status: str) -> None:
        account.s3.put_bucket_versioning(Bucket=account.bucket, VersioningConfiguration={"Status": status})

    versioning("Suspended")
    account.ec2.modify_vpc_attribute(VpcId=account.vpc, EnableDnsSupport={"Value": False})
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    account.trust({"Version": "2012-10-17", "Statement": [statement]})
    run = await owner.once("Environment")
    assert owner.created() == 0
    role = {"RoleNotTrusting", "RoleLacksPermission"}  # the key is not one that the role may use
    assert {each.code for each in run.checks} == {"VersioningOff", "DagFolderMissing", "DnsSupportOff", "KeyNotFound"} | role
    conditions = {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "").conditions}
    assert conditions["Preflight"].status is Truth.FALSE
    assert conditions["Ready"].status is Truth.FALSE

    versioning("Enabled")
    account.ec2.modify_vpc_attribute(VpcId=account.vpc, EnableDnsSupport={"Value": True})
    account.trust(TRUST)
    owner.objects["Environment"] = by_ids(place)
    await owner.settle("Environment")
    assert owner.created() == 1


async def test_quick_start_on_networks_buckets_and_roles_of_ours_has_no_finding(place) -> None:
    owner = Owner(
        place,
        objects={
            "Network": {},
            "Bucket": {},
            "Environment": {
                "networkRef": {"name": "first"},
                "bucketRef": {"name": "first"},
                "webserverAccessMode": "PUBLIC_ONLY",
                "maxWorkers": 2,
            },
        },
    )
    await owner.settle("Network", "Bucket", "Environment")
    assert owner.created() == 1
    assert owner.found == []


async def test_quick_start_with_a_role_of_ours_and_tightened_ways_out_has_no_finding(place) -> None:
    owner = Owner(
        place,
        objects={
            "Network": {"egress": "Tightened"},
            "Bucket": {},
            "ExecutionRole": {},
            "Environment": {
                "networkRef": {"name": "first"},
                "bucketRef": {"name": "first"},
                "executionRoleRef": {"name": "first"},
                "webserverAccessMode": "PUBLIC_ONLY",
            },
        },
    )
    await owner.settle("Network", "Bucket", "ExecutionRole", "Environment")
    assert owner.created() == 1
    assert owner.found == []


async def test_a_steady_environment_costs_no_check(place) -> None:
    owner = Owner(place, objects={"Environment": by_ids(place)})
    await owner.settle("Environment")
    place.calls.clear()
    await owner.once("Environment")
    assert {call.operation for call in place.calls} <= {
        "describe_log_groups",
        "list_tags_for_resource",
        "get_environment",
        "invoke_rest_api",
        "describe_vpc_endpoints",
        "describe_network_interfaces",
    }
