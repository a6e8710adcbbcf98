"""The same questions put to a real Apache Airflow, of both major versions, through InvokeRestApi."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount
from mwaa_operator.airflow.health import HealthAdapter
from mwaa_operator.core.adapter import Target
from mwaa_operator.core.observed import Observed, State, Unreadable
from mwaa_operator.core.owner import Owner
from mwaa_operator.resources.airflow import Health

pytestmark = pytest.mark.airflow
VERSIONS = ("3.3.1", "2.11.2")
LIMIT = 300
"""Rounds of half a second: generous, since other work may have both cores."""
RUNS = """\
try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None)
def hello():
    @task
    def greet():
        {body}

    greet()


hello()
"""


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def real(version: str) -> Iterator[Emulator]:
    """An emulator with one environment that is AVAILABLE, and its Airflow."""
    with Emulator.started(speed=600.0, airflow="local") as emulator, pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.environment().items():
            patch.setenv(name, value)
        account = PreparedAccount(boto3.client)
        account.s3.delete_object(Bucket=account.bucket, Key="dags/hello.py")
        account.s3.put_object(Bucket=account.bucket, Key="dags/")
        mwaa = boto3.client("mwaa")
        mwaa.create_environment(**account.request(AirflowVersion=version))

        def available() -> bool:
            return bool(mwaa.get_environment(Name="first")["Environment"]["Status"] == "AVAILABLE")

        emulator.wait(available, "an environment with a real Airflow", 600)
        yield emulator


@pytest.fixture
def source(real: Emulator, version: str, new_stack: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A DagSource that this environment lists."""
    for name, value in real.environment().items():
        monkeypatch.setenv(name, value)
    stack = new_stack({"files": {"hello.py": RUNS.format(body="return 1")}, "prune": True}, version=version)
    stack.environments = {"first": {}}
    return stack


async def until(stack: Any, condition: Callable[[Any], Any]) -> Any:
    """Run until something holds, as the engine polls."""
    for _ in range(LIMIT):
        run = await stack.once()
        if condition(run):
            return run
        await asyncio.sleep(0.5)
    raise AssertionError(f"never happened: {run.sights} {run.problems}")


def state(run: Any, part: str) -> State | None:
    sight = run.sights.get(part)
    assert not isinstance(sight, Unreadable), sight
    return sight.state if isinstance(sight, Observed) else None


async def test_it_is_healthy(source: Any, version: str) -> None:
    owner = Owner("Environment", "team", "first", "6f1c")
    target = Target("airflow", Health(environment="first", airflow_version=version), owner, "us-east-1")
    seen = (await HealthAdapter(source.aws).read([target]))["airflow"]
    assert (seen.state, seen.outputs["healthy"]) == (State.READY, True)


async def test_from_delivery_over_failures_to_a_run_that_succeeded(source: Any, version: str) -> None:
    good = source.spec["files"]["hello.py"]
    source.spec["files"] = {"hello.py": good, "broken.py": "from airflow import DAG\nimport no_such_module\n"}
    run = await until(source, lambda run: state(run, "imports/first") is State.FAILED)
    assert "broken.py: ModuleNotFoundError: No module named 'no_such_module'" in run.sights["imports/first"].message

    source.spec = {**source.spec, "files": {"hello.py": good, "helper.py": "X = 1\n"}, "verify": {"dagId": "hello"}}
    run = await until(source, lambda run: state(run, "run/first") is State.READY)
    facts = source.facts(run)
    assert facts["imports"] == [{"environment": "first", "revision": facts["revision"], "proven": True}]
    assert facts["run"]["runId"] == f"mwaa-{facts['revision']}"

    # another revision, of which only a comment differs, is proven and run anew
    source.spec["files"] = {"hello.py": f"{good}# changed\n"}
    run = await until(
        source,
        lambda run: (
            run.plan.steps == ()
            and state(run, "run/first") is State.READY
            and source.facts(run)["revision"] != facts["revision"]
        ),
    )
    assert source.facts(run)["run"]["runId"] == f"mwaa-{source.facts(run)['revision']}"

    source.spec["files"] = {"hello.py": RUNS.format(body='raise ValueError("on purpose")')}
    run = await until(source, lambda run: state(run, "run/first") is State.FAILED)
    assert run.sights["run/first"].reason == "DagRunFailed"
