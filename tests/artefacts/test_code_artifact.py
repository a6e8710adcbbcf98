"""A token for CodeArtifact, from the spec of a DAG source to pip's index and to the policy of the role."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mwaa_operator.api.dag_source import DagSourceSpec
from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.api.execution_role import ExecutionRoleSpec
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.kinds.environment import EnvironmentKind
from mwaa_operator.kinds.execution_role import ExecutionRoleKind
from mwaa_operator.sources.code_artifact import Repository
from mwaa_operator.sources.startup import Command, script

DECLARED = {"domain": "ours", "domainOwner": "210987654321", "repository": "python"}
REPOSITORY = "arn:aws:codeartifact:eu-west-1:210987654321:repository/ours/python"
DOMAIN = "arn:aws:codeartifact:eu-west-1:210987654321:domain/ours"
INDEX = "https://aws:the-token@ours-210987654321.d.codeartifact.eu-west-1.amazonaws.com/pypi/python/simple/"
AWS = """#!/bin/bash
echo "$@" >> "$ASKED"
echo the-token
"""


@pytest.mark.row("B104")
@pytest.mark.parametrize("before", ["", "https://pypi.example.com/simple"])
def test_pip_gets_the_index_with_a_fresh_token(tmp_path: Path, before: str) -> None:
    (tmp_path / "aws").write_text(AWS)
    (tmp_path / "aws").chmod(0o755)
    lines = Repository("ours", "210987654321", "python", "eu-west-1").lines()
    env = {"PIP_EXTRA_INDEX_URL": before} if before else {}
    show = "bash -c 'echo \"$PIP_EXTRA_INDEX_URL|$CODEARTIFACT_TOKEN\"'"
    done = subprocess.run(
        ["bash", "--norc", "-s"],
        input=script(env, [Command(show)], lines),
        capture_output=True,
        check=True,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "ASKED": str(tmp_path / "asked")},
    )
    assert done.stderr == b""
    assert done.stdout.decode() == f"{before} {INDEX}|\n".lstrip()
    asked = "codeartifact get-authorization-token --domain ours --domain-owner 210987654321 --region eu-west-1"
    assert (tmp_path / "asked").read_text() == f"{asked} --query authorizationToken --output text\n"


def declared(**block: Any) -> DagSourceSpec:
    return DagSourceSpec.model_validate({"bucketRef": {"name": "b"}, "startupScript": block})


def context(source: DagSourceSpec, **more: Any) -> Context:
    there = {("DagSource", "etl"): Neighbour("DagSource", "etl", source, {})}
    return Context("123456789012", "eu-west-1", "aws", targets=there, settings={"iam": "enabled"}, **more)


def environment() -> Object[EnvironmentSpec]:
    spec = {
        "subnetIds": ["subnet-1", "subnet-2"],
        "securityGroupIds": ["sg-1"],
        "sourceBucketArn": "arn:aws:s3:::b",
        "dagSourceRefs": [{"name": "etl"}],
    }
    return Object("Environment", "team", "first", "uid", 1, EnvironmentSpec.model_validate(spec))


def allowed(graph: Any) -> dict[str, Any]:
    """Give on what each action is allowed by the policy of a role."""
    statements = graph.parts["policy"].model.document["Statement"]
    listed = [each for each in statements if each["Effect"] == "Allow"]
    actions = {
        name: each.get("Resource")
        for each in listed
        for name in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }
    return {name: on for name, on in actions.items() if name.startswith(("codeartifact", "sts"))}


@pytest.mark.row("B104")
def test_the_role_may_get_the_token_where_it_is_declared() -> None:
    expected = {
        "codeartifact:GetAuthorizationToken": DOMAIN,
        "sts:GetServiceBearerToken": "*",
        "codeartifact:ReadFromRepository": REPOSITORY,
    }
    with_token, without = declared(codeArtifact=DECLARED), declared(env={"A": "b"})
    kind, obj = EnvironmentKind(), environment()
    assert flat(allowed(kind.desired(obj, context(with_token)))) == expected, "of its own role"
    assert allowed(kind.desired(obj, context(without))) == {}
    facts = kind.facts(obj, context(with_token), {})
    assert facts["codeArtifactRepositories"] == [REPOSITORY]
    assert kind.facts(obj, context(without), {})["codeArtifactRepositories"] is None
    for published, policy in ((facts, expected), (kind.facts(obj, context(without), {}), {})):
        referrer = Neighbour("Environment", "first", obj.spec, published)
        role = Object("ExecutionRole", "team", "etl", "uid-2", 1, ExecutionRoleSpec())
        graph = ExecutionRoleKind().desired(role, context(without, referrers=(referrer,)))
        assert flat(allowed(graph)) == policy, "of one that is declared"


def flat(found: dict[str, Any]) -> dict[str, str]:
    return {name: on if isinstance(on, str) else ",".join(on) for name, on in found.items()}


@pytest.mark.parametrize(
    "wrong",
    [
        {**DECLARED, "domain": "x; rm -rf /"},
        {**DECLARED, "repository": "$(id)"},
        {**DECLARED, "domainOwner": "123"},
        {**DECLARED, "region": "`id`"},
        {"domain": "ours"},
    ],
)
def test_what_a_shell_would_run_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        declared(codeArtifact=wrong)


def test_it_stands_beside_variables_and_commands_and_not_beside_a_whole_script() -> None:
    declared(codeArtifact=DECLARED, env={"A": "b"}, commands=[{"run": "true"}])
    with pytest.raises(ValidationError, match="give one of"):
        declared(codeArtifact=DECLARED, text="true")
