"""The command line does not fetch: of what is in a repository its plan says nothing, and says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mwaa_emulator.client import Emulator
from mwaa_operator.cli.checking import checked
from mwaa_operator.cli.plan_view import is_broken, is_standing, lines, view, would_change
from mwaa_operator.cli.planning import Planned
from mwaa_operator.core.kind import Context
from mwaa_operator.core.origin import Fetched, Origin
from mwaa_operator.core.policy import Policy
from mwaa_operator.engine.run import Run
from mwaa_operator.fetch.revision import SourceRevisions

from .conftest import REGION, Stack

GIT = {"url": "https://git.example.com/team/dags.git"}
REPOSITORY = {
    "a.py": b"a = 1\n",
    "b.txt": b"b\n",
    "plugins/p.py": b"p = 1\n",
    "requirements.txt": b"r\n",
    "start.sh": b"s\n",
}
MADE = {
    "plugins": {"path": "plugins"},
    "requirements": {"path": "requirements.txt", "constraint": "/usr/local/airflow/dags/b.txt"},
    "startupScript": {"path": "start.sh"},
}


@dataclass
class FromGit(Stack):
    """A source with a repository, fetched or not."""

    fetched: dict[Origin, Fetched] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        revisions = SourceRevisions()
        self.registry = replace(self.registry, adapters={**self.registry.adapters, revisions.TYPE: revisions})

    @property
    def context(self) -> Context:
        return replace(super().context, fetched=self.fetched)

    def fetch(self) -> None:
        [origin] = self.kind.origins(self.obj.spec)
        self.fetched = {origin: Fetched("main@sha1:1", REPOSITORY)}

    async def planned(self) -> dict[str, Any]:
        """Plan as the command line does: with what is remembered, and without what was fetched."""
        graph = self.kind.desired(self.obj, replace(self.context, fetched={}))
        run = Run.of(self.registry, self.obj, REGION, graph, Policy(self.uid, "team/hello"), dict(self.memory))
        await run.observe()
        body = {"metadata": {"uid": self.uid, "generation": 1}, "status": {}}
        planned = Planned(body, self.obj, run)
        return view(planned, self.registry, await checked(self.registry, planned))


def code(shown: dict[str, Any]) -> int:
    return 1 if is_broken(shown) else 2 if would_change(shown) else 3 if is_standing(shown) else 0


@pytest.mark.parametrize("made", [{}, MADE], ids=["DAG files", "artefacts too"])
@pytest.mark.parametrize("delivered", [True, False], ids=["delivered", "new"])
async def test_nothing_is_planned_for_what_is_not_fetched(
    emulator: Emulator, bucket: Any, made: dict[str, Any], delivered: bool
) -> None:
    stack = FromGit(emulator, {"git": GIT, **made}, environments={"first": {}})
    if delivered:
        stack.fetch()
        assert (await stack.once()).plan.steps == ()
    shown = await stack.planned()
    assert (shown["steps"], shown["findings"]) == ([], [])
    [entry] = shown["standing"]
    assert (entry["reason"], entry["stalled"]) == ("NotFetched", False)
    assert code(shown) == 3
    first, second, *_ = lines(shown)
    assert first == "DagSource team/hello: nothing to do that could be told here"
    assert second.startswith("not known: NotFetched: spec.git: the operator fetches https://git.example.com/team/dags.git")


async def test_what_needs_no_repository_is_planned_and_the_rest_is_said_beside_it(emulator: Emulator, bucket: Any) -> None:
    stack = FromGit(emulator, {"git": GIT, "startupScript": {"text": "true\n"}})
    shown = await stack.planned()
    assert [step["part"] for step in shown["steps"]] == ["startup-script"]
    assert [each["reason"] for each in shown["standing"]] == ["NotFetched"]
    assert code(shown) == 2
