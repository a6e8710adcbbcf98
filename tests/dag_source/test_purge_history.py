"""What Airflow keeps of removed DAGs: left alone, or deleted through its command line, once it takes them for gone."""

from __future__ import annotations

import asyncio
import urllib.request
from typing import Any
from urllib.error import HTTPError

import aiohttp
import pytest

from mwaa_operator.airflow.command import run
from mwaa_operator.airflow.history import HistoryAdapter
from mwaa_operator.core.errors import OutsideError, Trouble
from mwaa_operator.core.observed import State

DAG = "from airflow.sdk import DAG\n\nwith DAG('{0}', schedule=None):\n    pass\n"
KEPT, GONE = ({f"{name}.py": DAG.format(name) for name in names} for names in (("kept",), ("kept", "gone")))


class WebServer:
    """The emulator's web server over HTTP, and the commands that it was sent."""

    def __init__(self, stack: Any) -> None:
        self.stack, self.received = stack, list[str]()
        stack.registry.adapters["airflow/purged-history"] = HistoryAdapter(stack.aws, self.post)

    async def post(self, host: str, token: str, command: str) -> tuple[int, str]:
        assert host, "the token comes with the name of the web server"
        return await asyncio.to_thread(self._post, token, command)

    def _post(self, token: str, command: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
        asked = urllib.request.Request(f"{self.stack.emulator.url}/aws_mwaa/cli", command.encode(), headers)
        try:
            with urllib.request.urlopen(asked) as answer:
                self.received.append(command)
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def lists(self, **states: bool) -> None:
        """List DAGs, and whether each has a file."""
        listed = [{"dag_id": dag, "fileloc": f"{dag}.py", "is_active": is_there} for dag, is_there in states.items()]
        self.stack.emulator.airflow_answer("/dags", {"dags": listed, "total_entries": len(listed)})


@pytest.fixture
def web(stack: Any) -> WebServer:
    return WebServer(stack)


async def look(stack: Any) -> Any:
    """Run it as the engine does, twice: what was published counts in the next run."""
    for _ in range(2):
        run = await stack.once()
        stack.published = stack.facts(run)
    return run


async def remove(stack: Any, **spec: Any) -> Any:
    """Deliver two DAGs, and then one of them."""
    stack.spec = {"files": GONE, "prune": True, **spec}
    await look(stack)
    assert stack.published["dagIds"] == ["gone", "kept"]
    stack.spec = {"files": KEPT, "prune": True, **spec}
    return await look(stack)


@pytest.mark.row("B118")
async def test_the_history_of_a_removed_dag_is_deleted_where_that_is_asked_for(stack: Any, web: WebServer) -> None:
    web.lists(kept=True, gone=True)
    run = await remove(stack, purgeHistory=True)
    assert web.received == [], "Airflow still has the file, and would make the DAG anew"
    sight = stack.seen(run, "history/first")
    assert (sight.state, sight.reason) == (State.BUSY, "AwaitingDagRemoval")
    assert stack.published["removedDagIds"] == ["gone"]

    web.lists(kept=True, gone=False)
    await look(stack)
    assert web.received == ["dags delete --yes gone"]
    run = await look(stack)
    assert web.received == ["dags delete --yes gone"], "once"
    assert stack.published["removedDagIds"] is None
    assert "history/first" not in run.graph.parts


@pytest.mark.row("B118")
async def test_by_default_history_is_left_alone(stack: Any, web: WebServer) -> None:
    web.lists(kept=True, gone=False)
    await remove(stack)
    await look(stack)
    assert web.received == []
    assert stack.published["removedDagIds"] is None


async def test_a_dag_that_comes_back_keeps_its_history(stack: Any, web: WebServer) -> None:
    web.lists(kept=True, gone=True)
    await remove(stack, purgeHistory=True)
    stack.spec = {"files": GONE, "prune": True, "purgeHistory": True}
    await look(stack)
    web.lists(kept=True, gone=False)
    await look(stack)
    assert web.received == []


@pytest.mark.parametrize("more", ["NAME = 'gone'\n" + DAG.replace("'{0}'", "NAME"), DAG.format("x") + "    DAG(f'{x}')\n"])
async def test_an_id_that_is_computed_may_be_the_one_that_is_missing(stack: Any, web: WebServer, more: str) -> None:
    stack.spec = {"files": GONE, "prune": True, "purgeHistory": True}
    await look(stack)
    web.lists(kept=True, gone=False)
    stack.spec = {**stack.spec, "files": {**KEPT, "other.py": more}}
    await look(stack)
    await look(stack)
    assert web.received == []
    assert stack.published["removedDagIds"] == ["gone"]
    stack.spec = {**stack.spec, "files": KEPT}
    await look(stack)
    assert web.received == ["dags delete --yes gone"], "now all ids are known"


async def test_a_list_of_ids_that_was_cut_off_says_nothing(stack: Any, web: WebServer) -> None:
    many = {"many.py": "".join(DAG.format(f"d{number:04}") for number in range(1000))}
    stack.spec = {"files": many, "prune": True, "purgeHistory": True}
    await look(stack)
    web.lists(d0999=False)
    stack.spec = {**stack.spec, "files": {**many, "a.py": DAG.format("a")}}
    await look(stack)
    await look(stack)
    assert "d0999" not in stack.published["dagIds"]
    assert web.received == []


@pytest.mark.parametrize("file", ["kept.py", "/usr/local/airflow/dags/kept.py", None])
async def test_what_came_from_a_file_that_is_there_is_kept(stack: Any, web: WebServer, file: str | None) -> None:
    dag = {"dag_id": "gone", "fileloc": file, "is_active": False}
    stack.emulator.airflow_answer("/dags", {"dags": [dag], "total_entries": 1})
    run = await remove(stack, purgeHistory=True)
    assert web.received == []
    assert "first keeps gone: had from a file that is there" in stack.seen(run, "history/first").message


async def test_an_airflow_that_is_not_well_is_waited_for(stack: Any, web: WebServer) -> None:
    web.lists(kept=True, gone=False)
    stack.environments["first"] = {"facts": {"airflowHealthy": False}}
    run = await remove(stack, purgeHistory=True)
    assert "waits for Environment first to be healthy" in stack.seen(run, "history/first").message
    stack.environments["first"] = {}
    await look(stack)
    assert web.received == ["dags delete --yes gone"]


async def test_an_id_that_is_no_plain_word_is_no_command(stack: Any, web: WebServer) -> None:
    odd = {"odd.py": DAG.format("--all; rm"), "kept.py": DAG.format("kept")}
    stack.spec = {"files": odd, "prune": True, "purgeHistory": True}
    await look(stack)
    stack.spec = {"files": KEPT, "prune": True, "purgeHistory": True}
    await look(stack)
    assert stack.published["removedDagIds"] is None


@pytest.mark.parametrize(
    ("answer", "trouble", "said"),
    [
        (aiohttp.ClientConnectionError("no"), Trouble.UNAVAILABLE, "A private one can only be reached from its VPC"),
        ((503, "busy"), Trouble.UNAVAILABLE, "503"),
        ((400, "no such command"), Trouble.REFUSED, "no such command"),
        ((200, "<html>"), Trouble.REFUSED, "an answer that nobody understands"),
    ],
)
async def test_what_a_command_that_does_not_run_says(stack: Any, answer: Any, trouble: Trouble, said: str) -> None:
    async def send(host: str, token: str, command: str) -> tuple[int, str]:
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return status, body

    with pytest.raises(OutsideError) as failed:
        await run(stack.aws, "us-east-1", "first", "dags delete --yes x", send)
    assert failed.value.problem.trouble is trouble
    assert said in failed.value.problem.message
