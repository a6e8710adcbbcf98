"""Deletes what Airflow keeps of DAGs whose files are gone, by its command line (guide 02, section 13.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..core.adapter import Target, in_graph, one_by_one
from ..core.call import Calls as Named
from ..core.change import Change
from ..core.observed import Observed, State
from ..resources.airflow_history import PurgedHistory
from .command import Post, post, run
from .imports import place
from .rest import Airflow, Calls

ALL_OF_THEM = {2: {"only_active": False}, 3: {"exclude_stale": False}}
"""How each version is asked for DAGs without a file too."""
SHOWN = 5


class HistoryAdapter:
    """There is always something to look at, so it is never created."""

    TYPE: ClassVar[str] = PurgedHistory.TYPE
    CALLS: ClassVar[Named] = {"update": "airflow:CreateCliToken"}

    def __init__(self, calls: Calls, send: Post = post) -> None:
        self._calls, self._send = calls, send

    async def read(self, targets: Sequence[Target[PurgedHistory]]) -> Mapping[str, Observed]:
        """List the DAGs of each Airflow."""
        return await one_by_one(in_graph(targets), self._look)

    async def create(self, target: Target[PurgedHistory]) -> Observed:
        """Never due."""
        raise NotImplementedError

    async def update(self, target: Target[PurgedHistory], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Delete the history of each DAG that has no file any more."""
        left = observed.fields["left"]
        assert isinstance(left, tuple)
        for dag_id in left:
            await run(self._calls, target.region, str(target.want.environment), f"dags delete --yes {dag_id}", self._send)
        return await self._look(target)

    async def delete(self, target: Target[PurgedHistory], observed: Observed) -> None:
        """Do nothing: what is gone is gone."""

    async def _look(self, target: Target[PurgedHistory]) -> Observed:
        want = target.want
        name = str(want.environment)
        if not want.healthy:
            return _waiting(name, f"waits for Environment {name} to be healthy, to delete the history of removed DAGs")
        airflow = Airflow(self._calls, target.region, name, str(want.airflow_version))
        listed = await airflow.every("/dags", "dags", ALL_OF_THEM.get(airflow.major, ALL_OF_THEM[3]))
        there = {str(dag["dag_id"]): not dag.get("is_active", True) or bool(dag.get("is_stale")) for dag in listed}
        files = {str(dag["dag_id"]): place(dag.get("relative_fileloc") or dag.get("fileloc") or "") for dag in listed}
        stale = [dag_id for dag_id in want.dag_ids if there.get(dag_id)]
        left = tuple(dag_id for dag_id in stale if want.has_deleted(files[dag_id]))
        gone = [dag_id for dag_id in want.dag_ids if dag_id not in there]
        if waiting := [dag_id for dag_id in want.dag_ids if there.get(dag_id) is False]:
            some = ", ".join(waiting[:SHOWN])
            text = (
                f"{name} still takes {some} for there: its history is deleted once Airflow has seen that the file is gone. "
            )
            text += "If another source delivers a DAG of that id, rename one, or say purgeHistory: false"
            return _waiting(name, text, left, gone)
        text = f"{name} keeps nothing of removed DAGs"
        if kept := sorted(set(stale) - set(left)):
            text = f"{name} keeps {', '.join(kept[:SHOWN])}: had from a file that is there, or that is none of this source"
        return Observed(name, {"left": left}, {"gone": gone}, message=text)


def _waiting(name: str, text: str, left: tuple[str, ...] = (), gone: Sequence[str] = ()) -> Observed:
    outputs = {"gone": list(gone)}
    fields = {"left": left}
    return Observed(name, fields, outputs, State.BUSY, reason="AwaitingDagRemoval", message=text)
