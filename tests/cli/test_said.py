"""Sentences of the plugin that say whose turn it is. Pure."""

from __future__ import annotations

import io

import click
import pytest

from mwaa_operator.api.meta import GROUP
from mwaa_operator.cli.commands.import_environment import manifest
from mwaa_operator.cli.options import confirm

OBJECT = {f"{GROUP}/object": "Environment/team/guarded", f"{GROUP}/part": "environment"}
RELEASED = {**OBJECT, f"{GROUP}/adopt": "team/guarded"}


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        (RELEASED, "It was released by Environment/team/guarded"),
        ({**OBJECT, f"{GROUP}/owner": "u"}, "two objects must not manage one environment"),
        ({**RELEASED, f"{GROUP}/owner": "u"}, "two objects must not manage one environment"),
        (OBJECT, "two objects must not manage one environment"),
    ],
)
def test_what_was_released_may_be_taken_over_and_what_is_owned_may_not(tags: dict[str, str], said: str) -> None:
    (note,) = [each for each in manifest({"Name": "guarded", "Tags": tags}, "us-east-1", "team").notes if "guarded" in each]
    assert said in note
    assert ("may take it over" in note) == (tags == RELEASED)


def test_who_cannot_be_asked_is_told_what_and_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(click.ClickException) as raised:
        confirm("Approve plan X?", False)
    message = raised.value.message
    assert message == "there is no terminal to ask on: Approve plan X? Give --yes to go on without being asked."
    confirm("Approve plan X?", True)
