"""plugins.zip, requirements.txt and the startup script of a source, in a real bucket."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from mwaa_operator.core.observed import Observed
from mwaa_operator.resources.s3_artefact import artefact_key

PLUGINS, SCRIPT = "mwaa/team/hello/plugins.zip", "mwaa/team/hello/startup.sh"
PLAIN = "mwaa/team/hello/requirements.txt"
CONSTRAINT = '--constraint "https://raw.githubusercontent.com/apache/airflow/constraints-{}/constraints-{}.txt"\n'


def requirements(version: str) -> str:
    return f"mwaa/team/hello/airflow-{version}/requirements.txt"


def body(bucket: Any, key: str) -> bytes:
    return bytes(bucket.Object(key).get()["Body"].read())


def versions(bucket: Any, key: str) -> list[str]:
    return [each.id for each in bucket.object_versions.filter(Prefix=key)]


def reasons(run: Any) -> dict[str, list[str]]:
    return {step.part: [need.reason for need in step.needs] for step in run.plan.steps}


@pytest.mark.row("B90")
async def test_a_script_arrives_with_equal_bytes_inline_and_from_a_config_map(
    new_stack: Callable[..., Any], bucket: Any
) -> None:
    text = "#!/bin/sh\nexport A='ü'\n"
    stack = new_stack({"startupScript": {"text": text}})
    await stack.once()
    assert body(bucket, SCRIPT) == text.encode()
    stack.spec = {"startupScript": {"configMapKeyRef": {"name": "scripts", "key": "start"}}}
    stack.documents = {"scripts": {"start": b"echo 2\r\n"}}
    await stack.once()
    assert body(bucket, SCRIPT) == b"echo 2\r\n"
    assert reasons(await stack.once()) == {}


@pytest.mark.row("B126", "C163")
async def test_plugins_of_several_places_are_one_archive(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack(
        {
            "files": {"hello.py": "x = 1\n", "plugins/mine.py": "a = 1\n"},
            "plugins": {"files": {"operators/__init__.py": ""}, "configMapRefs": [{"name": "wheels"}], "path": "plugins"},
        },
        documents={"wheels": {"a-1.0-py3-none-any.whl": b"PK\x00\xff"}},
    )
    await stack.once()
    made = zipfile.ZipFile(io.BytesIO(body(bucket, PLUGINS)))
    assert made.namelist() == ["a-1.0-py3-none-any.whl", "mine.py", "operators/", "operators/__init__.py"]
    assert made.read("a-1.0-py3-none-any.whl") == b"PK\x00\xff"
    assert [each.key for each in bucket.objects.filter(Prefix="dags/")] == ["dags/hello.py"], "and no plugin among the DAGs"


@pytest.mark.row("C163")
async def test_plugins_of_one_name_are_named_and_the_last_good_archive_stays(
    new_stack: Callable[..., Any], bucket: Any
) -> None:
    stack = new_stack({"plugins": {"files": {"a.py": "1"}, "configMapRefs": [{"name": "more"}]}}, documents={"more": {}})
    await stack.once()
    first = versions(bucket, PLUGINS)
    stack.documents = {"more": {"a.py": b"2"}}
    run = await stack.once()
    [finding] = run.graph.findings
    assert (finding.code, finding.where) == ("DuplicatePath", "ConfigMap more of spec.plugins")
    assert versions(bucket, PLUGINS) == first
    [entry] = stack.facts(run)["artefacts"]
    assert "specHash" not in entry, "environments wait until it is mended"


@pytest.mark.row("B127")
async def test_a_ready_archive_is_delivered_as_it_is(new_stack: Callable[..., Any], bucket: Any) -> None:
    ready = b"PK\x05\x06" + bytes(18)
    stack = new_stack(
        {"configMapRefs": [{"name": "built"}], "plugins": {"path": "p.zip"}}, documents={"built": {"p.zip": ready}}
    )
    run = await stack.once()
    assert body(bucket, PLUGINS) == ready
    [entry] = stack.facts(run)["artefacts"]
    assert entry["versionId"] == bucket.Object(PLUGINS).version_id
    stack.documents = {"built": {"p.zip": b"no archive"}}
    run = await stack.once()
    assert body(bucket, PLUGINS) == ready
    assert stack.facts(run)["artefacts"][0].get("specHash") is None


@pytest.mark.row("C164")
async def test_equal_input_stays_one_version(new_stack: Callable[..., Any], bucket: Any) -> None:
    files = {"b.py": "b = 1\n", "a.py": "a = 1\n"}
    stack = new_stack({"plugins": {"files": files}, "requirements": {"packages": ["a", "b"], "constraint": "None"}})
    await stack.once()
    stack.spec = {**stack.spec, "plugins": {"files": dict(reversed(files.items()))}}
    for _ in range(2):
        assert reasons(await stack.once()) == {}
    stack.memory = {}
    assert reasons(await stack.once()) == {}, "nothing but the bucket says so"
    assert [len(versions(bucket, key)) for key in (PLUGINS, PLAIN)] == [1, 1]


@pytest.mark.row("B138", "D22")
async def test_a_list_and_a_file_become_the_object(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack(
        {
            "requirements": {
                "packages": ["pandas==2.1.4"],
                "configMapKeyRefs": [{"name": "team", "key": "requirements.txt"}],
                "constraint": "None",
            }
        },
        documents={"team": {"requirements.txt": b"# team\nboto3==1.34.0\npandas == 2.1.4\n"}},
    )
    run = await stack.once()
    assert body(bucket, PLAIN) == b"pandas==2.1.4\n# team\nboto3==1.34.0\n"
    head = boto3.client("s3").head_object(Bucket="my-bucket", Key=PLAIN)
    [entry] = stack.facts(run)["artefacts"]
    assert (entry["key"], entry["versionId"]) == (PLAIN, head["VersionId"])


@pytest.mark.row("B155")
async def test_status_has_key_version_etag_hash_and_size_of_each(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack(
        {
            "plugins": {"files": {"a.py": "a = 1\n"}},
            "requirements": {"text": "a\n", "constraint": "None"},
            "startupScript": {"env": {"STAGE": "it's"}},
        }
    )
    facts = stack.facts(await stack.once())
    assert [entry["file"] for entry in facts["artefacts"]] == ["plugins", "requirements", "startupScript"]
    for entry in facts["artefacts"]:
        there = bucket.Object(entry["key"])
        content = there.get()["Body"].read()
        assert entry["versionId"] == there.version_id
        assert entry["etag"] == there.e_tag.strip('"')
        assert (entry["sha256"], entry["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
        assert entry["bucketName"] == "my-bucket"
    assert body(bucket, SCRIPT) == b"#!/bin/bash\nexport STAGE='it'\"'\"'s'\n"


@pytest.mark.row("D23", "C170", "B139")
async def test_each_version_that_environments_ask_for_or_run_has_its_own_constraints(
    new_stack: Callable[..., Any], bucket: Any
) -> None:
    environments = {
        "old": {"spec": {"airflowVersion": "2.8.1"}, "facts": {"airflowVersion": "2.8.1", "airflowHealthy": None}},
        "new": {"spec": {"airflowVersion": "2.10.3"}, "facts": {"airflowVersion": "2.10.3", "airflowHealthy": None}},
    }
    stack = new_stack({"requirements": {"packages": ["pandas"]}}, environments=environments)
    facts = stack.facts(await stack.once())
    assert body(bucket, requirements("2.8.1")).decode() == CONSTRAINT.format("2.8.1", "3.11") + "pandas\n"
    assert body(bucket, requirements("2.10.3")).decode() == CONSTRAINT.format("2.10.3", "3.11") + "pandas\n"
    assert [entry["airflowVersion"] for entry in facts["artefacts"]] == ["2.10.3", "2.8.1"]
    stack.environments["old"]["spec"] = {"airflowVersion": "2.11.2"}
    facts = stack.facts(await stack.once())
    assert [entry["airflowVersion"] for entry in facts["artefacts"]] == ["2.10.3", "2.11.2", "2.8.1"], "that still runs"
    stack.environments["old"]["facts"] = {"airflowVersion": "2.11.2", "airflowHealthy": None}
    await stack.once()
    there = {each.key for each in bucket.objects.filter(Prefix="mwaa/")}
    assert there == {requirements("2.10.3"), requirements("2.11.2")}


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"requirements": {"text": "a"}}, "AirflowVersionUnknown"),
        ({"requirements": {"text": "a", "airflowVersion": "9.9.9"}}, "PythonVersionUnknown"),
        ({"requirements": {"configMapKeyRefs": [{"name": "no", "key": "a"}]}}, "DependencyNotFound"),
        ({"requirements": {"path": "requirements.txt"}}, "FileNotInSource"),
        ({"requirements": {"text": "a==1\na==2", "airflowVersion": "2.8.1"}}, "ConflictingPins"),
    ],
)
async def test_what_cannot_be_made_is_named(
    new_stack: Callable[..., Any], bucket: Any, spec: dict[str, Any], reason: str
) -> None:
    stack = new_stack({"files": {"a.py": "a = 1\n"}, **spec})
    run = await stack.once()
    assert reasons(run)["requirements"] == [reason]
    assert stack.facts(run)["artefacts"] is None
    assert list(bucket.objects.filter(Prefix="mwaa/")) == []


async def test_what_cannot_be_read_for_a_while_leaves_what_was_delivered(new_stack: Callable[..., Any], bucket: Any) -> None:
    key = {"name": "team", "key": "r"}
    environments = {"first": {"spec": {"airflowVersion": "2.8.1"}, "facts": {"airflowHealthy": None}}}
    stack = new_stack(
        {"requirements": {"configMapKeyRefs": [key]}},
        documents={"team": {"r": b"a"}},
        environments=environments,
        version="2.8.1",
    )
    stack.published = {"artefacts": stack.facts(await stack.once())["artefacts"]}
    stack.documents = {}
    await stack.once()
    stack.documents = {"team": {"r": b"a"}}
    await stack.once()
    assert len(versions(bucket, requirements("2.8.1"))) == 1


async def test_a_folder_of_which_a_part_is_missing_is_not_packed(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack(
        {
            "files": {"plugins/a.py": "a = 1\n"},
            "configMapRefs": [{"name": "more", "path": "plugins"}],
            "plugins": {"path": "plugins"},
        }
    )
    run = await stack.once()
    assert reasons(run)["plugins"] == ["DependencyNotFound"]
    assert list(bucket.objects.filter(Prefix="mwaa/")) == []


@pytest.mark.row("B157")
async def test_a_deleted_object_is_uploaded_again_under_a_new_version(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"plugins": {"files": {"a.py": "a = 1\n"}}})
    first = stack.facts(await stack.once())["artefacts"][0]
    bucket.Object(PLUGINS).delete()
    [marker] = [each for each in bucket.object_versions.filter(Prefix=PLUGINS) if each.is_latest]
    assert marker.size is None, "a delete marker is the newest"
    await stack.once()
    second = stack.facts(await stack.once())["artefacts"][0]
    assert second["versionId"] == bucket.Object(PLUGINS).version_id != first["versionId"]
    assert second["sha256"] == first["sha256"]


async def test_what_somebody_put_in_its_place_is_put_right(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"startupScript": {"text": "true\n"}})
    await stack.once()
    bucket.put_object(Key=SCRIPT, Body=b"evil\n")
    await stack.once()
    assert body(bucket, SCRIPT) == b"true\n"
    first = bucket.Object(SCRIPT).version_id
    bucket.put_object(Key=SCRIPT, Body=b"true\n")
    run = await stack.once()
    assert run.plan.steps == ()
    assert stack.facts(run)["artefacts"][0]["versionId"] == first, "equal bytes stay the version that they were"


async def test_an_object_of_somebody_else_is_refused_unless_it_may_be_taken(
    new_stack: Callable[..., Any], bucket: Any
) -> None:
    for content in (b"theirs\n", b"true\n"):
        bucket.put_object(Key=SCRIPT, Body=content)
        stack = new_stack({"startupScript": {"text": "true\n"}})
        for _ in range(2):
            run = await stack.once()
            assert reasons(run)["startup-script"] == ["NotOurs"]
            assert stack.facts(run)["artefacts"] is None
        assert body(bucket, SCRIPT) == content
    version = bucket.Object(SCRIPT).version_id
    stack.spec = {**stack.spec, "adoption": "Always"}
    await stack.once()
    run = await stack.once()
    assert run.plan.steps == ()
    assert bucket.Object(SCRIPT).metadata["mwaa-operator-owner"] == stack.uid
    assert stack.facts(run)["artefacts"][0]["versionId"] == version, "marking it is no new version for an environment"


def test_two_sources_do_not_collide() -> None:
    keys = {artefact_key(namespace, name, "plugins") for namespace in ("a", "b") for name in ("x", "y")}
    assert len(keys) == 4


async def test_it_is_found_again_after_a_crash(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"plugins": {"files": {"a.py": "a = 1\n"}}})
    await stack.once()
    stack.memory = {}
    run = await stack.once()
    assert run.plan.steps == ()
    assert isinstance(run.sights["plugins"], Observed)
    assert stack.facts(run)["artefacts"][0]["specHash"]


async def test_what_leaves_the_spec_or_goes_with_the_source_is_hidden_and_its_versions_stay(
    new_stack: Callable[..., Any], bucket: Any
) -> None:
    stack = new_stack({"startupScript": {"text": "true\n"}, "plugins": {"files": {"a.py": "1"}}})
    facts = stack.facts(await stack.once())["artefacts"]
    stack.spec = {"plugins": stack.spec["plugins"]}
    await stack.once()
    assert [each.key for each in bucket.objects.filter(Prefix="mwaa/")] == [PLUGINS]
    stack.deleting = True
    await stack.once()
    assert list(bucket.objects.filter(Prefix="mwaa/")) == []
    for entry in facts:
        got = boto3.client("s3").get_object(Bucket="my-bucket", Key=entry["key"], VersionId=entry["versionId"])
        assert hashlib.sha256(got["Body"].read()).hexdigest() == entry["sha256"]


async def test_what_is_retained_is_let_go_and_can_be_adopted_by_the_next_of_its_name(
    new_stack: Callable[..., Any], bucket: Any
) -> None:
    stack = new_stack({"startupScript": {"text": "true\n"}})
    await stack.once()
    stack.deleting = stack.retain = True
    await stack.once()
    metadata = bucket.Object(SCRIPT).metadata
    assert (metadata.get("mwaa-operator-owner"), metadata["mwaa-operator-adopt"]) == (None, "team/hello")
    assert (await stack.once()).plan.steps == ()
    heir = new_stack({"startupScript": {"text": "true\n"}, "adoption": "IfTagged"}, uid="another")
    await heir.once()
    assert bucket.Object(SCRIPT).metadata["mwaa-operator-owner"] == "another"
    assert body(bucket, SCRIPT) == b"true\n"


RESTORED = {
    "plugins": {"files": {"a.py": "a = 1\n"}},
    "requirements": {"text": "a\n", "constraint": "None"},
    "startupScript": {"text": "true\n"},
}


@pytest.mark.parametrize("older", [False, True], ids=["marked by name", "of an older release"])
async def test_the_same_object_of_a_restored_cluster_goes_on(
    new_stack: Callable[..., Any], bucket: Any, older: bool
) -> None:
    facts = (first := new_stack(RESTORED)).facts(await first.once())["artefacts"]
    keys = [entry["key"] for entry in facts]
    for key in keys:
        assert bucket.Object(key).metadata["mwaa-operator-object"] == "DagSource/team/hello"
        if older:
            marks = {name: text for name, text in bucket.Object(key).metadata.items() if not name.endswith("object")}
            bucket.put_object(Key=key, Body=body(bucket, key), Metadata=marks)
    there = [bucket.Object(key).version_id for key in keys]
    again = new_stack({**RESTORED, "adoption": "Always"}, uid="another")
    run = await again.once()
    assert reasons(run) == {}
    assert [bucket.Object(key).metadata["mwaa-operator-owner"] for key in keys] == ["another"] * 3
    assert [entry["versionId"] for entry in again.facts(run)["artefacts"]] == there, "marking is no new version"


async def test_the_mark_of_an_object_of_another_name_is_not_taken_away(new_stack: Callable[..., Any], bucket: Any) -> None:
    marks = {"mwaa-operator-owner": "7a2d", "mwaa-operator-object": "DagSource/team/copied"}
    bucket.put_object(Key=SCRIPT, Body=b"true\n", Metadata=marks)
    stack = new_stack({"startupScript": {"text": "true\n"}, "adoption": "Always"})
    run = await stack.once()
    [need] = run.plan.steps[0].needs
    assert need.reason == "NotOurs"
    assert "team/copied has marked it" in need.message
    assert bucket.Object(SCRIPT).metadata == marks


async def test_credentials_of_an_index_are_variables_of_options(new_stack: Callable[..., Any], bucket: Any) -> None:
    url = "https://${AIRFLOW__FOO__USER}:${AIRFLOW__FOO__PASS}@my.privatepypi.com"
    secret = {"secretKeyRef": {"name": "index", "key": "pass"}}
    options = {"airflowConfigurationOptionsFrom": {"foo.user": secret, "foo.pass": secret}}
    environments = {
        "first": {"spec": {"airflowVersion": "2.8.1", **options}, "facts": {"airflowHealthy": None}},
        "second": {"spec": {"airflowVersion": "2.8.1"}, "facts": {"airflowHealthy": None}},
    }
    stack = new_stack({"requirements": {"packages": ["a"], "indexUrl": url}}, environments=environments, version="2.8.1")
    run = await stack.once()
    assert body(bucket, requirements("2.8.1")).decode().splitlines()[1:] == [f"--index-url {url}", "a"]
    said = [finding.message for finding in run.graph.findings if finding.code == "OptionNotDeclared"]
    assert len(said) == 2
    assert all("Environment second" in message for message in said)


@pytest.mark.row("D8")
async def test_own_constraints_lie_among_the_dags(new_stack: Callable[..., Any], bucket: Any) -> None:
    path = "/usr/local/airflow/dags/constraints-3.11-updated.txt"
    stack = new_stack(
        {
            "files": {"constraints-3.11-updated.txt": "pandas==2.1.4\n"},
            "requirements": {"packages": ["pandas==2.1.4"], "constraint": path},
        }
    )
    run = await stack.once()
    assert body(bucket, PLAIN).decode() == f'--constraint "{path}"\npandas==2.1.4\n'
    assert body(bucket, "dags/constraints-3.11-updated.txt") == b"pandas==2.1.4\n"
    assert [finding.code for finding in run.graph.findings] == ["ConstraintInDagFolder"]
    stack.spec = {**stack.spec, "files": {"other.txt": ""}}
    run = await stack.once()
    assert [finding.code for finding in run.graph.findings] == ["ConstraintFileMissing", "ConstraintInDagFolder"]


async def test_a_revision_that_is_refused_brings_no_artefact_either(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack(
        {
            "files": {"a.py": "def f(:\n"},
            "lint": {"refuseRevision": "Error"},
            "startupScript": {"text": "true\n"},
        }
    )
    run = await stack.once()
    assert reasons(run)["startup-script"] == ["RevisionRefused"]
    assert list(bucket.objects.filter(Prefix="mwaa/")) == []
