"""The Bucket kind over a real endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mwaa_emulator.client import Emulator
from mwaa_operator.api.bucket import DEFINITION, BucketSpec
from mwaa_operator.api.parse import InvalidSpec, parse
from mwaa_operator.core.adapter import Target
from mwaa_operator.core.errors import OutsideError, Trouble
from mwaa_operator.core.finding import Severity
from mwaa_operator.core.kind import Context, Object
from mwaa_operator.core.observed import Unreadable
from mwaa_operator.core.owner import ADOPT_TAG, OBJECT_TAG, OWNER_TAG, PART_TAG
from mwaa_operator.core.policy import Adoption
from mwaa_operator.engine.run import Run
from mwaa_operator.kinds.bucket import BucketKind, derived_name
from mwaa_operator.resources.s3 import Bucket

KIND = BucketKind()
BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def exists(client: Any, name: str) -> bool:
    return name in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]


def tags(client: Any, name: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.get_bucket_tagging(Bucket=name)["TagSet"]}


def needs(run: Run) -> dict[str, str]:
    return {need.reason: need.message for step in run.plan.steps for need in step.needs}


@pytest.fixture
def bucket(declared: Callable[..., Any]) -> Callable[..., Any]:
    def make(spec: BucketSpec | None = None, **about: Any) -> Any:
        return declared(KIND, spec or BucketSpec(name="team-dags"), **about)

    return make


@pytest.mark.row("A53")
@pytest.mark.parametrize(("region", "constraint"), [("us-east-1", None), ("eu-west-1", "eu-west-1")])
async def test_the_bucket_is_made_in_the_region_of_the_object_and_neither_region_nor_name_can_change(
    bucket: Callable[..., Any], client: Callable[..., Any], region: str, constraint: str | None
) -> None:
    thing = bucket(region=region)
    facts = thing.facts(await thing.settle())

    assert client("s3", region_name=region).get_bucket_location(Bucket="team-dags")["LocationConstraint"] == constraint
    assert facts == {"bucketName": "team-dags", "bucketArn": "arn:aws:s3:::team-dags", "region": region}

    moved = bucket(region="eu-central-1")
    moved.desk.taken()
    run = await moved.desk.once()

    assert needs(run)["ImmutableField"].startswith(f"bucket: AWS cannot change region (is {region}, asked eu-central-1)")
    assert moved.desk.taken() == []


@pytest.mark.row("A54")
@pytest.mark.parametrize("name", ["AB", "a" * 64, "-abc", "a_b", "Abc"])
def test_a_name_that_s3_would_refuse_is_refused_by_us(name: str) -> None:
    with pytest.raises(InvalidSpec, match=r"spec\.name"):
        parse(DEFINITION, {"name": name})


@pytest.mark.row("A54")
@pytest.mark.parametrize(("name", "warned"), [("mwaa-123456789012-dags", True), ("mwaa-12345678901-dags", False)])
def test_an_account_number_in_the_name_is_a_warning(name: str, warned: bool) -> None:
    obj = Object("Bucket", "team", "src", "6f1c", 1, BucketSpec(name=name))
    found = KIND.desired(obj, Context("123456789012", "us-east-1", "aws")).findings
    expected = [("AccountNumberInName", Severity.WARNING)] if warned else []
    assert [(finding.code, finding.severity) for finding in found] == expected


def test_a_name_is_derived_so_that_the_same_manifest_finds_its_bucket_again() -> None:
    here = Context("123456789012", "us-east-1", "aws")
    assert derived_name(here, "team", "src").startswith("mwaa-team-src-")
    assert derived_name(here, "team", "src") == derived_name(here, "team", "src")
    others = [
        derived_name(Context("123456789012", "eu-west-1", "aws"), "team", "src"),
        derived_name(Context("210987654321", "us-east-1", "aws"), "team", "src"),
        derived_name(here, "team-src", "x"),
        derived_name(here, "team", "src-x"),
    ]
    assert len({derived_name(here, "team", "src"), *others}) == 5


@pytest.mark.parametrize("name", ["a", "n" * 253, "a.b.c", "x" * 49 + "-" * 3 + "y"])
def test_a_derived_name_is_one_that_s3_takes(name: str) -> None:
    derived = derived_name(Context("123456789012", "us-east-1", "aws"), "team", name)
    assert parse(DEFINITION, {"name": derived}).name == derived  # type: ignore[attr-defined]
    assert "." not in derived


@pytest.mark.row("A55")
async def test_versioning_is_on_and_comes_back(bucket: Callable[..., Any], bucket_client: Any) -> None:
    thing = bucket()
    await thing.settle()
    assert bucket_client.get_bucket_versioning(Bucket="team-dags")["Status"] == "Enabled"

    bucket_client.put_bucket_versioning(Bucket="team-dags", VersioningConfiguration={"Status": "Suspended"})
    await thing.settle()
    assert bucket_client.get_bucket_versioning(Bucket="team-dags")["Status"] == "Enabled"


@pytest.mark.row("A56")
async def test_public_access_is_blocked_four_times_and_stays_so(bucket: Callable[..., Any], bucket_client: Any) -> None:
    thing = bucket()
    await thing.settle()
    assert bucket_client.get_public_access_block(Bucket="team-dags")["PublicAccessBlockConfiguration"] == BLOCKED

    weaker = {**BLOCKED, "BlockPublicPolicy": False}
    bucket_client.put_public_access_block(Bucket="team-dags", PublicAccessBlockConfiguration=weaker)
    await thing.settle()
    assert bucket_client.get_public_access_block(Bucket="team-dags")["PublicAccessBlockConfiguration"] == BLOCKED

    bucket_client.delete_public_access_block(Bucket="team-dags")
    await thing.settle()
    assert bucket_client.get_public_access_block(Bucket="team-dags")["PublicAccessBlockConfiguration"] == BLOCKED


@pytest.mark.row("A57")
async def test_tags_are_as_declared_and_those_of_others_survive(bucket: Callable[..., Any], bucket_client: Any) -> None:
    thing = bucket(BucketSpec(name="team-dags", tags={"Bucket": "Staging"}))
    await thing.settle()
    ours = {
        "Name": "team-dags",
        OWNER_TAG: "6f1c",
        PART_TAG: "bucket",
        OBJECT_TAG: "Bucket/team/src",
    }
    assert tags(bucket_client, "team-dags") == {"Bucket": "Staging", **ours}

    added = [{"Key": key, "Value": value} for key, value in {**tags(bucket_client, "team-dags"), "cost": "42"}.items()]
    bucket_client.put_bucket_tagging(Bucket="team-dags", Tagging={"TagSet": added})
    thing.desk.taken()
    await thing.settle()
    assert thing.desk.taken() == []

    thing.spec = BucketSpec(name="team-dags", tags={"Bucket": "Production"})
    await thing.settle()
    assert tags(bucket_client, "team-dags") == {"Bucket": "Production", "cost": "42", **ours}


async def test_what_the_spec_does_not_speak_of_is_left_alone(bucket: Callable[..., Any], bucket_client: Any) -> None:
    thing = bucket()
    await thing.settle()
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "my-key"}}
    bucket_client.put_bucket_encryption(Bucket="team-dags", ServerSideEncryptionConfiguration={"Rules": [rule]})
    bucket_client.put_bucket_versioning(Bucket="team-dags", VersioningConfiguration={"Status": "Suspended"})
    await thing.settle()
    kept = bucket_client.get_bucket_encryption(Bucket="team-dags")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert kept["ApplyServerSideEncryptionByDefault"] == rule["ApplyServerSideEncryptionByDefault"]


async def test_an_unchanged_bucket_costs_no_write_and_few_reads(bucket: Callable[..., Any]) -> None:
    thing = bucket()
    await thing.settle()
    thing.desk.calls.clear()
    await thing.settle()
    reads = ["head_bucket", "get_bucket_versioning", "get_public_access_block", "get_bucket_tagging", "list_objects_v2"]
    assert sorted(call.operation for call in thing.desk.calls) == sorted(reads)


@pytest.mark.row("A60")
async def test_the_dag_folder_is_there(bucket: Callable[..., Any], bucket_client: Any) -> None:
    await bucket(BucketSpec(name="team-dags", folders=("dags", "plugins/team"))).settle()
    found = bucket_client.list_objects_v2(Bucket="team-dags")["Contents"]
    assert [(item["Key"], item["Size"]) for item in found] == [("dags/", 0), ("plugins/team/", 0)]


async def test_a_folder_with_files_needs_no_empty_object_and_stays_when_it_leaves_the_spec(
    bucket: Callable[..., Any], bucket_client: Any
) -> None:
    thing = bucket(BucketSpec(name="team-dags", folders=("plugins",)))
    await thing.settle()
    bucket_client.put_object(Bucket="team-dags", Key="dags/a.py", Body=b"a")
    thing.spec = BucketSpec(name="team-dags", folders=("dags",))
    run = await thing.settle()
    assert [item["Key"] for item in bucket_client.list_objects_v2(Bucket="team-dags")["Contents"]] == [
        "dags/a.py",
        "plugins/",
    ]
    assert run.memory.keys() == {"bucket", "folder/dags"}


@pytest.mark.row("A61", "B166")
async def test_a_bucket_with_objects_is_kept_and_says_so_unless_it_may_be_purged(
    bucket: Callable[..., Any], bucket_client: Any
) -> None:
    thing = bucket()
    await thing.settle()
    for content in (b"one", b"two"):
        bucket_client.put_object(Bucket="team-dags", Key="dags/a.py", Body=content)
    bucket_client.delete_object(Bucket="team-dags", Key="dags/a.py")

    thing.desk.deleting = True
    run = await thing.desk.once()
    problem = run.problems["bucket"]
    assert problem.trouble is Trouble.HELD
    assert problem.message == (
        "bucket team-dags holds 2 object versions (dags/a.py): kept. Set purgeOnDelete: true to delete them all, "
        "or deletionPolicy: Retain to let go of the bucket."
    )
    versions = bucket_client.list_object_versions(Bucket="team-dags")
    assert len(versions["Versions"]) == 3
    assert len(versions["DeleteMarkers"]) == 1

    thing.spec = BucketSpec(name="team-dags", purge_on_delete=True)
    await thing.settle()
    assert not exists(bucket_client, "team-dags")


async def test_a_purge_takes_every_page(bucket: Callable[..., Any], bucket_client: Any) -> None:
    thing = bucket(BucketSpec(name="team-dags", purge_on_delete=True))
    await thing.settle()
    for number in range(12):
        bucket_client.put_object(Bucket="team-dags", Key=f"dags/{number}.py", Body=b"a")
        bucket_client.delete_object(Bucket="team-dags", Key=f"dags/{number}.py")
    assert bucket_client.list_object_versions(Bucket="team-dags")["IsTruncated"]
    thing.desk.deleting = True
    await thing.settle()
    assert not exists(bucket_client, "team-dags")


async def test_a_bucket_with_nothing_but_our_folder_goes(bucket: Callable[..., Any], bucket_client: Any) -> None:
    thing = bucket()
    await thing.settle()
    thing.desk.deleting = True
    await thing.settle()
    assert not exists(bucket_client, "team-dags")
    assert (await thing.desk.once()).plan.steps == ()


@pytest.mark.row("A153")
async def test_the_bucket_is_kept_by_default_and_found_again_by_the_same_manifest(
    bucket: Callable[..., Any], bucket_client: Any
) -> None:
    assert BucketSpec().deletion_policy == "Retain"
    thing = bucket(BucketSpec(tags={"team": "data"}))
    facts = thing.facts(await thing.settle())
    name = facts["bucketName"]
    bucket_client.put_object(Bucket=name, Key="dags/a.py", Body=b"a")

    thing.desk.deleting = thing.desk.retain = True
    run = await thing.settle()
    assert not run.problems
    assert exists(bucket_client, name)
    left = tags(bucket_client, name)
    assert OWNER_TAG not in left
    assert left[ADOPT_TAG] == "team/src"
    assert left["team"] == "data"

    again = bucket(BucketSpec(tags={"team": "data"}), uid="another")
    facts = again.facts(await again.settle())
    assert facts["bucketName"] == name
    assert tags(bucket_client, name)[OWNER_TAG] == "another"


async def test_a_bucket_of_somebody_else_in_the_account_is_neither_changed_nor_deleted(
    bucket: Callable[..., Any], bucket_client: Any
) -> None:
    bucket_client.create_bucket(Bucket="team-dags")
    thing = bucket()
    run = await thing.desk.once()
    assert "exists already and belongs to somebody else" in needs(run)["NotOurs"]
    assert thing.facts(run) == {"bucketName": None, "bucketArn": None, "region": None}

    thing.desk.deleting = True
    run = await thing.desk.once()
    assert run.plan.steps == ()
    assert thing.desk.taken() == []

    thing.desk.deleting, thing.desk.adoption = False, Adoption.ALWAYS
    assert thing.facts(await thing.settle())["bucketName"] == "team-dags"


async def test_a_name_that_another_account_has_is_refused_with_the_way_out(
    bucket: Callable[..., Any], stranger: Any
) -> None:
    stranger.create_bucket(Bucket="team-dags")
    thing = bucket()
    adapter = thing.desk.registry.adapters[Bucket.TYPE]
    model = thing.desk.graph(thing.desk).parts["bucket"].model
    with pytest.raises(OutsideError) as caught:
        await adapter.create(Target("bucket", model, thing.desk.owner, "us-east-1"))
    problem = caught.value.problem
    assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "BucketNameTaken")
    assert "taken by another account" in problem.message
    assert "choose another spec.name" in problem.message


async def test_a_bucket_out_of_reach_says_what_it_can_mean_and_is_not_touched(
    bucket: Callable[..., Any], emulator: Emulator
) -> None:
    emulator.fault("s3", "HeadBucket", code="403", message="Forbidden", status=403)
    thing = bucket()
    run = await thing.desk.once()
    sight = run.sights["bucket"]
    assert isinstance(sight, Unreadable)
    assert sight.problem.reason == "BucketNameTaken"
    assert "s3:ListBucket" in sight.problem.message
    assert "choose another spec.name" in sight.problem.message
    assert thing.desk.taken() == []


async def test_no_crash_while_it_is_made_leaves_a_bucket_without_its_settings(
    bucket: Callable[..., Any], bucket_client: Any, emulator: Emulator, crash: Callable[..., Any]
) -> None:
    def fresh() -> Any:
        emulator.reset()
        return bucket()

    def whole(thing: Any) -> None:
        assert bucket_client.get_bucket_versioning(Bucket="team-dags")["Status"] == "Enabled"
        assert bucket_client.get_public_access_block(Bucket="team-dags")["PublicAccessBlockConfiguration"] == BLOCKED
        assert tags(bucket_client, "team-dags")[OWNER_TAG] == "6f1c"
        assert bucket_client.list_objects_v2(Bucket="team-dags")["KeyCount"] == 1

    assert await crash(fresh, whole) >= 4


async def test_no_crash_while_it_is_purged_leaves_it_behind(
    bucket: Callable[..., Any], bucket_client: Any, emulator: Emulator, crash: Callable[..., Any]
) -> None:
    class Purged:
        def __init__(self) -> None:
            emulator.reset()
            self.thing = bucket(BucketSpec(name="team-dags", purge_on_delete=True))
            self.desk = self.thing.desk
            self.made = False

        async def settle(self) -> None:
            if not self.made:
                moments, self.desk.aws.die_before, self.desk.aws.die_after = (
                    (self.desk.aws.die_before, self.desk.aws.die_after),
                    None,
                    None,
                )
                await self.thing.settle()
                bucket_client.put_object(Bucket="team-dags", Key="dags/a.py", Body=b"a")
                self.made, self.desk.deleting, self.desk.aws.writes = True, True, 0
                self.desk.aws.die_before, self.desk.aws.die_after = moments
            await self.thing.settle()

    def gone(thing: Any) -> None:
        assert not exists(bucket_client, "team-dags")

    assert await crash(Purged, gone) == 2
