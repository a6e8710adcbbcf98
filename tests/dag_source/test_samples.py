"""Samples by name: what each brings is joined with the source's own, and goes with its name."""

from __future__ import annotations

import fnmatch
import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from mwaa_operator.api import InvalidSpec, parse
from mwaa_operator.api.dag_source_samples import Sample
from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.api.execution_role import ExecutionRoleSpec
from mwaa_operator.api.samples import CATALOGUE
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.observed import Observed
from mwaa_operator.kinds.environment import EnvironmentKind
from mwaa_operator.kinds.execution_role import ExecutionRoleKind
from mwaa_operator.sources import samples
from mwaa_operator.sources.lint import lint

PLUGINS, REQUIREMENTS = "mwaa/team/hello/plugins.zip", "mwaa/team/hello/requirements.txt"
MUST = {
    "bucket": "exports",
    "warehouse": "SMALL",
    "environment": "other",
    "dagId": "etl",
    "cluster": "ours",
    "taskDefinition": "job",
    "subnet": "subnet-0a",
    "subnets": "subnet-0a,subnet-0b",
    "securityGroups": "sg-0a",
    "passedRole": "team/job",
}
"""What must be given to one sample or another."""
UNPINNED = {"ConstraintMissing", "RequirementsNotPinned"}
"""The source says `constraint: None`, and the constraints are what pins the packages of samples."""


def every() -> list[dict[str, Any]]:
    """Declare each entry, with no more parameters than it must have."""
    return [
        {"name": name, "parameters": {key: MUST[key] for key, each in entry.parameters.items() if each.default is None}}
        for name, entry in CATALOGUE.items()
    ]


def spec(*declared: dict[str, Any], **more: Any) -> Any:
    return parse("DagSource", {"bucketRef": {"name": "b"}, "samples": list(declared), **more})


def there(bucket: Any) -> set[str]:
    return {each.key.removeprefix("dags/") for each in bucket.objects.filter(Prefix="dags/")}


def body(bucket: Any, key: str) -> bytes:
    return bytes(bucket.Object(key).get()["Body"].read())


def archive(bucket: Any) -> set[str]:
    return set(zipfile.ZipFile(io.BytesIO(body(bucket, PLUGINS))).namelist())


@pytest.mark.row("C160")
@pytest.mark.parametrize("name", CATALOGUE)
async def test_each_is_declared_by_its_name(new_stack: Callable[..., Any], bucket: Any, name: str) -> None:
    [declared] = [each for each in every() if each["name"] == name]
    stack = new_stack({"samples": [declared], "requirements": {"text": "", "constraint": "None"}})
    run = await stack.once()
    entry = CATALOGUE[name]
    assert {each.code for each in run.graph.findings} <= UNPINNED
    assert there(bucket) == {entry.dag} - {""}
    assert (
        (set(entry.plugins) <= archive(bucket))
        if entry.plugins
        else PLUGINS not in {each.key for each in bucket.objects.all()}
    )
    lines = body(bucket, REQUIREMENTS).decode().splitlines()
    assert set(entry.requirements) <= set(lines) or "{" in str(entry.requirements)
    assert stack.facts(run)["samples"] == [name]


@pytest.mark.row("C160")
@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ({"name": "Unknown"}, f"must be one of {', '.join(CATALOGUE)}"),
        ({"name": "TimeZone", "parameters": {"zone": "UTC"}}, "has no such parameter"),
        ({"name": "TimeZone", "parameters": {"timeZone": "'; import os"}}, "another form than the sample takes"),
        ({"name": "MetadataExport"}, "needs a parameter that is not given, of"),
    ],
)
def test_what_the_catalogue_does_not_know_is_refused(declared: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidSpec, match=says.replace("[", r"\[")):
        spec(declared)


@pytest.mark.row("C160")
async def test_parameters_reach_the_code_as_they_are(new_stack: Callable[..., Any], bucket: Any) -> None:
    given = {"variables": "A=it's \"so\"\nB={b}\\n''' + 1\n", "path": "/opt/a:/opt/b"}
    stack = new_stack({"samples": [{"name": "EnvironmentVariables", "parameters": given}]})
    await stack.once()
    text = zipfile.ZipFile(io.BytesIO(body(bucket, PLUGINS))).read("env_var_plugin.py").decode()
    [line] = [each for each in text.splitlines() if each.startswith("PARAMETERS")]
    found: dict[str, Any] = {}
    exec(line, found)
    assert found["PARAMETERS"] == given


@pytest.mark.row("B136", "D128")
async def test_plugins_by_name_are_joined_with_those_of_the_source(new_stack: Callable[..., Any], bucket: Any) -> None:
    names = ["Virtualenv", "Oracle", "Hive", "TimeZone"]
    stack = new_stack(
        {
            "samples": [{"name": name} for name in names],
            "plugins": {"files": {"ours.py": "x = 1\n"}},
            "requirements": {"packages": ["pandas==2.1.4", "virtualenv"], "constraint": "None"},
        }
    )
    run = await stack.once()
    assert archive(bucket) == {"ours.py", *(file for name in names for file in CATALOGUE[name].plugins)}
    lines = body(bucket, REQUIREMENTS).decode().splitlines()
    assert lines == [
        "pandas==2.1.4",
        "virtualenv",
        "apache-airflow-providers-oracle",
        "apache-airflow-providers-apache-hive",
    ]
    assert {each.code for each in run.graph.findings} == UNPINNED
    assert stack.facts(run)["artefacts"][0]["specHash"]


async def test_a_plugin_of_the_users_own_is_not_overwritten(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"samples": [{"name": "TimeZone"}], "plugins": {"files": {"dag_timezone_plugin.py": "x = 1\n"}}})
    run = await stack.once()
    [finding] = run.graph.findings
    assert (finding.code, finding.where) == ("DuplicatePath", "spec.samples[TimeZone]")
    assert PLUGINS not in {each.key for each in bucket.objects.all()}


@pytest.mark.row("C175")
async def test_what_one_brought_goes_with_its_name(new_stack: Callable[..., Any], bucket: Any) -> None:
    names = [{"name": "Virtualenv"}, {"name": "Oracle"}]
    stack = new_stack({"samples": names, "requirements": {"packages": ["pandas"], "constraint": "None"}, "prune": True})
    await stack.once()
    assert there(bucket) == {"virtualenv_test.py", "oracle.py"}
    stack.spec = {**stack.spec, "samples": names[:1]}
    run = await stack.once()
    assert there(bucket) == {"virtualenv_test.py"}
    assert archive(bucket) == {"virtual_python_plugin.py"}
    assert body(bucket, REQUIREMENTS) == b"pandas\nvirtualenv\n", "what the others need stays"
    assert stack.facts(run)["samples"] == ["Virtualenv"]
    stack.spec = {"samples": [], "files": {"own.py": "x = 1\n"}, "prune": True}
    run = await stack.once()
    assert there(bucket) == {"own.py"}
    assert not isinstance(run.sights.get("plugins"), Observed), "nothing is asked for any more, and the part is let go"


def test_every_entry_is_whole() -> None:
    assert len(CATALOGUE) >= 7
    for name, entry in CATALOGUE.items():
        assert name.isidentifier() and entry.does.endswith(".") and entry.guide, name
        files = [entry.text(file) for file in (entry.dag, *entry.plugins) if file]
        said = " ".join([*files, *entry.requirements, *(arn for each in entry.permissions for arn in each.resources)])
        for parameter, about in entry.parameters.items():
            assert any(f"{mark}{parameter}" in said for mark in ("PARAMETERS['", 'PARAMETERS["', "{")), f"{name}.{parameter}"
            assert about.default is None or re.fullmatch(about.matches, about.default)
        assert all(samples.BLANK in each for each in files if "PARAMETERS" in each)
    declared = spec(*every()).samples
    assert len(list(samples.dags(declared))) == sum(bool(entry.dag) for entry in CATALOGUE.values())
    assert all("{" not in str(each.resources) for each in samples.statements(declared, "aws", "eu-west-1", "1"))


EXPORT = {"name": "MetadataExport", "parameters": {"bucket": "exports"}}
STATEMENT = {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::exports/files/export/*"]}


def neighbours(source: Any, role: ExecutionRoleSpec) -> dict[tuple[str, str], Neighbour]:
    return {
        ("DagSource", "etl"): Neighbour("DagSource", "etl", source, {}),
        ("ExecutionRole", "role"): Neighbour("ExecutionRole", "role", role, {}),
    }


def environment(**more: Any) -> Object[EnvironmentSpec]:
    given = {
        "subnetIds": ["subnet-1", "subnet-2"],
        "securityGroupIds": ["sg-1"],
        "sourceBucketArn": "arn:aws:s3:::b",
        "dagSourceRefs": [{"name": "etl"}],
        **(more or {"executionRoleRef": {"name": "role"}}),
    }
    return Object("Environment", "team", "first", "uid", 1, EnvironmentSpec.model_validate(given))


def policy(source: Any, role: ExecutionRoleSpec) -> list[dict[str, Any]]:
    """Give the statements of a role that an environment with a source refers to."""
    obj, at = environment(), Context("123456789012", "eu-west-1", "aws", targets=neighbours(source, role))
    facts = EnvironmentKind().facts(obj, at, {})
    referrer = Neighbour("Environment", "first", obj.spec, facts)
    at = Context("123456789012", "eu-west-1", "aws", referrers=(referrer,), settings={"iam": "enabled"})
    graph = ExecutionRoleKind().desired(Object("ExecutionRole", "team", "role", "uid-2", 1, role), at)
    model: Any = graph.parts["policy"].model
    return list(model.document["Statement"])


def missing(obj: Object[EnvironmentSpec], source: Any, role: ExecutionRoleSpec) -> list[str]:
    at = Context("123456789012", "eu-west-1", "aws", targets=neighbours(source, role), settings={"iam": "enabled"})
    found = EnvironmentKind().desired(obj, at).findings
    return [each.message for each in found if each.code == "SamplePermissionMissing"]


@pytest.mark.row("C175")
def test_its_permission_is_in_the_policy_as_long_as_a_source_has_it() -> None:
    allowing = ExecutionRoleSpec.model_validate({"samplePermissions": [EXPORT]})
    plain = ExecutionRoleSpec()
    assert STATEMENT in policy(spec(EXPORT), allowing)
    assert missing(environment(), spec(EXPORT), allowing) == []
    gone = policy(spec({"name": "TimeZone"}), allowing)
    assert gone == policy(spec({"name": "TimeZone"}), plain), "it goes with the sample, and nothing else does"
    assert STATEMENT not in gone


@pytest.mark.parametrize("allowed", [[], [{"name": "MetadataExport", "parameters": {"bucket": "other"}}]])
def test_a_dag_source_alone_widens_no_role(allowed: list[dict[str, Any]]) -> None:
    role = ExecutionRoleSpec.model_validate({"samplePermissions": allowed})
    assert not any("s3:PutObject" in str(each) for each in policy(spec(EXPORT), role))
    [said] = missing(environment(), spec(EXPORT), role)
    assert said.endswith("Name the sample with the same parameters in samplePermissions of ExecutionRole role.")


def test_of_a_role_of_others_the_statement_is_given() -> None:
    by_others = environment(executionRoleArn="arn:aws:iam::123456789012:role/theirs")
    [said] = missing(by_others, spec(EXPORT), ExecutionRoleSpec())
    assert json.loads(said.partition("policy: ")[2].rstrip(".")) == STATEMENT
    [said] = missing(environment(deletionPolicy="Delete"), spec(EXPORT), ExecutionRoleSpec())
    assert "Declare an ExecutionRole" in said


def test_nothing_is_said_of_what_we_ship() -> None:
    declared = spec(*every()).samples
    for source in (*samples.dags(declared), *samples.plugins(declared)):
        assert lint(source.files, "dags", ["2.10.3", "3.3.1"]) == ()


@pytest.mark.parametrize(
    ("name", "parameters", "secret"),
    [
        ("SecretConnection", {"secret": "db"}, "db"),
        ("SecretVariable", {"variable": "db"}, "airflow/variables/db"),
        ("Snowflake", {"connection": "db", "warehouse": "SMALL"}, "airflow/connections/db"),
    ],
)
def test_a_permission_to_read_a_secret_is_for_no_other_whose_name_begins_like_it(
    name: str, parameters: dict[str, str], secret: str
) -> None:
    [needed] = samples.statements([Sample(name=name, parameters=parameters)], "aws", "us-east-1", "123456789012")
    [pattern] = needed.resources
    arn = f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{secret}"
    # Secrets Manager puts a hyphen and six characters behind each name
    assert fnmatch.fnmatchcase(f"{arn}-AbC123", pattern)
    assert not fnmatch.fnmatchcase(f"{arn}-admin-AbC123", pattern)
