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
class ConditionType:
    """A condition and what it means."""

    name: str
    meaning: str


@dataclass(frozen=True)
class Definition:
    """A kind: what the CRD generator, the app and the reference pages need to know of it."""

    kind: str
    plural: str
    short_name: str
    spec: type[SharedSpec]
    status: type[SharedStatus]
    columns: tuple[Column, ...]
    conditions: tuple[ConditionType, ...] = ()
    """Those beside the `CONDITIONS` that all kinds have."""
    name_rules: tuple[NameRule, ...] = ()
    needs_spec: bool = False
    """An empty spec says nothing, although no single field is required."""

    @property
    def singular(self) -> str:
        """Give the singular as kubectl takes it."""
        return self.kind.lower()


READY = Column("Ready", '.status.conditions[?(@.type=="Ready")].status')
REASON = Column("Reason", '.status.conditions[?(@.type=="Ready")].reason')
SUSPENDED = Column("Suspended", '.status.conditions[?(@.type=="Suspended")].status')
"""Empty unless it is: the other columns are of the time before."""
AGE = Column("Age", ".metadata.creationTimestamp", "date")
MESSAGE = Column("Message", '.status.conditions[?(@.type=="Ready")].message', wide=True)

CONDITIONS = (
    ConditionType("Ready", "All is as declared, and works. Its reason and message say why not."),
    ConditionType("Reconciling", "Only while True: the operator or AWS is at work, or something is waited for."),
    ConditionType("Stalled", "Only while True: nothing goes on before somebody changes something. The message says what."),
    ConditionType("Synced", "AWS accepts what was asked for."),
    ConditionType(
        "Preflight", "What AWS would refuse late was looked for early. The message names every fault and its fix."
    ),
    ConditionType("UpdatePending", "Only while True: a change waits until AWS can take it."),
    ConditionType(
        "AwaitingApproval", "Only while True: the plan in status waits for the annotation that approves its hash."
    ),
    ConditionType("SlowerThanUsual", "Only while True: AWS has been at work for longer than usual. That is no failure."),
    ConditionType("DeadlineNear", "Only while True: AWS gives up soon on what it waits for; the message has the time."),
    ConditionType("Drifted", "Only while True: somebody changed something in AWS, and `driftPolicy: Report` leaves it so."),
    ConditionType("Suspended", "Only while True: `suspend: true` stops all changes in AWS."),
)
REFERENCES_RESOLVED = ConditionType(
    "ReferencesResolved", "Every object that the spec names exists and has published what is needed."
)
