"""Files in the bucket: what is declared, and nothing else of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from mwaa_operator.core.observed import State


def keys(bucket: Any) -> dict[str, bytes]:
    return {each.key: each.get()["Body"].read() for each in bucket.objects.filter(Prefix="dags/") if each.key != "dags/"}


@pytest.mark.row("B112")
async def test_inline_files_and_config_maps_arrive(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack(
        {
            "files": {"hello.py": "x = 1\n", "sql/query.sql": "select 1\n"},
            "configMapRefs": [{"name": "more", "path": "team"}],
        },
        documents={"more": {"etl.py": b"y = 2\n", "logo.bin": b"\x00\xff"}},
    )
    await stack.once()
    assert keys(bucket) == {
        "dags/hello.py": b"x = 1\n",
        "dags/sql/query.sql": b"select 1\n",
        "dags/team/etl.py": b"y = 2\n",
        "dags/team/logo.bin": b"\x00\xff",
    }
    assert (await stack.once()).plan.steps == ()


@pytest.mark.row("C161")
async def test_adding_changing_and_deleting_needs_no_update_of_the_environment(stack: Any, dag: Any) -> None:
    for files in ({"hello.py": dag("hello"), "b.py": dag("b")}, {"hello.py": dag("hello", "new")}):
        stack.spec = {"files": files, "prune": True}
        await stack.once()
    bucket = boto3.resource("s3").Bucket("my-bucket")
    assert keys(bucket) == {"dags/hello.py": dag("hello", "new").encode()}
    assert [call.operation for call in stack.emulator.writes("mwaa")] == []


@pytest.mark.row("B115")
async def test_pruning_takes_own_files_only_and_only_on_request(new_stack: Callable[..., Any], bucket: Any) -> None:
    bucket.put_object(Key="dags/theirs.py", Body=b"z = 3\n")
    stack = new_stack({"files": {"a.py": "a = 1\n", "b.py": "b = 1\n"}})
    await stack.once()
    stack.spec = {"files": {"a.py": "a = 1\n"}}
    await stack.once()
    assert set(keys(bucket)) == {"dags/a.py", "dags/b.py", "dags/theirs.py"}
    stack.spec = {"files": {"a.py": "a = 1\n"}, "prune": True}
    await stack.once()
    assert set(keys(bucket)) == {"dags/a.py", "dags/theirs.py"}


@pytest.mark.row("B124")
async def test_an_object_overwritten_by_somebody_is_put_back(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"files": {"a.py": "a = 1\n"}})
    await stack.once()
    bucket.put_object(Key="dags/a.py", Body=b"a = 666\n")
    await stack.once()
    assert keys(bucket) == {"dags/a.py": b"a = 1\n"}


@pytest.mark.row("B117")
async def test_status_lists_the_objects_as_s3_does(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack()
    facts = stack.facts(await stack.once())
    there = bucket.Object("dags/hello.py")
    assert facts["dags"] == [
        {
            "key": "dags/hello.py",
            "etag": there.e_tag.strip('"'),
            "versionId": there.version_id,
            "sha256": hashlib.sha256(there.get()["Body"].read()).hexdigest(),
        }
    ]
    assert (facts["fileCount"], facts["bucketName"], facts["path"]) == (1, "my-bucket", "dags")


@pytest.mark.parametrize(
    ("version", "spec", "seconds"),
    [
        ("2.11.2", {}, 330),
        ("3.3.1", {}, 330),
        ("2.11.2", {"airflowConfigurationOptions": {"scheduler.dag_dir_list_interval": "60"}}, 90),
        ("2.11.2", {"options": {"dagDirListInterval": 60}}, 90),
        ("3.3.1", {"airflowConfigurationOptions": {"dag_processor.refresh_interval": "45"}}, 75),
        ("3.3.1", {"airflowConfigurationOptions": {"scheduler.dag_dir_list_interval": "60"}}, 330),
    ],
)
@pytest.mark.row("B116")
async def test_when_airflow_should_see_it(
    new_stack: Callable[..., Any], version: str, spec: dict[str, Any], seconds: int
) -> None:
    environments = {"first": {"spec": spec, "facts": {"airflowHealthy": None}}}
    stack = new_stack(version=version, environments=environments)
    facts = stack.facts(await stack.once())
    delivered, expected = (datetime.fromisoformat(facts[name]) for name in ("deliveredAt", "expectedVisibleAt"))
    assert expected - delivered == timedelta(seconds=seconds)


async def test_a_syntax_error_leaves_the_last_good_version(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"files": {"a.py": "a = 1\n"}, "prune": True})
    first = stack.facts(await stack.once())["revision"]
    stack.spec = {"files": {"a.py": "def f(:\n", "b.py": "b = 1\n"}, "prune": True}
    run = await stack.once()
    assert keys(bucket) == {"dags/a.py": b"a = 1\n", "dags/b.py": b"b = 1\n"}
    [finding] = run.graph.findings
    assert (finding.code, finding.place) == ("DagSyntaxError", "dags/a.py:1")
    assert stack.facts(run)["revision"] not in (None, first)


async def test_a_missing_config_map_holds_the_delivery_and_is_named(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack({"files": {"a.py": "a = 1\n"}, "configMapRefs": [{"name": "more"}], "prune": True})
    run = await stack.once()
    [need] = run.plan.step("tree").needs
    assert (need.reason, need.condition) == ("DependencyNotFound", "ReferencesResolved")
    assert "spec.configMapRefs[0]: ConfigMap more" in need.message
    assert keys(bucket) == {}
    stack.documents = {"more": {"b.py": b"b = 1\n"}}
    await stack.once()
    assert set(keys(bucket)) == {"dags/a.py", "dags/b.py"}
    stack.documents = {}
    await stack.once()
    assert set(keys(bucket)) == {"dags/a.py", "dags/b.py"}, "its files have not left the source"


async def test_without_an_environment_it_is_ready_and_says_that_nobody_proves_it(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    run = await stack.once()
    assert run.plan.steps == () and set(run.sights) == {"tree"}
    assert stack.seen(run, "tree").state is State.READY
    assert "nobody proves" in stack.summary(run)


async def test_a_revision_is_published_when_all_of_it_has_arrived(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"files": {"a.py": "a = 1\n", "b.py": "b = 1\n"}})
    stack.emulator.fault("s3", "PutObject", code="AccessDenied", status=403, after=2)
    run = await stack.once()
    assert run.problems["tree"].reason == "AccessDenied"
    assert stack.facts(run)["revision"] is None
    stack.emulator.clear_faults()
    assert stack.facts(await stack.once())["revision"]


async def test_deleting_takes_the_own_files_away(stack: Any, dag: Any) -> None:
    stack.spec["verify"] = {"dagId": "hello"}
    await stack.once()
    stack.deleting = True
    for _ in range(3):
        run = await stack.once()
    assert run.plan.steps == ()
    assert keys(boto3.resource("s3").Bucket("my-bucket")) == {}
