"""A newer provider: constraints that are made for it lie among the DAG files, and requirements.txt names them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.core.origin import Fetched
from mwaa_operator.engine.fetching import Fetching
from mwaa_operator.fetch.constraints import Constraints
from mwaa_operator.kinds.dag_source_providers import origin
from mwaa_operator.sources.provider_constraints import edited, file_name
from mwaa_operator.sources.requirements import constraint_url

from .asker import Asker
from .package_index import PackageIndex

BASE = "# of Airflow\napache-airflow-providers-amazon==8.16.0\napache-airflow-providers-http==4.8.0\nboto3==1.33.13\n"
UPDATED = BASE.replace("8.16.0", "8.24.0")
PLACE = "/usr/local/airflow/dags/constraints-3.11-updated.txt"
REQUIREMENTS = "mwaa/team/hello/requirements.txt"


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    made = PackageIndex()
    made.add("apache-airflow-providers-amazon", "8.16.0")
    made.add("apache-airflow-providers-amazon", "8.24.0", "boto3>=1.33")
    made.add("apache-airflow-providers-amazon", "9.0.0", "boto3>=1.35")
    made.add("boto3", "1.33.13")
    made.texts["/constraints-2.8.1/constraints-3.11.txt"] = BASE
    yield made
    made.stop()


def source(index: PackageIndex, amazon: str = "8.24.0", **settings: Any) -> dict[str, Any]:
    asked = {
        "providers": {"amazon": amazon},
        "airflowVersion": "2.8.1",
        "constraint": f"{index.url}/constraints-2.8.1/constraints-3.11.txt",
        "indexUrl": index.simple,
    }
    return {"files": {"hello.py": "x = 1\n"}, "requirements": {**asked, **settings}}


def body(bucket: Any, key: str) -> str:
    return str(bucket.Object(key).get()["Body"].read().decode())


def keys(bucket: Any) -> list[str]:
    return sorted(each.key for each in bucket.objects.all() if not each.key.endswith("manifest.json"))


@pytest.mark.row("B4")
async def test_the_edited_constraints_lie_among_the_dags_and_come_first_in_the_requirements(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    stack = new_stack(source(index, packages=["boto3==1.33.13"]))
    await ask(stack)
    run = await ask(stack)
    assert body(bucket, "dags/constraints-3.11-updated.txt") == UPDATED
    text = body(bucket, REQUIREMENTS)
    assert text.startswith(f'--constraint "{PLACE}"\n')
    assert "\napache-airflow-providers-amazon==8.24.0\n" in text
    [entry] = stack.published["artefacts"]
    assert (entry["resolved"], entry["constraints"]) == (True, "constraints-3.11-updated.txt")
    assert "ProviderAgainstConstraints" not in {each.code for each in run.graph.findings}
    assert run.plan.steps == ()


async def test_a_version_that_does_not_go_with_the_rest_is_named(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    run = await ask(new_stack(source(index, "9.0.0")))
    [finding] = [each for each in run.graph.findings if each.code == "RequirementsConflict"]
    assert "boto3" in finding.message
    assert REQUIREMENTS not in keys(bucket)


async def test_the_requirements_wait_for_the_constraints(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    stack = new_stack({**source(index), "lint": {"refuseRevision": "Error"}})
    stack.spec["files"] = {"bad.py": "def f(:\n"}
    await ask(stack)
    assert keys(bucket) == []
    stack.spec["files"] = {"good.py": "x = 1\n"}
    await ask(stack)
    await ask(stack)
    assert {"dags/constraints-3.11-updated.txt", REQUIREMENTS} <= set(keys(bucket))


@pytest.mark.parametrize("prune", [False, True])
async def test_constraints_that_cannot_be_read_leave_what_was_delivered(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker, prune: bool
) -> None:
    stack = new_stack({**source(index), "prune": prune})
    await ask(stack)
    await ask(stack)
    before = body(bucket, REQUIREMENTS)
    index.refuses = 503
    restarted = Asker(Fetching({"constraints": Constraints(loopback=True)}, ask.store.new, patience=60), ask.store)
    run = await restarted(stack)
    [finding] = [each for each in run.graph.findings if each.code == "ConstraintsUnreachable"]
    assert index.url in finding.message
    assert (body(bucket, "dags/constraints-3.11-updated.txt"), body(bucket, REQUIREMENTS)) == (UPDATED, before)
    restarted.fetching.close()


async def test_the_command_line_says_that_it_does_not_know_them(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex
) -> None:
    run = await new_stack(source(index)).once()
    assert "requirements" in {part.name for part in run.graph.parts.values() if part.unknown}
    assert REQUIREMENTS not in keys(bucket)


async def test_a_file_of_the_source_is_not_overwritten(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    stack = new_stack(source(index))
    stack.spec["files"]["constraints-3.11-updated.txt"] = "mine\n"
    run = await ask(stack)
    assert "DuplicatePath" in {each.code for each in run.graph.findings}
    assert "dags/constraints-3.11-updated.txt" not in keys(bucket)


@pytest.mark.row("B4")
async def test_two_versions_with_one_python_have_a_file_each_and_keep_it(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex
) -> None:
    stack = new_stack(source(index, airflowVersion=None, constraint="Auto"), version="2.8.1")
    texts = {"2.8.1": BASE, "2.7.2": BASE.replace("8.16.0", "8.7.1")}
    stack.fetched = {
        origin(constraint_url(version, "3.11")): Fetched("read", {"constraints.txt": text.encode()})
        for version, text in texts.items()
    }
    spec = {"airflowVersion": "2.8.1", "webserverAccessMode": "PUBLIC_ONLY"}
    stack.environments = {"b": {"spec": spec, "facts": {"airflowHealthy": None}}}
    for _ in range(2):
        stack.published = stack.facts(await stack.once())
    first = body(bucket, "mwaa/team/hello/airflow-2.8.1/requirements.txt")
    assert first.startswith(f'--constraint "{PLACE}"\n')
    older = {**spec, "airflowVersion": "2.7.2"}
    stack.environments["a"] = {"spec": older, "facts": {"airflowVersion": "2.7.2", "airflowHealthy": None}}
    for _ in range(2):
        stack.published = stack.facts(await stack.once())
    assert body(bucket, "mwaa/team/hello/airflow-2.8.1/requirements.txt") == first, "it costs no update"
    other = body(bucket, "mwaa/team/hello/airflow-2.7.2/requirements.txt")
    assert other.startswith('--constraint "/usr/local/airflow/dags/constraints-2.7.2-3.11-updated.txt"\n')
    assert body(bucket, "dags/constraints-2.7.2-3.11-updated.txt") == UPDATED
    assert {each["constraints"] for each in stack.published["artefacts"]} == {
        "constraints-3.11-updated.txt",
        "constraints-2.7.2-3.11-updated.txt",
    }


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"noIndex": True}, "leave out `noIndex`"),
        ({"constraint": "None"}, "let constraint be Auto or a URL"),
        ({"constraint": "/usr/local/airflow/dags/own.txt"}, "let constraint be Auto or a URL"),
        ({"providers": {"amazon": ">=8"}}, "must be a version"),
    ],
)
def test_what_it_does_not_go_with_is_refused(
    new_stack: Callable[..., Any], index: PackageIndex, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match="providers") as error:
        new_stack(source(index, **settings)).obj  # noqa: B018
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("url", "version", "name"),
    [
        ("https://x/constraints-2.8.1/constraints-3.11.txt", "", "constraints-3.11-updated.txt"),
        ("https://x/constraints-2.8.1/constraints-no-providers-3.11.txt", "", "constraints-3.11-updated.txt"),
        ("https://x/constraints-2.7.2/constraints-3.11.txt", "2.7.2", "constraints-2.7.2-3.11-updated.txt"),
        ("https://x/own.txt", "", "constraints-updated.txt"),
    ],
)
def test_the_file_is_named_as_in_the_guide(url: str, version: str, name: str) -> None:
    assert file_name(url, version) == name


@given(st.dictionaries(st.sampled_from(["amazon", "http", "ssh"]), st.sampled_from(["1.0", "9.9"]), max_size=3))
def test_only_what_is_asked_for_is_changed(providers: dict[str, str]) -> None:
    wanted = {f"apache-airflow-providers-{name}=={version}" for name, version in providers.items()}
    lines = edited(BASE, providers).splitlines()
    assert wanted <= set(lines)
    rest = [line for line in lines if line not in wanted]
    untouched = [line for line in BASE.splitlines() if not any(line.startswith(each.partition("==")[0]) for each in wanted)]
    assert rest == untouched
    assert edited(edited(BASE, providers), providers) == edited(BASE, providers)
