"""Secrets Manager as Airflow's backend: what the options say, and what the role may read."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from mwaa_emulator.prepared import execution_policy
from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.aws.mwaa_environment import create_params
from mwaa_operator.checks.secrets_backend import BACKEND, KWARGS, MANAGER
from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.core.kind import Context, Object
from mwaa_operator.core.secret import Secret
from mwaa_operator.kinds.environment import EnvironmentKind
from mwaa_operator.resources.mwaa import Environment

from .test_before_create import by_ids

SECRETS = "arn:aws:secretsmanager:us-east-1:123456789012:secret"
USUAL = {"connections_prefix": "airflow/connections", "variables_prefix": "airflow/variables"}
PATTERNS = {"connections_lookup_pattern": "^prod", "variables_lookup_pattern": "^prod"}


def model(place: Any, kwargs: str, version: str = "2.10.3") -> tuple[Environment, list[Finding]]:
    """Declare an environment with the backend, and give its model and what the kind itself finds."""
    given = {"airflowVersion": version, "airflowConfigurationOptions": {BACKEND: MANAGER, KWARGS: kwargs}}
    spec = EnvironmentSpec.model_validate(by_ids(place, **given))
    obj = Object("Environment", "team", "first", "uid", 1, spec, facts={"environmentArn": "arn"})
    graph = EnvironmentKind().desired(obj, Context("123456789012", "us-east-1", "aws", today=date(2026, 11, 21)))
    made = graph.parts["environment"].model
    assert isinstance(made, Environment)
    return made, [each for each in graph.findings if "Version" not in each.code]


async def look(place: Any, want: Environment) -> list[Finding]:
    from mwaa_operator.aws import facts

    (check,) = [each for each in facts.checks(place.aws) if each.NAME == "secrets"]
    return list(await check.findings(want, "us-east-1"))


def may_read(place: Any, *resources: str, **conditions: Any) -> None:
    policy = deepcopy(execution_policy("my-bucket"))
    statement = {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": list(resources), **conditions}
    policy["Statement"].append(statement)
    place.account.permit(policy)


@pytest.mark.row("D162")
@pytest.mark.parametrize(
    "kwargs",
    [
        "{'connections_prefix': 'x'}",
        '{"connections_prefix"',
        "[]",
        '{"variables_prefix": 3}',
        '{"connections_lookup_pattern": "("}',
    ],
)
async def test_kwargs_that_airflow_could_not_read_are_refused_before_any_call(place, kwargs) -> None:
    _, (finding,) = model(place, kwargs)
    assert (finding.code, finding.severity) == ("BackendKwargsInvalid", Severity.ERROR)
    assert finding.where == "spec.airflowConfigurationOptions[secrets.backend_kwargs]"
    spec = EnvironmentSpec.model_validate(by_ids(place, airflowConfigurationOptions={BACKEND: MANAGER, KWARGS: kwargs}))
    obj = Object("Environment", "team", "first", "uid", 1, spec)
    needs = EnvironmentKind().desired(obj, Context("123456789012", "us-east-1", "aws")).parts["environment"].needs
    assert [need.reason for need in needs] == ["BackendKwargsInvalid"]


@pytest.mark.row("D162")
async def test_a_role_that_may_not_read_secrets_is_warned_about(place) -> None:
    kwargs = json.dumps({"connections_prefix": "team/conn", "variables_prefix": "team/var"})
    want, found = model(place, kwargs)
    assert found == []
    (finding,) = await look(place, want)
    assert (finding.code, finding.severity) == ("RoleMayNotReadSecrets", Severity.WARNING)
    for prefix in ("team/conn", "team/var"):
        assert f"secretsmanager:GetSecretValue on {SECRETS}:{prefix}/" in finding.message

    may_read(place, f"{SECRETS}:team/conn/*")
    (finding,) = await look(place, want)
    assert "team/var" in finding.message and "team/conn" not in finding.message
    may_read(place, f"{SECRETS}:team/*")
    assert await look(place, want) == []
    # Airflow has prefixes of its own where the kwargs name none; null means that nothing is looked for
    assert "airflow/variables" in (await look(place, model(place, "{}")[0]))[0].message
    assert await look(place, model(place, '{"connections_prefix": "team/a", "variables_prefix": null}')[0]) == []


async def test_without_the_backend_nobody_is_asked(place) -> None:
    place.calls.clear()
    assert await place.look_at("secrets") == []
    assert await place.look_at("secrets", airflow_configuration_options={BACKEND: "another.Backend"}) == []
    assert place.calls == []
    hidden = {BACKEND: Secret(MANAGER, "salt"), KWARGS: Secret("{}", "salt")}
    assert [each.code for each in await place.look_at("secrets", airflow_configuration_options=hidden)] == [
        "RoleMayNotReadSecrets"
    ]


@pytest.mark.row("D163")
@pytest.mark.parametrize(("version", "warned"), [("2.0.2", True), ("2.10.3", False)])
async def test_conditions_and_limits_on_secrets_are_warned_about_where_airflow_is_too_old(place, version, warned) -> None:
    want, _ = model(place, json.dumps(USUAL), version)
    expected = ["SecretConditionsUnsupported"] if warned else []
    may_read(place, "*", Condition={"StringEquals": {"secretsmanager:ResourceTag/team": "data"}})
    found = await look(place, want)
    assert [each.code for each in found] == expected
    assert all("conditions on secretsmanager:ResourceTag/team" in each.message for each in found)
    may_read(place, f"{SECRETS}:airflow/*")
    found = await look(place, want)
    assert [each.code for each in found] == expected
    assert all("limits on resources" in each.message for each in found)
    may_read(place, "*")
    assert await look(place, want) == []


@pytest.mark.row("D180")
async def test_lookup_patterns_are_in_the_kwargs_that_aws_is_given(place) -> None:
    kwargs = json.dumps({**USUAL, **PATTERNS})
    want, found = model(place, kwargs)
    assert found == []
    # AWS shows these options to nobody again: the request is all there is to see
    asked = create_params(want)["AirflowConfigurationOptions"]
    assert json.loads(asked[KWARGS]) == {**USUAL, **PATTERNS}
    assert asked[BACKEND] == MANAGER
    _, (warning,) = model(place, kwargs, "2.5.1")
    assert (warning.code, warning.severity) == ("LookupPatternsUnknown", Severity.WARNING)
    assert "connections_lookup_pattern and variables_lookup_pattern need" in warning.message
    assert model(place, json.dumps(USUAL), "2.5.1")[1] == []
