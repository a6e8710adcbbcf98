"""From what was planned, done and seen to conditions and the next look. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from .annotation import RECONCILE_AT
from .condition import Condition, Truth
from .duration import MINUTE, whole
from .errors import Problem, Trouble
from .finding import PREFLIGHT, Finding, Severity, worst_first
from .memory import Memory, PartMemory
from .need import EndsBy, Need
from .observed import Observed, Sight, State, Unreadable
from .part import Graph, Part
from .step import Plan, Step


class Rank(IntEnum):
    """How loud a voice is: the loudest is what Ready says."""

    PROGRESS = 1
    RETRY = 2
    DEPENDENCY = 3
    DENIED = 4
    STALLED = 5


@dataclass(frozen=True)
class Voice:
    """One thing that keeps an object from being Ready."""

    rank: Rank
    reason: str
    message: str
    condition: str = ""
    part: str = ""
    until: datetime | None = None
    """When it falls silent by itself, where that is known."""


class Next(IntEnum):
    """When to look again."""

    STEADY = 0
    SLOW = 1
    RETRY = 2
    POLL = 3


@dataclass(frozen=True)
class Report:
    """What one run has to say."""

    conditions: tuple[Condition, ...]
    next: Next
    until: datetime | None = None
    """When something that waits for a moment becomes due: look again then, if not before."""


@dataclass(frozen=True)
class Findings:
    """All that one run found out."""

    graph: Graph
    plan: Plan
    sights: Mapping[str, Sight]
    problems: Mapping[str, Problem]
    memory: Memory
    now: datetime
    unready_since: datetime | None = None
    """Since when Ready has been False."""
    checks: tuple[Finding, ...] = ()
    """What preflight checks found before a step that is due."""


def report(found: Findings, has_references: bool, was_ready: Truth, summary: str) -> Report:
    """Say how an object is.

    Args:
        found: what the run planned, did and saw.
        has_references: whether the kind refers to others, so that `ReferencesResolved` means something.
        was_ready: the Ready condition before; trouble that passes does not change it.
        summary: Ready's message when all is well.
    """
    voices = tuple(_voices(found))
    conditions = [_ready(voices, was_ready, summary), *_kstatus(voices, found)]
    if has_references:
        conditions.append(_mirror("ReferencesResolved", voices, "all references are resolved"))
    if found.graph.findings or found.checks or any(part.checks for part in found.graph.parts.values()):
        conditions.append(_preflight(voices, found))
    conditions.append(_synced(voices))
    for type_ in ("UpdatePending", "AwaitingApproval", "Drifted"):
        conditions.extend(
            Condition(type_, Truth.TRUE, voice.reason, voice.message) for voice in voices if voice.condition == type_
        )
    conditions.extend(_found(found))
    conditions.extend(_slow(found))
    conditions.extend(_closing(found))
    conditions.extend(_standing(found))
    conditions.extend(_part_conditions(found, voices))
    unique = {condition.type: condition for condition in reversed(conditions)}
    ordered = tuple(unique[type_] for type_ in dict.fromkeys(condition.type for condition in conditions))
    moments = [voice.until for voice in voices if voice.until]
    return Report(ordered, _next(voices, found), min(moments, default=None))


def _voices(found: Findings) -> Iterator[Voice]:
    for finding in found.graph.findings:
        if finding.severity is Severity.ERROR:
            yield Voice(Rank.STALLED, finding.code, f"{finding.place}: {finding.message}", finding.condition)
    if stops := _stops(found):
        yield from _failed_checks(found)
    for part, problem in found.problems.items():
        yield _problem(part, problem)
    for name, sight in found.sights.items():
        if isinstance(sight, Unreadable) and name not in found.problems:
            yield _problem(name, sight.problem)
        elif isinstance(sight, Observed) and name in found.graph.parts:
            yield from _state(found, found.graph.parts[name], sight)
    for step in found.plan.steps:
        yield from _step(step, found)
    for part, needs in found.plan.waits.items():
        yield from (_need(need, part) for need in needs)
    if not stops:
        # AWS's own word comes first: these say why
        yield from _failed_checks(found)


def _stops(found: Findings) -> bool:
    """Tell whether a check stands before a step that could be taken otherwise."""
    return any(step.due and step.checks for step in found.plan.steps)


def _failed_checks(found: Findings) -> Iterator[Voice]:
    if failed := [finding for finding in dict.fromkeys(found.checks) if finding.severity is Severity.ERROR]:
        yield Voice(Rank.STALLED, "PreflightFailed", "; ".join(map(str, failed)), "Preflight")


def _problem(part: str, problem: Problem) -> Voice:
    message = f"{part}: {problem.message}"
    match problem.trouble:
        case Trouble.REFUSED | Trouble.HELD:
            return Voice(Rank.STALLED, problem.reason, message, "Synced", part)
        case Trouble.DENIED:
            return Voice(Rank.DENIED, problem.reason, message, "Synced", part)
        case Trouble.NOT_YET:
            return Voice(Rank.PROGRESS, problem.reason, message, "", part)
        case _:
            return Voice(Rank.RETRY, problem.reason, message, "Synced", part)


def _state(found: Findings, part: Part, sight: Observed) -> Iterator[Voice]:
    if sight.state in (State.BUSY, State.WAITING, State.GOING):
        text = f"{part.name}: {sight.message or sight.reason}{_elapsed(found, part, sight)}"
        rank = Rank.DEPENDENCY if sight.state is State.WAITING else Rank.PROGRESS
        yield Voice(rank, sight.reason or "Progressing", text, part.condition or "", part.name)
    elif sight.state is State.FAILED and not (sight.failure and found.plan.step(part.name)):
        yield Voice(
            Rank.STALLED,
            sight.reason or "Failed",
            f"{part.name}: {sight.message}",
            part.condition or "Synced",
            part.name,
        )


def _elapsed(found: Findings, part: Part, sight: Observed) -> str:
    memory = found.memory.get(part.name)
    if not memory or not memory.since:
        return ""
    if end := deadline(sight, memory):
        return f", until {end.isoformat(timespec='minutes')} at the latest ({_hours(end - found.now)} left)"
    since = datetime.fromisoformat(memory.since)
    usually = part.model.USUALLY
    time = found.now - since
    # the first minute is not counted in seconds: each new message is a write to the API server
    said = [f"{whole(time)} so far" if time >= MINUTE else "", f"usually {whole(usually)}" if usually else ""]
    told = f", {' of '.join(filter(None, said))}" if any(said) else ""
    before = memory.took.get(memory.doing or "")
    return told + (f"; the last time it took {whole(timedelta(seconds=int(before)))}" if before else "")


def _hours(time: timedelta) -> str:
    return f"{max(0, int(time.total_seconds() // 3600))} h"


def deadline(sight: Observed, memory: PartMemory) -> datetime | None:
    """Say when AWS gives up on a thing that waits for somebody else; None where it does not."""
    return datetime.fromisoformat(memory.waiting) + sight.limit if sight.limit and memory.waiting else None


def _closing(found: Findings) -> Iterator[Condition]:
    """Warn in the last third of the time after which AWS gives up."""
    said = []
    for name, memory in found.memory.items():
        sight = _seen(found, name)
        end = deadline(sight, memory) if sight else None
        if sight and sight.limit and end and end - found.now <= sight.limit / 3:
            left = _hours(end - found.now)
            said.append(f"{name}: AWS gives up at {end.isoformat(timespec='minutes')}, in {left}: {sight.message}")
    if said:
        yield Condition("DeadlineNear", Truth.TRUE, "DeadlineNear", "; ".join(said))


def _slow(found: Findings) -> Iterator[Condition]:
    """Say what takes longer than usual: that is no failure, and no reason to give up."""
    said = []
    for name, part in found.graph.parts.items():
        sight, memory = _seen(found, name), found.memory.get(name)
        usually = (sight.usually if sight else None) or part.model.USUALLY
        if sight and sight.state is State.BUSY and usually and memory and memory.since:
            time = found.now - datetime.fromisoformat(memory.since)
            if time > usually:
                said.append(f"{name}: {whole(time)} so far, usually {whole(usually)}: AWS is still at work")
    if said:
        yield Condition("SlowerThanUsual", Truth.TRUE, "SlowerThanUsual", "; ".join(said))


def _step(step: Step, found: Findings) -> Iterator[Voice]:
    if step.part in found.problems:
        return
    stopped = step.checks and any(finding.severity is Severity.ERROR for finding in found.checks)
    if step.due and not stopped:
        yield Voice(Rank.PROGRESS, "Progressing", f"{step.part}: {step.action.value.lower()} is due", "", step.part)
    for need in step.needs:
        yield _need(need, step.part)


def _need(need: Need, part: str) -> Voice:
    if need.condition == "Drifted":
        return Voice(Rank.PROGRESS, need.reason, need.message, "Drifted", part)
    if need.ends_by is EndsBy.USER:
        return Voice(Rank.STALLED, need.reason, need.message, need.condition, part)
    rank = Rank.DEPENDENCY if need.condition == "ReferencesResolved" else Rank.PROGRESS
    return Voice(rank, need.reason, need.message, need.condition, part, need.until)


def _loudest(voices: Iterable[Voice]) -> Voice | None:
    """Pick the loudest; among equals one with its own condition says more than a wait for another part."""
    return max(voices, key=lambda v: (v.rank, v.reason != "PartNotReady", bool(v.condition)), default=None)


def _ready(voices: tuple[Voice, ...], was_ready: Truth, summary: str) -> Condition:
    loudest = _loudest(v for v in voices if v.condition != "Drifted")
    if loudest is None:
        return Condition("Ready", Truth.TRUE, "Ready", summary)
    others = {v.message for v in voices if v.rank is loudest.rank and v is not loudest and v.reason != "PartNotReady"}
    others.discard(loudest.message)
    message = "; ".join([loudest.message, *sorted(others)][:5])
    if loudest.rank is Rank.PROGRESS:
        return Condition("Ready", Truth.UNKNOWN, loudest.reason, message)
    if loudest.rank is Rank.RETRY:
        return Condition("Ready", was_ready, loudest.reason, message)
    return Condition("Ready", Truth.FALSE, loudest.reason, message)


GRACE = timedelta(minutes=10)
"""How long a permission may be missing, or a check may fail, before that counts as stuck."""


def _kstatus(voices: tuple[Voice, ...], found: Findings) -> Iterator[Condition]:
    moving = [
        v for v in voices if v.rank in (Rank.PROGRESS, Rank.RETRY, Rank.DEPENDENCY, Rank.DENIED) and v.condition != "Drifted"
    ]
    stuck = [v for v in voices if v.rank is Rank.STALLED]
    if _stuck(found):
        stuck += [v for v in moving if v.rank is Rank.DENIED]
        moving = [v for v in moving if v.rank is not Rank.DENIED]
    # what waits for a stuck part makes no progress either
    if stuck and all(v.reason == "PartNotReady" for v in moving):
        moving = []
    if loudest := _loudest(moving):
        reason = "ProgressingWithRetry" if loudest.rank in (Rank.RETRY, Rank.DENIED) else "Progressing"
        yield Condition("Reconciling", Truth.TRUE, reason, loudest.message)
    if loudest := _loudest(stuck):
        yield Condition("Stalled", Truth.TRUE, loudest.reason, loudest.message)


def _stuck(found: Findings) -> bool:
    return found.unready_since is not None and found.now - found.unready_since >= GRACE


def _mirror(type_: str, voices: tuple[Voice, ...], fine: str) -> Condition:
    if voice := _loudest(v for v in voices if v.condition == type_):
        return Condition(type_, Truth.FALSE, voice.reason, voice.message)
    return Condition(type_, Truth.TRUE, "Resolved" if type_ == "ReferencesResolved" else "Passed", fine)


def _preflight(voices: tuple[Voice, ...], found: Findings) -> Condition:
    """Say what the checks found; a warning stops nothing, and is said all the same."""
    # a check may find what is found at every look
    all_of_them = worst_first(found.graph.findings, found.checks)
    ours = [finding for finding in all_of_them if finding.condition == PREFLIGHT]
    warnings = [finding for finding in ours if finding.severity is Severity.WARNING]
    if warnings and not any(voice.condition == "Preflight" for voice in voices):
        message = "; ".join(f"{finding.place}: {finding.message}{_as_of(finding)}" for finding in warnings)
        return Condition("Preflight", Truth.TRUE, warnings[0].code, message)
    unseen = sum(finding.severity is Severity.NOTICE for finding in found.checks)
    more = f", and {unseen} of them could not be made: see status.findings" if unseen else ""
    return _mirror("Preflight", voices, f"the checks find nothing{more}")


def _as_of(finding: Finding) -> str:
    """Say of what AWS was asked for how old that is: it may have been mended meanwhile, by somebody else."""
    if not finding.since:
        return ""
    moment = finding.since[:16].replace("T", " ")
    return f" (found {moment} UTC; looked at anew before a change, or with the annotation {RECONCILE_AT})"


def _found(found: Findings) -> Iterator[Condition]:
    """Give the conditions that stand for findings of their own, whether these keep the object from being Ready or not."""
    for type_ in dict.fromkeys(finding.condition for finding in found.graph.findings if finding.condition != PREFLIGHT):
        said = [finding for finding in found.graph.findings if finding.condition == type_]
        text = "; ".join(f"{finding.place}: {finding.message}" for finding in said)
        yield Condition(type_, Truth.TRUE, said[0].code, text)


def _synced(voices: tuple[Voice, ...]) -> Condition:
    if voice := _loudest(v for v in voices if v.condition == "Synced"):
        return Condition("Synced", Truth.FALSE, voice.reason, voice.message)
    return Condition("Synced", Truth.TRUE, "Synced", "AWS accepts what was asked")


def _standing(found: Findings) -> Iterator[Condition]:
    for sight in found.sights.values():
        if isinstance(sight, Observed) and sight.condition:
            yield Condition(sight.condition, Truth.TRUE, sight.reason, sight.message)


def _part_conditions(found: Findings, voices: tuple[Voice, ...]) -> Iterator[Condition]:
    if found.graph.retired and not found.plan.models:
        return  # it is being taken down, or gone: there is nobody to ask
    for type_ in dict.fromkeys(part.condition for part in found.graph.parts.values() if part.condition):
        names = {name for name, part in found.graph.parts.items() if part.condition == type_}
        voice = _loudest(v for v in voices if v.part in names)
        if voice:
            truth = Truth.FALSE if voice.rank is Rank.STALLED else Truth.UNKNOWN
            yield Condition(type_, truth, voice.reason, voice.message)
        elif remark := _remark(found, names):
            # it stands in spite of what it says, and vouches for nothing
            yield Condition(type_, Truth.UNKNOWN, remark.reason, remark.message)
        else:
            yield Condition(type_, Truth.TRUE, type_, _messages(found, names))


def _messages(found: Findings, names: set[str]) -> str:
    sights = (_seen(found, name) for name in sorted(names))
    return "; ".join(dict.fromkeys(sight.message for sight in sights if sight and sight.message))


def _remark(found: Findings, names: set[str]) -> Observed | None:
    return next((sight for name in sorted(names) if (sight := _seen(found, name)) and sight.reason), None)


def _seen(found: Findings, name: str) -> Observed | None:
    sight = found.sights.get(name)
    return sight if isinstance(sight, Observed) else None


def _next(voices: tuple[Voice, ...], found: Findings) -> Next:
    ranks = {
        v.rank
        for v in voices
        if v.reason != "PartNotReady" and v.condition not in ("Drifted", "AwaitingApproval") and not v.until
    }
    if Rank.RETRY in ranks:
        return Next.RETRY
    if Rank.PROGRESS in ranks or any(isinstance(s, Observed) and s.state is State.WAITING for s in found.sights.values()):
        return Next.POLL
    if any(v.reason == "PreflightFailed" for v in voices) and _stops(found) and not _stuck(found):
        # what was just made, such as a role, may not be visible to the checks yet
        return Next.POLL
    if ranks:
        return Next.SLOW
    return Next.STEADY
