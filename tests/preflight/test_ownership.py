"""Who shares what: pure rules about labels and names, and what AWS says of roles, buckets and objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.api.execution_role import ExecutionRoleSpec
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.report import report
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.reconcile import object_of
from mwaa_operator.kinds.environment import EnvironmentKind
from mwaa_operator.kinds.execution_role import ExecutionRoleKind

from .test_before_create import Owner, by_ids

PLAIN = {
    "subnetIds": ["subnet-0a", "subnet-0b"],
    "securityGroupIds": ["sg-0a"],
    "sourceBucketArn": "arn:aws:s3:::bucket",
    "executionRoleArn": "arn:aws:iam::123456789012:role/r",
}


def findings(
    labels: Mapping[str, str] | None = None, facts: Mapping[str, Any] | None = None, name: str = "first", **spec: Any
) -> list[Finding]:
    """Read an object as the engine does, and give what the kind finds in it."""
    meta = {"name": name, "namespace": "team", "uid": "6f1c", "labels": labels or {}}
    body = {"metadata": meta, "status": facts or {}}
    obj = object_of(
        Key("Environment", "team", name), body, EnvironmentSpec.model_validate({**PLAIN, **spec}), deleting=False
    )
    context = Context("123456789012", "us-east-1", "aws", today=date(2026, 11, 21))
    found = EnvironmentKind().desired(obj, context).findings
    assert all(each.severity is Severity.WARNING for each in found)
    return list(found)


def codes(*args: Any, **more: Any) -> list[str]:
    return [each.code for each in findings(*args, **more)]


@pytest.mark.row("D94")
def test_two_team_labels_are_warned_about() -> None:
    (found,) = findings({"team": "search", "example.com/team": "ads"})
    assert (found.code, found.where) == ("SeveralTeams", "metadata.labels")
    assert "several teams: ads, search" in found.message
    assert codes({"team": "search"}, tags={"Team": "ads"}) == ["SeveralTeams"]
    assert codes({"team": "search", "example.com/team": "search"}, tags={"team": "search"}) == []
    assert codes({"team": "search", "steam": "engine"}) == []


@pytest.mark.row("D100")
@pytest.mark.parametrize(
    ("labels", "tags", "created", "expected"),
    [
        ({"phi": "true"}, {}, "2022-11-13T23:59:59Z", ["HipaaNotCovered"]),
        ({"example.com/phi": ""}, {}, "2021-01-01T00:00:00Z", ["HipaaNotCovered"]),
        ({}, {"PHI": "yes"}, "2022-11-13T00:00:00Z", ["HipaaNotCovered"]),
        ({"phi": "true"}, {}, "2022-11-14T00:00:00Z", []),
        ({"phi": "false"}, {}, "2022-11-13T00:00:00Z", []),
        ({"phi": "true"}, {}, None, []),
        ({"graphics": "true"}, {}, "2021-01-01T00:00:00Z", []),
    ],
)
def test_health_data_in_an_environment_that_is_too_old(labels, tags, created, expected) -> None:
    found = findings(labels, {"createdAt": created} if created else {}, tags=tags)
    assert [each.code for each in found] == expected
    assert all("business associate addendum" in each.message and str(created)[:10] in each.message for each in found)


@pytest.mark.row("D90")
@pytest.mark.parametrize(
    "value",
    ["https://me:hunter2@example.com/simple", "-i postgresql+psycopg2://app:hunter2@db:5432/x -v", "redis://:hunter2@h"],
)
def test_credentials_in_a_url_are_warned_about_and_not_repeated(value: str) -> None:
    options = findings(airflowConfigurationOptions={"core.hostname_callable": value})
    tagged = findings(tags={"docs": value})
    assert [(each.code, each.where) for each in (*options, *tagged)] == [
        ("CredentialsInUrl", "spec.airflowConfigurationOptions[core.hostname_callable]"),
        ("CredentialsInUrl", "spec.tags[docs]"),
    ]
    assert not any("hunter2" in each.message for each in (*options, *tagged))


def test_urls_without_a_password_are_fine() -> None:
    for value in (
        "https://example.com:8443/a@b",
        "https://me@example.com",
        "https://${USER}:${PASS}@example.com",
        "12:30@noon",
    ):
        assert codes(airflowConfigurationOptions={"core.hostname_callable": value}) == []


@pytest.mark.row("D90")
def test_secrets_in_names_and_tags_are_warned_about_and_not_repeated() -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    found = findings(name=f"x-{key}", tags={"db-password": "hunter2", "note": f"use {key}", "team": "data"})
    assert [(each.code, each.where) for each in found] == [
        ("SecretInPlainSight", "metadata.name"),
        ("SecretInPlainSight", "spec.tags[db-password]"),
        ("SecretInPlainSight", "spec.tags[note]"),
    ]
    assert not any("hunter2" in each.message or key in each.message for each in found)
    assert codes(tags={"secretary": "", "cost-center": "4711", "keyboard": "de"}) == []


def neighbour(name: str) -> Neighbour:
    spec = EnvironmentSpec.model_validate({**PLAIN, "executionRoleArn": None, "executionRoleRef": {"name": "etl"}})
    return Neighbour("Environment", name, spec, {"environmentName": name, "bucketArn": "arn:aws:s3:::bucket"})


@pytest.mark.row("A102")
def test_one_declared_role_for_two_environments_is_a_condition() -> None:
    def of(*names: str) -> list[Finding]:
        around = tuple(neighbour(name) for name in names)
        context = Context("123456789012", "us-east-1", "aws", referrers=around, settings={"iam": "enabled"})
        obj = Object("ExecutionRole", "team", "etl", "uid", 1, ExecutionRoleSpec())
        return list(ExecutionRoleKind().desired(obj, context).findings)

    (found,) = of("prod", "test")
    assert (found.code, found.severity) == ("RoleShared", Severity.WARNING)
    assert "2 environments share this role: prod, test" in found.message
    assert of("prod") == []


@pytest.mark.row("A102", "D91")
async def test_another_environment_on_the_same_role_and_bucket_is_a_condition(place) -> None:
    owner = Owner(place, objects={"Environment": by_ids(place)})
    place.client("mwaa").create_environment(**place.account.request("theirs"))
    place.account.s3.put_object(Bucket=place.account.bucket, Key="invoices/2026.csv", Body=b"1")
    place.account.s3.put_object(Bucket=place.account.bucket, Key="notes.txt", Body=b"1")
    run = await owner.once("Environment")
    assert [each.code for each in run.checks] == ["RoleShared", "BucketShared", "ForeignObjects"]
    role, bucket, objects = run.checks
    assert "environment theirs has the role arn:aws:iam::123456789012:role/service-role/my-role" in role.message
    assert "environment theirs has the bucket arn:aws:s3:::my-bucket" in bucket.message
    assert "is not the environment's: invoices/, notes.txt." in objects.message
    preflight = next(each for each in report(run.found(), True, Truth.UNKNOWN, "").conditions if each.type == "Preflight")
    assert (preflight.status, preflight.reason) == (Truth.TRUE, "RoleShared")
    # warnings hold up nothing
    assert len(place.emulator.calls("mwaa", "CreateEnvironment")) == 2


async def test_one_that_has_a_role_and_a_bucket_of_its_own_is_no_fault(place) -> None:
    place.client("mwaa").create_environment(**place.account.request("theirs"))
    found = await place.look_at(
        "sharing", execution_role_arn="arn:aws:iam::123456789012:role/o", source_bucket_arn="arn:aws:s3:::o"
    )
    assert found == []
    place.emulator.fault("mwaa", "GetEnvironment", code="ResourceNotFoundException", message="gone", status=404)
    assert await place.look_at("sharing") == []
