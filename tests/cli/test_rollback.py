"""`kubectl mwaa rollback`: which revision it means, and what it brings about."""

from __future__ import annotations

from typing import Any

import click
import pytest

from mwaa_operator.api.meta import ROLLBACK_TO
from mwaa_operator.cli.commands.rollback import chosen, lines, said


def source(*history: dict[str, Any], revision: str) -> dict[str, Any]:
    meta = {"name": "etl", "namespace": "team"}
    return {"metadata": meta, "spec": {}, "status": {"revision": revision, "history": list(history)}}


GOOD, BAD, NEW, OLD = (
    {"revision": "aaa111", "proven": True, "deliveredAt": "2026-01-02T00:00:00Z", "fileCount": 3},
    {"revision": "aab222", "proven": False, "failure": "ImportError: x"},
    {"revision": "bbb333", "proven": False},
    {"revision": "ccc444", "proven": True},
)


def test_the_newest_earlier_revision_that_was_proven_is_meant() -> None:
    assert chosen(source(NEW, BAD, GOOD, OLD, revision="bbb333"), None) == "aaa111"
    assert chosen(source(NEW, BAD, GOOD, OLD, revision="aaa111"), None) == "ccc444", "once more goes further back"
    assert chosen(source(BAD, NEW, revision="aab222"), None) == "bbb333", "where none was proven: one that has not failed"


def test_a_revision_is_named_by_how_it_begins() -> None:
    there = source(NEW, BAD, GOOD, revision="bbb333")
    assert chosen(there, "aab222") == chosen(there, "aab") == "aab222"
    with pytest.raises(click.ClickException, match="2 revisions begin with 'aa'"):
        chosen(there, "aa")
    with pytest.raises(
        click.ClickException, match=r"no revision 'f' in status\.history\. There are: bbb333, aab222, aaa111"
    ):
        chosen(there, "f")


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (source(NEW, revision="bbb333"), "it has no earlier revision"),
        (source(NEW, BAD, revision="bbb333"), "every earlier revision has failed: name one with --to"),
    ],
)
def test_where_it_cannot_go_back_it_says_why(there: dict[str, Any], why: str) -> None:
    with pytest.raises(click.ClickException, match=why):
        chosen(there, None)


def test_the_list_marks_what_stands() -> None:
    text = lines(source(NEW, BAD, GOOD, revision="aaa111"))
    assert [line.split()[:1] for line in text[1:]] == [["bbb333"], ["aab222"], ["*"]]
    assert "failed" in text[2] and "proven" in text[3]
    assert "--resume -n team" in said(source(GOOD, revision="aaa111"), "aaa111")


@pytest.mark.cluster
def test_a_user_goes_back_and_forth(shell: Any) -> None:
    shell.apply(shell.document("Bucket", "b", deletionPolicy="Delete", purgeOnDelete=True))
    shell.wait_ready("b", "Bucket")
    bucket, s3 = shell.get("b", "Bucket")["status"]["bucketName"], shell.aws("s3")

    def there() -> bytes:
        content: bytes = s3.get_object(Bucket=bucket, Key="dags/a.py")["Body"].read()
        return content

    for number in (1, 2):
        files = {"a.py": f"a = {number}\n"}
        shell.apply(shell.document("DagSource", "etl", bucketRef={"name": "b"}, files=files))
        shell.wait(lambda item, n=number: len(item["status"].get("history", ())) == n, "a revision", "etl", "DagSource")

    assert "there is no terminal to ask on" in shell.mwaa("rollback", "etl", code=1).stderr
    done = shell.json("rollback", "etl", "--yes")
    assert done["rollbackTo"] == shell.get("etl", "DagSource")["metadata"]["annotations"][ROLLBACK_TO]
    assert shell.json("rollback", "etl", "--list")[1]["revision"] == done["rollbackTo"]

    def says(item: dict[str, Any], status: str | None) -> bool:
        found = {each["type"]: each["status"] for each in item["status"]["conditions"]}
        return found.get("RolledBack") == status and found["Ready"] == "True"

    shell.wait(lambda item: says(item, "True"), "RolledBack", "etl", "DagSource")
    assert there() == b"a = 1\n"
    shell.mwaa("rollback", "etl", "--resume", "--yes")
    shell.wait(lambda item: says(item, None), "its end", "etl", "DagSource")
    assert there() == b"a = 2\n"
