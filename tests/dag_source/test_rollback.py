"""Going back to a revision that was delivered earlier: from the bucket's versions alone, until it is taken back."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from mwaa_operator.core.annotation import ROLLBACK_TO
from mwaa_operator.core.kind import stands
from mwaa_operator.core.observed import State, Unreadable
from mwaa_operator.core.origin import Fetched
from mwaa_operator.fetch.revision import SourceRevisions

GIT = {"git": {"url": "https://git.example.com/team/dags.git"}}
DAG = "from airflow.sdk import DAG\n\nwith DAG('{0}', schedule=None):\n    pass\n"


def keys(prefix: str = "dags/") -> dict[str, bytes]:
    bucket = boto3.resource("s3").Bucket("my-bucket")
    return {each.key: each.get()["Body"].read() for each in bucket.objects.filter(Prefix=prefix) if each.key != "dags/"}


async def look(stack: Any) -> Any:
    """Run it as the engine does: it knows what was published before, and with a history that is new it is run again."""
    for _ in range(4):
        run, before = await stack.once(), stack.published.get("history")
        stack.published = stack.facts(run)
        if stack.published["history"] == before:
            return run
    raise AssertionError("its history changes for ever")


async def deliver(stack: Any, *trees: dict[str, str], **spec: Any) -> list[str]:
    """Deliver some revisions, one after another, and name them."""
    names = []
    for files in trees:
        stack.spec = {"files": files, "prune": True, **spec}
        await look(stack)
        names.append(stack.published["revision"])
    return names


async def test_status_has_the_revisions_the_newest_first(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    first, second = await deliver(stack, {"a.py": "a = 1\n"}, {"a.py": "a = 2\n", "b.py": "b = 1\n"})
    history = stack.published["history"]
    assert [(each["revision"], each["fileCount"], each["proven"]) for each in history] == [
        (second, 2, False),
        (first, 1, False),
    ]
    assert all(each["deliveredAt"] for each in history)

    # the first once more is the newest again, and is in it once
    long_ago = {"deliveredAt": "2020-01-01T00:00:00+00:00"}
    stack.published = {**stack.published, "history": [{**each, **long_ago} for each in history]}
    await deliver(stack, {"a.py": "a = 1\n"})
    newest, older = stack.published["history"]
    assert (newest["revision"], older["revision"]) == (first, second)
    assert newest["deliveredAt"] == stack.published["deliveredAt"] == older["supersededAt"]
    assert newest["deliveredAt"] > older["deliveredAt"]


async def test_status_has_since_when_a_revision_is_history(new_stack: Callable[..., Any]) -> None:
    """Its files are old versions since then, whatever has left the list meanwhile."""
    stack = new_stack()
    await deliver(stack, {"a.py": "a = 1\n"}, revisionHistoryLimit=2)
    stack.published = {**stack.published, "history": [{**stack.published["history"][0], "proven": True}]}
    [second] = await deliver(stack, {"a.py": "a = 2\n"}, revisionHistoryLimit=2)
    since = stack.published["deliveredAt"]
    await deliver(stack, {"a.py": "a = 3\n"}, {"a.py": "a = 4\n"}, revisionHistoryLimit=2)
    history = stack.published["history"]
    assert second not in [each["revision"] for each in history]
    assert [each.get("supersededAt") for each in history] == [None, history[0]["deliveredAt"], since]

    await deliver(stack, {"a.py": "a = 1\n"}, revisionHistoryLimit=2)
    assert "supersededAt" not in stack.published["history"][0], "it is the newest again"


async def test_what_is_wanted_can_be_kept_for_a_glance(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    [first] = await deliver(stack, {"a.py": "a = 1\n"})
    for stack.annotations in ({}, {ROLLBACK_TO: first}):
        tree = stack.kind.desired(stack.obj, stack.context).parts["tree"].model
        assert pickle.loads(pickle.dumps(tree)) == tree


async def test_the_history_is_bounded_and_so_are_the_records(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack()
    trees = [{"a.py": f"a = {number}\n"} for number in range(6)]
    names = await deliver(stack, *trees, revisionHistoryLimit=3)
    assert [each["revision"] for each in stack.published["history"]] == names[:2:-1]
    records = {
        each.key.rpartition("/")[2].removesuffix(".json")
        for each in bucket.objects.filter(Prefix=".mwaa-operator/team/hello/")
    }
    assert set(names[3:]) <= records and len(records) <= 4

    await deliver(stack, {"a.py": "none\n"}, revisionHistoryLimit=0)
    assert stack.published["history"] is None


async def test_an_earlier_revision_stands_until_it_is_taken_back(new_stack: Callable[..., Any], bucket: Any) -> None:
    bucket.put_object(Key="dags/theirs.py", Body=b"z = 3\n")
    stack = new_stack()
    good = {"a.py": "a = 1\n", "lib/b.py": "b = 1\n"}
    first, second = await deliver(stack, good, {"a.py": "a = 2\n", "c.py": "c = 1\n"})
    stack.annotations = {ROLLBACK_TO: first}
    stack.emulator.clear_calls()
    run = await look(stack)
    theirs = {"dags/theirs.py": b"z = 3\n"}
    assert keys() == {f"dags/{path}": text.encode() for path, text in good.items()} | theirs
    uploads = [call.params["Key"] for call in stack.emulator.writes("s3") if call.operation == "PutObject"]
    assert not [key for key in uploads if key.startswith("dags/")], "S3 copies by itself"
    tree = stack.seen(run, "tree")
    assert (tree.condition, tree.reason) == ("RolledBack", "RolledBack")
    assert "kubectl mwaa rollback hello --resume -n team" in tree.message
    assert (stack.published["revision"], stack.published["fileCount"]) == (first, 2)
    assert [each["revision"] for each in stack.published["history"]] == [second, first]

    # level-triggered: neither another look nor a new file in the source brings the bad one back
    stack.emulator.clear_calls()
    stack.spec = {"files": {"a.py": "a = 3\n"}, "prune": True}
    assert (await look(stack)).plan.steps == ()
    assert stack.emulator.writes("s3") == []
    assert keys() == {f"dags/{path}": text.encode() for path, text in good.items()} | theirs

    stack.annotations = {}
    await look(stack)
    assert keys() == {"dags/a.py": b"a = 3\n"} | theirs


async def test_the_source_need_not_be_there(new_stack: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    stack = new_stack(GIT | {"prune": True})
    stack.registry.adapters["source/revision"] = SourceRevisions()
    [origin] = stack.kind.origins(stack.obj.spec)
    fetched: dict[Any, Fetched] = {}
    context = type(stack).context
    monkeypatch.setattr(type(stack), "context", property(lambda self: replace(context.fget(self), fetched=fetched)))
    names = []
    for number in (1, 2):
        fetched[origin] = Fetched(f"main@sha1:{number}", {"a.py": f"a = {number}\n".encode()})
        await look(stack)
        names.append(stack.published["revision"])
    fetched.clear()
    stack.annotations = {ROLLBACK_TO: names[0]}
    assert stands(stack.kind, stack.obj), "it is not even asked"
    run = await look(stack)
    assert run.plan.steps == () and run.plan.waits == {}
    assert keys() == {"dags/a.py": b"a = 1\n"}
    assert stack.published["sourceRevision"] == "main@sha1:1"

    stack.annotations = {}
    assert not stands(stack.kind, stack.obj)


async def test_what_was_changed_by_hand_is_put_back_while_it_stands(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack()
    first, _ = await deliver(stack, {"a.py": "a = 1\n", "b.py": "b = 1\n"}, {"a.py": "a = 2\n"})
    stack.annotations = {ROLLBACK_TO: first}
    await look(stack)
    bucket.put_object(Key="dags/a.py", Body=b"a = 6\n")  # of the same size
    bucket.Object("dags/b.py").delete()
    await look(stack)
    assert keys() == {"dags/a.py": b"a = 1\n", "dags/b.py": b"b = 1\n"}


async def test_files_that_were_not_pruned_belong_to_the_revision(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    first, _ = await deliver(stack, {"a.py": "a = 1\n"}, {"b.py": "b = 1\n"}, prune=False)
    assert set(keys()) == {"dags/a.py", "dags/b.py"}
    stack.annotations = {ROLLBACK_TO: first}
    await look(stack)
    assert set(keys()) == {"dags/a.py"}


async def test_what_the_source_had_dropped_before_stays(new_stack: Callable[..., Any]) -> None:
    """Nothing would deliver it again."""
    stack = new_stack()
    trees = {"a.py": "a = 1\n"}, {"a.py": "a = 1\n", "b.py": "b = 1\n"}
    first, _, last = await deliver(stack, *trees, {"a.py": "a = 1\n"}, prune=False)
    assert first == last
    stack.annotations = {ROLLBACK_TO: first}
    await look(stack)
    assert set(keys()) == {"dags/a.py", "dags/b.py"}

    stack.annotations = {}
    await deliver(stack, {"a.py": "a = 2\n", "c.py": "c = 1\n"}, prune=False)
    stack.annotations = {ROLLBACK_TO: first}
    for _ in range(2):
        run = await look(stack)
        assert keys() == {"dags/a.py": b"a = 1\n", "dags/b.py": b"b = 1\n"}
        assert stack.published["revision"] == first
    assert run.plan.steps == ()


async def test_a_revision_that_nobody_knows_changes_nothing(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    await deliver(stack, {"a.py": "a = 1\n"})
    stack.annotations = {ROLLBACK_TO: "0123456789ab"}
    run = await stack.once()
    sight = run.sights["tree"]
    assert isinstance(sight, Unreadable) and sight.problem.reason == "RevisionUnknown"
    assert "status.history" in sight.problem.message
    assert keys() == {"dags/a.py": b"a = 1\n"}

    stack.deleting = True
    await stack.once()
    assert keys("") == {}, "it can be deleted all the same"


async def test_versions_that_are_gone_are_named_and_nothing_is_changed(new_stack: Callable[..., Any], bucket: Any) -> None:
    stack = new_stack()
    first, _ = await deliver(stack, {"a.py": "a = 1\n", "b.py": "b = 1\n"}, {"a.py": "a = 2\n", "b.py": "b = 2\n"})
    old = [each for each in bucket.object_versions.filter(Prefix="dags/a.py") if not each.is_latest]
    old[0].delete()
    stack.annotations = {ROLLBACK_TO: first}
    run = await stack.once()
    problem = run.problems["tree"]
    assert problem.reason == "VersionsGone"
    assert "dags/a.py" in problem.message and "dags/b.py" not in problem.message
    assert keys() == {"dags/a.py": b"a = 2\n", "dags/b.py": b"b = 2\n"}


async def test_deleting_takes_the_records_along(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    await deliver(stack, {"a.py": "a = 1\n"}, {"a.py": "a = 2\n"})
    assert len(keys(".mwaa-operator/")) == 3
    stack.deleting = True
    await stack.once()
    assert keys("") == {}


async def test_plugins_and_the_rest_stay_as_they_are_meanwhile(new_stack: Callable[..., Any]) -> None:
    stack = new_stack()
    startup = {"startupScript": {"text": "echo 1\n"}}
    first, _ = await deliver(stack, {"a.py": "a = 1\n"}, {"a.py": "a = 2\n"}, **startup)
    before = stack.published["artefacts"]
    stack.annotations = {ROLLBACK_TO: first}
    stack.spec = {**stack.spec, "startupScript": {"text": "echo 2\n"}}
    run = await look(stack)
    assert run.plan.steps == ()
    assert stack.published["artefacts"] == before
    assert keys("mwaa/")["mwaa/team/hello/startup.sh"] == b"echo 1\n"


class Airflow:
    """The given answers of the one environment's Airflow: it has imported this, or it cannot."""

    def __init__(self, stack: Any) -> None:
        self._emulator = stack.emulator
        listed = {"dag_id": "a", "fileloc": "/usr/local/airflow/dags/a.py", "last_parsed_time": "2020-01-01T00:00:00Z"}
        self._emulator.airflow_answer("/dags", {"dags": [listed], "total_entries": 1})

    def imports(self, text: str) -> None:
        self._emulator.airflow_answer("/dagSources/a", {"content": text, "dag_id": "a"})
        self._emulator.airflow_answer("/importErrors", {"import_errors": [], "total_entries": 0})

    def parses(self) -> None:
        """Say that the file was parsed in some far future."""
        listed = {"dag_id": "a", "fileloc": "/usr/local/airflow/dags/a.py", "last_parsed_time": "2999-01-01T00:00:00Z"}
        self._emulator.airflow_answer("/dags", {"dags": [listed], "total_entries": 1})

    def fails(self) -> None:
        fault = {"filename": "a.py", "stack_trace": "ImportError: x", "timestamp": datetime.now(UTC).isoformat()}
        later = fault | {"timestamp": "2999-01-01T00:00:00+00:00"}  # after MWAA has copied the new file
        self._emulator.airflow_answer("/importErrors", {"import_errors": [later], "total_entries": 1})


async def test_with_the_policy_a_bad_revision_is_taken_back_and_not_delivered_again(stack: Any) -> None:
    airflow = Airflow(stack)
    good, bad, mended = (DAG.format("a") + f"# {word}\n" for word in ("good", "bad", "mended"))
    airflow.imports(good)
    [first] = await deliver(stack, {"a.py": good}, onFailure="RollBack")
    assert stack.published["history"][0]["proven"]
    airflow.fails()
    stack.spec = {"files": {"a.py": bad}, "prune": True, "onFailure": "RollBack"}
    await look(stack)
    second = stack.published["history"][0]
    assert (stack.published["revision"], second["proven"]) == (first, False)
    assert second["failure"].startswith("ImportError: Airflow of first cannot import a.py: ImportError: x")
    assert keys() == {"dags/a.py": good.encode()}

    # it stands, it is proven anew, and the object says that it is not what was asked for
    airflow.imports(good)
    run = await look(stack)
    assert stack.seen(run).state is State.READY
    [finding] = [each for each in run.graph.findings if each.code == "RevisionQuarantined"]
    assert second["revision"] in finding.message and first in finding.message
    assert run.plan.steps == ()

    airflow.imports(mended)
    await deliver(stack, {"a.py": mended}, onFailure="RollBack")
    assert keys() == {"dags/a.py": mended.encode()}
    assert [each["proven"] for each in stack.published["history"]] == [True, False, True]


async def test_without_the_policy_it_is_kept(stack: Any) -> None:
    airflow = Airflow(stack)
    good, bad = (DAG.format("a") + f"# {word}\n" for word in ("good", "bad"))
    airflow.imports(good)
    await deliver(stack, {"a.py": good})
    airflow.fails()
    await deliver(stack, {"a.py": bad})
    assert keys() == {"dags/a.py": bad.encode()}
    assert "ImportError" in stack.published["history"][0]["failure"]

    # the first revision of all has nothing to go back to
    airflow.fails()
    await deliver(stack, {"a.py": bad}, onFailure="RollBack", path="dags/other")


async def test_what_was_proven_once_is_no_bad_revision_later(stack: Any) -> None:
    airflow = Airflow(stack)
    first, second = (DAG.format("a") + f"# {word}\n" for word in ("first", "second"))
    for text in (first, second):
        airflow.imports(text)
        await deliver(stack, {"a.py": text}, onFailure="RollBack")
    airflow.fails()  # such as by a variable that somebody has deleted
    await look(stack)
    assert keys() == {"dags/a.py": second.encode()}


async def test_an_earlier_revision_is_proven_without_its_source(stack: Any) -> None:
    airflow = Airflow(stack)
    first, second = (DAG.format("a") + f"# {word}\n" for word in ("first", "second"))
    airflow.imports(first)
    [name] = await deliver(stack, {"a.py": first})
    await deliver(stack, {"a.py": second})
    stack.spec = {"files": {"b.py": "nothing of it\n"}}
    stack.annotations = {ROLLBACK_TO: name}
    airflow.imports(second)
    assert stack.seen(await look(stack)).reason == "AwaitingImport"
    airflow.imports(first)
    run = await look(stack)
    assert stack.seen(run).outputs["proven"] is True
    assert (stack.published["provenIn"], stack.published["dagIds"]) == (["first"], ["a"])


@pytest.mark.parametrize("name", ["a.py", "lib/b.py"])
async def test_an_object_of_others_is_not_overwritten_by_going_back(
    new_stack: Callable[..., Any], bucket: Any, name: str
) -> None:
    stack = new_stack()
    first, _ = await deliver(stack, {"a.py": "a = 1\n", "lib/b.py": "b = 1\n"}, {"c.py": "c = 1\n"}, maxDeletePercent=100)
    bucket.put_object(Key=f"dags/{name}", Body=b"theirs\n")
    stack.annotations = {ROLLBACK_TO: first}
    run = await stack.once()
    assert run.problems["tree"].reason == "ForeignObject"
    assert keys()[f"dags/{name}"] == b"theirs\n"


async def test_what_s3_has_copied_goes_back_without_the_place_it_came_from(stack: Any) -> None:
    airflow = Airflow(stack)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="elsewhere")
    stack.settings = {"sourceBuckets": "elsewhere"}
    stack.spec = {"s3": {"bucket": "elsewhere"}, "prune": True}
    names = []
    for number in (1, 2):
        s3.put_object(Bucket="elsewhere", Key="a.py", Body=f"a = {number}\n".encode())
        await look(stack)
        names.append(stack.published["revision"])
    s3.delete_object(Bucket="elsewhere", Key="a.py")
    s3.delete_bucket(Bucket="elsewhere")
    stack.annotations = {ROLLBACK_TO: names[0]}
    run = await look(stack)
    assert keys() == {"dags/a.py": b"a = 1\n"}
    assert stack.published["sourceRevision"].startswith("s3://elsewhere@etags:")
    assert stack.seen(run).reason == "AwaitingImport", "it was not parsed since"
    airflow.parses()
    assert stack.seen(await look(stack)).outputs["proven"] is True
