"""Several schedulers need Airflow 2. Pure."""

from __future__ import annotations

import pytest

from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.core.finding import Severity
from mwaa_operator.core.kind import Context, Object
from mwaa_operator.kinds.environment import EnvironmentKind

PLAIN = {"networkRef": {"name": "n"}, "sourceBucketArn": "b", "executionRoleRef": {"name": "r"}}
RUNS = {"environmentArn": "arn:aws:airflow:us-east-1:123456789012:environment/first"}


def graph(known: dict[str, str], **spec: object):
    given = EnvironmentSpec.model_validate({**PLAIN, **spec})
    obj = Object("Environment", "team", "first", "6f1c", 1, given, facts=known)
    return EnvironmentKind().desired(obj, Context("123456789012", "us-east-1", "aws"))


@pytest.mark.row("A25")
@pytest.mark.parametrize("known", [{}, RUNS, {**RUNS, "airflowVersion": "1.10.12"}])
def test_two_schedulers_on_version_1_are_refused(known: dict[str, str]) -> None:
    declared = {} if "airflowVersion" in known else {"airflowVersion": "1.10.12"}
    made = graph(known, schedulers=2, **declared)
    [finding] = [each for each in made.findings if each.code == "SchedulersOutOfRange"]
    assert (finding.severity, finding.where) == (Severity.ERROR, "spec.schedulers")
    assert "Airflow 1.10.12 has one scheduler, not 2" in finding.message
    assert "SchedulersOutOfRange" in {need.reason for need in made.parts["environment"].needs}


@pytest.mark.parametrize(("version", "schedulers"), [("2.0.2", 2), ("3.3.1", 5), ("1.10.12", 1), ("1.10.12", None)])
def test_what_a_version_can_have_is_fine(version: str, schedulers: int | None) -> None:
    found = {each.code for each in graph(RUNS, airflowVersion=version, schedulers=schedulers).findings}
    assert "SchedulersOutOfRange" not in found


def test_a_version_that_is_left_to_aws_is_the_newest_and_judged_by_none() -> None:
    assert graph({}, schedulers=2).findings == ()
