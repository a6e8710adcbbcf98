"""Tags as AWS's services spell them, and the one tag that goes when a thing is let go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ..core.change import Change
from ..core.owner import OWNER_TAG


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Spell tags as a list of pairs."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def from_list(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Read tags from a list of pairs."""
    return {tag["Key"]: tag["Value"] for tag in tags}


def texts(value: object) -> dict[str, str]:
    """Read tags from the field of a model or of a change."""
    return {str(key): str(item) for key, item in value.items()} if isinstance(value, Mapping) else {}


def put_and_gone(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Part wanted tags into those to set and those to take away: the owner tag with an empty value means nobody."""
    gone = [key for key, value in wanted.items() if key == OWNER_TAG and not value]
    return {key: value for key, value in wanted.items() if key not in gone}, gone


def tagging(put: str, untag: str) -> Callable[[Change], str]:
    """Give what names the calls behind a change of tags, for `CALLS`: a service has one to set and one to take away."""

    def calls(change: Change) -> str:
        wanted = put_and_gone(texts(change.desired))
        return ", ".join(call for call, due in zip((put, untag), wanted, strict=True) if due)

    return calls
