"""Every member of CreateEnvironment and UpdateEnvironment can be declared, and nothing is declared that no member takes."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

import botocore.session
import pytest

from mwaa_operator.api import parse
from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.api.shared import SharedSpec
from mwaa_operator.aws.mwaa_environment import MEMBERS, create_params, update_params
from mwaa_operator.core.change import changes
from mwaa_operator.core.kind import Context, Object
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.part import Effect
from mwaa_operator.core.secret import Secret
from mwaa_operator.kinds.environment import EnvironmentKind
from mwaa_operator.resources.mwaa import Environment

ELSEWHERE = {
    "Name": ("name",),
    "Tags": ("tags",),
    "NetworkConfiguration": ("networkRef", "subnetIds", "vpcId", "securityGroupIds"),
}
"""Members whose field has another name, or that are made of several."""
OURS = {
    "networkRef": "instead of ids",
    "bucketRef": "instead of an ARN",
    "executionRoleRef": "instead of an ARN",
    "kmsKeyRef": "instead of an id or an ARN",
    "dagSourceRefs": "what must be delivered first",
    "replaces": "whose place it takes",
    "fixedWorkers": "MinWorkers and MaxWorkers in one",
    "airflowConfigurationOptionsFrom": "AirflowConfigurationOptions",
    "options": "AirflowConfigurationOptions",
    "email": "AirflowConfigurationOptions",
    "logGroups": "CloudWatch Logs",
    "changeWindow": "when updates are sent",
    "settleFor": "when updates are sent",
    "upgrade": "when updates are sent",
    "recreateLimit": "what becomes of a failed creation",
    "onBadFiles": "what becomes of files that an update failed with",
    "customerEndpoints": "who makes the endpoints that AWS leaves to the customer",
    "wayIn": "how a private web server is reached",
    "probes": "how Airflow is asked",
    "quotaIncreases": "AWS is asked for a higher quota by another service",
}
"""Fields that are no member of the API, and what they are for."""
EVERYTHING: dict[str, Any] = {
    "name": "all",
    "subnetIds": ["subnet-1", "subnet-2"],
    "securityGroupIds": ["sg-1"],
    "sourceBucketArn": "arn:aws:s3:::b",
    "executionRoleArn": "arn:aws:iam::123456789012:role/r",
    "dagS3Path": "dags",
    "pluginsS3Path": "plugins.zip",
    "pluginsS3ObjectVersion": "v1",
    "requirementsS3Path": "requirements.txt",
    "requirementsS3ObjectVersion": "v2",
    "startupScriptS3Path": "startup.sh",
    "startupScriptS3ObjectVersion": "v3",
    "airflowVersion": "3.3.1",
    "environmentClass": "mw1.small",
    "minWorkers": 1,
    "maxWorkers": 2,
    "minWebservers": 2,
    "maxWebservers": 3,
    "schedulers": 2,
    "webserverAccessMode": "PUBLIC_AND_PRIVATE",
    "endpointManagement": "CUSTOMER",
    "identityCenterConfiguration": {"startUrl": "https://x.awsapps.com/start", "identityStoreId": "d-1234567890"},
    "teams": {"team-a": {"sourceBucketArn": "arn:aws:s3:::a", "dagS3Path": "/dags/"}},
    "airflowConfigurationOptions": {"core.parallelism": "9"},
    "loggingConfiguration": {"taskLogs": {}},
    "weeklyMaintenanceWindowStart": "TUE:03:30",
    "kmsKey": "0123abcd-0123-0123-0123-0123456789ab",
    "workerReplacementStrategy": "GRACEFUL",
    "tags": {"team": "data"},
}


@cache
def members(operation: str) -> frozenset[str]:
    """Give the members of a request in the installed botocore."""
    service = botocore.session.get_session().get_service_model("mwaa")
    return frozenset(service.operation_model(operation).input_shape.members)


def field_of(member: str) -> str:
    return member[0].lower() + member[1:]


def model(**changed: Any) -> Environment:
    spec = parse("Environment", {**EVERYTHING, **changed}, "all")
    context = Context("123456789012", "us-east-1", "aws")
    made = EnvironmentKind().desired(Object("Environment", "team", "all", "6f1c", 1, spec), context)
    found = made.parts["environment"].model
    assert isinstance(found, Environment)
    return found


def declarable() -> set[str]:
    shared = {str(each.alias) for each in SharedSpec.model_fields.values()} - {"tags"}
    return {str(each.alias) for each in EnvironmentSpec.model_fields.values()} - shared


@pytest.mark.parametrize("operation", ["CreateEnvironment", "UpdateEnvironment"])
def test_every_member_has_a_field(operation: str) -> None:
    lacking = {m for m in members(operation) if not {field_of(m), *ELSEWHERE.get(m, ())} & declarable()}
    assert lacking == set(), "the service has grown: declare these in api/environment.py"


def test_every_field_is_a_member_or_explained() -> None:
    known = {field_of(member) for member in members("CreateEnvironment") | members("UpdateEnvironment")}
    known |= {field for several in ELSEWHERE.values() for field in several}
    assert declarable() - known - OURS.keys() == set()
    assert OURS.keys() <= declarable()


def test_the_sample_gives_every_member() -> None:
    known = members("CreateEnvironment") | members("UpdateEnvironment")
    assert {member for member in known if not {field_of(member), *ELSEWHERE.get(member, ())} & EVERYTHING.keys()} == set()


@pytest.mark.row("C90")
def test_a_create_call_carries_every_member() -> None:
    params = create_params(model())
    assert params.keys() == members("CreateEnvironment")
    assert params["EndpointManagement"] == "CUSTOMER"
    assert params["Teams"] == {"team-a": {"SourceBucketArn": "arn:aws:s3:::a", "DagS3Path": "dags"}}
    _validated("CreateEnvironment", params)


def test_an_update_carries_every_member_that_differs() -> None:
    """Against an environment that has none of it."""
    want = model()
    nothing = {each.name: None for each in fields(want) if each.metadata["compare"]} | {"teams": {}}
    found = [change for change in changes(want, Observed("all", nothing)) if change.path != "tags"]
    update = {"Name": "all", **update_params([each for each in found if each.effect is not Effect.REFUSED], want)}
    assert update.keys() == members("UpdateEnvironment")
    _validated("UpdateEnvironment", update)


def test_what_no_update_takes_can_never_change() -> None:
    """Subnets go with the network, and tags have calls of their own."""
    refused = {each.name for each in fields(Environment) if each.metadata["effect"] is Effect.REFUSED}
    only_created = {MEMBERS.get(name) for name in refused} - {None}
    assert only_created == members("CreateEnvironment") - members("UpdateEnvironment") - {"Tags"}
    assert refused == {"name", "subnet_ids", "kms_key", "endpoint_management"}


def test_how_workers_are_replaced_is_no_difference_by_itself() -> None:
    forced, graceful = model(workerReplacementStrategy="FORCED"), model()
    same = {each.name: getattr(forced, each.name) for each in fields(forced)}
    assert changes(graceful, Observed("all", same)) == ()
    assert update_params([], graceful) == {}
    [change] = changes(graceful, Observed("all", {**same, "min_workers": 2}))
    assert update_params([change], graceful) == {"MinWorkers": 1, "WorkerReplacementStrategy": "GRACEFUL"}


def test_teams_are_added_changed_and_removed_by_name() -> None:
    team = {"SourceBucketArn": "arn:aws:s3:::a", "DagS3Path": "dags"}
    want, other = model(), {**team, "DagS3Path": "old"}
    [change] = changes(want, Observed("all", {"teams": {"team-a": other, "gone": other}}))
    assert update_params([change], want)["Teams"] == {"AddOrUpdate": {"team-a": team}, "Remove": ["gone"]}
    none = model(teams={}, identityCenterConfiguration=None)
    [change] = changes(none, Observed("all", {"teams": {"gone": other}}))
    assert update_params([change], none)["Teams"] == {"Remove": ["gone"]}
    assert "Teams" not in create_params(none)


@pytest.mark.row("B44")
def test_fixed_workers_are_minimum_and_maximum() -> None:
    spec = {name: value for name, value in EVERYTHING.items() if name not in ("minWorkers", "maxWorkers")}
    parsed = parse("Environment", {**spec, "fixedWorkers": 10}, "all")
    made = EnvironmentKind().desired(
        Object("Environment", "team", "all", "6f1c", 1, parsed), Context("123456789012", "us-east-1", "aws")
    )
    params = create_params(made.parts["environment"].model)  # type: ignore[arg-type]
    assert (params["MinWorkers"], params["MaxWorkers"]) == (10, 10)


def test_no_secret_is_printed_with_a_model() -> None:
    want = model(airflowConfigurationOptions={"foo.token": "canary"})
    options = want.airflow_configuration_options
    assert isinstance(options, dict)
    assert isinstance(options["foo.token"], Secret)
    assert "canary" not in repr(want)


def _validated(operation: str, params: dict[str, Any]) -> None:
    from botocore.validate import validate_parameters

    service = botocore.session.get_session().get_service_model("mwaa")
    validate_parameters(params, service.operation_model(operation).input_shape)
