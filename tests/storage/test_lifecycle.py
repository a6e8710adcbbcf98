"""Old versions in a bucket, over a real endpoint: rules that clear them, what is needed of them, and single ones that go."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator
from mwaa_operator.api.bucket import BucketSpec
from mwaa_operator.aws.s3_lifecycle import Lifecycles
from mwaa_operator.core.errors import Trouble
from mwaa_operator.core.kind import Neighbour
from mwaa_operator.core.observed import Observed
from mwaa_operator.kinds.bucket import BucketKind
from mwaa_operator.resources.s3_lifecycle import Needed, expires, rule

GUIDE = {
    "id": "Delete previous requirements.txt versions and delete markers after thirty days",
    "prefix": "requirements",
    "noncurrentDays": 30,
    "expiredObjectDeleteMarker": True,
}
FOREIGN = {
    "ID": "theirs",
    "Filter": {"Prefix": "logs/"},
    "Status": "Enabled",
    "Expiration": {"Days": 7},
}
NAME = "team-dags"


def rules(client: Any) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = client.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration"
        return []
    return found


def put_rules(client: Any, *given: dict[str, Any]) -> None:
    client.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": list(given)})


def environment(version: str, key: str = "requirements.txt") -> Neighbour:
    return Neighbour("Environment", "prod", None, {"requirements": {"s3Path": key, "s3ObjectVersion": version}})


def warning(run: Any) -> str:
    sight = run.sights.get("lifecycle")
    assert isinstance(sight, Observed)
    return sight.message if sight.condition == "VersionsAtRisk" else ""


def listed(client: Any, key: str) -> tuple[list[str], list[str]]:
    answer = client.list_object_versions(Bucket=NAME, Prefix=key)
    return tuple([each["VersionId"] for each in answer.get(word, ())] for word in ("Versions", "DeleteMarkers"))  # type: ignore[return-value]


@pytest.fixture
def bucket(declared: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a Bucket, seen by those who refer to it."""

    def make(*referrers: Neighbour, retain: bool = True, **spec: Any) -> Any:
        given = BucketSpec.model_validate({"name": NAME, **spec})
        return declared(BucketKind(), given, referrers=referrers, retain=retain)

    return make


def later(thing: Any, days: int) -> None:
    """Let the clock of the lifecycle be ahead."""
    moment = datetime.now(UTC) + timedelta(days=days)
    thing.desk.registry.adapters["s3/lifecycle"] = Lifecycles(thing.desk.aws, lambda: moment)


@pytest.mark.row("B161")
async def test_a_declared_rule_is_in_the_bucket_as_the_guide_writes_it(
    bucket: Callable[..., Any], bucket_client: Any
) -> None:
    thing = bucket(lifecycleRules=[GUIDE])
    await thing.settle()
    [there] = rules(bucket_client)
    assert there == {
        "ID": GUIDE["id"],
        "Filter": {"Prefix": "requirements"},
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    }
    thing.desk.taken()
    assert (await thing.desk.once()).plan.steps == ()
    assert thing.desk.taken() == []


@pytest.mark.row("B162")
async def test_uploads_that_nobody_finished_are_dropped(bucket: Callable[..., Any], bucket_client: Any) -> None:
    uploads = {"id": "uploads", "abortIncompleteMultipartUploadDays": 7}
    await bucket(lifecycleRules=[GUIDE, uploads]).settle()
    first, second = rules(bucket_client)
    assert "AbortIncompleteMultipartUpload" not in first
    assert second["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert second["Filter"] == {"Prefix": ""}


@pytest.mark.row("B163", "B165")
@pytest.mark.parametrize("retain", [True, False])
async def test_rules_of_others_survive_every_change_and_the_end(
    bucket: Callable[..., Any], bucket_client: Any, retain: bool
) -> None:
    thing = bucket(retain=retain)
    await thing.settle()
    put_rules(bucket_client, FOREIGN)
    other = {"id": "plugins", "prefix": "plugins", "noncurrentDays": 10}

    async def becomes(*declared: dict[str, Any]) -> list[str]:
        thing.spec = BucketSpec.model_validate({"name": NAME, "lifecycleRules": declared})
        await thing.settle()
        [theirs] = [each for each in rules(bucket_client) if each["ID"] == "theirs"]
        assert theirs == FOREIGN
        return [each["ID"] for each in rules(bucket_client) if each["ID"] != "theirs"]

    assert await becomes(GUIDE) == [GUIDE["id"]]
    assert await becomes(GUIDE, other) == [GUIDE["id"], "plugins"]
    assert await becomes({**other, "noncurrentDays": 20}) == ["plugins"]
    assert await becomes() == []
    assert await becomes(GUIDE) == [GUIDE["id"]]

    bucket_client.put_object(Bucket=NAME, Key="dags/a.py", Body=b"a")
    thing.desk.deleting = True
    run = await thing.desk.once()
    assert rules(bucket_client) == [FOREIGN]
    assert bucket_client.head_object(Bucket=NAME, Key="dags/a.py"), "data stays, whatever the policy"
    if retain:
        assert (await thing.desk.once()).plan.steps == ()
    else:
        assert run.problems["bucket"].reason == "BucketNotEmpty"


async def test_a_rule_that_somebody_changed_is_put_back(bucket: Callable[..., Any], bucket_client: Any) -> None:
    thing = bucket(lifecycleRules=[GUIDE])
    await thing.settle()
    [ours] = rules(bucket_client)
    put_rules(bucket_client, {**ours, "Status": "Disabled"}, FOREIGN)
    await thing.settle()
    assert sorted(rules(bucket_client), key=lambda each: each["ID"]) == [ours, FOREIGN]


async def test_a_bucket_that_never_had_a_rule_of_ours_costs_no_write(
    bucket: Callable[..., Any], bucket_client: Any, emulator: Emulator
) -> None:
    thing = bucket(environment("v1"))
    await thing.settle()
    put_rules(bucket_client, FOREIGN)
    thing.desk.taken()
    assert (await thing.settle()).plan.steps == ()
    thing.desk.deleting = True
    await thing.settle()
    assert [name for name in thing.desk.taken() if "lifecycle" in name] == []

    emulator.fault("s3", "GetBucketLifecycleConfiguration", code="AccessDenied", message="no", status=403)
    other = bucket(environment("v1"))
    other.desk.memory, other.desk.uid = {}, "6f1c"
    run = await other.desk.settle()
    assert run.problems == {}, "what is only a warning needs no permission"


@pytest.mark.row("B164")
async def test_a_rule_of_somebody_that_will_delete_a_pinned_version_is_told_with_the_day(
    bucket: Callable[..., Any], bucket_client: Any
) -> None:
    await bucket().settle()
    put = {"Bucket": NAME, "Key": "requirements.txt"}
    old = bucket_client.put_object(**put, Body=b"one")["VersionId"]
    put_rules(bucket_client, {**FOREIGN, "Filter": {"Prefix": "req"}, "NoncurrentVersionExpiration": {"NoncurrentDays": 30}})
    thing = bucket(environment(old))
    assert warning(await thing.settle()) == "", "it is the present one"

    bucket_client.put_object(**put, Body=b"two")
    day = (bucket_client.head_object(**put)["LastModified"] + timedelta(days=30)).strftime("%Y-%m-%d")
    text = warning(await thing.settle())
    assert f"rule 'theirs' deletes requirements.txt version {old} on {day}, which Environment prod needs" in text

    bucket_client.delete_object(**put)
    assert day in warning(await thing.settle()), "a delete marker is newer, too"
    put_rules(
        bucket_client, {**FOREIGN, "Filter": {"Prefix": "plugins"}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
    )
    assert warning(await thing.settle()) == ""


async def test_a_rule_of_ours_never_deletes_what_is_pinned(bucket: Callable[..., Any], bucket_client: Any) -> None:
    await bucket().settle()
    put = {"Bucket": NAME, "Key": "requirements.txt"}
    old = bucket_client.put_object(**put, Body=b"one")["VersionId"]
    new = bucket_client.put_object(**put, Body=b"two")["VersionId"]
    thing = bucket(environment(old), lifecycleRules=[GUIDE])
    run = await thing.settle()
    assert [each["Status"] for each in rules(bucket_client)] == ["Enabled"], "there is time"
    assert "which Environment prod needs" in warning(run)

    later(thing, 29)
    run = await thing.settle()
    assert [each["Status"] for each in rules(bucket_client)] == ["Disabled"]
    assert "switched off until that has changed" in warning(run)
    thing.desk.taken()
    await thing.settle()
    assert thing.desk.taken() == []

    thing.context = bucket(environment(new), lifecycleRules=[GUIDE]).context
    await thing.settle()
    assert [each["Status"] for each in rules(bucket_client)] == ["Enabled"]


async def test_a_rule_of_ours_never_deletes_what_an_environment_may_go_back_to(
    bucket: Callable[..., Any], bucket_client: Any
) -> None:
    await bucket().settle()
    put = {"Bucket": NAME, "Key": "requirements.txt"}
    good, bad = (bucket_client.put_object(**put, Body=body)["VersionId"] for body in (b"one", b"two"))
    runs = environment(bad)
    kept = {"file": "requirements", "s3Path": "requirements.txt", "s3ObjectVersion": good}
    thing = bucket(replace(runs, facts={**runs.facts, "goodFiles": [kept]}), lifecycleRules=[GUIDE])
    assert f"version {good}" in warning(await thing.settle())
    later(thing, 29)
    await thing.settle()
    assert [each["Status"] for each in rules(bucket_client)] == ["Disabled"]


async def test_a_rule_of_ours_never_deletes_what_the_history_needs(bucket: Callable[..., Any], bucket_client: Any) -> None:
    now = datetime.now(UTC)
    ages = {"c": (2, None), "b": (3, 2), "a": (9, 3)}
    times = {name: [age and (now - timedelta(days=age)).isoformat() for age in each] for name, each in ages.items()}
    history = [{"revision": name, "deliveredAt": at, "supersededAt": until} for name, (at, until) in times.items()]
    history.pop(1)  # the limit has taken it, and the files of the first were its old versions even before the last came
    source = Neighbour("DagSource", "etl", type("Spec", (), {"path": "dags/etl"}), {"history": history})
    declared = {"id": "dags", "prefix": "dags/", "noncurrentDays": 10}
    thing = bucket(source, lifecycleRules=[declared])
    run = await thing.settle()
    assert [each["Status"] for each in rules(bucket_client)] == ["Enabled"]
    assert "which DagSource etl to go back to revision a needs" in warning(run)
    later(thing, 5)
    await thing.settle()
    assert [each["Status"] for each in rules(bucket_client)] == ["Disabled"]


SINCE = datetime(2026, 1, 1, tzinfo=UTC)
PINNED = Needed("requirements.txt", "Environment prod", "v1")
BELOW = Needed("dags/etl/", "DagSource etl", since=SINCE.isoformat())


@pytest.mark.parametrize(
    ("written", "needed", "newer", "day"),
    [
        (rule("r", "req", noncurrent_days=30), PINNED, 0, 31),
        (rule("r", "", noncurrent_days=1), PINNED, 0, 2),
        (rule("r", "plugins", noncurrent_days=1), PINNED, 0, None),
        (rule("r", "req", noncurrent_days=1, newer_noncurrent_versions=2), PINNED, 1, None),
        (rule("r", "req", noncurrent_days=1, newer_noncurrent_versions=2), PINNED, 2, 2),
        (rule("r", "req", expired_object_delete_marker=True), PINNED, 0, None),
        (
            {"Filter": {"Tag": {"Key": "a", "Value": "b"}}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
            PINNED,
            0,
            None,
        ),
        (
            {
                "Filter": {"And": {"Prefix": "req", "ObjectSizeGreaterThan": 1, "ObjectSizeLessThan": 9}},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
            },
            PINNED,
            0,
            2,
        ),
        (
            {"Filter": {"ObjectSizeGreaterThan": 0}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
            PINNED,
            0,
            2,
        ),
        ({"Filter": {"And": {"Prefix": "req"}}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}, PINNED, 0, 2),
        (rule("r", "dags", noncurrent_days=1), BELOW, 0, 2),
        (rule("r", "dags/etl/sub", noncurrent_days=1), BELOW, 0, 2),
        (rule("r", "dags/other", noncurrent_days=1), BELOW, 0, None),
        (rule("r", "dags", noncurrent_days=1, newer_noncurrent_versions=5), BELOW, 0, 2),
    ],
)
def test_when_a_rule_takes_what_is_needed(written: dict[str, Any], needed: Needed, newer: int, day: int | None) -> None:
    found = expires(written, needed, SINCE, newer)
    assert found == (SINCE + timedelta(days=day - 1) if day else None)
    assert expires(written, needed, None, newer) is None


@pytest.mark.row("B160")
async def test_status_counts_as_s3_lists(bucket: Callable[..., Any], bucket_client: Any) -> None:
    thing = bucket(countVersions=True)
    await thing.settle()
    for number in range(4):
        for body in (b"a", b"bcd"):
            bucket_client.put_object(Bucket=NAME, Key=f"dags/{number}.py", Body=body)
    bucket_client.delete_object(Bucket=NAME, Key="dags/0.py")
    facts = thing.facts(await thing.settle())
    pages = list(bucket_client.get_paginator("list_object_versions").paginate(Bucket=NAME))
    assert len(pages) > 1
    old = [each for page in pages for each in page.get("Versions", ()) if not each["IsLatest"]]
    assert facts["versions"] == {
        "noncurrentVersions": len(old),
        "noncurrentBytes": sum(each["Size"] for each in old),
        "deleteMarkers": sum(len(page.get("DeleteMarkers", ())) for page in pages),
        "complete": True,
    }
    assert (len(old), facts["versions"]["noncurrentBytes"]) == (5, 7)


@pytest.mark.row("B159")
async def test_a_version_goes_for_good_and_the_marker_behind_which_nothing_is_left(
    bucket: Callable[..., Any], bucket_client: Any
) -> None:
    thing = bucket()
    await thing.settle()
    put = {"Bucket": NAME, "Key": "plugins.zip"}
    version = bucket_client.put_object(**put, Body=b"one")["VersionId"]
    bucket_client.delete_object(**put)
    bucket_client.put_object(Bucket=NAME, Key="plugins.zip.bak", Body=b"other")
    thing.spec = BucketSpec.model_validate({"name": NAME, "deleteVersions": [{"key": put["Key"], "versionId": version}]})
    await thing.settle()
    assert listed(bucket_client, "plugins.zip")[1] == []
    assert [len(each) for each in listed(bucket_client, "plugins.zip")] == [1, 0]
    thing.desk.taken()
    assert (await thing.settle()).plan.steps == ()
    assert thing.desk.taken() == []


async def test_a_marker_before_which_something_is_left_stays(bucket: Callable[..., Any], bucket_client: Any) -> None:
    thing = bucket()
    await thing.settle()
    put = {"Bucket": NAME, "Key": "plugins.zip"}
    first, second = (bucket_client.put_object(**put, Body=body)["VersionId"] for body in (b"one", b"two"))
    bucket_client.delete_object(**put)
    thing.spec = BucketSpec.model_validate({"name": NAME, "deleteVersions": [{"key": put["Key"], "versionId": second}]})
    await thing.settle()
    assert listed(bucket_client, "plugins.zip")[0] == [first]
    assert len(listed(bucket_client, "plugins.zip")[1]) == 1, "without it the first version would be back"


@pytest.mark.row("B159")
async def test_a_version_that_is_needed_is_refused(bucket: Callable[..., Any], bucket_client: Any) -> None:
    await bucket().settle()
    put = {"Bucket": NAME, "Key": "requirements.txt"}
    first, second, third = (bucket_client.put_object(**put, Body=body)["VersionId"] for body in (b"1", b"2", b"3"))
    for version, why in ((second, "Environment prod needs it"), (third, "it is the present one: delete the object instead")):
        named = [{"key": put["Key"], "versionId": each} for each in (first, version)]
        problem = (await bucket(environment(second), deleteVersions=named).desk.once()).problems["unwanted-versions"]
        assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "VersionInUse")
        assert why in problem.message
        assert sorted(listed(bucket_client, put["Key"])[0]) == sorted([first, second, third])


async def test_a_version_that_a_record_names_is_refused(bucket: Callable[..., Any], bucket_client: Any) -> None:
    await bucket().settle()
    put = {"Bucket": NAME, "Key": "dags/a.py"}
    first, _ = (bucket_client.put_object(**put, Body=body)["VersionId"] for body in (b"1", b"2"))
    entry = {"sha256": "x", "etag": "y", "version_id": first, "size": 1, "dag": True}
    record = {"revision": "r", "files": {"a.py": entry}, "about": {}}
    key = ".mwaa-operator/team/etl/revisions/r.json"
    bucket_client.put_object(Bucket=NAME, Key=key, Body=json.dumps(record).encode())
    source = Neighbour("DagSource", "etl", None, {})
    named = [{"key": put["Key"], "versionId": first}]
    problem = (await bucket(source, deleteVersions=named).desk.once()).problems["unwanted-versions"]
    assert "the history of a DagSource needs it" in problem.message
