"""`kubectl mwaa import` of an environment that the operator made and let go: nothing that it made is left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from click.testing import CliRunner

from devcluster import kubeconfig
from mwaa_operator.aws import iam
from mwaa_operator.aws.session import Aws
from mwaa_operator.cli.commands.import_environment import Manifest, manifest
from mwaa_operator.cli.main import cli
from mwaa_operator.cli.released import look
from mwaa_operator.core.kind import Context
from mwaa_operator.core.policy import Adoption

from .conftest import REGION
from .endpoint_steps import CUSTOMER, MINUTE, endpoints, groups

OWN = {**CUSTOMER, "name": "First_One", "executionRoleArn": None, "securityGroupIds": None}
"""An environment for which the operator makes all that it can: role, group and endpoints."""
LEFT_OUT = {"executionRoleArn", "securityGroupIds", "customerEndpoints"}


@pytest.fixture
def new_object(new_stack: Callable[..., Any]) -> Callable[..., Any]:
    """Make an Environment object under an operator that may make roles."""

    def make(spec: dict[str, Any], **settings: Any) -> Any:
        stack = new_stack(**settings)
        stack.spec = spec
        stack.registry.adapters.update({each.TYPE: each for each in iam.adapters(Aws("test"))})
        stack.context = Context("123456789012", REGION, "aws", settings={"iam": "enabled"})
        return stack

    return make


@pytest.fixture
async def released(new_object: Callable[..., Any], plain: dict[str, Any]) -> Any:
    """Give an environment whose object was deleted with `Retain`."""
    given = {key: value for key, value in {**plain, **OWN}.items() if value is not None}
    stack = new_object(given, retain=True)
    await stack.settle()
    stack.deleting = True
    await stack.settle()
    return stack


async def imported(namespace: str) -> Manifest:
    environment = boto3.client("mwaa").get_environment(Name="First_One")["Environment"]
    seen = await look(Aws("test"), REGION, environment, namespace)
    return manifest(environment, REGION, namespace, released=seen)


def roles(stack: Any) -> list[str]:
    found = [role["RoleName"] for role in stack.account.iam.list_roles()["Roles"]]
    return [name for name in found if name.startswith("AmazonMWAA-first-")]


def left(stack: Any) -> tuple[list[str], set[str], list[str]]:
    """Name the roles, groups and endpoints that the operator has made, and that are still there."""
    return (
        roles(stack),
        {name for name in groups(stack) if "First_One" in name},
        [p["VpcEndpointId"] for p in endpoints(stack)],
    )


async def test_what_the_operator_made_is_taken_up_again_and_goes_with_the_object(
    released: Any, new_object: Callable[..., Any]
) -> None:
    (role,) = roles(released)
    made = await imported("team")
    assert made.document["metadata"] == {"name": "first", "namespace": "team"}
    assert LEFT_OUT.isdisjoint(made.document["spec"])
    for part in (f"role {role}", "security group sg-", *(point["VpcEndpointId"] for point in endpoints(released))):
        assert any(part in note for note in made.notes)

    released.emulator.clear_calls()
    kept = new_object(made.document["spec"], uid="new", adoption=Adoption.ALWAYS, retain=True)
    await kept.settle()
    assert not kept.emulator.writes(), "as it was imported it changes nothing"

    gone = new_object({**made.document["spec"], "deletionPolicy": "Delete"}, uid="newer", adoption=Adoption.ALWAYS)
    await gone.settle()
    gone.deleting = True
    await gone.settle()
    for _ in range(3):
        gone.emulator.advance(10 * MINUTE)
        await gone.once()
    assert left(gone) == ([], set(), [])


async def test_in_another_namespace_it_is_said_what_will_stay(released: Any) -> None:
    (role,) = roles(released)
    made = await imported("elsewhere")
    assert made.document["metadata"] == {"name": "first-one", "namespace": "elsewhere"}
    assert made.document["spec"].keys() >= LEFT_OUT
    (note,) = [note for note in made.notes if role in note]
    assert "Environment/team/first" in note and "-n team" in note and "security group" in note


async def test_what_others_made_is_named_as_ever(new_object: Callable[..., Any], plain: dict[str, Any]) -> None:
    stack = new_object({**plain, "name": "First_One"}, retain=True)
    await stack.settle()
    stack.deleting = True
    await stack.settle()
    made = await imported("team")
    assert made.document["spec"]["executionRoleArn"] == plain["executionRoleArn"]
    assert made.document["spec"]["securityGroupIds"] == plain["securityGroupIds"]


async def test_what_may_not_be_looked_at_is_said(released: Any) -> None:
    released.emulator.fault("iam", "GetRole", code="AccessDenied", status=403, count=1)
    made = await imported("team")
    assert "executionRoleArn" in made.document["spec"]
    assert any(note.startswith("executionRoleArn: whether the operator made it is not known") for note in made.notes)


def test_what_is_not_to_last_is_said_in_the_file_and_to_whoever_writes_it(
    account: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", REGION)
    cluster = {"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "team"}}
    config = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "users": [{"name": "u", "user": {}}]}
    path = kubeconfig.write(tmp_path / "config", {**config, "contexts": [context], "current-context": "c"})
    boto3.client("mwaa").create_environment(**account.request())
    done = CliRunner().invoke(cli, ["--kubeconfig", str(path), "import", "first"])
    note = "AWS is at work on it (CREATING): values may still change. Import it again when it is AVAILABLE."
    assert (done.exit_code, done.stderr) == (0, f"warning: {note}\n")
    assert done.stdout.startswith(f"# {note}\n")
    assert yaml.safe_load(done.stdout)["metadata"]["name"] == "first"
