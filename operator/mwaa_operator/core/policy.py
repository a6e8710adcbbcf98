"""What an object allows the engine to do in AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .observed import Observed, Sight
from .owner import OBJECT_TAG


class Adoption(StrEnum):
    """When a thing that exists already may be taken over."""

    NEVER = "Never"
    IF_TAGGED = "IfTagged"
    ALWAYS = "Always"


class DriftPolicy(StrEnum):
    """What happens to a difference that somebody made in AWS."""

    CORRECT = "Correct"
    REPORT = "Report"


@dataclass(frozen=True)
class Policy:
    """What the object allows the engine to do."""

    uid: str
    address: str = ""
    """`namespace/name`: what a thing that is let go invites to adopt it again."""
    adoption: Adoption = Adoption.NEVER
    drift: DriftPolicy = DriftPolicy.CORRECT
    manual: bool = False
    approved: str | None = None
    """The plan hash that the user approved."""
    shown: str | None = None
    """The hash of the plan that stands in status. None: nobody looks, so nothing is shown before it is done."""
    retain: bool = False
    deleting: bool = False


def others(sight: Observed, policy: Policy) -> bool:
    """Tell whether a thing carries somebody else's owner tag, or nobody's."""
    return sight.owner is not None and sight.owner != policy.uid


def as_found(sight: Sight, policy: Policy) -> bool:
    """Tell whether a thing is used as it is, without being marked as ours: it was there before, and stays when we go.

    With `adoption: Always` nobody else's mark counts, and with `deletionPolicy: Retain` nothing is deleted that a mark would
    have to allow. The marks come with the first change that is made anyway.
    """
    unmarked = isinstance(sight, Observed) and sight.owner == ""
    return unmarked and policy.adoption is Adoption.ALWAYS and policy.retain


def foreign(sight: Observed, policy: Policy) -> bool:
    """Tell whether a thing belongs to somebody else and must be left alone.

    What carries another object's mark is not taken from it: two would undo each other's changes for ever. An object of the
    same name is no other one: its cluster was restored, or it was made anew.
    """
    if not others(sight, policy):
        return False
    if policy.adoption is Adoption.NEVER:
        return True
    if sight.adoptable:
        return False
    return policy.adoption is Adoption.IF_TAGGED or bool(sight.owner and marked_by(sight) != policy.address)


def marked_by(sight: Observed) -> str:
    """Give the `namespace/name` of the object that a thing's tags name as its owner; empty where they do not say."""
    tags = sight.fields.get("tags")
    return str(tags.get(OBJECT_TAG, "")).partition("/")[2] if isinstance(tags, Mapping) else ""
