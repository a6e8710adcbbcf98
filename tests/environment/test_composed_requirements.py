"""Requirements of several sources become one file where they agree, and are named where they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.report import report

from .test_artefacts_of_sources import Source, updates

KEY = ".mwaa-operator/team/first/composed-requirements.txt"
BOTH = {"dagSourceRefs": [{"name": "etl"}, {"name": "other"}], "airflowVersion": "2.10.3"}


def of(*packages: str) -> dict[str, Any]:
    return {"requirements": {"packages": list(packages)}}


def conditions(run: Any) -> dict[str, Condition]:
    return {each.type: each for each in report(run.found(), True, Truth.UNKNOWN, "fine").conditions}


def content(version: str) -> list[str]:
    got = boto3.client("s3").get_object(Bucket="my-bucket", Key=KEY, VersionId=version)
    return list(got["Body"].read().decode().splitlines())


def versions() -> int:
    return len(boto3.client("s3").list_object_versions(Bucket="my-bucket", Prefix=KEY).get("Versions", ()))


@pytest.fixture
async def two(new_stack: Callable[..., Any]) -> tuple[Any, Source, Source]:
    """Make an environment that runs with the requirements of two sources."""
    stack = new_stack({**BOTH, "maxWorkers": 5})
    etl = Source(stack, of("pandas==2.1.4", "requests==2.31.0"))
    other = Source(stack, of("requests==2.31.0", "boto3-stubs==1.34.0"), "other")
    for source in (etl, other):
        source.show()
    for source in (etl, other):
        await source.deliver()
    await stack.settle()
    return stack, etl, other


@pytest.mark.row("C162")
async def test_what_two_sources_ask_for_is_one_file_with_each_line_once(two: tuple[Any, Source, Source]) -> None:
    stack, *_ = two
    [request] = stack.requests("CreateEnvironment")
    assert request["RequirementsS3Path"] == KEY
    lines = content(request["RequirementsS3ObjectVersion"])
    assert lines[0].startswith("--constraint ") and "constraints-2.10.3" in lines[0]
    assert lines[1:] == ["pandas==2.1.4", "requests==2.31.0", "boto3-stubs==1.34.0"]
    assert set(stack.published["composedRequirements"]["sources"]) == {"etl", "other"}
    assert updates(stack) == []


async def test_the_order_of_the_sources_and_a_lost_memory_make_no_new_version(two: tuple[Any, Source, Source]) -> None:
    stack, *_ = two
    stack.change(dagSourceRefs=[{"name": "other"}, {"name": "etl"}])
    await stack.settle()
    del stack.memory["composed/requirements"]
    run = await stack.settle()
    assert (versions(), updates(stack)) == (1, [])
    assert "SourcesDisagree" not in {each.code for each in run.graph.findings}


async def test_a_change_of_one_goes_out_in_one_update_with_all_else(two: tuple[Any, Source, Source]) -> None:
    stack, _, other = two
    other.change(**of("requests==2.31.0", "polars==1.0.0"))
    stack.change(maxWorkers=6)
    await other.deliver()
    await stack.settle()
    [update] = updates(stack)
    assert set(update) == {"MaxWorkers", "RequirementsS3ObjectVersion"}
    assert content(update["RequirementsS3ObjectVersion"])[1:] == ["pandas==2.1.4", "requests==2.31.0", "polars==1.0.0"]


@pytest.mark.row("C162")
async def test_where_they_do_not_agree_both_lines_are_named_and_nothing_is_sent(two: tuple[Any, Source, Source]) -> None:
    stack, _, other = two
    other.change(**of("pandas==2.2.0"))
    await other.deliver()
    run = await stack.once()
    said = conditions(run)
    assert (said["Synced"].status, said["Synced"].reason) == (Truth.FALSE, "SourcesDisagree")
    assert (
        "DagSource etl has `pandas==2.1.4` in line 2, and DagSource other has `pandas==2.2.0` in line 2"
        in said["Ready"].message
    )
    assert (updates(stack), versions()) == ([], 1)
    other.change(**of("pandas==2.1.4", "polars==1.0.0"))
    await other.deliver()
    run = await stack.settle()
    assert conditions(run)["Ready"].status is Truth.TRUE
    assert len(updates(stack)) == 1


@pytest.mark.row("C175")
async def test_without_one_source_its_lines_are_gone(two: tuple[Any, Source, Source]) -> None:
    stack, *_ = two
    third = Source(stack, of("polars==1.0.0"), "third")
    stack.change(dagSourceRefs=[{"name": name} for name in ("etl", "other", "third")])
    await third.deliver()
    await stack.settle()
    [update] = updates(stack)
    assert "polars==1.0.0" in content(update["RequirementsS3ObjectVersion"])
    stack.change(dagSourceRefs=[{"name": "etl"}, {"name": "third"}])
    await stack.settle()
    assert content(updates(stack)[-1]["RequirementsS3ObjectVersion"])[1:] == [
        "pandas==2.1.4",
        "requests==2.31.0",
        "polars==1.0.0",
    ]
    stack.change(dagSourceRefs=[{"name": "etl"}])
    await stack.settle()
    assert updates(stack)[-1]["RequirementsS3Path"] == "mwaa/team/etl/airflow-2.10.3/requirements.txt"
    await stack.settle()
    assert len(updates(stack)) == 3
    assert stack.published.get("composedRequirements") is None
