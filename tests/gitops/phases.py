"""An object in each phase of its life, its status written by the product itself, and what other tools must make of it.

Run as a program it writes the test data of Argo CD's health script anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from mwaa_operator.api.crd import NOT_LOOKED_AT
from mwaa_operator.core.change import fingerprint
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.errors import Problem, Trouble
from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.core.memory import PartMemory
from mwaa_operator.core.need import Need
from mwaa_operator.core.observed import Failure, Observed, State, Unreadable
from mwaa_operator.core.origin import Fetched
from mwaa_operator.core.part import Effect, Graph, Late, Missing, Model, Part, attr
from mwaa_operator.core.plan import make_plan
from mwaa_operator.core.policy import DriftPolicy, Policy
from mwaa_operator.core.report import GRACE, Findings, report
from mwaa_operator.engine import situations
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.resolve import Holder
from mwaa_operator.engine.status import document, unchanged_but

CUSTOMIZATION = Path(__file__).parents[2] / "manifests" / "argo-cd" / "resource_customizations" / "mwaa-operator.dev" / "_"
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
TIME = NOW.isoformat(timespec="seconds")
SUMMARY = "AVAILABLE with Airflow 3.3.1; the scheduler beats"
Body = dict[str, Any]


@dataclass(frozen=True)
class Main(Model):
    TYPE = "mwaa/environment"
    size: str | Late = attr(default="mw1.small", effect=Effect.RESTART)


READY = Observed("analytics", {"size": "mw1.small"}, {"status": "AVAILABLE"})


@dataclass(frozen=True)
class Phase:
    """An object, and the verdicts on it."""

    name: str
    body: Body
    kstatus: str
    argo_cd: str
    said: str = ""
    """What the message of the health script must have in it."""


def new(generation: int = 1, status: Any = NOT_LOOKED_AT, **spec: Any) -> Body:
    """Give an object as the API server stores it."""
    about = {"name": "analytics", "namespace": "team-a", "generation": generation, "uid": "6f1c"}
    whole = {"networkRef": {"name": "analytics"}, "bucketRef": {"name": "analytics"}, **spec}
    api_version = "mwaa-operator.dev/v1alpha1"
    return {"apiVersion": api_version, "kind": "Environment", "metadata": about, "spec": whole, "status": dict(status)}


def found(sight: Any = READY, policy: Policy | None = None, need: Need | None = None, **more: Any) -> Findings:
    """Give what a run finds out about one part."""
    model = Main(Missing(need)) if need else Main(more.pop("size", "mw1.small"))
    graph = Graph.of(Part("environment", model), findings=more.pop("findings", ()))
    policy = policy or Policy(uid="6f1c", address="team-a/analytics")
    memory = {"environment": PartMemory("analytics", Main.TYPE, applied=more.pop("applied", None))}
    plan = make_plan(graph, {"environment": sight}, memory, policy, NOW)
    return Findings(graph, plan, {"environment": sight}, {}, memory, NOW, **more)


def looked(body: Body, findings: Findings, conditions: Callable[..., tuple[Condition, ...]] | None = None) -> Body:
    """Give an object after a look at it."""
    told = report(findings, True, situations.was_ready(body), SUMMARY).conditions
    told = conditions(told) if conditions else told
    return {**body, "status": document(body, told, {"environmentStatus": "AVAILABLE"}, [], None, None, TIME)}


def said(body: Body, conditions: tuple[Condition, ...]) -> Body:
    """Give an object that could not be looked at."""
    return {**body, "status": unchanged_but(body, conditions, TIME)}


def edited(body: Body, **spec: Any) -> Body:
    """Give an object of which somebody has changed the spec just now."""
    metadata = {**body["metadata"], "generation": body["metadata"]["generation"] + 1}
    return {**body, "metadata": metadata, "spec": {**body["spec"], **spec}}


def going(body: Body) -> Body:
    """Give an object whose deletion somebody has asked for."""
    asked = {"deletionTimestamp": TIME, "finalizers": ["mwaa-operator.dev/finalizer"]}
    return {**body, "metadata": {**body["metadata"], **asked}}


def busy(status: str, **more: Any) -> Observed:
    return replace(READY, state=State.BUSY, reason=status, message=f"AWS says {status}", **more)


def phases() -> Iterator[Phase]:
    """Give every phase."""
    yield from _before_and_under_way()
    yield from _stuck()
    yield from _fine()
    yield from _ending()


def _before_and_under_way() -> Iterator[Phase]:
    under_way = "InProgress", "Progressing"
    fine = looked(new(), found())
    yield Phase("just-applied", new(), *under_way, "has not looked")
    without = {name: value for name, value in new().items() if name != "status"}
    # of a definition without our default: kstatus takes silence for success, and the script does not
    yield Phase("no-status", without, "Current", "Progressing", "has not looked")
    yield Phase("creation-due", looked(new(), found(None)), *under_way, "create is due")
    yield Phase("creating", looked(new(), found(busy("CREATING"))), *under_way, "AWS says CREATING")
    yield Phase("updating", looked(fine, found(busy("UPDATING"))), *under_way, "AWS says UPDATING")
    need = Need("DependencyNotReady", "spec.networkRef: waits for Network analytics", condition="ReferencesResolved")
    yield Phase("waiting-for-a-reference", looked(new(), found(None, need=need)), *under_way, "waits for Network")
    gone = Problem(Trouble.NOT_FOUND, "DependencyNotFound", "spec.git: Secret git is not in this namespace")
    waiting = said(new(), situations.unfetched(new(), Fetched(fault=gone, lasting=True)))
    yield Phase("waiting-for-a-secret", waiting, *under_way, "Secret git is not in this namespace")
    refused = Problem(Trouble.REFUSED, "GitDamaged", "what it sends is no sound repository")
    damaged = said(new(), situations.unfetched(new(), Fetched(fault=refused, lasting=True)))
    yield Phase("source-refused", damaged, "Failed", "Degraded", "no sound repository")
    pending = replace(READY, state=State.WAITING, reason="AwaitingEndpoints", message="make the two VPC endpoints")
    yield Phase("waiting-for-endpoints", looked(new(), found(pending)), *under_way, "make the two VPC endpoints")
    throttled = Problem(Trouble.THROTTLED, "Throttled", "AWS asks for patience")
    yield Phase("throttled", looked(fine, found(Unreadable(throttled))), *under_way, "AWS asks for patience")
    yield Phase("denied-just-now", looked(new(), found(Unreadable(DENIED))), *under_way, "airflow:GetEnvironment")
    yield Phase("edited", edited(fine, environmentClass="mw1.medium"), *under_way, "has not looked")
    alone = (Condition("Ready", Truth.FALSE, "NotReady", "not yet"),)
    # the product never says so little: neither word nor silence about progress may count as ready or as failed
    yield Phase("not-ready-and-no-more", said(new(), alone), *under_way, "not yet")
    stuck = looked(new(), found(failed("CREATE_FAILED")))
    yield Phase("mended-just-now", edited(stuck, environmentClass="mw1.medium"), *under_way, "has not looked")


DENIED = Problem(Trouble.DENIED, "AccessDenied", "airflow:GetEnvironment is missing", "airflow:GetEnvironment")


def failed(status: str) -> Observed:
    return replace(READY, state=State.FAILED, reason=status, message=f"AWS says {status}")


def _stuck() -> Iterator[Phase]:
    stuck = "Failed", "Degraded"
    refused = Finding("SameAvailabilityZone", "spec.subnetIds", "both are in one zone", Severity.ERROR)
    yield Phase("spec-refused", looked(new(), found(findings=(refused,))), *stuck, "both are in one zone")
    yield Phase("spec-unreadable", said(new(), situations.stalled("InvalidSpec", "spec.name: too long")), *stuck, "too long")
    yield Phase("creation-failed", looked(new(), found(failed("CREATE_FAILED"))), *stuck, "CREATE_FAILED")
    rolled_back = replace(failed("UpdateRolledBack"), failure=Failure("INCORRECT_CONFIGURATION", "it was rolled back"))
    yield Phase("update-rolled-back", looked(looked(new(), found()), found(rolled_back)), *stuck, "UpdateRolledBack")
    since = {"unready_since": NOW - GRACE - timedelta(minutes=1)}
    yield Phase("denied-for-long", looked(new(), found(Unreadable(DENIED), **since)), *stuck, "airflow:GetEnvironment")
    manual = Policy(uid="6f1c", address="team-a/analytics", manual=True)
    asked = looked(looked(new(), found()), found(size="mw1.medium", policy=manual))
    # nobody's fault, but nothing happens without somebody: kstatus has only one word for that
    yield Phase("awaiting-approval", asked, "Failed", "Suspended", "kubectl mwaa approve analytics -n team-a")


def _fine() -> Iterator[Phase]:
    fine = looked(new(), found())
    yield Phase("ready", fine, "Current", "Healthy", SUMMARY)
    maintained = replace(READY, condition="UnderMaintenance", reason="UnderMaintenance", message="AWS maintains it")
    yield Phase("under-maintenance", looked(fine, found(maintained)), "Current", "Healthy", "AWS maintains it")
    reported = Policy(uid="6f1c", address="team-a/analytics", drift=DriftPolicy.REPORT)
    drifted = looked(fine, found(replace(READY, fields={"size": "mw1.large"}), policy=reported, applied=fingerprint(Main())))
    yield Phase("drift-reported", drifted, "Current", "Healthy", "mw1.large")
    paused = edited(fine, suspend=True)
    yield Phase("suspended-just-now", paused, "InProgress", "Suspended", "spec.suspend")
    yield Phase("suspended", {**paused, "status": situations.suspended(paused, TIME)}, "InProgress", "Suspended", "suspend")
    from_the_start = new(suspend=True)
    never = {**from_the_start, "status": situations.suspended(from_the_start, TIME)}
    yield Phase("suspended-from-the-start", never, "InProgress", "Suspended", "spec.suspend")


def _ending() -> Iterator[Phase]:
    ending = "Terminating", "Progressing"
    fine = looked(new(), found())
    yield Phase("deletion-asked-for", going(fine), *ending)
    taken_down = replace(READY, state=State.GOING, reason="DELETING", message="AWS is deleting it")
    body = looked(going(fine), found(taken_down), situations.deleting)
    yield Phase("deleting", body, *ending, "AWS is deleting it")
    holder = Holder(Key("Environment", "team-a", "analytics"), False)
    yield Phase("deletion-held", said(going(fine), situations.held([holder])), *ending, "stays until nothing refers to it")


def test_data() -> dict[str, str]:
    """Give the files of Argo CD's own test of the script: an object each, and the list of verdicts."""
    files, tests = {}, []
    for phase in phases():
        files[f"testdata/{phase.name}.yaml"] = yaml.safe_dump(phase.body, sort_keys=False, width=1000)
        tests.append({"healthStatus": {"status": phase.argo_cd}, "inputPath": f"testdata/{phase.name}.yaml"})
    return {**files, "health_test.yaml": yaml.safe_dump({"tests": tests}, sort_keys=False)}


test_data.__test__ = False  # type: ignore[attr-defined]

if __name__ == "__main__":
    for name, text in test_data().items():
        (CUSTOMIZATION / name).write_text(text)
