"""`kubectl mwaa explain`: cause, fix and source of every code, and the guide's advice that nothing else can prove."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mwaa_operator.checks import catalogue, entries_advice
from mwaa_operator.cli import pages
from mwaa_operator.cli.main import cli

ROOT = Path(__file__).parents[2]
ADVICE = {
    "B34": ("OptionsOverrideTheFile", "overrides what `airflow.cfg` says"),
    "B54": ("WebserverScaling", "more than 70 percent or they have more than 15 active connections"),
    "B75": ("OptionsOverrideTheFile", "Nobody can edit `airflow.cfg`"),
    "B106": ("StartupScriptLimits", "no limit for the time or the size"),
    "B107": ("StartupScriptOrder", "before the requirements are installed"),
    "B125": ("TryItLocally", "aws-mwaa-local-runner"),
    "B153": ("WhereRequirementsRun", "not in 1.10.12 and 2.0.2"),
    "C75": ("EndpointsAreCharged", "AWS charges every interface endpoint"),
    "C127": ("ClientVpnCaveats", "Disconnect other VPNs"),
    "C137": ("BastionRefusesSsh", "AWSSupport-TroubleshootSSH"),
    "C205": ("TokenOfTheStart", "when a container starts, and never again"),
    "D40": ("CallsWithoutTrail", "`GetEnvironment` and `PublishMetrics` leave no event"),
    "D119": ("TaskStorage", "10 GB"),
    "D126": ("AnotherVpc", "transit gateway"),
    "D132": ("PluginMenuOfOldVersions", "MWAA's own plugin only"),
    "D133": ("DmsAndTheMetadataDatabase", "not on the metadata database"),
    "D165": ("ConnectionTypeMissing", "take another form, such as HTTP"),
    "D172": ("LostTasksBlockScaleDown", "Clear such tasks"),
    "D174": ("BackfillOfOldVersions", "BashOperator"),
    "D176": ("AirflowOne", "apache-airflow-backport-providers"),
}
"""The rows that ask for advice alone: the code and the words that answer them."""


def explained(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["explain", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.row("D195")
@pytest.mark.parametrize(
    ("code", "words"), [pytest.param(*each, marks=pytest.mark.row(row), id=row) for row, each in ADVICE.items()]
)
def test_the_advice_of_the_guide_is_found_by_its_code(code: str, words: str) -> None:
    text = explained(code)
    assert words in text
    assert words in (ROOT / "docs" / "preflight" / f"{code}.md").read_text()
    assert "## Why" in text and "## What to do" in text and 'Amazon MWAA User Guide: "' in text


def test_there_is_no_advice_that_no_row_asks_for() -> None:
    assert {code for code, _ in ADVICE.values()} == entries_advice.ADVICE.keys()


def test_every_code_type_and_reason_is_listed_and_explained() -> None:
    codes = json.loads(explained("-o", "json"))
    reasons = {each.code for each in pages.entries(pages.page(pages.CONDITIONS))}
    assert set(codes) == reasons | catalogue.ENTRIES.keys()
    for code in codes:
        assert code in explained(code)


def test_a_reason_is_explained_in_any_case_with_what_to_do() -> None:
    text = explained("notours")
    assert text.startswith("NotOurs  (Reasons: Stalled")
    assert "what to do: Not ours" in text and "take it over" in text
