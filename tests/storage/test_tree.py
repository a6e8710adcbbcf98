"""Trees of objects over a real endpoint."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mwaa_emulator.client import Emulator
from mwaa_operator.core.errors import Trouble
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.owner import OWNER_TAG
from mwaa_operator.core.part import Graph, Part
from mwaa_operator.core.policy import Adoption
from mwaa_operator.engine.run import Run
from mwaa_operator.resources.s3 import revision, sha256

DAG = b"from airflow.sdk import DAG\n"
LIBRARY = b"def rows(): ...\n"
FILES = {"etl.py": DAG, "lib/rows.py": LIBRARY, "lib/sql/load.sql": b"select 1;\n", "notes.txt": b"\xff\x00"}
KEYS = {f"dags/{path}": content for path, content in FILES.items()}
MANIFEST = ".mwaa-operator/team/src.json"


def outputs(run: Run) -> dict[str, Any]:
    sight = run.sights["tree"]
    assert isinstance(sight, Observed)
    return dict(sight.outputs)


def needs(run: Run) -> list[str]:
    return [need.reason for step in run.plan.steps for need in step.needs]


@pytest.mark.row("B112")
async def test_the_objects_equal_the_declared_files(tree: Callable[..., Any], objects: Any) -> None:
    thing = tree(FILES)
    run = await thing.settle()
    assert objects.all() == KEYS
    assert outputs(run)["revision"] == revision({path: sha256(content) for path, content in FILES.items()})
    assert outputs(run)["file_count"] == 4

    thing.files = {**FILES, "etl.py": DAG + b"# new\n", "more/late.py": DAG}
    second = await thing.settle()
    assert objects.all() == {**KEYS, "dags/etl.py": DAG + b"# new\n", "dags/more/late.py": DAG}
    assert outputs(second)["revision"] != outputs(run)["revision"]


@pytest.mark.row("B114")
async def test_adding_changing_and_deleting_dags_calls_s3_alone(
    tree: Callable[..., Any], objects: Any, emulator: Emulator
) -> None:
    thing = tree(FILES, prune=True)
    await thing.settle()
    thing.files = {"etl.py": DAG + b"# new\n", "new.py": DAG}
    await thing.settle()
    assert objects.all() == {f"dags/{path}": content for path, content in thing.files.items()}
    assert {call.service for call in emulator.writes()} == {"s3"}


@pytest.mark.row("B115")
async def test_only_own_objects_are_pruned_and_only_when_asked_for(tree: Callable[..., Any], objects: Any) -> None:
    thing = tree(FILES)
    await thing.settle()
    objects.put("dags/foreign.py", b"theirs")
    thing.files = {"etl.py": DAG}
    thing.desk.taken()
    await thing.settle()
    assert objects.all() == {**KEYS, "dags/foreign.py": b"theirs"}
    assert thing.desk.taken() == []

    thing.prune = True
    await thing.settle()
    assert objects.all() == {"dags/etl.py": DAG, "dags/foreign.py": b"theirs"}
    assert objects.markers() == 3
    assert objects.versions() == 5


@pytest.mark.row("B115")
async def test_an_object_that_others_made_under_an_old_path_of_ours_is_not_pruned(
    tree: Callable[..., Any], objects: Any
) -> None:
    thing = tree({"etl.py": DAG, "old.py": DAG})
    await thing.settle()
    thing.files, thing.prune = {"etl.py": DAG}, True
    objects.put("dags/old.py", b"theirs by now")
    await thing.settle()
    assert objects.all() == {"dags/etl.py": DAG, "dags/old.py": b"theirs by now"}

    thing.files = {"etl.py": DAG, "old.py": DAG}
    run = await thing.desk.once()
    assert run.problems["tree"].reason == "ForeignObject"


@pytest.mark.row("B117")
async def test_the_dags_are_shown_as_s3_lists_them(tree: Callable[..., Any], bucket_client: Any) -> None:
    found = outputs(await tree(FILES).settle())
    head = bucket_client.head_object(Bucket="lake", Key="dags/etl.py")
    assert found["dags"] == (
        {
            "key": "dags/etl.py",
            "etag": head["ETag"].strip('"'),
            "versionId": head["VersionId"],
            "sha256": sha256(DAG),
        },
    )
    written = bucket_client.head_object(Bucket="lake", Key=MANIFEST)["LastModified"]
    assert found["delivered_at"] == written.isoformat(timespec="seconds")


@pytest.mark.row("B124")
async def test_what_others_overwrite_comes_back(tree: Callable[..., Any], objects: Any) -> None:
    thing = tree(FILES)
    await thing.settle()
    objects.put("dags/etl.py", b"broken")
    run = await thing.settle()
    assert objects.all() == KEYS
    assert outputs(run)["file_count"] == 4


async def test_what_others_delete_comes_back(tree: Callable[..., Any], objects: Any, bucket_client: Any) -> None:
    thing = tree(FILES)
    await thing.settle()
    bucket_client.delete_object(Bucket="lake", Key="dags/lib/rows.py")
    await thing.settle()
    assert objects.all() == KEYS


async def test_an_unchanged_tree_costs_one_list_and_one_manifest(tree: Callable[..., Any], objects: Any) -> None:
    thing = tree(FILES, prune=True)
    await thing.settle()
    thing.desk.calls.clear()
    await thing.settle()
    assert sorted(call.operation for call in thing.desk.calls) == ["get_object", "list_objects_v2"]
    thing.desk.start()
    await thing.settle()
    assert objects.versions() == 4


async def test_only_what_differs_is_uploaded(tree: Callable[..., Any], objects: Any) -> None:
    thing = tree(FILES)
    await thing.settle()
    thing.files = {**FILES, "notes.txt": b"new"}
    thing.desk.taken()
    await thing.settle()
    assert thing.desk.taken() == ["put_object", "put_object"]
    assert objects.versions() == 5


async def test_a_list_of_several_pages_is_read_to_its_end(tree: Callable[..., Any], objects: Any) -> None:
    files = {f"{number:02}.py": DAG for number in range(12)}
    thing = tree(files, prune=True)
    run = await thing.settle()
    assert outputs(run)["file_count"] == 12
    assert objects.client.list_objects_v2(Bucket="lake", Prefix="dags/")["IsTruncated"]
    thing.desk.taken()
    await thing.settle()
    assert thing.desk.taken() == []


async def test_modules_arrive_before_the_dags_and_deletions_come_last(tree: Callable[..., Any], emulator: Emulator) -> None:
    thing = tree({"a.py": DAG, "old.py": DAG}, prune=True)
    await thing.settle()
    emulator.clear_calls()
    thing.files = {"a.py": DAG + b"import z", "z.py": LIBRARY}
    await thing.settle()
    order = [call.params.get("Key") or call.operation for call in emulator.writes("s3")]
    assert order == ["dags/z.py", "dags/a.py", MANIFEST, "DeleteObjects", MANIFEST]


async def test_an_object_with_the_same_content_is_taken_into_the_tree(tree: Callable[..., Any], objects: Any) -> None:
    thing = tree(FILES)
    objects.put("dags/etl.py", DAG)
    await thing.settle()
    assert objects.versions() == 4
    thing.files, thing.prune = {"notes.txt": b"\xff\x00"}, True
    await thing.settle()
    assert objects.all().keys() == {"dags/notes.txt"}


async def test_an_object_of_others_is_refused_by_name_and_the_rest_goes_on(tree: Callable[..., Any], objects: Any) -> None:
    thing = tree(FILES)
    objects.put("dags/etl.py", b"theirs")
    run = await thing.desk.once()
    problem = run.problems["tree"]
    assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "ForeignObject")
    assert "dags/etl.py" in problem.message
    assert "adoption: Always" in problem.message
    assert objects.all() == {**KEYS, "dags/etl.py": b"theirs"}

    thing.desk.taken()
    await thing.desk.once()
    assert thing.desk.taken() == []

    thing.overwrite = True
    await thing.settle()
    assert objects.all() == KEYS


async def test_a_file_that_the_linter_refuses_keeps_its_last_good_version(tree: Callable[..., Any], objects: Any) -> None:
    thing = tree(FILES, prune=True)
    await thing.settle()
    thing.files = {path: content for path, content in FILES.items() if path != "etl.py"}
    thing.kept = frozenset({"etl.py"})
    thing.desk.taken()
    await thing.settle()
    assert thing.desk.taken() == []
    assert objects.all() == KEYS


async def test_the_last_file_is_not_pruned_by_mistake(tree: Callable[..., Any], objects: Any) -> None:
    thing = tree(FILES, prune=True)
    await thing.settle()
    thing.files = {}
    problem = (await thing.desk.once()).problems["tree"]
    assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "EmptyTree")
    assert "allowEmpty: true" in problem.message
    assert objects.all() == KEYS

    thing.allow_empty = True
    await thing.settle()
    assert objects.all() == {}


async def test_deleting_takes_own_objects_and_the_manifest_alone(
    tree: Callable[..., Any], objects: Any, bucket_client: Any
) -> None:
    thing = tree(FILES)
    await thing.settle()
    objects.put("dags/foreign.py", b"theirs")
    objects.put("dags/notes.txt", b"theirs by now")
    thing.desk.deleting = True
    await thing.settle()
    left = [item["Key"] for item in bucket_client.list_objects_v2(Bucket="lake")["Contents"]]
    assert left == ["dags/foreign.py", "dags/notes.txt"]
    assert objects.versions() == 6


async def test_a_tree_whose_bucket_is_gone_is_gone(tree: Callable[..., Any], objects: Any, bucket_client: Any) -> None:
    thing = tree({})
    await thing.settle()
    for version in bucket_client.list_object_versions(Bucket="lake")["Versions"]:
        bucket_client.delete_object(Bucket="lake", Key=version["Key"], VersionId=version["VersionId"])
    bucket_client.delete_bucket(Bucket="lake")
    thing.desk.deleting = True
    assert (await thing.settle()).plan.steps == ()


async def test_another_bucket_or_folder_is_refused(tree: Callable[..., Any], bucket_client: Any, objects: Any) -> None:
    thing = tree(FILES)
    await thing.settle()
    bucket_client.create_bucket(Bucket="pond")
    for change in ({"bucket": "pond"}, {"prefix": "other"}):
        moved = replace(thing, **change)
        thing.desk.graph = lambda desk, moved=moved: Graph.of(Part("tree", moved.model))
        thing.desk.taken()
        assert needs(await thing.desk.once()) == ["ImmutableField"]
        assert thing.desk.taken() == []
    assert objects.all() == KEYS


async def test_a_tree_can_stand_at_the_root_of_the_bucket(tree: Callable[..., Any], objects: Any) -> None:
    await tree({"etl.py": DAG}, prefix="").settle()
    assert objects.all("etl") == {"etl.py": DAG}


async def test_two_trees_in_one_folder_do_not_touch_each_other(tree: Callable[..., Any], objects: Any) -> None:
    first, second = tree({"a.py": DAG}, prune=True), tree({"b.py": DAG}, prune=True, name="other", uid="77")
    await first.settle()
    await second.settle()
    second.files = {"c.py": DAG}
    await second.settle()
    await first.settle()
    assert objects.all().keys() == {"dags/a.py", "dags/c.py"}


@pytest.mark.row("B115")
async def test_two_trees_with_one_path_do_not_overwrite_each_other(
    tree: Callable[..., Any], objects: Any, bucket_client: Any
) -> None:
    first, second = tree({"a.py": DAG}), tree({"a.py": DAG}, prune=True, name="other", uid="77")
    await first.settle()
    assert (await second.desk.once()).problems["tree"].reason == "ForeignObject"

    # both know the path as theirs: the first delivered it, it was deleted by hand, the second delivered it
    bucket_client.delete_object(Bucket="lake", Key="dags/a.py")
    await second.settle()
    second.files = {"a.py": DAG + b"# new\n"}
    await second.settle()
    for _ in range(2):
        problem = (await first.desk.once()).problems["tree"]
        assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "ForeignObject")
        assert "dags/a.py already, put there by somebody else or by another DagSource" in problem.message
    await second.settle()
    assert objects.all() == {"dags/a.py": DAG + b"# new\n"}

    first.desk.deleting = True
    await first.settle()
    assert objects.all() == {"dags/a.py": DAG + b"# new\n"}


async def test_what_others_put_between_the_look_and_the_upload_is_not_overwritten(
    tree: Callable[..., Any], objects: Any, emulator: Emulator
) -> None:
    thing = tree({"a.py": DAG})
    await thing.desk.once()
    thing.files = {"a.py": DAG, "b.py": DAG}
    emulator.fault("s3", "PutObject", hold="before", count=1)
    run = asyncio.create_task(thing.desk.once())
    await asyncio.to_thread(emulator.wait, emulator.holds, "the upload")
    objects.put("dags/b.py", b"theirs")
    emulator.release()
    assert (await run).problems["tree"].reason == "AlreadySo"
    assert objects.all() == {"dags/a.py": DAG, "dags/b.py": b"theirs"}
    assert (await thing.desk.once()).problems["tree"].reason == "ForeignObject"


async def test_a_manifest_of_another_object_is_respected_until_it_is_let_go(tree: Callable[..., Any], objects: Any) -> None:
    first = tree(FILES)
    await first.settle()
    second = tree({"etl.py": DAG + b"# new\n"}, uid="another", prune=True)
    assert needs(await second.desk.once()) == ["NotOurs"]
    second.desk.deleting = True
    await second.settle()
    assert objects.all() == KEYS

    first.desk.deleting = first.desk.retain = True
    await first.settle()
    assert objects.all() == KEYS
    second.desk.deleting = False
    await second.settle()
    assert objects.all() == {"dags/etl.py": DAG + b"# new\n"}
    assert json.loads(objects.all(MANIFEST)[MANIFEST])["tags"][OWNER_TAG] == "another"


async def test_a_lost_manifest_is_written_again_without_a_new_version(
    tree: Callable[..., Any], objects: Any, bucket_client: Any
) -> None:
    thing = tree(FILES)
    await thing.settle()
    bucket_client.delete_object(Bucket="lake", Key=MANIFEST)
    run = await thing.settle()
    assert objects.versions() == 4
    assert outputs(run)["dags"][0]["versionId"]


async def test_something_else_in_place_of_the_manifest_is_named(tree: Callable[..., Any], objects: Any) -> None:
    thing = tree(FILES)
    objects.put(MANIFEST, b"hello")
    sight = (await thing.desk.once()).sights["tree"]
    assert sight.problem.reason == "ManifestUnreadable"
    assert f"s3://lake/{MANIFEST}" in sight.problem.message
    assert objects.all() == {}


async def test_where_the_etag_is_no_hash_our_mark_tells_the_content(
    tree: Callable[..., Any], objects: Any, bucket_client: Any
) -> None:
    """As for objects under a KMS key: here one that was uploaded in parts, which has such an ETag too."""
    mark = {"mwaa-operator-owner": "6f1c", "mwaa-operator-sha256": sha256(DAG)}
    thing = tree({"etl.py": DAG})
    there = {"Bucket": "lake", "Key": "dags/etl.py"}
    upload = bucket_client.create_multipart_upload(**there, Metadata=mark)["UploadId"]
    etag = bucket_client.upload_part(**there, UploadId=upload, PartNumber=1, Body=DAG)["ETag"]
    parts = {"Parts": [{"ETag": etag, "PartNumber": 1}]}
    bucket_client.complete_multipart_upload(**there, UploadId=upload, MultipartUpload=parts)
    await thing.settle()
    assert objects.versions() == 1

    thing.files = {"etl.py": DAG + b"# new\n"}
    await thing.settle()
    assert objects.all() == {"dags/etl.py": DAG + b"# new\n"}


async def test_the_etag_says_whether_content_is_the_same(tree: Callable[..., Any], objects: Any) -> None:
    await tree({"etl.py": DAG}).settle()
    found = objects.client.head_object(Bucket="lake", Key="dags/etl.py")
    assert found["ETag"].strip('"') == hashlib.md5(DAG).hexdigest()
    assert found["Metadata"] == {"mwaa-operator-owner": "6f1c", "mwaa-operator-sha256": sha256(DAG)}


async def test_adoption_is_by_the_owner_in_the_manifest(tree: Callable[..., Any], objects: Any) -> None:
    await tree(FILES).settle()
    second = tree({"etl.py": DAG + b"# new\n"}, uid="another", prune=True, adoption=Adoption.ALWAYS)
    await second.settle()
    assert objects.all() == {"dags/etl.py": DAG + b"# new\n"}
