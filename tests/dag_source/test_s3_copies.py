"""Files that S3 copies by itself from another prefix, over a real S3 API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
import pytest

from mwaa_operator.api.dag_source import DagSourceStatus
from mwaa_operator.aws.s3_copies import Prefixes
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.adapter import Target
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.errors import Trouble
from mwaa_operator.core.report import report
from mwaa_operator.engine.run import Run
from mwaa_operator.resources.s3_copies import Prefix

from .conftest import BUCKET, REGION, Stack

BUILD = "build-results"
ALLOWED = {"sourceBuckets": f"{BUILD} not-there-*"}


@pytest.fixture
def build(emulator: Any) -> Any:
    """The bucket that a build writes to."""
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUILD)
    client.put_bucket_versioning(Bucket=BUILD, VersioningConfiguration={"Status": "Enabled"})
    return boto3.resource("s3").Bucket(BUILD)


@pytest.fixture
def new_stack(new_stack: Callable[..., Stack]) -> Callable[..., Stack]:
    """Make a DagSource of an operator whose administrator allows these buckets."""
    return partial(new_stack, settings=ALLOWED)


def delivered(bucket: Any) -> dict[str, bytes]:
    return {o.key: o.get()["Body"].read() for o in bucket.objects.filter(Prefix="dags/") if o.key[-1] != "/"}


def versions(bucket: Any) -> dict[str, str]:
    return {o.key: bucket.Object(o.key).version_id for o in bucket.objects.filter(Prefix="dags/")}


def conditions(run: Run) -> dict[str, tuple[Truth, str, str]]:
    found = report(run.found(), True, Truth.UNKNOWN, "").conditions
    return {each.type: (each.status, each.reason, each.message) for each in found}


def of(prefix: str = "out/current", **more: Any) -> dict[str, Any]:
    return {"s3": {"bucket": BUILD, "prefix": prefix}, **more}


def made(stack: Stack) -> Counter[str]:
    """Count the calls so far, and forget them."""
    found = Counter(call.operation for call in stack.calls)
    stack.calls.clear()
    return found


def fill(build: Any, **files: str) -> None:
    for path, text in files.items():
        build.Object(f"out/current/{path.replace('__', '/').replace('_py', '.py')}").put(Body=text.encode())


async def test_a_prefix_of_another_bucket_is_copied_by_s3_and_followed(
    new_stack: Callable[..., Stack], build: Any, bucket: Any
) -> None:
    fill(build, a_py="A = 1\n", team__b_py="B = 1\n", data="d")
    build.Object("out/current/").put(Body=b"")
    build.Object("out/other/no.py").put(Body=b"no")
    stack = new_stack(of(prune=True))
    await stack.once()
    run = await stack.once()
    assert delivered(bucket) == {"dags/a.py": b"A = 1\n", "dags/team/b.py": b"B = 1\n", "dags/data": b"d"}
    facts = stack.facts(run)
    assert facts["fileCount"] == 3 and facts["sourceRevision"].startswith(f"s3://{BUILD}/out/current@etags:")
    assert run.plan.steps == () and conditions(run)["Ready"][0] is Truth.TRUE
    assert [each["key"] for each in facts["dags"]] == ["dags/a.py", "dags/team/b.py"]

    # a same-size edit is seen; what has left goes; what is as it was keeps its version
    before = versions(bucket)
    made(stack)
    fill(build, a_py="A = 9\n")
    build.Object("out/current/data").delete()
    await stack.once()
    assert delivered(bucket) == {"dags/a.py": b"A = 9\n", "dags/team/b.py": b"B = 1\n"}
    after = versions(bucket)
    assert after["dags/team/b.py"] == before["dags/team/b.py"] and after["dags/a.py"] != before["dags/a.py"]
    calls = made(stack)
    assert calls["copy_object"] == 1
    # what the operator itself sends and gets is the manifest alone: once read, once looked at again, written twice; and
    # the record of the revision
    assert calls["get_object"] <= 5 and calls["put_object"] == 3


async def test_no_byte_of_a_file_passes_through_the_operator(
    new_stack: Callable[..., Stack], build: Any, bucket: Any, emulator: Any
) -> None:
    fill(build, a_py="A = 1\n")
    stack = new_stack(of())
    emulator.clear_calls()
    run = await stack.once()
    assert delivered(bucket)
    touched = [
        (call.operation, call.params.get("Key"))
        for call in emulator.calls("s3")
        if call.operation in ("GetObject", "PutObject") and call.params.get("Bucket") == BUCKET
    ]
    # the test itself has read the file once, to see that it is there
    assert [each for each in touched if each[1] == "dags/a.py"] == [("GetObject", "dags/a.py")]
    record = f".mwaa-operator/team/hello/revisions/{stack.facts(run)['revision']}.json"
    assert {each[1] for each in touched} == {"dags/a.py", ".mwaa-operator/team/hello.json", record}


async def test_a_prefix_of_the_same_bucket_is_copied_and_never_into_itself(
    new_stack: Callable[..., Stack], bucket: Any
) -> None:
    bucket.Object("staging/a.py").put(Body=b"A = 1\n")
    stack = new_stack({"s3": {"prefix": "staging"}})
    await stack.once()
    assert delivered(bucket) == {"dags/a.py": b"A = 1\n"}
    for spec in ({"s3": {"prefix": "dags"}, "path": "dags/deep"}, {"s3": {}}, {"s3": {"prefix": "dags"}}):
        other = new_stack(spec)
        run = await other.once()
        assert conditions(run)["SourceFetched"][:2] == (Truth.FALSE, "SourceHoldsTarget")
        assert delivered(bucket) == {"dags/a.py": b"A = 1\n"}


@pytest.mark.parametrize(
    ("spec", "reason", "said"),
    [
        (of(prefix="out/nothing"), "SourceEmpty", "has no file"),
        ({"s3": {"bucket": "not-there-at-all"}}, "SourceNotFound", "there is no bucket not-there-at-all"),
    ],
)
async def test_a_place_that_gives_nothing_takes_nothing_away(
    new_stack: Callable[..., Stack], build: Any, bucket: Any, spec: dict[str, Any], reason: str, said: str
) -> None:
    fill(build, a_py="A = 1\n")
    stack = new_stack(of(prune=True))
    published = stack.facts(await stack.once())
    stack.spec, stack.published = {**spec, "prune": True}, published
    run = await stack.once()
    status, why, message = conditions(run)["SourceFetched"]
    assert (status, why) == (Truth.FALSE, reason)
    assert "spec.s3: " in message and said in message
    assert message.endswith("Until then what was copied earlier stays, and nothing is deleted.")
    assert delivered(bucket) == {"dags/a.py": b"A = 1\n"}
    assert stack.facts(run) == published


@pytest.mark.parametrize("allowed", ["", "build-result other-*", "uild-results build-results-of-others"])
@pytest.mark.parametrize("spelling", [BUILD, f"s3://{BUILD}", f"arn:aws:s3:::{BUILD}"])
async def test_a_bucket_that_the_administrator_does_not_name_is_not_even_listed(
    new_stack: Callable[..., Stack], build: Any, bucket: Any, emulator: Any, allowed: str, spelling: str
) -> None:
    fill(build, secret_py="TOKEN = 'of another team'\n")
    stack = new_stack({"s3": {"bucket": spelling}}, settings={"sourceBuckets": allowed})
    emulator.clear_calls()
    run = await stack.once()
    assert not [call for call in emulator.calls("s3") if call.params.get("Bucket") == BUILD]
    assert delivered(bucket) == {}
    status, reason, message = conditions(run)["SourceFetched"]
    assert (status, reason) == (Truth.FALSE, "SourceBucketNotAllowed")
    assert f"spec.s3: s3://{BUILD} is in another bucket than {BUCKET}" in message and "`sourceBuckets`" in message


async def test_a_bucket_that_is_allowed_no_more_takes_nothing_away_and_gives_nothing_new(
    new_stack: Callable[..., Stack], build: Any, bucket: Any
) -> None:
    fill(build, a_py="A = 1\n")
    stack = new_stack(of(prune=True))
    await stack.once()
    fill(build, a_py="A = 2\n", b_py="B = 2\n")
    stack.settings = {}
    await stack.once()
    assert delivered(bucket) == {"dags/a.py": b"A = 1\n"}
    stack.settings = {"sourceBuckets": "*"}
    await stack.once()
    assert delivered(bucket) == {"dags/a.py": b"A = 2\n", "dags/b.py": b"B = 2\n"}


@pytest.mark.parametrize("there", [BUILD, BUCKET])
@pytest.mark.parametrize("prefix", [".mwaa-operator", ".mwaa-operator/other-team", ".mwaa-operator/other-team/etl"])
async def test_what_operators_note_is_nobodys_source(stack: Stack, build: Any, there: str, prefix: str) -> None:
    boto3.client("s3").put_object(Bucket=there, Key=".mwaa-operator/other-team/etl/revisions/9.json", Body=b"theirs")
    want = Prefix("spec.s3", there, prefix, BUCKET, "dags", allowed=True)
    seen = await Prefixes(stack.aws).read([Target("source", want, stack.obj.owner, REGION)])
    assert seen["source"].reason == "SourceEmpty" and not seen["source"].outputs


@pytest.mark.parametrize("prefix", ["mwaa", "mwaa/other-team", "mwaa/other-team/etl/1"])
async def test_requirements_and_plugins_of_others_are_nobodys_source_in_the_bucket_that_they_are_delivered_into(
    new_stack: Callable[..., Stack], build: Any, bucket: Any, prefix: str
) -> None:
    key = "mwaa/other-team/etl/1/requirements.txt"
    bucket.Object(key).put(Body=b"theirs")
    run = await new_stack({"s3": {"prefix": prefix}}).once()
    assert delivered(bucket) == {} and conditions(run)["SourceFetched"][1] == "SourceEmpty"
    # of a bucket where a build puts its results it is a name like any other
    build.Object(key).put(Body=b"mine")
    await new_stack({"s3": {"bucket": BUILD, "prefix": prefix}}).once()
    assert list(delivered(bucket).values()) == [b"mine"]


async def test_a_file_of_somebody_else_is_not_overwritten(new_stack: Callable[..., Stack], build: Any, bucket: Any) -> None:
    fill(build, a_py="A = 1\n", b_py="B = 1\n")
    bucket.Object("dags/a.py").put(Body=b"theirs")
    stack = new_stack(of())
    run = await stack.once()
    assert delivered(bucket) == {"dags/a.py": b"theirs", "dags/b.py": b"B = 1\n"}
    assert "dags/a.py already" in run.problems["tree"].message
    stack.spec = of(adoption="Always")
    await stack.once()
    assert delivered(bucket) == {"dags/a.py": b"A = 1\n", "dags/b.py": b"B = 1\n"}


async def test_a_change_by_hand_is_put_back(new_stack: Callable[..., Stack], build: Any, bucket: Any) -> None:
    fill(build, a_py="A = 1\n")
    stack = new_stack(of())
    await stack.once()
    bucket.Object("dags/a.py").put(Body=b"by hand")
    await stack.once()
    assert delivered(bucket) == {"dags/a.py": b"A = 1\n"}


async def test_the_longest_names_that_s3_allows_fit_into_status(
    new_stack: Callable[..., Stack], emulator: Any, bucket: Any
) -> None:
    name, prefix, client = "b" * 63, "p" * 200, boto3.client("s3")
    client.create_bucket(Bucket=name)
    stack, told = new_stack({"s3": {"bucket": name, "prefix": prefix}}, settings={"sourceBuckets": name}), []
    for text in (b"A = 1\n", b"A = 2\n"):
        client.put_object(Bucket=name, Key=f"{prefix}/a.py", Body=text)
        facts = stack.facts(await stack.once())
        assert DagSourceStatus.model_validate({k: v for k, v in facts.items() if v is not None}).source_revision
        told.append(facts["sourceRevision"])
    assert delivered(bucket) == {"dags/a.py": b"A = 2\n"}
    assert told[0] != told[1] and all(each.startswith(f"s3://{name}/ppp") for each in told)


async def test_names_that_no_file_may_have_are_left_out_and_named(
    new_stack: Callable[..., Stack], build: Any, bucket: Any
) -> None:
    fill(build, a_py="A = 1\n")
    build.Object("out/current/../../up.py").put(Body=b"no")
    build.Object("out/current//double.py").put(Body=b"no")
    run = await new_stack(of()).once()
    assert delivered(bucket) == {"dags/a.py": b"A = 1\n"}
    status, reason, message = conditions(run)["SourceFetched"]
    assert (status, reason) == (Truth.UNKNOWN, "SourceFilesLeftOut")
    assert "'../../up.py' must not contain" in message and "2 objects" in message


async def test_a_source_that_came_from_elsewhere_goes_on_with_its_files(
    new_stack: Callable[..., Stack], build: Any, bucket: Any
) -> None:
    stack = new_stack({"files": {"a.py": "A = 1\n", "old.py": "O = 1\n"}, "prune": True})
    await stack.once()
    fill(build, a_py="A = 2\n")
    stack.spec = of(prune=True)
    await stack.once()
    assert delivered(bucket) == {"dags/a.py": b"A = 2\n"}
    # and back
    stack.spec = {"files": {"a.py": "A = 3\n"}, "prune": True}
    await stack.once()
    assert delivered(bucket) == {"dags/a.py": b"A = 3\n"}


async def test_it_goes_with_its_object_although_its_source_is_gone(
    new_stack: Callable[..., Stack], build: Any, bucket: Any
) -> None:
    fill(build, a_py="A = 1\n")
    stack = new_stack(of())
    await stack.once()
    build.object_versions.delete()
    build.delete()
    stack.deleting = True
    await stack.once()
    assert delivered(bucket) == {}


async def test_airflow_is_asked_about_files_that_nobody_has_read(stack: Stack, build: Any, emulator: Any) -> None:
    fill(build, hello_py="from airflow.sdk import DAG\n", helper="h")
    stack.settings = ALLOWED
    stack.spec = of("out/current", path="dags/etl")
    error = {"filename": "/usr/local/airflow/dags/etl/hello.py", "stack_trace": "ValueError: no", "import_error_id": 1}
    emulator.airflow_answer("/importErrors", {"import_errors": [error], "total_entries": 1})
    await stack.once()
    run = await stack.once()
    assert conditions(run)["DagsImported"][:2] == (Truth.FALSE, "ImportError")
    assert stack.facts(run)["imports"][0]["errors"] == [{"file": "etl/hello.py", "message": "ValueError: no"}]

    # it is parsed, but by the clock that may have been before MWAA copied it
    emulator.airflow_answer("/importErrors", {"import_errors": [], "total_entries": 0})
    listed = {"dag_id": "hello", "fileloc": "/usr/local/airflow/dags/etl/hello.py"}
    for parsed, proven in (("2020-01-01T00:00:00Z", False), ("2099-01-01T00:00:00Z", True)):
        answer = {"dags": [listed | {"last_parsed_time": parsed}], "total_entries": 1}
        emulator.airflow_answer("/dags", answer)
        assert stack.facts(await stack.once())["imports"][0]["proven"] is proven


async def test_what_changes_after_the_list_was_taken_is_not_copied_before_it_is_listed(
    new_stack: Callable[..., Stack], build: Any, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(build, a_py="A = 1\n")
    stack, call = new_stack(of()), Aws.call

    async def raced(self: Aws, region: str, service: str, operation: str, **params: Any) -> dict[str, Any]:
        if operation == "copy_object":
            fill(build, a_py="A = 'half of a build'\n")
        return await call(self, region, service, operation, **params)

    with monkeypatch.context() as racing:
        racing.setattr(Aws, "call", raced)
        run = await stack.once()
    assert delivered(bucket) == {}
    assert run.problems["tree"].trouble is Trouble.NOT_YET
    await stack.once()
    assert delivered(bucket) == {"dags/a.py": b"A = 'half of a build'\n"}
