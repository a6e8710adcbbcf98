"""The AWS calls behind a step, as a plan names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .change import Change, given
from .part import Effect
from .step import Action, Step

Named = str | Callable[[Change], str]
"""Calls, with commas between them; where they depend on the values too, what tells them from a change."""
Calls = Mapping[str, str | Mapping[str, Named]]
"""By action (`create`, `update`, `delete`); where they differ by what is changed, by the path of the field.

Of a creation these are the fields that the call itself, which stands under `OTHERS`, does not take: they are set right
after it, by an update. Their change is from nothing to what is asked for, a list that is empty as well.
"""
OTHERS = "*"
"""The path that stands for all fields that are not named."""


def calls_behind(calls: Calls, step: Step) -> str:
    """Name the calls that a step makes, each once, in the order of its changes; empty where it makes none.

    With a creation those are named too that set, right after it, what the creation does not take. What AWS cannot change is
    never sent.
    """
    of_action = calls.get(step.action.value.lower(), "")
    if isinstance(of_action, str):
        return of_action
    if step.action is Action.CREATE:
        asked = {change.path: change for change in (given(step.model) if step.model else ())}
        after = (_named(named, asked[path]) for path, named in of_action.items() if path in asked)
        return _joined(calls_sent(calls, step), *after)
    return _joined(
        *(
            _named(of_action.get(change.path, of_action.get(OTHERS, "")), change)
            for change in step.changes
            if change.effect is not Effect.REFUSED
        )
    )


def calls_sent(calls: Calls, step: Step) -> str:
    """Name the calls of a step alone, and not what is set right after a creation."""
    of_action = calls.get(step.action.value.lower(), "")
    if step.action is Action.CREATE and isinstance(of_action, Mapping):
        return str(of_action[OTHERS])
    return calls_behind(calls, step)


def where(call: str, due: Callable[[object], object] = bool) -> Callable[[Change], str]:
    """Give what names a call, for `CALLS`, where what is asked for is such that it is due: as a rule, anything at all."""
    return lambda change: call if due(change.desired) else ""


def _joined(*named: str) -> str:
    return ", ".join(dict.fromkeys(call for each in named for call in each.split(", ") if call))


def _named(named: Named, change: Change) -> str:
    return named if isinstance(named, str) else named(change)
