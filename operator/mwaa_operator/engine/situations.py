"""What is said of an object when there is no run to report on, and while it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from ..core.condition import Condition, Truth, find, merged
from ..core.errors import PASSING, Problem, Trouble
from ..core.need import Need
from ..core.origin import Fetched
from ..core.report import Next
from .ports import Body
from .resolve import Holder
from .status import handled


def stalled(reason: str, message: str) -> tuple[Condition, ...]:
    """Say what only the user can mend."""
    return (
        Condition("Ready", Truth.FALSE, reason, message),
        Condition("Stalled", Truth.TRUE, reason, message),
    )


def refused(needs: tuple[Need, ...]) -> tuple[Condition, ...]:
    """Say what in the spec is not allowed."""
    reason, message = needs[0].reason, "; ".join(need.message for need in needs)
    return (*stalled(reason, message), Condition(needs[0].condition, Truth.FALSE, reason, message))


def held(held: list[Holder]) -> tuple[Condition, ...]:
    """Say by whom it is held, and who has to do something about that."""
    staying = ", ".join(str(holder.key) for holder in held if not holder.going)
    going = ", ".join(str(holder.key) for holder in held if holder.going)
    said = []
    if staying:
        said.append(
            f"It stays until nothing refers to it: {staying}. Delete those, or take the reference out of their spec."
        )
    if going:
        said.append(f"It waits until {going} is gone, whose deletion is under way.")
    message = " ".join(said)
    return (
        Condition("Ready", Truth.FALSE, "InUse", message),
        Condition("Reconciling", Truth.TRUE, "InUse", message),
    )


def suspended(body: Body, now: str) -> dict[str, Any]:
    """Leave all that was said last as it is, of the generation that it was said of, and say that nothing is looked at."""
    before = body.get("status", {})
    said = [entry for entry in before.get("conditions", ()) if entry["type"] != "Suspended"]
    news = Condition("Suspended", Truth.TRUE, "Suspended", "spec.suspend is true: nothing is read or written")
    known = [entry for entry in before.get("conditions", ()) if entry["type"] == "Suspended"]
    return {
        **before,
        **handled(body),
        "conditions": [*said, *merged(known, [news], body["metadata"].get("generation", 0), now)],
    }


def troubled(body: Body, problem: Problem) -> tuple[Condition, ...]:
    """Say that nothing could be looked at; trouble that passes leaves Ready as it was."""
    passing = problem.trouble not in (Trouble.DENIED, Trouble.REFUSED)
    truth = was_ready(body) if passing else Truth.FALSE
    return (
        Condition("Ready", truth, problem.reason, problem.message),
        Condition("Reconciling", Truth.TRUE, "ProgressingWithRetry", problem.message),
    )


def unfetched(body: Body, there: Fetched) -> tuple[Condition, ...]:
    """Say that what is at a place outside is not known, so that nothing can be compared with it."""
    if there.fault is None:
        said = Condition("Reconciling", Truth.TRUE, "Progressing", "the source is being fetched")
        return (Condition("Ready", was_ready(body), "Fetching", said.message), said)
    text = f"{there.fault.message} Until then nothing is delivered, and nothing is deleted."
    problem = replace(there.fault, message=text)
    if pace_of(there) is Next.RETRY:
        return (*troubled(body, problem), Condition("SourceFetched", Truth.UNKNOWN, problem.reason, text))
    if problem.trouble is Trouble.NOT_FOUND:
        # another object of this cluster, which may be applied a moment later: a reference that is waited for
        return (
            Condition("Ready", Truth.FALSE, problem.reason, text),
            Condition("Reconciling", Truth.TRUE, "Progressing", text),
            Condition("SourceFetched", Truth.FALSE, problem.reason, text),
        )
    return (*stalled(problem.reason, text), Condition("SourceFetched", Truth.FALSE, problem.reason, text))


def pace_of(there: Fetched) -> Next:
    """Say when to look at the object again while nothing is known of a place that it wants files from."""
    if there.fault is None:
        return Next.POLL
    return Next.RETRY if there.fault.trouble in PASSING else Next.SLOW


def asked_anew(body: Body) -> bool:
    """Tell whether a user asks for a look now who has not been answered yet."""
    asked = handled(body).get("lastHandledReconcileAt")
    return asked is not None and asked != body.get("status", {}).get("lastHandledReconcileAt")


def was_ready(body: Body) -> Truth:
    """Give the last verdict. What was said of another generation is none on this one."""
    ready = find(body.get("status", {}).get("conditions", ()), "Ready")
    if ready is None or ready.get("observedGeneration") != body["metadata"].get("generation", 0):
        return Truth.UNKNOWN
    return Truth(str(ready["status"]))


def pace(problem: Problem) -> Next:
    """Say when to try again."""
    return Next.SLOW if problem.trouble in (Trouble.DENIED, Trouble.REFUSED) else Next.RETRY


def deleting(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Say that it is going, and never that it is ready; what holds it up keeps its reason."""
    retrying = any(c.type == "Reconciling" and c.reason == "ProgressingWithRetry" for c in conditions)
    return tuple(_going(each, retrying) if each.type == "Ready" else each for each in conditions)


def _going(ready: Condition, retrying: bool) -> Condition:
    if retrying or ready.status is Truth.FALSE:
        return replace(ready, status=Truth.FALSE)
    message = "AWS is taking it down" if ready.status is Truth.TRUE else ready.message
    return Condition("Ready", Truth.FALSE, "Deleting", message)


def unready_since(body: Body) -> datetime | None:
    """Tell since when Ready has been False."""
    ready = find(body.get("status", {}).get("conditions", ()), "Ready")
    return datetime.fromisoformat(str(ready["lastTransitionTime"])) if ready and ready["status"] == "False" else None
