"""The AWS calls behind a step, as a plan names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .change import Change
from .part import Effect
from .step import Step

Named = str | Callable[[Change], str]
"""Calls, with commas between them; where they depend on the values too, what tells them from a change."""
Calls = Mapping[str, str | Mapping[str, Named]]
"""By action (`create`, `update`, `delete`); where they differ by what is changed, by the path of the field."""
OTHERS = "*"
"""The path that stands for all fields that are not named."""


def calls_behind(calls: Calls, step: Step) -> str:
    """Name the calls that a step makes, each once, in the order of its changes; empty where it makes none.

    What AWS cannot change is never sent.
    """
    of_action = calls.get(step.action.value.lower(), "")
    if isinstance(of_action, str):
        return of_action
    found = [
        _named(of_action.get(change.path, of_action.get(OTHERS, "")), change)
        for change in step.changes
        if change.effect is not Effect.REFUSED
    ]
    return ", ".join(dict.fromkeys(call for each in found for call in each.split(", ") if call))


def _named(named: Named, change: Change) -> str:
    return named if isinstance(named, str) else named(change)
