"""What a finding stops, as `spec.lint` says, in a real bucket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.api.dag_source import DagSourceStatus
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.report import report
from mwaa_operator.engine.run import Run
from mwaa_operator.engine.status import findings_view

GOOD, BAD, OLD = "x = 1\n", "x = 1\ndef f(:\n", "from airflow.contrib.hooks.aws_hook import AwsHook\n"


def keys(bucket: Any) -> dict[str, str]:
    return {o.key: o.get()["Body"].read().decode() for o in bucket.objects.all() if o.key.startswith("dags/")}


def said(run: Run) -> list[tuple[str, str, str]]:
    return [(each.code, each.place, each.severity.value) for each in run.graph.findings]


def conditions(run: Run) -> dict[str, tuple[Truth, str, str]]:
    found = report(run.found(), True, Truth.UNKNOWN, "").conditions
    return {each.type: (each.status, each.reason, each.message) for each in found}


@pytest.mark.row("B122", "D95")
async def test_a_syntax_error_holds_back_that_file_alone_and_a_condition_names_it(
    new_stack: Callable[..., Any], bucket: Any
) -> None:
    stack = new_stack({"files": {"a.py": GOOD, "b.py": BAD, "c.py": OLD}})
    run = await stack.once()
    assert keys(bucket) == {"dags/a.py": GOOD, "dags/c.py": OLD}
    assert said(run) == [
        ("DagSyntaxError", "dags/b.py:2", "Error"),
        ("ImportOfAirflowOne", "dags/c.py:1", "Warning"),
    ]
    for type_ in ("Preflight", "Ready", "Stalled"):
        status, reason, message = conditions(run)[type_]
        assert (status is Truth.TRUE, reason) == (type_ == "Stalled", "DagSyntaxError")
        assert message.startswith("dags/b.py:2: ") and "the other files are delivered" in message


async def test_a_last_good_version_is_spoken_of_where_there_is_one(new_stack: Callable[..., Any]) -> None:
    known = {"a.py": NEWER.replace("type X = int", ""), "lib.py": GOOD}
    stack = new_stack({"files": {**known, "b.py": BAD}})
    run = await stack.once()
    assert run.graph.findings[0].message.endswith(". It is not delivered; the other files are delivered.")

    stack.published = stack.facts(run)
    stack.spec = {"files": {"a.py": BAD, "lib.py": BAD, "b.py": BAD}}
    dag, other, lib = (await stack.once()).graph.findings
    assert "its last good version stays" in dag.message
    for each in (other, lib):
        assert "if anything, stays" in each.message and "last good version" not in each.message


async def test_warnings_stop_nothing_by_themselves(new_stack: Callable[..., Any], bucket: Any) -> None:
    run = await new_stack({"files": {"c.py": OLD}}).once()
    assert keys(bucket) == {"dags/c.py": OLD}
    assert conditions(run)["Preflight"][:2] == (Truth.TRUE, "ImportOfAirflowOne")
    assert conditions(run)["Ready"][0] is Truth.TRUE


@pytest.mark.row("D95")
async def test_a_dag_that_fails_the_check_keeps_its_last_good_version(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"files": {"a.py": GOOD, "c.py": GOOD}, "prune": True, "lint": {"refuseFile": "Warning"}})
    await stack.once()
    stack.spec = {**stack.spec, "files": {"a.py": f"{GOOD}y = 2\n", "c.py": OLD}}
    run = await stack.once()
    assert keys(bucket) == {"dags/a.py": f"{GOOD}y = 2\n", "dags/c.py": GOOD}
    assert said(run) == [("ImportOfAirflowOne", "dags/c.py:1", "Error")]
    status, reason, message = conditions(run)["Ready"]
    assert (status, reason) == (Truth.FALSE, "ImportOfAirflowOne") and message.startswith("dags/c.py:1: ")


async def test_a_file_may_be_delivered_whatever_is_said_of_it(new_stack: Callable[..., Any], bucket: Any) -> None:
    run = await new_stack({"files": {"b.py": BAD}, "lint": {"refuseFile": "Never"}}).once()
    assert keys(bucket) == {"dags/b.py": BAD}
    assert said(run) == [("DagSyntaxError", "dags/b.py:2", "Warning")]


NEWER = "from airflow.sdk import DAG\n\ntype X = int\nwith DAG('new', schedule=None):\n    pass\n"


async def test_what_a_newer_python_may_read_is_delivered_and_airflow_decides(stack: Any, bucket: Any) -> None:
    stack.spec = {"files": {"a.py": GOOD, "new.py": NEWER}}
    run = await stack.once()
    assert keys(bucket)["dags/new.py"] == NEWER
    assert said(run) == [("SyntaxOfNewerPython", "dags/new.py:3", "Warning")]
    assert conditions(run)["Preflight"][:2] == (Truth.TRUE, "SyntaxOfNewerPython")
    assert run.sights["imports/first"].reason == "AwaitingImport", "nobody has seen yet that it can be imported"


@pytest.mark.parametrize(
    "environments", [{}, {"first": {"facts": {"airflowVersion": "2.8.1"}}}, {"first": {"facts": {"airflowVersion": None}}}]
)
async def test_without_a_newer_python_that_is_an_error(
    new_stack: Callable[..., Any], bucket: Any, environments: dict[str, Any]
) -> None:
    run = await new_stack({"files": {"a.py": GOOD, "new.py": NEWER}}, environments=environments).once()
    assert keys(bucket) == {"dags/a.py": GOOD}
    assert said(run) == [("DagSyntaxError", "dags/new.py:3", "Error")]


async def test_a_finding_may_hold_back_the_revision(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"files": {"a.py": GOOD, "b.py": GOOD}, "prune": True, "lint": {"refuseRevision": "Error"}})
    before = stack.facts(await stack.once())
    stack.spec = {**stack.spec, "files": {"a.py": f"{GOOD}y = 2\n", "c.py": BAD, "d.py": OLD}}
    run = await stack.once()
    assert keys(bucket) == {"dags/a.py": GOOD, "dags/b.py": GOOD}, "neither written nor deleted"
    assert [each.reason for each in run.plan.step("tree").needs] == ["RevisionRefused"]
    assert said(run) == [
        ("DagSyntaxError", "dags/c.py:2", "Error"),
        ("ImportOfAirflowOne", "dags/d.py:1", "Warning"),
    ]
    after = stack.kind.facts(replace(stack.obj, facts=before), stack.context, run.sights)
    assert after == before and after["revision"], "environments go on with what was delivered last"

    stack.spec = {**stack.spec, "files": {"a.py": f"{GOOD}y = 2\n", "d.py": OLD}}
    await stack.once()
    assert keys(bucket) == {"dags/a.py": f"{GOOD}y = 2\n", "dags/d.py": OLD}


async def test_a_path_that_two_places_claim_may_hold_back_the_revision(new_stack: Callable[..., Any], bucket: Any) -> None:
    spec = {"files": {"a.py": GOOD, "b.py": GOOD}, "configMapRefs": [{"name": "more"}], "lint": {"refuseRevision": "Error"}}
    run = await new_stack(spec, documents={"more": {"a.py": GOOD.encode()}}).once()
    assert (keys(bucket), said(run)) == ({}, [("DuplicatePath", "ConfigMap more", "Error")])
    assert "DuplicatePath in ConfigMap more" in run.plan.step("tree").needs[0].message


async def test_a_refused_revision_is_not_asked_about(stack: Any) -> None:
    await stack.once()
    stack.spec = {"files": {"hello.py": "from airflow.contrib import x\n"}, "lint": {"refuseRevision": "Warning"}}
    stack.asked()
    run = await stack.once()
    assert "RevisionRefused" in [need.reason for need in run.plan.waits["imports/first"]]
    assert stack.asked() == []


@pytest.mark.parametrize(
    ("version", "codes"), [("2.11.2", {"ImportOfAirflowThree", "ImportOfAirflowOne"}), ("3.3.1", {"ImportOfAirflowOne"})]
)
def test_the_rules_know_the_version_of_the_environments(
    new_stack: Callable[..., Any], version: str, codes: set[str]
) -> None:
    stack = new_stack(
        {"files": {"a.py": f"from airflow.sdk import DAG\n{OLD}"}}, version=version, environments={"first": {}}
    )
    assert {each.code for each in stack.kind.desired(stack.obj, stack.context).findings} == codes


async def test_the_status_shows_how_many_there_are_and_the_worst_of_them(new_stack: Callable[..., Any]) -> None:
    files = {f"a{number:03}.py": OLD for number in range(90)}
    run = await new_stack({"files": {**files, "z.py": BAD}}).once()
    view = findings_view(run.graph.findings)
    assert view is not None
    assert (view["errors"], view["warnings"], view["notices"], len(view["items"])) == (1, 90, 0, 50)
    first, second = view["items"][:2]
    assert (first["code"], first["where"], first["line"]) == ("DagSyntaxError", "dags/z.py", 2)
    assert second["where"] == "dags/a000.py"
    known = DagSourceStatus.model_validate({"findings": view}).findings
    assert known is not None and known.items[0].line == 2


@pytest.mark.row("B121")
async def test_airflowignore_is_delivered(new_stack: Callable[..., Any], bucket: Any) -> None:
    await new_stack({"files": {".airflowignore": "lib/\n", "lib/x.py": GOOD}}).once()
    assert keys(bucket)["dags/.airflowignore"] == "lib/\n"
