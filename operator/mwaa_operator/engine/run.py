"""One run of one object through observe, plan and act, until nothing more is due."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..core.adapter import Foretelling, Target
from ..core.change import fingerprint
from ..core.deletion import ties
from ..core.errors import OutsideError, Problem, Trouble
from ..core.finding import Finding, Severity, harmless
from ..core.kind import Object
from ..core.memory import PartMemory, noted
from ..core.observed import Observed, Sight, State, Unreadable
from ..core.owner import Owner
from ..core.part import Graph
from ..core.plan import make_plan
from ..core.policy import Policy, foreign
from ..core.report import Findings
from ..core.settled import settled
from ..core.step import Action, Plan, Step
from ..core.timing import rested
from .act import Outcome, act, attempt, check, remembered
from .observe import observe
from .ports import Registry
from .recollection import Recalled, picture, steady, wanted

REFUSALS = (Trouble.REFUSED, Trouble.HELD, Trouble.DENIED)
"""Answers that the same call gets again until somebody changes something."""


def _unexplained(problem: Problem) -> str:
    return f"the checks could not be made: {problem.plain or problem.message}"


async def _silently() -> None:
    """Announce nothing."""


@dataclass
class Run:
    """The state of one run. `sights`, `memory` and `problems` grow while it goes on."""

    registry: Registry
    owner: Owner
    region: str
    generation: int
    graph: Graph
    policy: Policy
    memory: dict[str, PartMemory]
    now: datetime
    patience: timedelta = timedelta(0)
    """How long what was just created may stay unseen by AWS's own reads, which are only consistent in the end."""
    sights: dict[str, Sight] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    recalled: Recalled = field(default_factory=Recalled)
    """What earlier checks have seen of parts that are not looked at in each."""
    believed: set[str] = field(default_factory=set)
    """Parts that were not looked at because what was recalled of them still holds."""
    checks: list[Finding] = field(default_factory=list)
    checked: bool = False
    """Whether `checks` is what is known now: all checks of some part were made."""
    check_again: bool = False
    """Somebody wants the checks made although nothing is due."""
    plan: Plan = field(default_factory=Plan)
    _taken: set[tuple[str, Action]] = field(default_factory=set)
    _held: set[str] = field(default_factory=set)
    """Parts of which a change was refused in this run, by AWS or by a check."""

    @classmethod
    def of(
        cls,
        registry: Registry,
        obj: Object[Any],
        region: str,
        graph: Graph,
        policy: Policy,
        memory: Mapping[str, PartMemory],
        now: datetime | None = None,
        patience: timedelta = timedelta(0),
        recalled: Recalled | None = None,
    ) -> Run:
        """Begin a run."""
        known, moment = dict(memory), now or datetime.now(UTC)
        run = cls(registry, obj.owner, region, obj.generation, graph, policy, known, moment, patience)
        run.recalled = recalled or run.recalled
        return run

    async def observe(self) -> None:
        """Look at everything that can be looked at before anything else is known."""
        names = [name for name, part in self.graph.parts.items() if not part.model.AFTER_NEEDS]
        names += [name for name in self.memory if name not in self.graph.parts]
        await self._look(names)
        await self._plan()
        if self.recalled.picture and not self._as_it_was:
            for name in self.believed:
                del self.sights[name]
            self.believed, self.recalled = set(), Recalled()
            await self._look([name for name in names if name not in self.sights])
            await self._plan()
        self._remember_plan()

    async def act(self, announce: Callable[[], Awaitable[None]] = _silently) -> None:
        """Take steps until nothing is due, each at most once.

        `announce` saves the memory: it is called before something is done that a crash would make forgotten.
        """
        while due := [step for step in self.plan.due if (step.part, step.action) not in self._taken]:
            self._taken |= {(step.part, step.action) for step in due}
            if told := [s.part for s in due if s.action is Action.CREATE and s.model and s.model.ANNOUNCED]:
                for part in told:
                    self._note(part, made=self.now.isoformat(timespec="seconds"))
            # of an approved plan the rest has another hash: what was approved must be known if only a part of it is done
            ends = self.plan.retires and not self.graph.over
            if told or ends or (self.policy.manual and self.plan.hash == self.policy.approved):
                await announce()
            if ends:
                self.graph = replace(self.graph, over=True)
            targets = {step.part: self.target(step.part) for step in due}
            before, one_by_one = dict(self.memory), asyncio.Lock()

            async def foretell(step: Step, one_by_one: asyncio.Lock = one_by_one) -> None:
                async with one_by_one:
                    if self._foretell(step):
                        await announce()

            for outcome in await act(self.registry, due, targets, self.sights, before, foretell, self.now):
                self._learn(outcome, before.get(outcome.step.part))
            await self._look([step.part for step in due if step.action is Action.DELETE and step.part not in self.problems])
            await self._plan()
            self._remember_plan()
        await self._explain()

    def found(self) -> Findings:
        """Give all that the run found out."""
        self._remember_waits()
        return Findings(self.graph, self.plan, self.sights, self.problems, self.memory, self.now, checks=tuple(self.checks))

    def target(self, name: str) -> tuple[str, Target[Any]]:
        """Give a part's type, and the part as its adapter meets it."""
        part, known = self.graph.parts.get(name), self.memory.get(name)
        model = self.plan.models.get(name, part.model) if part else None
        type_ = part.model.TYPE if part else known.type if known else ""
        return type_, Target(
            name=name,
            model=model,
            owner=self.owner,
            region=self.region,
            id=known.id if known else None,
            remembered=known.remember if known else {},
            generation=self.generation,
        )

    @property
    def unseen(self) -> bool:
        """Whether something could not be looked at, so that nobody knows whether it is gone."""
        return any(isinstance(sight, Unreadable) for sight in self.sights.values())

    @property
    def left(self) -> Mapping[str, Any]:
        """What is published of it because its end has been approved."""
        return self.graph.leaves if self.plan.retires else {}

    @property
    def types(self) -> dict[str, str]:
        """Give the type of each part, of those too that left the graph."""
        types = {name: part.model.TYPE for name, part in self.graph.parts.items()}
        return types | {name: known.type for name, known in self.memory.items() if name not in types}

    @property
    def steady(self) -> bool:
        """Whether nothing was to be done, is under way, or could not be seen."""
        return not self._taken and not self.plan.steps and not self.plan.waits and steady(self.sights)

    @property
    def _as_it_was(self) -> bool:
        """Whether what was looked at leaves no doubt about what was not."""
        if not self.steady or picture(self.graph, self.sights) != self.recalled.picture:
            return False
        models = self.plan.models
        return all(name in models and self.recalled.parts[name].wanted == wanted(models[name]) for name in self.believed)

    async def _plan(self) -> None:
        """Plan, and look at the parts that can only be read now that their needs are known; again while there are any."""
        while True:
            self.plan = make_plan(self.graph, self.sights, self.memory, self.policy, self.now, self._held)
            askable = [
                name
                for name, model in self.plan.models.items()
                if model.AFTER_NEEDS and name not in self.sights and not any(model.late()) and self._may_ask(name)
            ]
            if not askable:
                break
            await self._look(askable)

    def _remember_plan(self) -> None:
        self._remember_settled()
        self._remember_wishes()
        self._forget()

    def _forget(self) -> None:
        """Forget what left the graph and stays in AWS: it is let go, or was never ours to take away."""
        if self.policy.deleting or self.graph.retired:
            return
        left = [name for name in self.memory if name not in self.graph.parts]
        for name in left:
            if isinstance(self.sights.get(name), Observed) and self.plan.step(name) is None:
                del self.memory[name], self.sights[name]

    async def _explain(self) -> None:
        """Look for the cause of what AWS could not do: the checks that stand before a step are made again.

        They are made once, too, of what is there and of which nobody has noted that they were: it was taken over, or the
        process died before it could say what they found.
        """
        for name, part in self.graph.parts.items():
            model, failed = self.plan.models.get(name), self._has_failed(name)
            if not part.checks or model is None or any(model.late()) or not (failed or self._unchecked(name)):
                continue
            try:
                found = await check(self.registry, part.checks, model, self.region)
            except OutsideError as error:
                found = (Finding("NotChecked", name, _unexplained(error.problem), Severity.NOTICE),)
                self.checked = self.checked or not failed
            else:
                self.checked = True
            self.checks.extend(found if failed else map(harmless, found))
            if self.checked:
                self._note(name, checked=True)

    def _has_failed(self, name: str) -> bool:
        sight, step = self.sights.get(name), self.plan.step(name)
        return isinstance(sight, Observed) and (sight.state is State.FAILED or bool(sight.failure and step and not step.due))

    def _unchecked(self, name: str) -> bool:
        sight, known = self.sights.get(name), self.memory.get(name)
        if self.checked or self.policy.deleting or self.graph.retired or not isinstance(sight, Observed):
            return False
        asked = self.check_again or not (known and known.checked)
        return asked and sight.state is State.READY and not foreign(sight, self.policy)

    def _remember_wishes(self) -> None:
        """Note what was approved, and since when a change waits for further edits."""
        for step in self.plan.steps:
            if (self.policy.manual or self.graph.retired) and self.plan.hash == self.policy.approved:
                self._note(step.part, approved=" ".join(step.keys))
            settling = step.part in self.graph.parts and self.graph.parts[step.part].settling
            if settling and step.disruptive and step.model:
                asked, known = fingerprint(step.model), self.memory.get(step.part)
                if known is None or known.asked != asked:
                    self._note(step.part, asked=asked, asked_at=self.now.isoformat(timespec="seconds"))

    def _may_ask(self, name: str) -> bool:
        part = self.graph.parts[name]
        after = (self.sights.get(other) for other in part.after)
        return not part.needs and all(isinstance(sight, Observed) and sight.answers for sight in after)

    async def _look(self, names: Iterable[str]) -> None:
        targets = []
        for name in names:
            type_, target = self.target(name)
            seen = self.recalled.parts.get(name)
            # a reference has no value yet: whether it is still the same shows the plan that follows
            if seen and target.model and (any(target.model.late()) or seen.wanted == wanted(target.model)):
                self.sights[name] = seen.sight
                self.believed.add(name)
            else:
                targets.append((type_, target))
        for name, sight in (await observe(self.registry.adapters, targets)).items():
            self.sights[name] = sight = self._not_yet(name) if sight is None else sight
            if isinstance(sight, Observed):
                self._note(name, id=sight.id, remember=dict(sight.remember))
            elif sight is None and name not in self.graph.parts:
                self.memory.pop(name, None)

    def _not_yet(self, name: str) -> Sight:
        """Take a thing that was just created for unseen rather than gone: a second one would be made otherwise."""
        known = self.memory.get(name)
        if not known or not known.made:
            return None
        # a clock that was put back, or that of another node, must not make this wait for ever
        if abs(self.now - datetime.fromisoformat(known.made)) >= self.patience:
            return None
        return Unreadable(
            Problem(Trouble.NOT_YET, "NotVisibleYet", f"{known.id or name} was just created, and AWS may not show it yet")
        )

    def _foretell(self, step: Step) -> bool:
        """Note that an update is about to be sent: whoever finds only its failure must know that it is this one's."""
        known, sight, (type_, target) = self.memory.get(step.part), self.sights.get(step.part), self.target(step.part)
        adapter, told = self.registry.adapters[type_], {}
        if isinstance(adapter, Foretelling) and isinstance(sight, Observed):
            told["remember"] = dict(adapter.foretell(target, sight, step.changes))
        self._note(step.part, **attempt(step, sight, sure=False), **told)
        return self.memory[step.part] != known

    def _learn(self, outcome: Outcome, before: PartMemory | None) -> None:
        part = outcome.step.part
        if outcome.refused and outcome.step.disruptive and before:
            told = {"attempted": before.attempted, "attempted_after": before.attempted_after, "doing": before.doing}
            self._note(part, **told, remember=before.remember)
        if outcome.stopped or (outcome.problem and outcome.problem.trouble in REFUSALS):
            self._held.add(part)
        self.memory = remembered(self.memory, outcome, self.target(part)[0], self.now)
        if outcome.step.checks and (outcome.findings or not outcome.problem):
            self.checked = True
            self._note(part, checked=True)
        if outcome.problem:
            self.checks.extend(outcome.findings)
            self.problems[part] = outcome.problem
            if outcome.step.action is Action.CREATE:
                # it may have worked: the next look must not take for gone what AWS does not show yet
                maybe = outcome.problem.trouble is Trouble.UNAVAILABLE
                self._note(part, made=self.now.isoformat(timespec="seconds") if maybe else None)
            return
        self.checks.extend(outcome.findings)
        if outcome.step.action is Action.DELETE and part in self.memory:
            self._note(part, made=None, attempted=None)
            if part in self.graph.parts and not self.policy.deleting and not self.graph.retired:
                self._note(part, remade=self.memory[part].remade + 1)
        if isinstance(outcome.sight, Observed):
            self.sights[part] = outcome.sight
            self._note(part, id=outcome.sight.id, remember=dict(outcome.sight.remember))
            if outcome.step.action is Action.CREATE:
                self._note(part, made=self.now.isoformat(timespec="seconds"))

    def _note(self, name: str, **news: object) -> None:
        tied = ties(self.graph, name, self.memory.get(name))
        self.memory = noted(self.memory, name, self.target(name)[0], **tied, **news)

    def _remember_settled(self) -> None:
        """Note what is exactly as asked: only then is a later difference drift."""
        for name, model in self.plan.models.items():
            sight = self.sights.get(name)
            if isinstance(sight, Observed) and sight.state is State.READY and self.plan.step(name) is None:
                self._note(
                    name, applied=settled(model, sight, self.policy), approved=None, asked=None, asked_at=None, remade=0
                )

    def _remember_waits(self) -> None:
        for name, known in list(self.memory.items()):
            sight = self.sights.get(name)
            waits = isinstance(sight, Observed) and sight.state is State.WAITING
            if waits and known.waiting is None:
                known = self.memory[name] = replace(known, waiting=self.now.isoformat(timespec="seconds"))
            elif not waits and known.waiting is not None and not isinstance(sight, Unreadable):
                known = self.memory[name] = replace(known, waiting=None)
            busy = isinstance(sight, Observed) and sight.state in (State.BUSY, State.WAITING, State.GOING)
            if busy and known.since is None:
                self.memory[name] = replace(known, since=self.now.isoformat(timespec="seconds"))
            elif not busy and not isinstance(sight, Unreadable) and (known.since, known.doing) != (None, None):
                self.memory[name] = rested(known, sight, self.now)
