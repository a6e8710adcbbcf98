"""An environment takes the files that its DAG sources deliver: by key and version, together with its own changes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest

from mwaa_operator.api.dag_source import DagSourceSpec
from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.aws import s3
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.part import Graph
from mwaa_operator.core.policy import Policy
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.run import Run
from mwaa_operator.kinds.dag_source import DagSourceKind

REGION = "us-east-1"
FILES = {
    "plugins": ("PluginsS3Path", "PluginsS3ObjectVersion", "plugins.zip"),
    "requirements": ("RequirementsS3Path", "RequirementsS3ObjectVersion", "requirements.txt"),
    "startupScript": ("StartupScriptS3Path", "StartupScriptS3ObjectVersion", "startup.sh"),
}
ALL = {
    "plugins": {"files": {"a.py": "a = 1\n"}},
    "requirements": {"packages": ["pandas==2.1.4"], "constraint": "None"},
    "startupScript": {"env": {"STAGE": "test"}},
}


@dataclass
class Source:
    """A DagSource beside an environment, in its bucket."""

    environment: Any
    spec: dict[str, Any]
    name: str = "etl"
    bucket: str = "my-bucket"
    published: dict[str, Any] = field(default_factory=dict)
    memory: dict[str, PartMemory] = field(default_factory=dict)
    kind: DagSourceKind = field(default_factory=DagSourceKind)
    graph: Graph = field(default_factory=Graph.of)
    """Of the last delivery."""

    @property
    def declared(self) -> DagSourceSpec:
        return DagSourceSpec.model_validate({"bucketRef": {"name": "bucket"}, "allowEmpty": True, **self.spec})

    async def deliver(self) -> None:
        """Run it, with the environment as it is seen now."""
        adapters = {each.TYPE: each for each in s3.adapters(Aws("test", lambda call: None))}
        lists = EnvironmentSpec.model_validate(self.environment.spec)
        facts = {**self.environment.published, "airflowHealthy": None}
        context = Context(
            "123456789012",
            REGION,
            "aws",
            targets={("Bucket", "bucket"): Neighbour("Bucket", "bucket", None, {"bucketName": self.bucket})},
            referrers=(Neighbour("Environment", "first", lists, facts),),
        )
        obj = Object("DagSource", "team", self.name, f"uid-{self.name}", 1, self.declared, facts=self.published)
        self.graph = graph = self.kind.desired(obj, context)
        registry = Registry({}, adapters, {}, lambda *body: body)
        for _ in range(2):
            run = Run.of(registry, obj, REGION, graph, Policy(obj.uid, f"team/{self.name}"), self.memory)
            await run.observe()
            await run.act()
            self.memory = dict(run.memory)
        self.published = {name: value for name, value in self.kind.facts(obj, context, run.sights).items() if value}
        self.show()

    def show(self) -> None:
        """Let the environment see what is declared and what was published."""
        shown = Neighbour("DagSource", self.name, self.declared, self.published)
        context = self.environment.context
        self.environment.context = replace(context, targets={**context.targets, ("DagSource", self.name): shown})

    def change(self, **spec: Any) -> None:
        """Edit the spec, which the environment sees at once."""
        self.spec = {name: value for name, value in {**self.spec, **spec}.items() if value is not None}
        self.show()

    def version(self, file: str) -> str:
        return str(self.entry(file)["versionId"])

    def entry(self, file: str) -> dict[str, Any]:
        return next(dict(each) for each in self.published["artefacts"] if each["file"] == file)


@pytest.fixture
def beside(new_stack: Callable[..., Any]) -> Callable[..., Any]:
    """Make an environment that lists one source."""

    def make(spec: dict[str, Any], **environment: Any) -> tuple[Any, Source]:
        stack = new_stack({"dagSourceRefs": [{"name": "etl"}], **environment})
        source = Source(stack, spec)
        source.show()
        return stack, source

    return make


def updates(stack: Any) -> list[dict[str, Any]]:
    return [{name: value for name, value in each.items() if name != "Name"} for each in stack.requests("UpdateEnvironment")]


@pytest.mark.row("C166")
async def test_it_is_created_with_the_keys_and_versions_of_its_source(beside: Callable[..., Any]) -> None:
    stack, source = beside(ALL)
    run = await stack.once()
    [step] = [step for step in run.plan.steps if step.part == "environment"]
    said = [need.message for need in step.needs]
    assert "spec.dagSourceRefs: waits for DagSource etl to deliver plugins.zip" in said
    assert stack.writes() == []
    await source.deliver()
    run = await stack.settle()
    [request] = stack.requests("CreateEnvironment")
    for file, (path, version, name) in FILES.items():
        assert (request[path], request[version]) == (f"mwaa/team/etl/{name}", source.version(file))
        assert stack.facts(run)[file]["s3ObjectVersion"] == source.version(file)
    assert stack.facts(run)["declaredFiles"] == sorted(FILES)
    assert stack.writes() == ["CreateEnvironment"]


@pytest.mark.row("B91", "B128", "B144", "C166", "D29")
@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("plugins", {"files": {"a.py": "a = 2\n"}}),
        ("requirements", {"packages": ["pandas==2.2.0"], "constraint": "None"}),
        ("startupScript", {"env": {"STAGE": "prod"}}),
    ],
)
async def test_a_change_of_content_is_one_update_with_the_new_version(
    beside: Callable[..., Any], file: str, change: dict[str, Any]
) -> None:
    stack, source = beside(ALL)
    await source.deliver()
    await stack.settle()
    first = source.version(file)
    source.change(**{file: change})
    await stack.settle()
    assert updates(stack) == [], "what is delivered is not what is declared by now"
    await source.deliver()
    await stack.settle()
    assert source.version(file) != first
    assert updates(stack) == [{FILES[file][1]: source.version(file)}]
    await source.deliver()
    await stack.settle()
    assert len(updates(stack)) == 1, "equal bytes are no update"


@pytest.mark.row("B137")
async def test_files_and_own_changes_go_out_in_one_update(beside: Callable[..., Any]) -> None:
    stack, source = beside(ALL, maxWorkers=5)
    await source.deliver()
    await stack.settle()
    stack.change(maxWorkers=6)
    source.change(plugins={"files": {"b.py": "b = 1\n"}}, requirements={"packages": ["boto3"], "constraint": "None"})
    run = await stack.once()
    [step] = run.plan.steps
    assert {need.reason for need in step.needs} == {"DependencyNotReady"}
    await source.deliver()
    await stack.settle()
    assert updates(stack) == [
        {
            "MaxWorkers": 6,
            "PluginsS3ObjectVersion": source.version("plugins"),
            "RequirementsS3ObjectVersion": source.version("requirements"),
        }
    ]


async def test_another_version_of_airflow_goes_out_with_its_own_constraints(beside: Callable[..., Any]) -> None:
    stack, source = beside({"requirements": {"packages": ["pandas"]}}, airflowVersion="2.10.1")
    await source.deliver()
    await stack.settle()
    stack.change(airflowVersion="2.10.3", upgrade={"acknowledgeDowntime": True})
    await stack.once()
    assert updates(stack) == []
    await source.deliver()
    await stack.settle()
    [update] = updates(stack)
    assert update["AirflowVersion"] == "2.10.3"
    assert update["RequirementsS3Path"] == "mwaa/team/etl/airflow-2.10.3/requirements.txt"
    got = boto3.client("s3").get_object(
        Bucket="my-bucket", Key=update["RequirementsS3Path"], VersionId=update["RequirementsS3ObjectVersion"]
    )
    assert b"/constraints-2.10.3/constraints-3.11.txt" in got["Body"].read()
    assert len(updates(stack)) == 1


@pytest.mark.row("B158")
async def test_a_block_that_leaves_the_source_is_replaced_by_an_empty_file(beside: Callable[..., Any]) -> None:
    stack, source = beside(ALL)
    await source.deliver()
    await stack.settle()
    source.change(plugins=None, requirements=None)
    await source.deliver()
    await stack.settle()
    [update] = updates(stack)
    contents = {}
    for file in ("plugins", "requirements"):
        path, version, _ = FILES[file]
        got = boto3.client("s3").get_object(Bucket="my-bucket", Key=update[path], VersionId=update[version])
        contents[file] = got["Body"].read()
    assert zipfile.ZipFile(io.BytesIO(contents["plugins"])).namelist() == []
    assert contents["requirements"] == b""
    assert set(update) == {member for file in ("plugins", "requirements") for member in FILES[file][:2]}
    await stack.settle()
    assert len(updates(stack)) == 1


async def test_a_source_that_cannot_be_read_leaves_all_as_it_is(beside: Callable[..., Any]) -> None:
    stack, source = beside(ALL)
    await source.deliver()
    await stack.settle()
    broken = Neighbour("DagSource", "etl", None, source.published)
    stack.context = replace(stack.context, targets={("DagSource", "etl"): broken})
    await stack.settle()
    stack.context = replace(stack.context, targets={})
    await stack.once()
    assert updates(stack) == []


async def test_the_path_of_its_own_counts_and_that_is_said(beside: Callable[..., Any]) -> None:
    stack, source = beside(ALL, requirementsS3Path="requirements.txt")
    own = boto3.client("s3").put_object(Bucket="my-bucket", Key="requirements.txt", Body=b"a")["VersionId"]
    await source.deliver()
    run = await stack.settle()
    [request] = stack.requests("CreateEnvironment")
    assert (request["RequirementsS3Path"], request["RequirementsS3ObjectVersion"]) == ("requirements.txt", own)
    assert request["PluginsS3Path"] == "mwaa/team/etl/plugins.zip"
    [finding] = [each for each in run.graph.findings if each.code == "FileGivenTwice"]
    assert finding.where == "spec.requirementsS3Path"


async def test_two_sources_must_agree(beside: Callable[..., Any]) -> None:
    stack, source = beside(ALL, dagSourceRefs=[{"name": "etl"}, {"name": "other"}])
    other = Source(stack, {"requirements": ALL["requirements"]}, "other")
    other.show()
    await source.deliver()
    assert not [each for each in (await stack.once()).graph.findings if each.code == "SourcesDisagree"]
    assert stack.writes() == []
    await other.deliver()
    await stack.settle()
    [request] = stack.requests("CreateEnvironment")
    assert request["RequirementsS3Path"] == "mwaa/team/etl/requirements.txt", "both have the same bytes: the first is taken"
    other.change(plugins={"files": {"a.py": "a = 2\n"}})
    await other.deliver()
    run = await stack.once()
    [finding] = [each for each in run.graph.findings if each.code == "SourcesDisagree"]
    assert "DagSource etl and DagSource other bring plugins.zip with different contents" in finding.message
    stack.change(maxWorkers=7)
    run = await stack.once()
    [step] = run.plan.steps
    assert [need.reason for need in step.needs] == ["SourcesDisagree"]
    assert updates(stack) == []


async def test_a_source_in_another_bucket_is_named(beside: Callable[..., Any]) -> None:
    stack, source = beside(ALL)
    client = boto3.client("s3")
    client.create_bucket(Bucket="elsewhere")
    client.put_bucket_versioning(Bucket="elsewhere", VersioningConfiguration={"Status": "Enabled"})
    source.bucket = "elsewhere"
    await source.deliver()
    run = await stack.once()
    [step] = [step for step in run.plan.steps if step.part == "environment"]
    assert {need.reason for need in step.needs} == {"OtherBucket"}
    assert stack.writes() == []


@pytest.mark.row("C165")
@pytest.mark.parametrize(("version", "options"), [("2.10.3", {"core.lazy_load_plugins": "False"}), ("3.2.1", {})])
async def test_plugins_of_a_source_are_loaded_at_the_start_on_airflow_2(
    beside: Callable[..., Any], version: str, options: dict[str, str]
) -> None:
    stack, source = beside({"plugins": ALL["plugins"]}, airflowVersion=version)
    await source.deliver()
    await stack.settle()
    there = boto3.client("mwaa").get_environment(Name="first")["Environment"]
    assert (there.get("AirflowConfigurationOptions") or {}) == options


@pytest.mark.row("B145", "D34")
async def test_the_password_of_an_index_is_in_the_options_and_nowhere_else(beside: Callable[..., Any]) -> None:
    url = "https://${AIRFLOW__FOO__USER}:${AIRFLOW__FOO__PASS}@my.privatepypi.com"
    stack, source = beside(
        {"requirements": {"packages": ["ours"], "indexUrl": url}},
        airflowVersion="2.10.3",
        airflowConfigurationOptionsFrom={
            "foo.user": {"secretKeyRef": {"name": "index", "key": "user"}},
            "foo.pass": {"secretKeyRef": {"name": "index", "key": "password"}},
        },
    )
    secrets = {"index": {"user": b"reader-4711", "password": b"canary-0815"}}
    stack.context = replace(stack.context, secrets=secrets)
    await source.deliver()
    run = await stack.settle()
    there = boto3.client("mwaa").get_environment(Name="first")["Environment"]
    assert there["AirflowConfigurationOptions"] == {"foo.user": "reader-4711", "foo.pass": "canary-0815"}
    [request] = stack.requests("CreateEnvironment")
    got = boto3.client("s3").get_object(
        Bucket="my-bucket", Key=request["RequirementsS3Path"], VersionId=request["RequirementsS3ObjectVersion"]
    )
    assert got["Body"].read().decode().splitlines()[1:] == [f"--index-url {url}", "ours"]
    told = str([stack.facts(run), run.plan, run.graph.findings, stack.memory, source.published, source.memory])
    assert "reader-4711" not in told and "canary-0815" not in told
