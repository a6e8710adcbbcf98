"""What an environment's DAGs, load and names lead to: all of it from the spec and from what others have published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.api.dag_source import DagSourceSpec
from mwaa_operator.checks.option_names import variable
from mwaa_operator.core.catalogue import BUILT_IN
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.finding import Severity
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.report import report
from mwaa_operator.kinds.capacity import capacity
from mwaa_operator.kinds.dag_source import DagSourceKind
from mwaa_operator.kinds.dag_source_proof import TREE
from mwaa_operator.sources.dag_count import dag_count, dag_count_is_exact

DAG = "from airflow import DAG\nDAG('{}')\n"


def found(stack: Any) -> dict[str, tuple[Severity, str]]:
    """Give codes with severity, place and message."""
    findings = stack.kind.desired(stack.obj, stack.context).findings
    return {each.code: (each.severity, f"{each.where}: {each.message}") for each in findings}


def delivered(files: Mapping[str, str]) -> Mapping[str, Any]:
    """Give what a DagSource publishes once these files are in the bucket."""
    spec = DagSourceSpec.model_validate({"bucketRef": {"name": "b"}, "files": files})
    obj, context = Object("DagSource", "team", "etl", "u", 1, spec), Context("123456789012", "us-east-1", "aws")
    kind = DagSourceKind()
    tree = kind.desired(obj, context).parts[TREE].model
    there = Observed("b", {"files": tree.files}, {"revision": "r", "bucket": "b", "file_count": len(files)})
    return kind.facts(obj, context, {TREE: there})


def with_sources(stack: Any, *counts: int) -> None:
    """Let the environment list DAG sources that define so many DAGs each."""
    names = [f"source-{index}" for index, _ in enumerate(counts)]
    stack.change(dagSourceRefs=[{"name": name} for name in names])
    facts = [
        delivered({f"d{number}.py": DAG.format(f"{name}-{number}") for number in range(count)})
        for name, count in zip(names, counts, strict=True)
    ]
    targets = {
        ("DagSource", name): Neighbour("DagSource", name, None, fact) for name, fact in zip(names, facts, strict=True)
    }
    stack.context = replace(stack.context, targets=targets)


@pytest.mark.row("B38")
@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ((24,), None),
        ((25,), "DagsNearCapacity"),
        ((30, 20), "DagsNearCapacity"),
        ((51,), "DagsAboveCapacity"),
        ((60,), "DagsAboveCapacity"),
        ((40, 20), "DagsAboveCapacity"),
    ],
)
def test_dags_near_or_above_what_the_class_is_good_for(
    new_stack: Callable[..., Any], counts: tuple[int, ...], code: str | None
) -> None:
    stack = new_stack({"environmentClass": "mw1.small"})
    with_sources(stack, *counts)
    said = found(stack)
    assert [*said] == ([code] if code else [])
    if code:
        severity, text = said[code]
        assert severity is Severity.WARNING
        assert f"at least {sum(counts)} DAGs, and mw1.small is good for 50" in text
    stack.change(environmentClass="mw1.medium")
    assert found(stack) == {}, "a larger class has room"


def test_without_a_known_class_or_source_nothing_is_said_of_dags(new_stack: Callable[..., Any]) -> None:
    assert found(new_stack({"environmentClass": "mw1.small"})) == {}
    stack = new_stack()
    with_sources(stack, 60)
    assert found(stack) == {}
    stack.published = {"environmentClass": "mw1.small"}
    assert [*found(stack)] == ["DagsAboveCapacity"], "AWS has chosen it"


def test_definitions_are_counted_and_not_files() -> None:
    two = "from airflow.decorators import dag\n@dag\ndef a(): ...\n@dag()\ndef b(): ...\na()\nb()\n"
    loop = "from airflow import DAG\nfor n in range(9):\n    DAG(str(n))\n"
    assert (
        delivered({"two.py": two, "loop.py": loop, "plain.py": "x = 1\n", "note.txt": "dag airflow DAG()"})["dagCount"] == 3
    )
    broken = {"broken.py": b"from airflow import DAG\nDAG(\n", "half.py": b"from airflow import DAG\n\xff"}
    assert dag_count({"two.py": two.encode(), **broken}) == 2
    assert dag_count({"two.py": two.encode(), ".airflowignore": b"two"}) == 0


@pytest.mark.row("B47")
@pytest.mark.parametrize(
    ("options", "dags", "bound", "effective"),
    [
        ({"core.parallelism": "100", "core.dag_concurrency": "7"}, 2, 14, 14),
        ({"core.max_active_tasks_per_dag": "7", "core.dag_concurrency": "9"}, 2, 14, 14),
        ({"core.dag_concurrency": "7"}, 20, 140, 50),
        ({"core.parallelism": "10"}, 2, None, 20),
        ({}, 2, None, 50),
        ({"core.dag_concurrency": "7"}, None, None, 50),
    ],
)
def test_dags_bound_how_many_tasks_run_at_once(
    options: dict[str, str], dags: int | None, bound: int | None, effective: int
) -> None:
    there = {"environment_class": "mw1.small", "max_workers": 10, "schedulers": 2}
    shown = capacity(options, there, BUILT_IN, dags, exact=True)
    assert (shown["concurrentTasks"], shown.get("dagBoundTasks"), shown["effectiveTasks"]) == (50, bound, effective)


def test_dags_that_are_not_surely_all_bound_nothing() -> None:
    there = {"environment_class": "mw1.small", "max_workers": 10, "schedulers": 2}
    shown = capacity({"core.dag_concurrency": "7"}, there, BUILT_IN, 1)
    assert (shown["dagBoundTasks"], shown["effectiveTasks"]) == (7, 50)


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("from airflow import DAG\nDAG('a')\nDAG('b')\n", True),
        ("from airflow import DAG\nwith DAG('a') as dag:\n    for n in range(3):\n        Task(n)\n", True),
        ("from airflow.decorators import dag\n@dag()\ndef a(): ...\na()\n", True),
        ("x = 1\n", True),
        ("from airflow import DAG\nfor n in range(9):\n    DAG(str(n))\n", False),
        ("from airflow import DAG\nall = [DAG(str(n)) for n in range(9)]\nDAG('a')\n", False),
        ("from airflow import DAG\ndef make(n):\n    return DAG(n)\nmake('a')\nDAG('b')\n", False),
        ("from airflow import DAG\nfrom mine import make_dag\nDAG('a')\nmake_dag('b')\n", False),
        ("from airflow import DAG\nDAG('a')\nglobals().update(mine())\n", False),
        ("from mine import build  # airflow dags\nbuild()\n", False),
    ],
)
def test_a_count_is_exact_where_no_dag_can_have_been_overlooked(text: str, exact: bool) -> None:
    assert delivered({"one.py": text})["dagCountExact"] is exact


def test_a_count_is_not_exact_with_a_file_that_cannot_be_read_or_may_be_hidden() -> None:
    one = DAG.format("a").encode()
    assert dag_count_is_exact({"one.py": one})
    assert not dag_count_is_exact({"one.py": one, "broken.py": b"from airflow import DAG\nDAG(\n"})
    assert not dag_count_is_exact({"one.py": one, "two.py": one, ".airflowignore": b"two"})


@pytest.mark.row("B47")
async def test_status_shows_the_bound_of_the_dags(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"environmentClass": "mw1.small", "options": {"parallelism": 100, "dagConcurrency": 7}})
    run = await stack.settle()
    with_sources(stack, 2)
    shown = stack.facts(run)["capacity"]
    assert (shown["dags"], shown["dagBoundTasks"], shown["effectiveTasks"]) == (2, 14, 14)


@pytest.mark.row("D171")
@pytest.mark.parametrize(
    ("label", "sizes", "warned"),
    [
        ("bursty", {"minWorkers": 1, "maxWorkers": 5}, True),
        ("bursty", {"minWorkers": 5, "maxWorkers": 5}, False),
        ("bursty", {"fixedWorkers": 5}, False),
        ("bursty", {"maxWorkers": 5}, False),
        ("steady", {"minWorkers": 1, "maxWorkers": 5}, False),
        (None, {"minWorkers": 1, "maxWorkers": 5}, False),
    ],
)
def test_a_bursty_load_is_advised_not_to_scale(
    new_stack: Callable[..., Any], label: str | None, sizes: dict[str, int], warned: bool
) -> None:
    stack = new_stack(sizes, labels={"mwaa-operator.dev/load": label} if label else {})
    said = found(stack)
    assert [*said] == (["BurstyLoadScalesDown"] if warned else [])
    if warned:
        severity, text = said["BurstyLoadScalesDown"]
        assert (severity, "spec.fixedWorkers" in text) == (Severity.WARNING, True)


def test_the_sizes_of_aws_count_where_none_are_declared(new_stack: Callable[..., Any]) -> None:
    stack = new_stack(labels={"mwaa-operator.dev/load": "bursty"}, published={"minWorkers": 1, "maxWorkers": 10})
    assert [*found(stack)] == ["BurstyLoadScalesDown"]


@pytest.mark.row("B59")
async def test_status_names_the_variable_of_each_option_and_no_value(new_stack: Callable[..., Any]) -> None:
    source = {"secretKeyRef": {"name": "mail", "key": "password"}}
    stack = new_stack(
        {
            "airflowConfigurationOptions": {"core.dag_concurrency": "16", "foo.user": "X"},
            "airflowConfigurationOptionsFrom": {"foo.token": source},
            "options": {"parallelism": 9},
        }
    )
    stack.context = replace(stack.context, secrets={"mail": {"password": b"s3cr3t"}})
    assert stack.facts(await stack.once())["optionVariables"] == {
        "core.dag_concurrency": "AIRFLOW__CORE__DAG_CONCURRENCY",
        "core.parallelism": "AIRFLOW__CORE__PARALLELISM",
        "foo.token": "AIRFLOW__FOO__TOKEN",
        "foo.user": "AIRFLOW__FOO__USER",
    }


@pytest.mark.row("B59")
def test_two_options_of_one_variable_are_refused(new_stack: Callable[..., Any]) -> None:
    severity, text = found(new_stack({"airflowConfigurationOptions": {"foo.bar.baz": "1", "foo_bar.baz": "2"}}))[
        "OptionsOfOneVariable"
    ]
    assert severity is Severity.ERROR
    assert "AIRFLOW__FOO_BAR__BAZ, and so does foo.bar.baz" in text
    assert variable("core.dag_concurrency") == variable("Core.DAG_concurrency")
    # a second spelling that differs by case alone does not get that far
    with pytest.raises(ValueError, match="lower-case letters"):
        _ = new_stack({"airflowConfigurationOptions": {"core.parallelism": "1", "Core.Parallelism": "2"}}).obj


@pytest.mark.row("B71")
@pytest.mark.parametrize(
    ("name", "fine"),
    [("Europe/Berlin", True), ("UTC", True), ("utc", True), ("Mars/Phobos", False), ("Berlin", False), ("system", False)],
)
def test_the_time_zone_of_the_user_interface_is_one_of_the_iana_database(
    new_stack: Callable[..., Any], name: str, fine: bool
) -> None:
    option = "webserver.default_ui_timezone"
    for spec, field in (
        ({"options": {"defaultUiTimezone": name}}, "spec.options.defaultUiTimezone"),
        ({"airflowConfigurationOptions": {option: name}}, f"spec.airflowConfigurationOptions[{option}]"),
    ):
        said = found(new_stack({"airflowVersion": "2.10.3", **spec}))
        assert [*said] == ([] if fine else ["TimeZoneUnknown"])
        if not fine:
            severity, text = said["TimeZoneUnknown"]
            assert (severity, repr(name) in text) == (Severity.ERROR, True)
            assert text.startswith(f"{field}: ") and option in text


@pytest.mark.parametrize(
    ("spec", "field", "option"),
    [
        ({"email": {"host": "h", "from": "a@b.c", "port": 25}}, "email.port", "smtp.smtp_port"),
        ({"options": {"syncParallelism": 0}}, "options.syncParallelism", "celery.sync_parallelism"),
        (
            {"airflowConfigurationOptionsFrom": {"core.fernet_key": {"secretKeyRef": {"name": "x", "key": "y"}}}},
            "airflowConfigurationOptionsFrom[core.fernet_key]",
            "core.fernet_key",
        ),
    ],
)
def test_a_finding_stands_at_the_field_that_was_written(
    new_stack: Callable[..., Any], spec: dict[str, Any], field: str, option: str
) -> None:
    [text] = [text for _, text in found(new_stack(spec)).values() if text.startswith(f"spec.{field}: ")]
    assert option in text


@pytest.mark.row("D159")
async def test_plugins_with_libraries_are_loaded_at_the_start_or_that_is_told(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowVersion": "2.10.3"})
    await stack.settle()
    stack.account.s3.put_object(Bucket=stack.account.bucket, Key="plugins.zip", Body=b"lib/libclntsh.so")
    stack.change(pluginsS3Path="plugins.zip")
    severity, text = found(stack)["LazyLoadNotSet"]
    assert (severity, "libclntsh.so" in text) == (Severity.WARNING, True)
    # as soon as the spec has options, it is done: as a string
    stack.change(airflowConfigurationOptions={})
    assert "LazyLoadNotSet" not in found(stack)
    model = stack.kind.desired(stack.obj, stack.context).parts["environment"].model
    assert model.airflow_configuration_options == {"core.lazy_load_plugins": "False"}
    for version, code in (("3.3.1", False), ("2.10.3", True)):
        stack.change(airflowVersion=version, airflowConfigurationOptions=None)
        assert ("LazyLoadNotSet" in found(stack)) is code


@pytest.mark.row("D148")
@pytest.mark.parametrize(("length", "told"), [(45, False), (46, True), (64, True)])
def test_a_long_name_of_the_execution_role_is_told_of(new_stack: Callable[..., Any], length: int, told: bool) -> None:
    stack = new_stack({"executionRoleArn": f"arn:aws:iam::123456789012:role/service-role/{'r' * length}"})
    said = found(stack)
    assert [*said] == (["RoleNameHashed"] if told else [])
    if told:
        assert said["RoleNameHashed"][0] is Severity.WARNING


def test_the_name_of_a_role_of_ours_counts_too(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    stack.change(executionRoleArn=None, executionRoleRef={"name": "etl"})
    role = {"roleArn": f"arn:aws:iam::123456789012:role/{'r' * 60}", "environments": ["first"]}
    stack.context = replace(stack.context, targets={("ExecutionRole", "etl"): Neighbour("ExecutionRole", "etl", None, role)})
    assert "spec.executionRoleRef" in found(stack)["RoleNameHashed"][1]


@pytest.mark.row("D11")
async def test_a_risk_for_the_logs_of_tasks_is_a_condition_and_stops_nothing(new_stack: Callable[..., Any]) -> None:
    """The row calls the condition ConfigRisky: here it is `Preflight`, with the same reason (docs/fidelity.md)."""
    stack = new_stack({"airflowVersion": "2.10.3", "options": {"syncParallelism": 0}})
    run = await stack.settle()
    conditions = {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}
    assert (conditions["Preflight"].status, conditions["Preflight"].reason) == (Truth.TRUE, "TaskLogDelivery")
    assert "celery.sync_parallelism" in conditions["Preflight"].message
    assert conditions["Ready"].status is Truth.TRUE
