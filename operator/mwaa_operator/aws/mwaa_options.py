"""Options of an environment whose values AWS hides: compared by what was sent last, of which only hashes are kept.

GetEnvironment gives `***` for them. A hash for each is kept in the part's memory: `option/{name}` of what the environment
has, and `sent/{name}` of what an update has asked for, until AWS says how that update ended. Where nothing is remembered a
hidden value is taken for the one that is asked for: losing the memory costs no update, and at most overlooks one change.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..core.adapter import Target
from ..core.secret import Secret
from ..resources.mwaa import Environment, option_value

HIDDEN = "***"
OPTION, SENT, SENT_AFTER = "option/", "sent/", "sentAfter"
UNSURE = "sentPerhaps"
"""Remembered from right before an update is sent until its reply is read."""

Options = Mapping[str, str | Secret]


def plain_options(options: Options) -> dict[str, str]:
    """Give the values as AWS wants them."""
    return {name: value.value if isinstance(value, Secret) else value for name, value in options.items()}


def revealed(environment: Mapping[str, Any], target: Target[Environment]) -> dict[str, Any]:
    """Put in the place of each hidden value the one that is asked for, where that is what the environment has."""
    whose, asked, known = target.owner.address, _asked(target), _known(environment, target.remembered)
    options: dict[str, str | Secret] = {}
    for name, value in (environment.get("AirflowConfigurationOptions") or {}).items():
        if value != HIDDEN:
            options[name] = option_value(whose, name, value)
        elif name in asked and known.get(name, _hash(whose, name, asked[name])) == _hash(whose, name, asked[name]):
            options[name] = asked[name]
        else:
            options[name] = HIDDEN
    return {**environment, "AirflowConfigurationOptions": options}


def after_read(environment: Mapping[str, Any], target: Target[Environment]) -> dict[str, str]:
    """Say what to remember once the environment was looked at."""
    if _under_way(environment, target.remembered):
        return dict(target.remembered)
    whose, asked, known = target.owner.address, _asked(target), _known(environment, target.remembered)
    hidden = [n for n, v in (environment.get("AirflowConfigurationOptions") or {}).items() if v == HIDDEN]
    hashes = {name: known.get(name) or (_hash(whose, name, asked[name]) if name in asked else None) for name in hidden}
    return {f"{OPTION}{name}": value for name, value in hashes.items() if value}


def after_create(target: Target[Environment]) -> dict[str, str]:
    """Say what to remember of a new environment, before anybody knows what AWS will hide."""
    return {f"{OPTION}{name}": _hash(target.owner.address, name, value) for name, value in _asked(target).items()}


def after_update(target: Target[Environment], last_update: object) -> dict[str, str]:
    """Say what to remember of an update that AWS has taken.

    Args:
        target: what was asked for.
        last_update: the moment of the update before, as the outputs have it: only a later one tells how this one ended.
    """
    kept = {name: value for name, value in target.remembered.items() if name.startswith(OPTION)}
    sent = {f"{SENT}{name}": _hash(target.owner.address, name, value) for name, value in _asked(target).items()}
    return {**kept, **sent, SENT_AFTER: str(last_update or "")}


def foretold(target: Target[Environment], last_update: object) -> dict[str, str]:
    """Say what to remember of an update that is about to be sent: it counts once AWS shows that it has arrived."""
    return {**after_update(target, last_update), UNSURE: "true"}


def never_arrived(environment: Mapping[str, Any], remembered: Mapping[str, str]) -> bool:
    """Tell whether the update that was about to be sent was not: AWS rests, and was asked for nothing since."""
    return UNSURE in remembered and is_settled(environment) and not _later(environment, remembered)


def moment(value: object) -> str | None:
    """Write a moment of AWS's as RFC 3339."""
    return value.isoformat() if isinstance(value, datetime) else None


def _asked(target: Target[Environment]) -> Options:
    options = target.model.airflow_configuration_options if target.model else None
    return options if isinstance(options, Mapping) else {}


def _hash(whose: str, name: str, value: str | Secret) -> str:
    return (value if isinstance(value, Secret) else Secret(value, f"{whose}/{name}")).digest


def _under_way(environment: Mapping[str, Any], remembered: Mapping[str, str]) -> bool:
    """Tell whether the update that was sent has not ended yet, as far as AWS shows it."""
    if SENT_AFTER not in remembered:
        return False
    if never_arrived(environment, remembered):
        return False
    last = environment.get("LastUpdate") or {}
    ended = last.get("Status") in ("SUCCESS", "FAILED") and _later(environment, remembered)
    return not (is_settled(environment) and ended)


def is_settled(environment: Mapping[str, Any]) -> bool:
    """Tell whether AWS is done with an update, well or not."""
    return environment.get("Status") in ("AVAILABLE", "UPDATE_FAILED", "UNAVAILABLE", "MAINTENANCE")


def _later(environment: Mapping[str, Any], remembered: Mapping[str, str]) -> bool:
    """Tell whether AWS was asked for something after the update that was the last one when ours was sent."""
    last = environment.get("LastUpdate") or {}
    return (moment(last.get("CreatedAt")) or "") != remembered[SENT_AFTER]


def _known(environment: Mapping[str, Any], remembered: Mapping[str, str]) -> dict[str, str]:
    """Give the hash of each value that the environment has, or has been asked to have."""
    known = {name.removeprefix(OPTION): value for name, value in remembered.items() if name.startswith(OPTION)}
    sent = {name.removeprefix(SENT): value for name, value in remembered.items() if name.startswith(SENT)}
    failed = (environment.get("LastUpdate") or {}).get("Status") == "FAILED"
    if never_arrived(environment, remembered) or (failed and not _under_way(environment, remembered)):
        return known
    return {**known, **sent}
