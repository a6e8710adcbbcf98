"""The revision that a DAG source stands on: what was fetched from outside, as a part that is only looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..core.errors import Problem
from ..core.part import Model, attr


@dataclass(frozen=True)
class SourceRevision(Model):
    """What the last fetch gave. The fetch itself is over when the graph is made, since the files are part of it.

    Outputs: `revision`.
    """

    TYPE: ClassVar[str] = "source/revision"
    READ_ONLY: ClassVar[bool] = True

    url: str = attr(compare=False)
    revision: str = attr(compare=False)
    fault: Problem | None = attr(compare=False, default=None)
    """Why the last look failed: the revision is that of an earlier one."""
    lasting: bool = attr(compare=False, default=False)
    """It has failed for so long that somebody should know."""
