"""An environment through its life: edits, AWS's own events, failures, restarts and clock jumps, in any order.

AWS is a model in memory here: it refuses what AWS refuses, and counts what it is asked. The same adapter meets the
emulator's HTTP in the other files of this folder.
"""

from __future__ import annotations

import asyncio
import contextlib
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mwaa_operator.aws.mwaa_environment import UNTOUCHABLE, MwaaEnvironment
from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.kind import Object
from mwaa_operator.core.memory import recall
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.owner import Owner
from mwaa_operator.core.part import Graph, Part
from mwaa_operator.core.policy import Policy
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.run import Run
from mwaa_operator.engine.status import part_list
from mwaa_operator.resources.mwaa import Environment

OWNER = Owner("Environment", "team", "first", "u1")
OBJECT: Object[Any] = Object("Environment", "team", "first", "u1", 1, None)
WORKING = ("CREATING", "UPDATING", "CREATING_SNAPSHOT", "ROLLING_BACK")
ENDS = st.sampled_from(
    ["success", "success", "success", "AVAILABLE", "AVAILABLE", "UPDATE_FAILED", "UPDATE_FAILED", "UNAVAILABLE"]
)
CLASSES = ("mw1.small", "mw1.medium", "mw1.large")


class DiedError(BaseException):
    """The operator's process ends here: nothing catches it."""


class Mwaa:
    """MWAA's side: one environment, the update that is under way, and all requests."""

    def __init__(self) -> None:
        self.environment: dict[str, Any] | None = None
        self.wanted: dict[str, Any] = {}
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.lost_replies = 0
        self.dies: str | None = None
        """Whether the operator dies before or after its next request is carried out."""
        self.forgotten = False
        """The operator no longer knows of the update that is under way."""
        self.now = datetime(2026, 11, 21, tzinfo=UTC)
        self.begun = self.now
        """When the last update began, by AWS's own clock: no two begin at once, and it does not jump."""

    async def call(self, region: str, service: str, operation: str, **params: Any) -> dict[str, Any]:
        if operation == "get_environment":
            if self.environment is None:
                raise OutsideError(Problem(Trouble.NOT_FOUND, "NotFound", "no such environment"))
            return {"Environment": deepcopy(self.environment)}
        dies, self.dies = self.dies, None
        if dies == "before":
            raise DiedError
        self.sent.append((operation, params))
        answer: dict[str, Any] = getattr(self, operation)(**params)
        if dies:
            raise DiedError
        if self.lost_replies:
            self.lost_replies -= 1
            raise OutsideError(Problem(Trouble.UNAVAILABLE, "AwsUnavailable", "no reply"))
        return answer

    def create_environment(self, **params: Any) -> dict[str, Any]:
        assert self.environment is None, "it was created a second time"
        self.environment = {**params, "Status": "CREATING", "Arn": "arn:env", "CreatedAt": self.now}
        return {"Arn": "arn:env"}

    def update_environment(self, Name: str, **params: Any) -> dict[str, Any]:  # noqa: N803
        there = self.there
        assert there["Status"] not in (*UNTOUCHABLE, "CREATE_FAILED", "UNAVAILABLE", "DELETING"), there["Status"]
        assert all(there.get(member) != value for member, value in params.items()), "an update says what is so already"
        self.wanted, self.forgotten = params, False
        self.begun += timedelta(seconds=1)
        there["Status"] = "UPDATING"
        return {}

    def delete_environment(self, Name: str) -> dict[str, Any]:  # noqa: N803
        assert self.there["Status"] not in UNTOUCHABLE
        self.there["Status"] = "DELETING"
        return {}

    def tag_resource(self, ResourceArn: str, Tags: dict[str, str]) -> dict[str, Any]:  # noqa: N803
        self.there["Tags"] = {**self.there.get("Tags", {}), **Tags}
        return {}

    @property
    def there(self) -> dict[str, Any]:
        assert self.environment is not None
        return self.environment

    def finish(self, how: str) -> None:
        """End what is under way."""
        there = self.there
        creating = there["Status"] == "CREATING"
        last = {"Status": "FAILED", "CreatedAt": self.begun, "Error": {"ErrorCode": "X", "ErrorMessage": "does not start"}}
        if how == "success":
            if not creating:
                there.update(self.wanted)
                there["LastUpdate"] = {"Status": "SUCCESS", "CreatedAt": self.begun}
            there["Status"] = "AVAILABLE"
        else:
            there["LastUpdate"] = last
            there["Status"] = "CREATE_FAILED" if creating else how
        self.wanted = {}


class Life(RuleBasedStateMachine):
    """The machine: what users, AWS and time do, and what must hold whatever they do."""

    @initialize(created=st.sampled_from([True, True, True, False]))
    def begin(self, created: bool) -> None:
        self.mwaa = Mwaa()
        self.registry = Registry({}, {Environment.TYPE: MwaaEnvironment(self.mwaa)}, {}, lambda *body: body)  # type: ignore[arg-type]
        self.want = Environment(
            "first", "role", "bucket", "dags", ("s1", "s2"), ("g1",), environment_class="mw1.small", max_workers=2,
            tags=OWNER.tags("environment"),
        )  # fmt: skip
        self.memory: dict[str, Any] = {}
        self.failed: list[dict[str, Any]] = []
        self.deleting = False
        self.gone = False
        if created:
            self.a_look()
            self.mwaa.finish("success")
            self.a_look()

    def look(self) -> Run:
        """Do one run of the object.

        Raises:
            DiedError: the process ended; what it had not written down until then is lost.
        """
        policy = Policy("u1", "team/first", deleting=self.deleting)
        graph = Graph.of(Part("environment", self.want))
        run = Run.of(self.registry, OBJECT, "us-east-1", graph, policy, self.memory, self.mwaa.now)

        async def announce() -> None:
            self.memory = recall(part_list(run.graph, run.sights, run.memory))

        async def once() -> None:
            await run.observe()
            await run.act(announce)

        asyncio.run(once())
        run.found()
        self.memory = recall(part_list(run.graph, run.sights, run.memory))
        self.gone = self.gone or (self.deleting and not run.plan.steps and not run.unseen)
        return run

    @rule()
    def a_look(self) -> None:
        if self.gone:
            return
        before = len(self.mwaa.sent)
        with contextlib.suppress(DiedError):
            self.look()
        for operation, params in self.mwaa.sent[before:]:
            if operation == "update_environment":
                asked = {key: value for key, value in params.items() if key != "Name"}
                assert asked not in self.failed, "what failed was sent again although nothing had changed"

    @rule(size=st.sampled_from(CLASSES), workers=st.integers(2, 4))
    def an_edit(self, size: str, workers: int) -> None:
        edited = replace(self.want, environment_class=size, max_workers=workers)
        if edited != self.want:
            self.failed.clear()
        self.want = edited

    @precondition(lambda self: self.mwaa.environment and self.mwaa.there["Status"] in WORKING)
    @rule(how=ENDS)
    def aws_ends_its_work(self, how: str) -> None:
        if how != "success" and self.mwaa.there["Status"] != "CREATING" and not self.mwaa.forgotten:
            self.failed.append(dict(self.mwaa.wanted))
        self.mwaa.finish(how)

    @precondition(lambda self: self.mwaa.environment and self.mwaa.there["Status"] in ("UPDATING", "CREATING_SNAPSHOT"))
    @rule(status=st.sampled_from(["CREATING_SNAPSHOT", "ROLLING_BACK", "UPDATING"]))
    def aws_goes_through_a_phase(self, status: str) -> None:
        self.mwaa.there["Status"] = status

    @precondition(lambda self: self.mwaa.environment and self.mwaa.there["Status"] in ("AVAILABLE", "MAINTENANCE"))
    @rule()
    def maintenance_begins_or_ends(self) -> None:
        begun = self.mwaa.there["Status"] == "AVAILABLE"
        self.mwaa.there["Status"] = "MAINTENANCE" if begun else "AVAILABLE"

    @precondition(lambda self: self.mwaa.environment and self.mwaa.there["Status"] == "AVAILABLE")
    @rule(workers=st.integers(5, 9))
    def somebody_changes_it_in_aws(self, workers: int) -> None:
        self.mwaa.there["MaxWorkers"] = workers
        self.failed.clear()

    @precondition(lambda self: self.mwaa.environment and self.mwaa.there["Status"] in ("CREATE_FAILED", "UNAVAILABLE"))
    @rule()
    def somebody_deletes_what_is_dead(self) -> None:
        self.mwaa.environment = None

    @precondition(lambda self: self.mwaa.environment and self.mwaa.there["Status"] == "DELETING")
    @rule()
    def the_deletion_ends(self) -> None:
        self.mwaa.environment = None

    @rule()
    def the_next_reply_is_lost(self) -> None:
        self.mwaa.lost_replies = 1

    @rule(dies=st.sampled_from(["before", "after"]))
    def the_process_dies_at_the_next_request(self, dies: str) -> None:
        self.mwaa.dies = dies

    @rule()
    def the_memory_is_lost(self) -> None:
        self.memory, self.mwaa.forgotten = {}, True
        self.failed.clear()  # what it knew of failures goes with it

    @rule(minutes=st.sampled_from([1, 30, 10_000, -5]))
    def the_clock_jumps(self, minutes: int) -> None:
        self.mwaa.now += timedelta(minutes=minutes)

    @rule(
        edits=st.lists(st.tuples(st.sampled_from(CLASSES), st.integers(2, 4)), min_size=1, max_size=2),
        how=ENDS,
        dies=st.sampled_from([None, None, "before", "after"]),
    )
    def an_update(self, edits: list[tuple[str, int]], how: str, dies: str | None) -> None:
        """Edit, look and let AWS finish: the way to the states that chance alone seldom finds."""
        self.mwaa.dies = dies
        for size, workers in edits:
            self.an_edit(size, workers)
            self.a_look()
        if self.mwaa.environment and self.mwaa.there["Status"] in WORKING:
            self.aws_ends_its_work(how)
        self.a_look()
        self.a_look()

    @rule(sure=st.integers(0, 9))
    def the_object_is_deleted(self, sure: int) -> None:
        self.deleting = self.deleting or sure == 9

    @invariant()
    def nothing_but_one_environment_was_ever_made(self) -> None:
        assert not hasattr(self, "gone") or not self.gone or self.mwaa.environment is None, "it was let go while it stood"

    def teardown(self) -> None:
        """With an AWS that does its work it comes to rest where the spec wants it, whatever was before, or says why not."""
        if not hasattr(self, "mwaa"):
            return
        self.mwaa.lost_replies, self.mwaa.dies = 0, None
        for _ in range(12):
            if self.gone:
                break
            run = self.look()
            if self.mwaa.environment is None:
                continue
            status = self.mwaa.there["Status"]
            if status in WORKING:
                self.mwaa.finish("success")
            elif status == "MAINTENANCE":
                self.mwaa.there["Status"] = "AVAILABLE"
            elif status == "DELETING":
                self.mwaa.environment = None
            elif not self.deleting and not run.plan.steps:
                break
        if self.deleting:
            assert self.gone
            assert self.mwaa.environment is None
            return
        there, sight = self.mwaa.there, run.sights["environment"]
        assert isinstance(sight, Observed)
        waits = [need.reason for step in run.plan.steps for need in step.needs]
        if sight.state is State.READY and not waits:
            assert (there["EnvironmentClass"], there["MaxWorkers"]) == (self.want.environment_class, self.want.max_workers)
        else:
            assert there["Status"] in ("CREATE_FAILED", "UNAVAILABLE") or waits == ["UpdateRolledBack"], (there, waits)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
