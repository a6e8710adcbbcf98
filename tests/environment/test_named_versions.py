"""Versions that the spec names: used as they are, and refused before AWS is asked when the bucket has none such."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.aws import facts
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.report import report


def checked(stack: Any) -> Any:
    """Put the real check of files in front of the environment."""
    checks = {check.NAME: check for check in facts.checks(Aws("test", lambda call: None))}
    stack.registry = replace(stack.registry, checks={**stack.registry.checks, "files": checks["files"]})
    return stack


def upload(stack: Any, key: str, content: bytes) -> str:
    return str(stack.account.s3.put_object(Bucket=stack.account.bucket, Key=key, Body=content)["VersionId"])


@pytest.mark.row("B93")
async def test_a_version_is_used_as_it_is_and_an_unknown_one_is_refused(new_stack: Callable[..., Any]) -> None:
    stack = checked(new_stack({"startupScriptS3Path": "startup.sh", "startupScriptS3ObjectVersion": "nobody-knows"}))
    old = upload(stack, "startup.sh", b"true\n")
    upload(stack, "startup.sh", b"false\n")
    run = await stack.once()
    assert [(each.code, each.where) for each in run.checks] == [("FileVersionNotFound", "spec.startupScriptS3ObjectVersion")]
    assert stack.writes() == []
    stack.change(startupScriptS3ObjectVersion=old)
    await stack.settle()
    [request] = stack.requests("CreateEnvironment")
    assert (request["StartupScriptS3Path"], request["StartupScriptS3ObjectVersion"]) == ("startup.sh", old)


@pytest.mark.row("B156")
async def test_no_update_is_sent_for_a_version_that_is_gone(new_stack: Callable[..., Any]) -> None:
    stack = checked(new_stack({"pluginsS3Path": "plugins.zip"}))
    first = upload(stack, "plugins.zip", b"one")
    stack.change(pluginsS3ObjectVersion=first)
    await stack.settle()
    gone = upload(stack, "plugins.zip", b"two")
    stack.account.s3.delete_object(Bucket=stack.account.bucket, Key="plugins.zip", VersionId=gone)
    stack.change(pluginsS3ObjectVersion=gone)
    run = await stack.once()
    [finding] = run.checks
    assert finding.code == "FileVersionNotFound"
    assert "plugins.zip" in finding.message and gone in finding.message
    said = report(run.found(), True, Truth.TRUE, "fine").conditions
    [condition] = [each for each in said if each.type == "Preflight"]
    assert condition.status is Truth.FALSE
    assert "plugins.zip" in condition.message and gone in condition.message
    assert stack.requests("UpdateEnvironment") == []


@pytest.mark.row("B92")
@pytest.mark.parametrize("spelling", ["s3://{}/scripts/startup.sh", "scripts/startup.sh", "/scripts/startup.sh"])
async def test_the_key_alone_reaches_aws(new_stack: Callable[..., Any], spelling: str) -> None:
    stack = new_stack()
    version = upload(stack, "scripts/startup.sh", b"true\n")
    stack.change(startupScriptS3Path=spelling.format(stack.account.bucket))
    await stack.once()
    [request] = stack.requests("CreateEnvironment")
    assert (request["StartupScriptS3Path"], request["StartupScriptS3ObjectVersion"]) == ("scripts/startup.sh", version)


@pytest.mark.row("B92")
async def test_a_script_in_another_bucket_is_refused(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"startupScriptS3Path": "s3://theirs/startup.sh"})
    run = await stack.once()
    [finding] = [each for each in run.graph.findings if each.code == "OtherBucket"]
    assert (finding.where, "theirs" in finding.message) == ("spec.startupScriptS3Path", True)
    assert stack.writes() == []
