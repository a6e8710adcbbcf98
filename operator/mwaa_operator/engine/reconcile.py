"""The only loop body: resolve, desire, observe, plan, act, report (design.md, section 3)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..core.annotation import APPROVE
from ..core.catalogue import BUILT_IN, Catalogue
from ..core.condition import Condition, Truth, find
from ..core.errors import OutsideError
from ..core.kind import Context, Kind, Object, follows, questions_of
from ..core.memory import recall
from ..core.observed import Observed
from ..core.origin import Origin
from ..core.part import Graph
from ..core.policy import Adoption, DriftPolicy, Policy
from ..core.report import Next, report
from . import checked, situations
from .act import internal
from .asking import Asking
from .fetching import Fetching
from .glance import Glance, Look, same, seen
from .observe import observe
from .ports import Account, Body, Cluster, ConflictError, Registry
from .queue import Key
from .recollection import Recollection
from .resolve import answered, fetched, forbidden_references, holders, resolve
from .run import Run
from .status import document, findings_view, part_list, plan_view, unchanged_but
from .trace import Trace, current
from .world import World, facts_of, key_of

log = logging.getLogger(__name__)
FINALIZER = "mwaa-operator.dev/finalizer"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Result:
    """How a run ended: when to look again, and a word for the metrics."""

    next: Next | None
    """None: the object is gone."""
    outcome: str
    until: timedelta | None = None
    """How long at most until then: something waits for a moment."""


@dataclass
class Reconciler:
    """Brings one object at a time closer to what is declared."""

    registry: Registry
    cluster: Cluster
    account: Account
    world: World
    region: str
    """Where objects live that name no region."""
    settings: Mapping[str, str]
    patience: timedelta = timedelta(0)
    """See `Run.patience`."""
    catalogue: Catalogue = BUILT_IN
    now: Callable[[], datetime] = _now
    wake: Callable[[Iterable[Key]], None] = field(default=lambda keys: None)
    """Told of the keys that a change of ours concerns, without waiting for the watch."""
    recollection: Recollection = field(default_factory=Recollection)
    beat: Callable[[], None] = field(default=lambda: None)
    """Told that a run gets on, although it takes long."""
    asking: Asking = field(default_factory=Asking)
    fetching: Fetching | None = None
    """None where nothing is fetched, as by the command line: it would need every Secret."""

    async def reconcile(self, key: Key, reconcile_id: str, *, asked: bool = True) -> Result:
        """Do one run; where nobody asked for one and nothing is new, a glance.

        Raises:
            ConflictError: the object changed meanwhile; run it again.
            OutsideError: Kubernetes does not answer.
        """
        if asked:
            # before anything can fail: the run after a failed one is asked for by nobody, and would see nothing of the news
            self.recollection.look_closely(key)
        elif await self._glance(key, reconcile_id):
            return Result(Next.STEADY, "steady")
        body = await self.cluster.get(key)
        if body is None:
            self.recollection.forget(key)
            if self.fetching:
                self.fetching.forget(key)
            self.wake(self.world.remove(key))
            return Result(None, "gone")
        try:
            return await self._run(key, body, reconcile_id)
        except (ConflictError, OutsideError):
            raise
        except Exception as error:
            log.exception("the run failed in a way nobody foresaw")
            return await self._say(body, situations.troubled(body, internal(error)), Next.RETRY, "error")

    async def _glance(self, key: Key, reconcile_id: str) -> bool:
        """Look at the main parts of a steady object, and tell whether all is as it was."""
        looks = self.recollection.glance(key, self.world.version(key))
        if not looks:
            return False
        current.set(Trace(key, looks[0].target.generation, reconcile_id))
        if not same(looks, await observe(self.registry.adapters, ((look.type, look.target) for look in looks))):
            return False
        self.recollection.unchanged(key)
        return True

    async def _run(self, key: Key, body: Body, reconcile_id: str) -> Result:
        current.set(Trace(key, body["metadata"].get("generation", 0), reconcile_id))
        deleting = "deletionTimestamp" in body["metadata"]
        if deleting and FINALIZER not in body["metadata"].get("finalizers", ()):
            return Result(None, "gone")
        kind = self.registry.kinds[key.kind]
        try:
            spec = self.registry.parse(key.kind, body.get("spec", {}), key.name)
        except ValueError as error:
            if deleting:
                return await self._clear(kind, key, body)
            return await self._say(body, situations.stalled("InvalidSpec", str(error)), Next.SLOW, "invalid")
        obj = object_of(key, body, spec, deleting)
        if spec.suspend and not deleting:
            await self._write(body, situations.suspended(body, self.now().isoformat(timespec="seconds")))
            return Result(Next.STEADY, "suspended")
        if not deleting and (forbidden := forbidden_references(kind, obj)):
            return await self._say(body, situations.refused(forbidden), Next.SLOW, "refused")
        if deleting and (held := await holders(key, self.world, self.cluster)):
            return await self._say(body, situations.held(held), Next.SLOW, "held")
        try:
            context = await resolve(
                kind,
                obj,
                spec.region or self.region,
                self.world,
                self.cluster,
                self.account,
                self.settings,
                self.catalogue,
                self.now().date(),
            )
            if self.fetching:
                fresh = situations.asked_anew(body)
                context = replace(context, fetched=await fetched(kind, obj, context.secrets, self.fetching, fresh))
        except OutsideError as error:
            return await self._say(
                body, situations.troubled(body, error.problem), situations.pace(error.problem), "unresolved"
            )
        if lacking := next((each for each in context.fetched.values() if not each.known), None):
            # what it delivered earlier cannot be compared with anything: nothing is looked at, and all stays
            result = await self._say(body, situations.unfetched(body, lacking), situations.pace_of(lacking), "unfetched")
            return replace(result, until=lacking.again)
        if self.fetching:

            async def questions(known: Context) -> Sequence[Origin]:
                return await self.asking.ask(self.beat, kind, questions_of, kind, obj, known)

            context = await answered(obj, context, self.fetching, questions)
        return await self._close(kind, obj, body, context)

    async def look(self, kind: Kind[Any], obj: Object[Any], body: Body, context: Context) -> Run:
        """Look at all parts and plan, and change nothing. What is shown to a user beforehand is what is carried out."""
        memory = recall(body.get("status", {}).get("parts", ()))
        graph = await self.asking.ask(self.beat, kind, kind.desired, obj, context)
        recalled = self.recollection.take(key_of(obj.kind, body), body, graph)
        policy = _policy(obj, body)
        run = Run.of(self.registry, obj, context.region, graph, policy, memory, self.now(), self.patience, recalled)
        run.check_again = checked.asked_again(body)
        await run.observe()
        return run

    async def _close(self, kind: Kind[Any], obj: Object[Any], body: Body, context: Context) -> Result:
        """Close the difference, and say how far that went."""
        run = await self.look(kind, obj, body, context)
        if run.plan.due and not obj.deleting and FINALIZER not in body["metadata"].get("finalizers", ()):
            body = await self.cluster.put_finalizers(body, [*body["metadata"].get("finalizers", ()), FINALIZER])

        async def announce() -> None:
            nonlocal body
            parts = part_list(run.graph, run.sights, run.memory, run.plan.waits)
            body = await self.cluster.put_status(body, {**body.get("status", {}), **run.left, "parts": parts})

        await run.act(announce)
        if obj.deleting and not run.plan.steps and not run.unseen:
            return await self._let_go(body)
        checks = checked.standing(body, run)
        found = replace(run.found(), unready_since=situations.unready_since(body), checks=checks)
        told = replace(obj, facts={**obj.facts, **run.left})
        facts = _kept(body, await self.asking.ask(self.beat, kind, kind.facts, told, context, run.sights), run.unseen)
        said = report(
            found,
            any((kind.references(obj.spec), kind.documents(obj.spec), kind.secrets(obj.spec), kind.REFERRERS)),
            situations.was_ready(body),
            kind.summary(facts),
        )
        conditions = situations.deleting(said.conditions) if obj.deleting else said.conditions
        status = document(
            body,
            conditions,
            facts,
            part_list(run.graph, run.sights, run.memory, run.plan.waits),
            plan_view(run.plan, self.registry.adapters, run.types, run.memory),
            findings_view(run.graph.findings, checks),
            run.now.isoformat(timespec="seconds"),
        )
        new = await self._write(body, status)
        moments = [each.again for each in context.fetched.values()] + ([said.until - run.now] if said.until else [])
        if run.steady and said.next is Next.STEADY and not obj.deleting:
            key = key_of(obj.kind, body)
            glance = None if new or moments else _glance_of(body, run)
            self.recollection.keep(key, body, run.graph, run.plan.models, run.sights, run.recalled, run.believed, glance)
        again = follows(kind, obj.facts, facts) or (obj.deleting and said.next is Next.STEADY)
        next_ = Next.POLL if again and said.next is not Next.RETRY else said.next
        return Result(next_, said.next.name.lower(), min(moments, default=None))

    async def _clear(self, kind: Kind[Any], key: Key, body: Body) -> Result:
        """Take an object down whose spec cannot be read: by what is remembered of its parts, one by one, the last first."""
        if held := await holders(key, self.world, self.cluster):
            return await self._say(body, situations.held(held), Next.SLOW, "held")
        raw = body.get("spec", {})
        default = kind.SPEC.model_fields["deletion_policy"].default
        policy = Policy(
            uid=body["metadata"]["uid"],
            address=f"{key.namespace}/{key.name}",
            manual=raw.get("approval") == "Manual",
            approved=body["metadata"].get("annotations", {}).get(APPROVE),
            retain=raw.get("deletionPolicy", default) == "Retain",
            deleting=True,
        )
        obj = object_of(key, body, None, deleting=True)
        memory = dict(reversed(recall(body.get("status", {}).get("parts", ())).items()))
        region = raw.get("region") or self.region
        run = Run.of(self.registry, obj, region, Graph.of(), policy, memory, self.now(), self.patience)
        await run.observe()
        await run.act()
        if not run.plan.steps and not run.unseen:
            return await self._let_go(body)
        said = report(run.found(), False, Truth.UNKNOWN, "")
        return await self._say(body, situations.deleting(said.conditions), Next.POLL, "deleting")

    async def _let_go(self, body: Body) -> Result:
        finalizers = [name for name in body["metadata"]["finalizers"] if name != FINALIZER]
        await self.cluster.put_finalizers(body, finalizers)
        log.info("nothing of it is left in AWS but what is kept")
        # once more, to find it gone: the event that says so may be missed
        return Result(Next.POLL, "deleted")

    async def _say(self, body: Body, conditions: tuple[Condition, ...], next_: Next, outcome: str) -> Result:
        await self._write(body, unchanged_but(body, conditions, self.now().isoformat(timespec="seconds")))
        return Result(next_, outcome)

    async def _write(self, body: Body, status: Mapping[str, Any]) -> bool:
        """Write the status when it says something new, and tell the user about transitions. Returns whether it did."""
        before = body.get("status", {})
        if dict(before) == status:
            return False
        kind = body["kind"]
        self.wake(self.world.update(kind, await self._put(body, status)))
        told = set[tuple[str, str]]()
        for type_ in ("Stalled", "Ready"):
            new, old = find(status["conditions"], type_), find(before.get("conditions", ()), type_)
            if new and (old is None or (old["status"], old["reason"]) != (new["status"], new["reason"])):
                condition = Condition(type_, Truth(str(new["status"])), str(new["reason"]), str(new["message"]))
                log.info("%s=%s %s: %s", type_, condition.status, condition.reason, condition.message)
                if (condition.reason, condition.message) not in told:
                    await self.cluster.event(body, condition)
                told.add((condition.reason, condition.message))
        return True

    async def _put(self, body: Body, status: Mapping[str, Any]) -> Body:
        """Write a status; when the object has changed meanwhile, save at least what the run has made.

        Raises:
            ConflictError: the object changed; what is said of it is out of date, and it must be run again.
        """
        try:
            return await self.cluster.put_status(body, status)
        except ConflictError:
            key = key_of(body["kind"], body)
            fresh = await self.cluster.get(key)
            if fresh and fresh["metadata"]["uid"] == body["metadata"]["uid"] and "parts" in status:
                await self.cluster.put_status(fresh, {**fresh.get("status", {}), "parts": status["parts"]})
            raise


def _kept(body: Body, facts: Mapping[str, Any], unseen: bool) -> Mapping[str, Any]:
    """Keep what was published where something could not be looked at: others must not lose it to a failed read."""
    if not unseen:
        return facts
    before = facts_of(body)
    return {name: before.get(name) if value is None else value for name, value in facts.items()}


def object_of(key: Key, body: Body, spec: Any, deleting: bool) -> Object[Any]:
    """Give an object as kinds see it."""
    meta = body["metadata"]
    return Object(
        kind=key.kind,
        namespace=key.namespace,
        name=key.name,
        uid=meta["uid"],
        generation=meta.get("generation", 0),
        spec=spec,
        annotations=meta.get("annotations", {}),
        labels=meta.get("labels", {}),
        deleting=deleting,
        facts=facts_of(body),
    )


def _policy(obj: Object[Any], body: Body) -> Policy:
    spec = obj.spec
    return Policy(
        uid=obj.uid,
        address=f"{obj.namespace}/{obj.name}",
        adoption=Adoption(spec.adoption),
        drift=DriftPolicy(spec.drift_policy),
        manual=spec.approval == "Manual",
        approved=obj.annotations.get(APPROVE),
        shown=body.get("status", {}).get("plan", {}).get("hash", ""),
        retain=spec.deletion_policy == "Retain",
        deleting=obj.deleting,
    )


def _glance_of(body: Body, run: Run) -> Glance | None:
    """Keep what a run looked at; nothing when not every part could be, or when each check looks at all of them anyway."""
    if all(part.every == 1 for part in run.graph.parts.values()):
        return None  # it would be packed for nothing, such as a tree of files
    if not run.graph.parts.keys() <= run.sights.keys() & run.plan.models.keys():
        return None
    looks = [_look(run, name, part.every) for name, part in run.graph.parts.items()]
    return Glance.of(int(body["metadata"]["resourceVersion"]), looks)


def _look(run: Run, name: str, every: int) -> Look:
    type_, target = run.target(name)
    sight = run.sights[name]
    return Look(1 if isinstance(sight, Observed) and sight.passing else every, type_, target, seen(sight))
