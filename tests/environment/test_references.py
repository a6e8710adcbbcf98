"""What an environment waits for, and what it publishes for those who wait for it. Pure."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.aws import facts
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.part import Missing
from mwaa_operator.kinds.environment import EnvironmentKind
from mwaa_operator.resources.mwaa import Environment

KIND = EnvironmentKind()
SPEC = {
    "networkRef": {"name": "net"},
    "bucketRef": {"name": "bucket"},
    "executionRoleRef": {"name": "role"},
    "dagSourceRefs": [{"name": "hello"}],
}
FACTS: dict[tuple[str, str], dict[str, Any]] = {
    ("Network", "net"): {"privateSubnetIds": ["subnet-2", "subnet-1"], "securityGroupId": "sg-1"},
    ("Bucket", "bucket"): {"bucketName": "b", "bucketArn": "arn:aws:s3:::b"},
    ("ExecutionRole", "role"): {"roleArn": "arn:aws:iam::123456789012:role/r", "environments": ["first"]},
    ("DagSource", "hello"): {"revision": "0123456789ab"},
}


def obj(**spec: Any) -> Object[EnvironmentSpec]:
    return Object("Environment", "team", "first", "6f1c", 1, EnvironmentSpec.model_validate({**SPEC, **spec}))


def context(**changes: Any) -> Context:
    facts = {
        key: {**value, **changes.get(key[0], {})} for key, value in FACTS.items() if changes.get(key[0], {}) is not None
    }
    targets = {key: Neighbour(key[0], key[1], None, value) for key, value in facts.items()}
    return Context("123456789012", "us-east-1", "aws", targets)


def model(context: Context, **spec: Any) -> Environment:
    found = KIND.desired(obj(**spec), context).parts["environment"].model
    assert isinstance(found, Environment)
    return found


@pytest.mark.row("A15")
def test_it_takes_the_private_subnets_and_the_group_of_its_network() -> None:
    made = model(context())
    assert (made.subnet_ids, made.security_group_ids) == (("subnet-1", "subnet-2"), ("sg-1",))
    assert list(made.late()) == []


def test_own_groups_take_the_place_of_the_networks() -> None:
    assert model(context(), securityGroupIds=["sg-9", "sg-8"]).security_group_ids == ("sg-8", "sg-9")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Network": {"privateSubnetIds": None}}, "spec.networkRef: waits for Network net to publish privateSubnetIds"),
        (
            {"Bucket": None},
            "spec.bucketRef: Bucket bucket does not exist in this namespace. Create it, or correct the name.",
        ),
        (
            {"ExecutionRole": {"environments": ["other"]}},
            "spec.executionRoleRef: waits until ExecutionRole role covers first",
        ),
        ({"DagSource": {"revision": None}}, "spec.dagSourceRefs[0]: waits for DagSource hello to publish revision"),
    ],
)
def test_it_waits_for_facts(changes: dict[str, Any], words: str) -> None:
    needs = {late.need.message for _, late in model(context(**changes)).late() if isinstance(late, Missing)}
    assert needs == {words}


def test_name_and_bucket_are_published_before_anything_exists() -> None:
    facts = {name: value for name, value in KIND.facts(obj(), context(ExecutionRole=None), {}).items() if value is not None}
    assert facts == {"environmentName": "first", "bucketArn": "arn:aws:s3:::b"}
    assert KIND.facts(obj(name="other"), context(Bucket=None), {})["bucketArn"] is None


def test_everything_is_checked_first_whoever_made_it() -> None:
    plain = {"networkRef": None, "subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}
    for spec in (obj(**plain), obj()):
        checks = KIND.desired(spec, context()).parts["environment"].checks
        assert {"network", "role", "key", "bucket"} <= set(checks)
        assert set(checks) == {check.NAME for check in facts.checks(Aws("test"))}


def test_every_reference_is_named_with_its_field() -> None:
    assert [(each.kind, each.name, each.path) for each in KIND.references(obj().spec)] == [
        ("Network", "net", "networkRef"),
        ("Bucket", "bucket", "bucketRef"),
        ("ExecutionRole", "role", "executionRoleRef"),
        ("DagSource", "hello", "dagSourceRefs[0]"),
    ]


def test_no_options_and_an_empty_map_differ() -> None:
    assert model(context()).airflow_configuration_options is None
    assert model(context(), airflowConfigurationOptions={}).airflow_configuration_options == {}
