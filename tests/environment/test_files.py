"""The files that an environment is built with: which version, when a new one is an update, and what takes a file's place."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest

from mwaa_operator.core.observed import Observed, State

FILES = {
    "plugins": ("PluginsS3Path", "PluginsS3ObjectVersion"),
    "requirements": ("RequirementsS3Path", "RequirementsS3ObjectVersion"),
    "startupScript": ("StartupScriptS3Path", "StartupScriptS3ObjectVersion"),
}


def upload(stack: Any, key: str, content: bytes) -> str:
    return str(stack.account.s3.put_object(Bucket=stack.account.bucket, Key=key, Body=content)["VersionId"])


def shown(stack: Any, run: Any) -> dict[str, Any]:
    return {name: stack.facts(run)[name] for name in FILES}


def updates(stack: Any) -> list[dict[str, Any]]:
    return [{name: value for name, value in each.items() if name != "Name"} for each in stack.requests("UpdateEnvironment")]


@pytest.mark.row("A10", "A11", "A12")
async def test_paths_are_sent_with_the_versions_that_are_given(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    old = {name: upload(stack, f"{name}.x", b"old") for name in FILES}
    for name in FILES:
        upload(stack, f"{name}.x", b"new")
    for name in FILES:
        stack.change(**{f"{name}S3Path": f"s3://{stack.account.bucket}/{name}.x", f"{name}S3ObjectVersion": old[name]})
    run = await stack.settle()
    [request] = stack.requests("CreateEnvironment")
    for name, (path, version) in FILES.items():
        assert (request[path], request[version]) == (f"{name}.x", old[name])
    assert shown(stack, run) == {name: {"s3Path": f"{name}.x", "s3ObjectVersion": old[name]} for name in FILES}
    assert stack.writes() == ["CreateEnvironment"]


@pytest.mark.row("A10", "A11", "A12")
async def test_without_a_version_the_newest_is_taken_and_each_upload_is_one_update(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    first = {name: upload(stack, f"{name}.x", b"one") for name in FILES}
    for name in FILES:
        stack.change(**{f"{name}S3Path": f"{name}.x"})
    await stack.settle()
    [request] = stack.requests("CreateEnvironment")
    assert [(request[path], request[version]) for path, version in FILES.values()] == [
        (f"{name}.x", first[name]) for name in FILES
    ]
    second = upload(stack, "requirements.x", b"two")
    run = await stack.settle()
    assert updates(stack) == [{"RequirementsS3ObjectVersion": second}]
    assert stack.facts(run)["requirements"] == {"s3Path": "requirements.x", "s3ObjectVersion": second}


async def test_equal_bytes_are_no_update_whatever_their_version(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"requirementsS3Path": "requirements.txt"})
    upload(stack, "requirements.txt", b"pandas")
    await stack.settle()
    upload(stack, "requirements.txt", b"pandas")
    upload(stack, "requirements.txt", b"pandas")
    await stack.settle()
    assert updates(stack) == []
    stack.memory = {name: replace(known, remember={}) for name, known in stack.memory.items()}
    await stack.settle()
    await stack.settle()
    assert len(updates(stack)) == 1, "without memory it costs one update, and not more"


async def test_equal_bytes_take_a_new_version_when_the_old_one_is_gone(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"requirementsS3Path": "requirements.txt"})
    first = upload(stack, "requirements.txt", b"pandas")
    await stack.settle()
    second = upload(stack, "requirements.txt", b"pandas")
    stack.account.s3.delete_object(Bucket=stack.account.bucket, Key="requirements.txt", VersionId=first)
    await stack.settle()
    assert updates(stack) == [{"RequirementsS3ObjectVersion": second}]


async def test_a_missing_file_is_named_and_waited_for(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"pluginsS3Path": "plugins.zip"})
    run = await stack.once()
    sight = run.sights["version/plugins"]
    assert isinstance(sight, Observed)
    assert (sight.state, sight.reason) == (State.FAILED, "ObjectNotFound")
    assert sight.message == "s3://my-bucket/plugins.zip does not exist. Upload it, or correct the path"
    assert stack.writes() == []
    upload(stack, "plugins.zip", b"x")
    await stack.settle()
    assert stack.writes() == ["CreateEnvironment"]
    stack.account.s3.delete_object(Bucket=stack.account.bucket, Key="plugins.zip")
    run = await stack.once()
    assert run.plan.steps == (), "the environment stays as it is"


async def test_a_file_without_a_version_is_of_no_use(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"pluginsS3Path": "plugins.zip"})
    # as if it had come before versioning was on
    status = {"Status": "Suspended"}
    stack.account.s3.put_bucket_versioning(Bucket=stack.account.bucket, VersioningConfiguration=status)
    stack.account.s3.put_object(Bucket=stack.account.bucket, Key="plugins.zip", Body=b"x")
    sight = (await stack.once()).sights["version/plugins"]
    assert isinstance(sight, Observed)
    assert (sight.state, sight.reason) == (State.FAILED, "ObjectNotVersioned")
    assert stack.writes() == []


@pytest.mark.row("D131")
async def test_a_file_that_leaves_the_spec_is_replaced_by_an_empty_one(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    for name in FILES:
        upload(stack, f"{name}.x", b"one")
        stack.change(**{f"{name}S3Path": f"{name}.x"})
    await stack.settle()
    stack.change(**{f"{name}S3Path": None for name in FILES})
    run = await stack.settle()
    [update] = updates(stack)
    assert set(update) == {member for pair in FILES.values() for member in pair}
    objects = {}
    for name, (path, version) in FILES.items():
        got = boto3.client("s3").get_object(Bucket=stack.account.bucket, Key=update[path], VersionId=update[version])
        objects[name] = got["Body"].read()
        assert update[path].startswith(".mwaa-operator/team/first/")
    assert zipfile.ZipFile(io.BytesIO(objects["plugins"])).namelist() == []
    assert (objects["requirements"], objects["startupScript"]) == (b"", b"#!/bin/sh\n")
    assert stack.facts(run)["declaredFiles"] == sorted(FILES)
    await stack.settle()
    assert len(updates(stack)) == 1, "nothing is left to do"


async def test_a_file_that_comes_back_takes_its_place_again(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"pluginsS3Path": "plugins.zip"})
    upload(stack, "plugins.zip", b"one")
    await stack.settle()
    stack.change(pluginsS3Path=None)
    await stack.settle()
    stack.change(pluginsS3Path="plugins.zip")
    run = await stack.settle()
    assert stack.facts(run)["plugins"]["s3Path"] == "plugins.zip"
    assert [each["PluginsS3Path"] for each in updates(stack)] == [
        ".mwaa-operator/team/first/empty-plugins.zip",
        "plugins.zip",
    ]
    stack.deleting = True
    await stack.settle()
    left = boto3.client("s3").list_objects_v2(Bucket=stack.account.bucket, Prefix=".mwaa-operator/")
    assert left.get("Contents", []) == []


async def test_an_empty_file_goes_with_its_environment(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"pluginsS3Path": "plugins.zip"})
    upload(stack, "plugins.zip", b"one")
    await stack.settle()
    stack.change(pluginsS3Path=None)
    await stack.settle()
    stack.deleting = True
    await stack.settle()
    assert boto3.client("s3").list_objects_v2(Bucket=stack.account.bucket, Prefix=".mwaa-operator/")["KeyCount"] == 0


async def test_what_the_spec_has_never_named_is_left_in_place(new_stack: Callable[..., Any]) -> None:
    """Somebody else gave it plugins, before it was taken over or by hand."""
    stack = new_stack()
    await stack.settle()
    version = upload(stack, "theirs.zip", b"x")
    boto3.client("mwaa").update_environment(Name="first", PluginsS3Path="theirs.zip", PluginsS3ObjectVersion=version)
    stack.emulator.advance(3600)
    run = await stack.settle()
    assert stack.facts(run)["plugins"] == {"s3Path": "theirs.zip", "s3ObjectVersion": version}
    assert stack.facts(run)["declaredFiles"] is None
    assert len(updates(stack)) == 1, "theirs"


async def test_another_bucket_in_a_path_is_named_and_nothing_is_written(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"requirementsS3Path": "s3://other/requirements.txt"})
    graph = stack.kind.desired(stack.obj, stack.context)
    assert [(each.code, each.where) for each in graph.findings] == [("OtherBucket", "spec.requirementsS3Path")]
    await stack.once()
    assert stack.writes() == []


@pytest.mark.row("B83")
async def test_version_and_files_change_in_one_update(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowVersion": "2.10.1", "requirementsS3Path": "requirements.txt", "pluginsS3Path": "plugins.zip"})
    upload(stack, "requirements.txt", b"one"), upload(stack, "plugins.zip", b"one")
    await stack.settle()
    versions = upload(stack, "requirements.txt", b"two"), upload(stack, "plugins.zip", b"two")
    stack.change(airflowVersion="2.10.3", upgrade={"acknowledgeDowntime": True})
    await stack.settle()
    assert updates(stack) == [
        {
            "AirflowVersion": "2.10.3",
            "RequirementsS3ObjectVersion": versions[0],
            "PluginsS3ObjectVersion": versions[1],
        }
    ]
