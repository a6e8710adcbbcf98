"""DAGs made of definitions: as they say, in a real Airflow too, and never more than data."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mwaa_emulator.airflow.install import locate
from mwaa_emulator.airflow.versions import PINNED, PinnedAirflow
from mwaa_operator.sources.dag_factory import BadDefinition, generated, text
from mwaa_operator.sources.lint import lint

OPERATORS = {"bash": "airflow.providers.standard.operators.bash.BashOperator"}
ETL = """
dagId: etl
description: nightly
schedule: "0 5 * * *"
startDate: 2025-02-03
tags: [team-a]
tasks:
  - id: load
    operator: bash
    arguments: { bash_command: "echo 'it is' done", retries: 2, env: { A: "1" } }
    after: [extract]
  - id: extract
    operator: bash
    arguments: { bash_command: echo hello }
"""


def spec(**more: Any) -> dict[str, Any]:
    return {"dagFactory": {"configMapRefs": [{"name": "definitions", **more}], "operators": OPERATORS}}


def there(bucket: Any) -> dict[str, bytes]:
    return {each.key.removeprefix("dags/"): each.get()["Body"].read() for each in bucket.objects.filter(Prefix="dags/")}


@pytest.mark.row("D96")
async def test_a_dag_object_is_made_of_a_definition_in_a_config_map(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({**spec(), "prune": True}, documents={"definitions": {"etl.yaml": ETL.encode()}})
    run = await stack.once()
    assert list(run.graph.findings) == []
    assert [*there(bucket)] == ["etl.py"], "the definition itself stays outside"
    facts = stack.facts(run)
    assert (facts["dagIds"], facts["dagCount"], facts["dagCountExact"]) == (["etl"], 1, True)
    stack.documents = {"definitions": {"etl.yaml": ETL.replace("0 5", "0 6").encode()}}
    await stack.once()
    assert b"'0 6 * * *'" in there(bucket)["etl.py"]
    stack.documents = {"definitions": {"etl.yaml": b"dagId: etl\ntasks: []\n", "two.json": b'{"dagId": 1}'}}
    run = await stack.once()
    assert {(each.code, each.where) for each in run.graph.findings} == {
        ("DefinitionInvalid", "ConfigMap definitions[etl.yaml]"),
        ("DefinitionInvalid", "ConfigMap definitions[two.json]"),
    }
    assert b"'0 6 * * *'" in there(bucket)["etl.py"], "the last good one stays"
    stack.documents = {}
    run = await stack.once()
    assert [need.reason for step in run.plan.steps for need in step.needs] == ["DependencyNotFound"]
    assert "etl.py" in there(bucket)


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        ("dagId: a b\ntasks: [{id: x, operator: bash}]", "dagId must be a text"),
        ("dagId: a\ntasks: [{id: x, operator: python}]", "operator must be one of bash"),
        ("dagId: a\ntasks: [{id: x, operator: [bash]}]", "operator must be one of bash"),
        (f"dagId: a\ntasks: [{{id: x, operator: bash, arguments: {{a: 0x{'f' * 5000}}}}}]", "a number in it is too long"),
        (f"dagId: a\n? 0x{'f' * 5000}\n: b\ntasks: [{{id: x, operator: bash}}]", "a number in it is too long"),
        ("dagId: a\nstartDate: 2024-01-31T05:00:00Z\ntasks: [{id: x, operator: bash}]", "must be a date without a time"),
        ("dagId: a\ncode: x\ntasks: [{id: x, operator: bash}]", "has no code"),
        ("dagId: a\ntasks: [{id: x, operator: bash, after: [y]}]", "after must be a list of the ids"),
        ("dagId: a\ntasks: [{id: x, operator: bash, after: [x]}]", "wait for each other"),
        ("dagId: a\ntasks: [{id: x, operator: bash}, {id: x, operator: bash}]", "two tasks have the id x"),
        ("dagId: a\ntasks: [{id: x, operator: bash, arguments: {'a)': 1}}]", "is no argument that can be given"),
        ("dagId: a\ntasks: [{id: x, operator: bash, arguments: {task_id: y}}]", "is no argument that can be given"),
        ("dagId: a\ntasks: [{id: x, operator: bash, arguments: {a: .inf}}]", "Write it in quotes"),
        ("dagId: a\ntasks: [{id: x, operator: bash, arguments: {a: 2024-01-01}}]", "Write it in quotes"),
        ("dagId: a\nschedule: 5\ntasks: [{id: x, operator: bash}]", "schedule must be a text"),
        ("a: &a [1]\nb: *a", "it has an alias"),
        ("!!python/object/apply:os.system ['true']", "it is no YAML"),
        ("[" * 5000, "it is no YAML"),
        ("- a", "it must be a mapping"),
    ],
)
def test_what_is_no_sound_definition_is_named_and_makes_nothing(definition: str, says: str) -> None:
    source = generated("here", {"a.yaml": definition.encode()}, OPERATORS)
    assert source.files == {}
    assert source.refused == {"a.py"}
    [finding] = source.findings
    assert says in finding.message


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.text())
def test_no_value_becomes_code(value: Any, schedule: str) -> None:
    task = {"id": "x", "operator": "bash", "arguments": {"given": value}}
    try:
        made = text({"dagId": "a", "schedule": schedule, "description": schedule, "tasks": [task]}, OPERATORS)
    except BadDefinition:
        return
    [block] = [each for each in ast.parse(made).body if isinstance(each, ast.With)]
    [statement] = block.body
    assert isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)
    assert ast.literal_eval(statement.value.keywords[1].value) == {"given": value}
    context = block.items[0].context_expr
    assert isinstance(context, ast.Call)
    assert ast.literal_eval(context.keywords[2].value) == schedule


@pytest.mark.airflow
@pytest.mark.row("D96")
@pytest.mark.parametrize("pinned", PINNED, ids=lambda pinned: pinned.version)
def test_a_real_airflow_has_the_dag_as_it_is_defined(pinned: PinnedAirflow, tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    operators = {"bash": f"{'airflow' if pinned.major == 2 else 'airflow.providers.standard'}.operators.bash.BashOperator"}
    [(name, content)] = generated("here", {"etl.yaml": ETL.encode()}, operators).files.items()
    assert lint({name: content}, "dags") == ()
    (tmp_path / "dags" / name).write_bytes(content)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'dags')!r})\nimport etl\n"
        "dag, task = etl.dag, etl.dag.get_task('load')\n"
        "print('DAG', dag.dag_id, dag.start_date.isoformat(), "
        "sorted(task.upstream_task_ids), task.bash_command, task.retries)"
    )
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AIRFLOW_HOME": str(tmp_path)}
    command = [str(locate(pinned).python), "-W", "ignore", "-c", code]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "DAG etl 2025-02-03T00:00:00+00:00 ['extract'] echo 'it is' done 2" in done.stdout


def test_the_definition_of_the_page_is_sound() -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "samples.md"
    [definition] = [
        each["data"]["etl.yaml"]
        for block in page.read_text().split("```yaml\n")[1:]
        for each in yaml.safe_load_all(block.split("```")[0])
        if each["kind"] == "ConfigMap"
    ]
    source = generated("page", {"etl.yaml": definition.encode()}, OPERATORS)
    assert [*source.files] == ["etl.py"]
