"""What makes a model a kind: its names and how kubectl shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .shared import SharedSpec, SharedStatus


@dataclass(frozen=True)
class Column:
    """One column of `kubectl get`."""

    name: str
    path: str
    type: str = "string"
    wide: bool = False
    """Shown with `-o wide` only."""


@dataclass(frozen=True)
class NameRule:
    """A rule about the object's own name together with its spec."""

    cel: str
    """Over the whole object."""
    message: str
    check: Callable[[str, Any], bool]
    """Takes the name and the parsed spec."""


@dataclass(frozen=True)
class Definition:
    """A kind: what the CRD generator, the app and the reference pages need to know of it."""

    kind: str
    plural: str
    short_name: str
    spec: type[SharedSpec]
    status: type[SharedStatus]
    columns: tuple[Column, ...]
    name_rules: tuple[NameRule, ...] = ()

    @property
    def singular(self) -> str:
        """Give the singular as kubectl takes it."""
        return self.kind.lower()


READY = Column("Ready", '.status.conditions[?(@.type=="Ready")].status')
REASON = Column("Reason", '.status.conditions[?(@.type=="Ready")].reason')
AGE = Column("Age", ".metadata.creationTimestamp", "date")
MESSAGE = Column("Message", '.status.conditions[?(@.type=="Ready")].message', wide=True)
