"""Conditions by the rules of kstatus, and the one list of their types and reasons (design.md, section 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Truth(StrEnum):
    """The status of a condition."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


ONLY_WHILE_TRUE = frozenset(
    {
        "Reconciling",
        "Stalled",
        "Drifted",
        "UpdatePending",
        "AwaitingApproval",
        "Suspended",
        "UnderMaintenance",
        "SlowerThanUsual",
        "DeadlineNear",
        "Quarantined",
    }
)
PASSING = frozenset(
    {
        "AirflowUnavailable",
        "AwaitingEndpoints",
        "AwsUnavailable",
        "Deleting",
        "DependencyNotReady",
        "InUse",
        "KubernetesThrottled",
        "KubernetesUnavailable",
        "NoReferrer",
        "NotFound",
        "PartStillThere",
        "Throttled",
    }
)
"""Reasons of `Ready=False` that end without anybody touching the object. What lasts becomes `Stalled`."""
MESSAGE_LIMIT = 2000


@dataclass(frozen=True)
class Condition:
    """One condition as it should stand in status."""

    type: str
    status: Truth
    reason: str
    message: str

    @property
    def needs_somebody(self) -> bool:
        """Whether somebody has to do something about it: such a transition is a Warning, and progress never is."""
        if self.type == "Stalled":
            return self.status is Truth.TRUE
        return self.type == "Ready" and self.status is Truth.FALSE and self.reason not in PASSING


def merged(
    old: Iterable[Mapping[str, object]], new: Iterable[Condition], generation: int, now: str
) -> list[dict[str, object]]:
    """Write conditions so that `lastTransitionTime` moves only when the status does.

    Conditions of `ONLY_WHILE_TRUE` that are not True are left out; others that nobody speaks of any more go.
    """
    before = {str(entry["type"]): entry for entry in old}
    result: list[dict[str, object]] = []
    for condition in new:
        if condition.type in ONLY_WHILE_TRUE and condition.status is not Truth.TRUE:
            continue
        last = before.get(condition.type, {})
        same = last.get("status") == condition.status.value
        result.append(
            {
                "type": condition.type,
                "status": condition.status.value,
                "reason": condition.reason,
                "message": condition.message[:MESSAGE_LIMIT],
                "observedGeneration": generation,
                "lastTransitionTime": last["lastTransitionTime"] if same else now,
            }
        )
    return result


def find(conditions: Iterable[Mapping[str, object]], type_: str) -> Mapping[str, object] | None:
    """Find a condition by its type."""
    return next((entry for entry in conditions if entry.get("type") == type_), None)
