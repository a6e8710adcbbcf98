"""What is wrong with plugins and startup script is named before they are delivered, and stops what `spec.lint` says."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from mwaa_operator.core.condition import Truth
from mwaa_operator.core.finding import Severity
from mwaa_operator.core.report import report
from mwaa_operator.sources.plugins_tree import ENTRIES as MOST

SCRIPT = "mwaa/team/hello/startup.sh"
ARCHIVE = "mwaa/team/hello/plugins.zip"
KEY = "export AIRFLOW__CORE__FERNET_KEY=x\n"


def keys(bucket: Any) -> set[str]:
    return {each.key for each in bucket.objects.all()}


def found(run: Any) -> list[tuple[str, str, int | None, Severity]]:
    return [(each.code, each.where, each.line, each.severity) for each in run.graph.findings]


@pytest.mark.row("B101")
async def test_a_script_with_a_reserved_variable_is_refused_and_the_last_good_one_stays(
    new_stack: Callable[..., Any], bucket: Any
) -> None:
    stack = new_stack({"startupScript": {"text": "export STAGE=a\n"}})
    run = await stack.once()
    assert found(run) == []
    stack.spec = {"startupScript": {"text": f"export STAGE=b\n{KEY}"}, "files": {"a.py": "x = 1\n"}}
    run = await stack.once()
    assert found(run) == [("ReservedVariable", "spec.startupScript", 2, Severity.ERROR)]
    assert bucket.Object(SCRIPT).get()["Body"].read() == b"export STAGE=a\n"
    assert "dags/a.py" in keys(bucket), "the DAGs are not held back by it"
    conditions = {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "").conditions}
    assert (conditions["Preflight"].status, conditions["Preflight"].reason) == (Truth.FALSE, "ReservedVariable")
    assert "MWAA restores its own value" in conditions["Ready"].message
    assert stack.facts(run)["artefacts"][0]["file"] == "startupScript"
    assert "specHash" not in stack.facts(run)["artefacts"][0], "an environment waits for the mended one"


async def test_a_declared_variable_is_looked_at_too(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"startupScript": {"env": {"AIRFLOW_HOME": "/x", "STAGE": "a"}}})
    run = await stack.once()
    assert found(run) == [("ReservedVariable", "spec.startupScript", None, Severity.ERROR)]
    assert SCRIPT not in keys(bucket)


async def test_the_policy_says_what_a_finding_stops(new_stack: Callable[..., Any], bucket: Any) -> None:
    spec = {"files": {"a.py": "x = 1\n"}, "startupScript": {"text": "yum install x\n"}}
    stack = new_stack({**spec, "lint": {"refuseFile": "Warning"}})
    assert found(await stack.once()) == [("SudoMissing", "spec.startupScript", 1, Severity.ERROR)]
    assert keys(bucket) >= {"dags/a.py"}
    assert SCRIPT not in keys(bucket)
    stack.spec["files"] = {"a.py": "x = 1\n", "b.py": "x = 2\n"}
    stack.spec["lint"] = {"refuseRevision": "Warning"}
    run = await stack.once()
    assert "dags/b.py" not in keys(bucket)
    assert [need.reason for step in run.plan.steps for need in step.needs if step.part == "tree"] == ["RevisionRefused"]
    stack.spec["startupScript"] = {"text": KEY}
    stack.spec["lint"] = {"refuseFile": "Never"}
    assert found(await stack.once()) == [("ReservedVariable", "spec.startupScript", 1, Severity.WARNING)]
    assert keys(bucket) >= {"dags/b.py", SCRIPT}


async def test_a_warning_is_shown_and_the_file_delivered(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"plugins": {"files": {"operators/o.py": "def f(:\n"}}})
    run = await stack.once()
    assert found(run) == [
        ("PackageWithoutInit", "plugins.zip/operators", None, Severity.WARNING),
        ("DagSyntaxError", "plugins.zip/operators/o.py", 1, Severity.WARNING),
    ]
    assert ARCHIVE in keys(bucket)


@pytest.mark.row("B100")
@pytest.mark.parametrize(("mode", "is_said"), [("PRIVATE_ONLY", True), (None, True), ("PUBLIC_ONLY", False)])
async def test_the_environments_that_list_it_say_whether_the_web_server_is_private(
    stack: Any, mode: str | None, is_said: bool
) -> None:
    stack.spec["startupScript"] = {"commands": [{"run": "pip install x"}]}
    stack.environments["first"] = {"spec": {"webserverAccessMode": mode} if mode else {}}
    assert ("InstallOnPrivateWebserver" in [each[0] for each in found(await stack.once())]) is is_said
    stack.spec["startupScript"] = {"commands": [{"run": "pip install x", "components": ["scheduler", "worker"]}]}
    assert found(await stack.once()) == []


@pytest.mark.row("D193")
@pytest.mark.parametrize(("version", "is_said"), [("2.0.2", True), ("2.2.2", False)])
async def test_the_version_of_the_environments_says_whether_pages_are_shown(stack: Any, version: str, is_said: bool) -> None:
    stack.version = version
    text = "class P(AirflowPlugin):\n    name = 'p'\n    appbuilder_views = [1]\n"
    stack.spec |= {"files": {"hello.py": "x = 1\n"}, "plugins": {"files": {"p.py": text}}}
    there = [("UiPluginOfOldVersion", "plugins.zip/p.py", 1, Severity.WARNING)]
    assert found(await stack.once()) == (there if is_said else [])


@pytest.mark.parametrize("content", ["many", "damaged"])
async def test_an_archive_that_nobody_looks_into_is_named(new_stack: Callable[..., Any], bucket: Any, content: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(MOST + 1 if content == "many" else 1):
            archive.writestr(f"{number}.py", "x = 1\n" if content == "damaged" else "")
    data = packed.getvalue()
    if content == "damaged":
        data = data.replace(b"PK\1\2", b"PK\1\3")
    stack = new_stack(
        {"plugins": {"path": "p.zip"}, "configMapRefs": [{"name": "ready"}]}, documents={"ready": {"p.zip": data}}
    )
    run = await stack.once()
    assert found(run) == [("PluginsNotRead", "plugins.zip", None, Severity.WARNING)]
    assert "50,000" in run.graph.findings[0].message
    assert ARCHIVE in keys(bucket), "it is delivered"
