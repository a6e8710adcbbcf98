"""The REST API of a running Airflow, through `airflow:InvokeRestApi`: no network path to its web server is needed.

Airflow 2 serves `/api/v1`, Airflow 3 `/api/v2`. MWAA puts that before every path. It passes on paths of at most 64
characters, waits 10 s for an answer and takes answers of up to 6 MB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from ..core.errors import OutsideError, Problem, Trouble
from ..resources.airflow import FIRST_VERSION

PATH_LIMIT = 64
PAGE = 100


class Calls(Protocol):
    """What is needed of AWS."""

    async def call(self, region: str, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Make one call, or raise `OutsideError`."""
        ...


@dataclass(frozen=True)
class Reply:
    """What Airflow answered: below 500 always, since anything else is raised."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        """Whether it did what it was asked for."""
        return self.status < 400


@dataclass(frozen=True)
class Airflow:
    """The Airflow of one environment."""

    calls: Calls
    region: str
    environment: str
    version: str

    @property
    def major(self) -> int:
        """2 or 3: their answers differ."""
        return int(self.version.partition(".")[0])

    @property
    def answers(self) -> bool:
        """Whether its version is one that can be asked through AWS at all."""
        numbers = [int(part) for part in self.version.split(".") if part.isdigit()]
        return tuple(numbers) >= FIRST_VERSION

    async def ask(
        self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Reply:
        """Make one call.

        Raises:
            OutsideError: AWS refused it, Airflow did not answer or forbids it, or the path is too long.
        """
        if not fits(path):
            raise OutsideError(
                Problem(
                    Trouble.REFUSED,
                    "PathTooLong",
                    f"{method} {path}: AWS passes on paths of at most {PATH_LIMIT} characters. Use a shorter DAG id.",
                )
            )
        params: dict[str, Any] = {"Name": self.environment, "Method": method, "Path": path}
        if query:
            params["QueryParameters"] = dict(query)
        if body is not None:
            params["Body"] = dict(body)
        try:
            answer: Mapping[str, Any] = await self.calls.call(self.region, "mwaa", "invoke_rest_api", **params)
        except OutsideError as error:
            answer = _answer_in(error)
            if not answer:
                raise
        reply = Reply(int(answer.get("RestApiStatusCode", 0)), answer.get("RestApiResponse"))
        if problem := self._trouble(reply, f"{method} {path}"):
            raise OutsideError(problem)
        return reply

    async def every(self, path: str, member: str, query: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Read a list to its end, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            reply = await self.ask("GET", path, {**(query or {}), "limit": PAGE, "offset": len(found)})
            page = self.expect(reply, f"GET {path}").get(member, [])
            found.extend(page)
            if not page or len(found) >= reply.body.get("total_entries", 0):
                return found

    def expect(self, reply: Reply, what: str) -> dict[str, Any]:
        """Give the answer's JSON object, or raise what Airflow said against it."""
        if reply.ok and isinstance(reply.body, Mapping):
            return dict(reply.body)
        said = f"{reply.status}: {_words(reply.body)}"
        raise OutsideError(Problem(Trouble.REFUSED, "AirflowRefused", f"Airflow of {self.environment}: {what}: {said}"))

    def _trouble(self, reply: Reply, what: str) -> Problem | None:
        said = f"Airflow of {self.environment}: {what}: {reply.status}: {_words(reply.body)}"
        if reply.status == 0 or reply.status >= 500:
            return Problem(Trouble.UNAVAILABLE, "AirflowUnavailable", f"{said}. It is asked again.")
        if reply.status in (401, 403):
            hint = f"Allow airflow:InvokeRestApi on role/{self.environment}/User to the operator's role."
            return Problem(Trouble.DENIED, "AirflowForbids", f"{said}. {hint}")
        return None


def fits(path: str) -> bool:
    """Tell whether AWS passes a path on."""
    return len(path) <= PATH_LIMIT


def dag_path(dag_id: str, *more: str) -> str:
    """Give the path of a DAG or of something below it."""
    return "/".join(["/dags", *(quote(each, safe="") for each in (dag_id, *more))])


def _answer_in(error: OutsideError) -> Mapping[str, Any]:
    """Find Airflow's own answer in an error of InvokeRestApi: its 4xx and 5xx come as exceptions of AWS."""
    response = getattr(error.__cause__, "response", None) or {}
    if response.get("Error", {}).get("Code") not in ("RestApiClientException", "RestApiServerException"):
        return {}
    return {"RestApiStatusCode": 0, **response}


def _words(body: Any) -> str:
    """Give what an error answer says, in whichever member this version says it."""
    if isinstance(body, Mapping):
        for member in ("detail", "title", "message", "reason"):
            if body.get(member):
                return _words(body[member])
    if isinstance(body, Sequence) and not isinstance(body, str):
        return "; ".join(_words(each.get("msg", each) if isinstance(each, Mapping) else each) for each in body)
    return str(body or "no details")[:300]
