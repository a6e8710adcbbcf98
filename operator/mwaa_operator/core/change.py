"""Differences as data, so that they can be shown, hashed, approved and carried out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from .observed import Observed
from .owner import OWNER_TAG
from .part import Effect, Late, Missing, Model, Ref
from .secret import Secret

SAID_LIMIT = 60


@dataclass(frozen=True)
class Change:
    """One field of one part that is not as it should be."""

    path: str
    observed: object
    desired: object
    effect: Effect

    @property
    def label(self) -> str:
        """Name the field as users and AWS spell it."""
        first, *rest = self.path.split("_")
        return first + "".join(word.capitalize() for word in rest)

    def shown(self) -> dict[str, object]:
        """Give the change as plans show it: secrets masked, and of a mapping only what differs, changed keys first.

        An owner tag without a value is none.
        """
        old: object
        new: object
        if isinstance(self.observed, Mapping) and isinstance(self.desired, Mapping):
            wanted = {key: value for key, value in self.desired.items() if (key, value) != (OWNER_TAG, "")}
            old, new = _differing(self.observed, wanted), _differing(wanted, self.observed)
        else:
            old, new = masked(self.observed), masked(self.desired)
        return {"path": self.label, "observed": old, "desired": new, "effect": self.effect.value}

    def said(self) -> str:
        """Say the change in a few words."""
        shown = self.shown()
        old, new = (brief(shown[each], SAID_LIMIT) for each in ("observed", "desired"))
        return f"{self.label} {old} -> {new}"

    def undone(self) -> str:
        """Say in a few words what somebody made of ours."""
        shown = self.shown()
        ours, theirs = (brief(shown[each], SAID_LIMIT) for each in ("desired", "observed"))
        return f"{self.label} {ours} -> {theirs}"


def brief(value: object, limit: int) -> str:
    """Write a value as JSON of about so many characters: what is left out leaves three dots, and no quote or bracket open.

    The first entry of a mapping or a list is always there.
    """
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= limit:
        return text
    if isinstance(value, str):
        return json.dumps(value[:limit] + "...", ensure_ascii=False)
    if isinstance(value, Mapping):
        return f"{{{_first([f'{json.dumps(key)}: {brief(item, limit)}' for key, item in value.items()], limit)}}}"
    if isinstance(value, list):
        return f"[{_first([brief(item, limit) for item in value], limit)}]"
    return text


def _first(items: list[str], limit: int) -> str:
    shown = next((n for n in range(len(items), 1, -1) if len(", ".join(items[:n])) <= limit), 1)
    return ", ".join([*items[:shown], *(["..."] if shown < len(items) else [])])


def written(value: object) -> str:
    """Write a shown value whole: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else "none" if value is None else json.dumps(value, ensure_ascii=False)


def refused_values(observed: str, desired: str) -> str:
    """Put both values of what AWS cannot change behind its name; who shows the change beside leaves them out."""
    return f" (is {observed}, asked {desired})"


def plain(value: object) -> object:
    """Turn a field's value into what JSON can hold, in one stable order. Of a secret nothing but its hash is left."""
    return _plain(value, lambda secret: secret.digest)


def masked(value: object) -> object:
    """Turn a field's value into what may be shown: of a secret nothing at all is left."""
    return _plain(value, str)


def _plain(value: object, of_secret: Callable[[Secret], str]) -> object:
    if type(value) is str or value is None:  # most are, and this is asked very often
        return value
    if isinstance(value, Secret):
        return of_secret(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key], of_secret) for key in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [_plain(item, of_secret) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(item, of_secret) for item in value), key=str)
    if isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _differing(mapping: Mapping[Any, Any], other: Mapping[Any, Any]) -> object:
    differs = [key for key, value in mapping.items() if key not in other or plain(other[key]) != plain(value)]
    # whatever is cut later must not be what was changed
    return {str(key): masked(mapping[key]) for key in sorted(differs, key=lambda key: (key not in other, str(key)))}


def digest(value: object) -> str:
    """Hash a value as JSON: equal values give equal hashes in every process."""
    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def changes(model: Model, observed: Observed) -> tuple[Change, ...]:
    """Compare a part with what is there, field by field.

    A field that the model leaves None, that is not known yet, or that cannot be read, is no difference.
    """
    found: list[Change] = []
    for each in fields(model):
        rules = each.metadata
        desired = getattr(model, each.name)
        if not rules.get("compare", False) or desired is None or each.name not in observed.fields:
            continue
        if isinstance(desired, Late) or (isinstance(desired, tuple) and any(isinstance(i, Late) for i in desired)):
            continue
        present = observed.fields[each.name]
        if rules["subset"] and isinstance(present, Mapping):
            present = {key: value for key, value in present.items() if key in desired}
        if plain(present) != plain(desired):
            found.append(Change(each.name, present, desired, rules["effect"]))
    return tuple(found)


def creation(model: Model) -> tuple[Change, ...]:
    """List every declared field of a part that is not there yet; what comes from other parts is named as such."""
    return tuple(
        Change(each.name, None, _value(getattr(model, each.name)), each.metadata["effect"])
        for each in fields(model)
        if each.metadata.get("compare", False) and getattr(model, each.name) not in (None, {}, ())
    )


def given(model: Model) -> Iterator[Change]:
    """Give every field of a part as a change from nothing, but those that are not declared."""
    for each in fields(model):
        if (value := getattr(model, each.name)) is not None:
            yield Change(each.name, None, _value(value), each.metadata["effect"])


def _value(value: object) -> object:
    if isinstance(value, Ref):
        return f"({value.output} of {value.part}, once that is ready)"
    if isinstance(value, Missing):
        return "(once another object has published it)"
    return tuple(map(_value, value)) if isinstance(value, tuple) else value


def fingerprint(model: Model) -> str:
    """Hash what a model asks for: the memory of what was applied last, and of what failed."""
    asked = {
        each.name: getattr(model, each.name)
        for each in fields(model)
        if each.metadata.get("compare", False) and not isinstance(getattr(model, each.name), Late)
    }
    return digest(asked)
