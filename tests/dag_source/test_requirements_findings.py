"""What is said of the requirements that a source makes, for the environments that install them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.sources import lint_requirements_versions


def found(stack: Any) -> dict[str, Finding]:
    """Give what is wrong, by code: each thing once."""
    findings = stack.kind.desired(stack.obj, stack.context).findings
    assert len(set(findings)) == len(findings)
    return {each.code: each for each in findings}


def environment(version: str, mode: str = "PUBLIC_ONLY") -> dict[str, Any]:
    spec = {"airflowVersion": version, "webserverAccessMode": mode}
    return {"spec": spec, "facts": {"airflowVersion": version, "airflowHealthy": None}}


@pytest.mark.row("B2", "B3", "B141", "B152", "D26", "D27")
async def test_each_finding_names_the_field_and_the_line_and_the_file_is_delivered(
    new_stack: Callable[..., Any], bucket: Any
) -> None:
    stack = new_stack(
        {
            "requirements": {
                "packages": ["pandas==2.1.4", "numpy"],
                "text": "# ours\nboto3==1.17.54\nwatchtower==1.0.6\n",
                "configMapKeyRefs": [{"name": "team", "key": "r"}],
            }
        },
        documents={"team": {"r": b"apache-airflow-providers-http\n"}},
        environments={"first": environment("2.8.1")},
        version="2.8.1",
    )
    assert {code: each.place for code, each in found(stack).items()} == {
        "RequirementsNotPinned": "spec.requirements.packages:2",
        "AlreadyInBaseImage": "spec.requirements.text:2",
        "WatchtowerReplaced": "spec.requirements.text:3",
        "ProviderPreinstalled": "spec.requirements.configMapKeyRefs[0]:1",
    }
    run = await stack.once()
    assert {each.severity for each in run.graph.findings} == {Severity.WARNING}
    assert stack.facts(run)["artefacts"], "warnings hold up nothing"


async def test_a_warning_holds_the_file_where_the_source_says_so(new_stack: Callable[..., Any], bucket: Any) -> None:
    spec = {"requirements": {"packages": ["numpy"], "noIndex": False}, "lint": {"refuseFile": "Warning"}}
    stack = new_stack(spec, environments={"first": environment("2.8.1")}, version="2.8.1")
    run = await stack.once()
    assert found(stack)["RequirementsNotPinned"].severity is Severity.ERROR
    assert stack.facts(run)["artefacts"] is None
    stack.spec = {**spec, "requirements": {"packages": ["numpy==1.26.4"]}}
    assert stack.facts(await stack.once())["artefacts"]


@pytest.mark.row("B6", "B154", "C78", "D31")
def test_one_private_environment_is_enough(new_stack: Callable[..., Any]) -> None:
    public, private = environment("2.8.1"), environment("2.8.1", "PRIVATE_ONLY")
    stack = new_stack({"requirements": {"packages": ["pandas==2.1.4"]}}, environments={"a": public}, version="2.8.1")
    assert found(stack) == {}
    stack.environments = {"a": public, "b": private}
    assert set(found(stack)) == {"PrivateWebserverNoInternet"}
    stack.spec = {"requirements": {"packages": ["pandas==2.1.4"], "noIndex": True}}
    assert found(stack) == {}


@pytest.mark.row("D25", "B142", "D155")
def test_each_version_is_asked_for_itself(new_stack: Callable[..., Any]) -> None:
    url = "https://raw.githubusercontent.com/apache/airflow/constraints-2.7.2/constraints-3.11.txt"
    text = "apache-airflow[ssh]==2.7.2\n"
    stack = new_stack(
        {"requirements": {"text": text, "constraint": url}},
        environments={"a": environment("2.7.2"), "b": environment("2.8.1")},
    )
    told = found(stack)
    assert set(told) == {"ConstraintOfOtherVersion", "ExtrasOfOtherVersion"}
    assert "those of Airflow 2.7.2, and this is 2.8.1" in told["ConstraintOfOtherVersion"].message
    stack.spec = {"requirements": {"packages": ["apache-airflow-providers-databricks==6.0.0"], "constraint": "None"}}
    stack.environments = {"a": environment("2.0.2")}
    assert "`apache-airflow[databricks]==2.0.2`" in found(stack)["ProviderTooNew"].message


@pytest.mark.row("D32")
def test_wheels_among_the_plugins_must_fit_the_python(new_stack: Callable[..., Any]) -> None:
    wheel = "a-1-cp37-cp37m-manylinux2014_x86_64.whl"
    stack = new_stack(
        {
            "plugins": {"configMapRefs": [{"name": "wheels"}]},
            "requirements": {"packages": ["a"], "noIndex": True, "airflowVersion": "2.8.1"},
        },
        documents={"wheels": {wheel: b"PK"}},
    )
    finding = found(stack)["WheelTagUnfit"]
    assert (finding.where, wheel in finding.message) == ("spec.plugins.configMapRefs", True)


@pytest.mark.row("B150")
def test_wheels_that_are_too_large_are_told_of_the_limits(
    new_stack: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes that are there are counted. That the limit is the guide's, tests/lint says; here it is a small one."""
    monkeypatch.setattr(lint_requirements_versions, "LARGE", 2000)
    spec = {"requirements": {"packages": ["a"], "noIndex": True}, "plugins": {"configMapRefs": [{"name": "wheels"}]}}
    wheels = {f"{name}-1-py3-none-any.whl": b"x" * 1000 for name in "ab"}
    stack = new_stack(spec, documents={"wheels": {**wheels, "README.md": b"x" * 5000}})
    assert "WheelsLarge" not in found(stack)
    stack.documents = {"wheels": {**wheels, "c-1-py3-none-any.whl": b"x" * 1000}}
    told = found(stack)["WheelsLarge"]
    assert (told.where, told.severity) == ("spec.plugins.configMapRefs", Severity.WARNING)
    assert "1.5 GB" in told.message and "within 10 minutes" in told.message


@pytest.mark.row("D24", "B140")
def test_a_source_that_wants_no_constraints_is_told_what_that_means(new_stack: Callable[..., Any]) -> None:
    spec = {"requirements": {"packages": ["pandas==2.1.4"], "constraint": "None"}}
    assert set(found(new_stack(spec, environments={"a": environment("2.8.1")}))) == {"ConstraintMissing"}
    assert found(new_stack(spec, environments={"a": environment("2.6.3")})) == {}
