"""How a DAG source is delivered, and how one goes back: what DagSource says of its revisions."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .rule import SET, map_of, matching
from .shared import ApiModel, Label, Message, Timestamp

FilePattern = Annotated[
    str,
    Field(min_length=1, max_length=200),
    matching(
        r"/?[^!#/\\\s][^\\\r\n]*",
        "must be a pattern as in a .gitignore, such as `tests/`, `*.md` or `team/**/old_*.py`, without `!` and backslashes",
    ),
]
FilePatterns = Annotated[tuple[FilePattern, ...], Field(max_length=100), SET]


class OnFailure(StrEnum):
    """What happens when a revision turns out to be bad."""

    KEEP = "Keep"
    ROLL_BACK = "RollBack"


class Revision(ApiModel):
    """One revision that was delivered."""

    revision: Label
    """The hash of all its files and their paths."""
    source_revision: Label | None = None
    """What it was made from."""
    delivered_at: Timestamp | None = None
    """When it was complete in the bucket for the first time."""
    superseded_at: Timestamp | None = None
    """Since when another one stands in its place: from then on its files are old versions in the bucket."""
    file_count: int | None = None
    """How many files it has."""
    proven: bool = False
    """Whether the Airflow of every environment that lists the source has imported it, and the run of `verify` succeeded."""
    failure: Message | None = None
    """What was wrong with it, if it failed before it was ever proven."""


History = Annotated[tuple[Revision, ...], Field(max_length=51), map_of("revision")]
