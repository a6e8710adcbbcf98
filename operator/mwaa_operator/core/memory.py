"""The little that AWS cannot tell: kept in `status.parts`, holds no secret, and losing it costs time only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace

CAMEL = {"asked_at": "askedAt", "attempted_after": "attemptedAfter", "used_by": "usedBy"}
"""What is called otherwise in `status.parts`."""


@dataclass(frozen=True)
class PartMemory:
    """What is remembered of one part."""

    name: str
    type: str
    id: str | None = None
    applied: str | None = None
    """Fingerprint of the model when the part was last exactly as asked: a later difference is then drift."""
    attempted: str | None = None
    """Fingerprint of the model when AWS was last asked to create or change it."""
    attempted_after: str | None = None
    """When AWS had been asked to change it before that (`Observed.worked`), as long as nobody knows whether it arrived."""
    made: str | None = None
    """When it was created (RFC 3339): AWS may not show it at once."""
    since: str | None = None
    """When its present wait began (RFC 3339)."""
    waiting: str | None = None
    """Since when somebody else has had to do something (RFC 3339): AWS may give up after a while."""
    doing: str | None = None
    """The action that AWS is at work on for us."""
    took: Mapping[str, str] = field(default_factory=dict)
    """How long AWS was at work on it the last time that this ended well, in whole seconds, by action."""
    asked: str | None = None
    """Fingerprint of the model that waits for further edits."""
    asked_at: str | None = None
    """Since when that model is asked for (RFC 3339)."""
    approved: str | None = None
    """Keys of the step that the user approved, with blanks between them."""
    denied: str | None = None
    """What AWS denied it the last time, the fingerprint of the model that was asked for, and when (RFC 3339)."""
    remade: int = 0
    """How many times in a row it was deleted because AWS could not create it."""
    used_by: tuple[str, ...] | None = None
    """Parts that must be gone, or have let go of it, before it may go. None: an older release did not write it down."""
    keep: bool = False
    """It stays in AWS when it is not asked for any more."""
    checked: bool = False
    """Its checks were made: what they found stands in status until they are made again."""
    remember: Mapping[str, str] = field(default_factory=dict)
    """What its adapter wants to be told again."""

    def written(self) -> dict[str, object]:
        """Give it as `status.parts` holds it, without what is not known."""
        names = {each.name: each.name for each in fields(self)} | CAMEL
        own = {shown: getattr(self, name) for name, shown in names.items() if name not in ("name", "type", "remember")}
        shown = {name: value for name, value in own.items() if value not in (None, 0, {})}
        return shown if self.used_by is None else {**shown, "usedBy": list(self.used_by)}


Memory = Mapping[str, PartMemory]


def recall(parts: Iterable[Mapping[str, object]]) -> dict[str, PartMemory]:
    """Read the memory from `status.parts`."""
    memory: dict[str, PartMemory] = {}
    for entry in parts:
        name, used_by = str(entry["name"]), entry.get("usedBy")
        memory[name] = PartMemory(
            name=name,
            type=str(entry["type"]),
            id=_text(entry.get("id")),
            applied=_text(entry.get("applied")),
            attempted=_text(entry.get("attempted")),
            attempted_after=_text(entry.get("attemptedAfter")),
            made=_text(entry.get("made")),
            since=_text(entry.get("since")),
            waiting=_text(entry.get("waiting")),
            doing=_text(entry.get("doing")),
            took=_texts(entry.get("took")),
            asked=_text(entry.get("asked")),
            asked_at=_text(entry.get("askedAt")),
            approved=_text(entry.get("approved")),
            denied=_text(entry.get("denied")),
            remade=int(str(entry.get("remade", 0))),
            used_by=tuple(map(str, used_by)) if isinstance(used_by, list | tuple) else None,
            keep=entry.get("keep") is True,
            checked=entry.get("checked") is True,
            remember=_texts(entry.get("remember")),
        )
    return memory


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _texts(value: object) -> dict[str, str]:
    return {str(key): str(each) for key, each in value.items()} if isinstance(value, Mapping) else {}


def noted(memory: Mapping[str, PartMemory], name: str, type_: str, **news: object) -> dict[str, PartMemory]:
    """Give the memory with news about one part."""
    old = memory.get(name) or PartMemory(name, type_)
    return {**memory, name: replace(old, **news)}  # type: ignore[arg-type]
