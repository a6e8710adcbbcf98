"""What the commands print and read, as pure functions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest

from mwaa_operator.api import parse
from mwaa_operator.checks import catalogue
from mwaa_operator.cli import pages
from mwaa_operator.cli.checking import NotKnownError, guarded
from mwaa_operator.cli.commands.import_environment import manifest
from mwaa_operator.cli.commands.logs import line
from mwaa_operator.cli.commands.open_web import login_url
from mwaa_operator.cli.commands.status import outcome
from mwaa_operator.cli.commands.tree import nearest
from mwaa_operator.cli.output import age, table
from mwaa_operator.cli.plan_view import lines, text
from mwaa_operator.cli.session import definition
from mwaa_operator.cli.span import Span
from mwaa_operator.core.need import Need
from mwaa_operator.core.part import Graph, Missing, Model, Part
from mwaa_operator.resources.logs import LogGroup

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def test_tables_are_aligned_and_have_no_blanks_at_the_end() -> None:
    assert table(("NAME", "X"), [("a", 1), ("longer", None)]) == ["NAME     X", "a        1", "longer"]
    assert table((), []) == []


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (timedelta(seconds=119), "119s"),
        (timedelta(minutes=2), "2m"),
        (timedelta(hours=47), "47h"),
        (timedelta(days=3), "3d"),
    ],
)
def test_ages_are_as_kubectl_says_them(since: timedelta, said: str) -> None:
    assert age((NOW - since).isoformat(), NOW) == said


def test_a_plan_says_calls_values_effects_and_waits() -> None:
    view = {
        "kind": "Environment",
        "namespace": "team",
        "name": "first",
        "hash": "abc",
        "steps": [
            {
                "part": "environment",
                "action": "Update",
                "call": "airflow:UpdateEnvironment",
                "changes": [
                    {"path": "maxWorkers", "observed": "2", "desired": "5", "effect": "Restart"},
                    {"path": "tags", "observed": "none", "desired": "x", "effect": "InPlace"},
                ],
                "waitsFor": ["environment waits for role", "environment waits for logs", "approve plan abc"],
            },
        ],
    }
    assert list(lines(view)) == [
        "Environment team/first: 1 step, plan abc",
        "",
        "1. Update environment   airflow:UpdateEnvironment   Restart",
        "     maxWorkers   2 -> 5      Restart",
        "     tags         none -> x   InPlace",
        "     after: role, logs",
        "     waits: approve plan abc",
    ]
    assert "spec.suspend is true" in list(lines({**view, "suspended": True}))[1]
    assert list(lines({**view, "steps": []})) == ["Environment team/first: nothing to do"]


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "none"), ("x", "x"), (["a"], '["a"]'), (True, "true"), ("y" * 99, f"{'y' * 60}...")]
)
def test_values_are_short(value: object, shown: str) -> None:
    assert text(value) == shown


ENVIRONMENT: dict[str, Any] = {
    "Name": "Old_One",
    "Arn": "arn:aws:airflow:eu-west-1:123456789012:environment/Old_One",
    "Status": "AVAILABLE",
    "AirflowVersion": "2.10.3",
    "DagS3Path": "dags",
    "SourceBucketArn": "arn:aws:s3:::b",
    "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
    "NetworkConfiguration": {"SubnetIds": ["subnet-2", "subnet-1"], "SecurityGroupIds": ["sg-1"]},
    "LoggingConfiguration": {"TaskLogs": {"Enabled": True, "LogLevel": "INFO", "CloudWatchLogGroupArn": "arn:x"}},
    "Tags": {"team": "x", "aws:cloudformation:stack-name": "s", "mwaa-operator.dev/adopt": "a/b"},
}


def test_a_manifest_declares_what_can_be_declared() -> None:
    made = manifest(ENVIRONMENT, "eu-west-1", "team")
    assert made.notes == []
    assert made.document["metadata"] == {"name": "old-one", "namespace": "team"}
    spec = made.document["spec"]
    assert spec["subnetIds"] == ["subnet-1", "subnet-2"]
    assert spec["loggingConfiguration"] == {"taskLogs": {"enabled": True}}
    assert spec["tags"] == {"team": "x"}
    assert (spec["adoption"], spec["deletionPolicy"]) == ("Always", "Retain")
    parse("Environment", spec, "old-one")


def test_a_manifest_refers_to_the_key_that_an_object_has() -> None:
    arn, another = ("arn:aws:kms:eu-west-1:123456789012:key/a", "arn:aws:kms:eu-west-1:123456789012:key/b")
    spec = manifest({**ENVIRONMENT, "KmsKey": arn}, "eu-west-1", "team", keys={arn: "lake"}).document["spec"]
    assert (spec.get("kmsKey"), spec["kmsKeyRef"]) == (None, {"name": "lake"})
    parse("Environment", spec, "old-one")
    spec = manifest({**ENVIRONMENT, "KmsKey": another}, "eu-west-1", "team", keys={arn: "lake"}).document["spec"]
    assert (spec["kmsKey"], spec.get("kmsKeyRef")) == (another, None)


@pytest.mark.parametrize(("name", "kept"), [("Old_One", False), ("Reports", True)])
def test_a_manifest_leaves_out_the_name_that_the_operator_gives_by_itself(name: str, kept: bool) -> None:
    tags = manifest({**ENVIRONMENT, "Tags": {"Name": name, "team": "x"}}, "eu-west-1", "team").document["spec"]["tags"]
    assert tags == {**({"Name": name} if kept else {}), "team": "x"}


@pytest.mark.parametrize(
    ("members", "note", "absent"),
    [
        ({"AirflowConfigurationOptions": {"a.b": "***", "c.d": "1"}}, "AWS hides a.b", "airflowConfigurationOptions"),
        ({"NewMember": "x"}, "NewMember is left as it is", "newMember"),
        ({"Tags": {"mwaa-operator.dev/object": "Environment/a/b"}}, "owner tags of Environment/a/b", "tags"),
    ],
)
def test_a_manifest_says_what_it_cannot_declare(members: dict[str, Any], note: str, absent: str) -> None:
    made = manifest({**ENVIRONMENT, **members}, "eu-west-1", "team")
    assert any(note in each for each in made.notes)
    assert absent not in made.document["spec"]


@pytest.mark.parametrize(
    ("status", "note"),
    [
        ("UPDATING", "AWS is at work on it (UPDATING): values may still change. Import it again when it is AVAILABLE."),
        ("PENDING", "AWS is at work on it (PENDING): values may still change. Import it again when it is AVAILABLE."),
        ("DELETING", "AWS is deleting it (DELETING): once it is gone, this manifest makes a new environment."),
        ("MAINTENANCE", None),
        ("UPDATE_FAILED", None),
    ],
)
def test_a_manifest_says_first_that_its_values_are_not_to_last(status: str, note: str | None) -> None:
    notes = manifest({**ENVIRONMENT, "Status": status, "NewMember": "x"}, "eu-west-1", "team").notes
    assert notes[:-1] == ([note] if note else []) and notes[-1].startswith("NewMember")


@pytest.mark.row("A129")
@pytest.mark.parametrize(
    ("version", "folder"), [("2.10.3", "aws_mwaa"), ("3.0.6", "pluginsv2/aws_mwaa"), ("", "pluginsv2/aws_mwaa")]
)
def test_each_version_of_airflow_has_its_login_page(version: str, folder: str) -> None:
    assert login_url("h", "t", version) == f"https://h/{folder}/aws-console-sso?login=true#t"


@pytest.mark.parametrize(
    ("given", "span"), [("90s", timedelta(seconds=90)), ("2h", timedelta(hours=2)), ("3d", timedelta(3))]
)
def test_spans_are_read(given: str, span: timedelta) -> None:
    assert Span().convert(given, None, None) == span


def test_an_event_is_one_line() -> None:
    event = {"timestamp": 1_700_000_000_123, "logStreamName": "s", "message": "hello\n"}
    assert line(event) == "2023-11-14T22:13:20.123Z  s  hello"


@pytest.mark.parametrize(
    ("conditions", "ended"),
    [
        ([("Ready", "True", 2)], 0),
        ([("Ready", "True", 1)], None),
        ([("Ready", "False", 2), ("Stalled", "True", 2)], 1),
        ([("Ready", "Unknown", 2)], None),
        ([], None),
    ],
)
def test_a_watch_ends_when_nothing_more_will_happen(conditions: list[tuple[str, str, int]], ended: int | None) -> None:
    said = [{"type": type_, "status": status, "observedGeneration": seen} for type_, status, seen in conditions]
    assert outcome({"metadata": {"generation": 2}, "status": {"conditions": said}}) == ended


def test_a_tree_leaves_out_what_is_needed_anyway() -> None:
    needs = {"vpc": [], "subnet": ["vpc"], "last": ["vpc", "subnet"]}
    graph = Graph.of(*(Part(name, Model(), after=frozenset(after)) for name, after in needs.items()))
    assert nearest(graph, "last") == ["subnet"]


def test_a_check_is_stopped_only_by_what_is_not_known() -> None:
    group = LogGroup(name="a", tags=Missing(Need("DependencyNotReady", "waits for b")))  # type: ignore[arg-type]
    model = guarded(group)
    assert isinstance(model, LogGroup) and model.name == "a"
    with pytest.raises(NotKnownError, match="waits for b"):
        str(model.tags)


@pytest.mark.parametrize("word", ["environment", "Environments", "mwaaenv", "environments.mwaa-operator.dev"])
def test_a_kind_has_all_the_names_that_kubectl_takes(word: str) -> None:
    assert definition(word).kind == "Environment"
    with pytest.raises(click.ClickException, match="is no kind"):
        definition("pods")


def test_the_copies_of_the_pages_are_current() -> None:
    assert pages.MADE.stale(ROOT) == []


def test_every_reason_can_be_explained_with_its_advice() -> None:
    entries = {each.code: each for each in pages.entries(pages.page(pages.CONDITIONS))}
    assert entries["NotOurs"].section == "Reasons: Stalled: `Ready` is False, and somebody has to change something"
    assert entries["AirflowHealthy"].cells["Meaning"]
    assert "take it over" in pages.section(pages.page(pages.ADVICE), pages.anchor(entries["NotOurs"].cells["What to do"]))
    listed = pages.page(pages.CONDITIONS).count("\n| `")
    assert len(list(pages.entries(pages.page(pages.CONDITIONS)))) == listed


def test_every_link_to_the_advice_leads_to_a_section() -> None:
    advice = pages.page(pages.ADVICE)
    cells = [cell for each in pages.entries(pages.page(pages.CONDITIONS)) for cell in each.cells.values()]
    anchors = {anchor for cell in cells if (anchor := pages.anchor(cell))}
    assert anchors
    assert [anchor for anchor in anchors if not pages.section(advice, anchor)] == []


def test_every_code_of_the_checks_has_its_page() -> None:
    assert all(catalogue.explain(code).startswith(f"# {code}") for code in catalogue.ENTRIES)
