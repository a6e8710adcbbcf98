"""What the engine needs from Kubernetes, and where kinds, adapters and checks are registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..core.adapter import Adapter
from ..core.check import Check
from ..core.condition import Condition
from ..core.kind import Kind
from ..core.origin import Fetched, Origin, Room
from .queue import Key

Body = Mapping[str, Any]


class ConflictError(Exception):
    """Somebody changed the object since it was read: read it again."""


class Cluster(Protocol):
    """The Kubernetes API as the engine uses it. Every method may raise `core.errors.OutsideError`."""

    async def get(self, key: Key) -> Body | None:
        """Read an object; None when it does not exist."""
        ...

    async def put_status(self, body: Body, status: Body) -> Body:
        """Write the status, if the object is still the one that was read.

        Raises:
            ConflictError: it is not.
        """
        ...

    async def put_finalizers(self, body: Body, finalizers: Sequence[str]) -> Body:
        """Write the finalizers, if the object is still the one that was read.

        Raises:
            ConflictError: it is not.
        """
        ...

    async def config_map(self, namespace: str, name: str) -> Mapping[str, bytes] | None:
        """Read a ConfigMap, text and binary keys alike; None when it does not exist."""
        ...

    async def secret(self, namespace: str, name: str) -> Mapping[str, bytes] | None:
        """Read the data of a Secret; None when it does not exist."""
        ...

    async def event(self, body: Body, condition: Condition) -> None:
        """Tell the user about a transition; what cannot be told is dropped."""
        ...


@dataclass(frozen=True)
class Identity:
    """Who the operator is in AWS."""

    account: str
    partition: str


class Account(Protocol):
    """The AWS account that an object lives in."""

    async def whoami(self, region: str) -> Identity:
        """Ask AWS who is asking.

        Raises:
            OutsideError: no credentials, or AWS did not answer.
        """
        ...


class Fetcher(Protocol):
    """How one type of place is read. `look` and `fetch` block, in a thread of their own; `secret` is empty for none."""

    def look(self, origin: Origin, secret: Mapping[str, bytes]) -> str:
        """Name the revision that is there now, as cheaply as can be.

        Raises:
            OutsideError: it cannot be told.
        """
        ...

    def fetch(self, origin: Origin, secret: Mapping[str, bytes], revision: str, room: Room) -> Fetched:
        """Bring the files of a revision into a room, which is the fetcher's to close from then on.

        Raises:
            OutsideError: they cannot be had, or may not be.
        """
        ...

    def close(self) -> None:
        """End what is under way, from another thread: the process waits for its threads before it ends."""
        ...


@dataclass(frozen=True)
class Registry:
    """All that the engine can handle. It knows none of them by itself."""

    kinds: Mapping[str, Kind[Any]]
    adapters: Mapping[str, Adapter[Any]]
    checks: Mapping[str, Check[Any]]
    parse: Callable[[str, Body, str], Any]
    """Parse the spec of a kind and of an object's name.

    Raises:
        ValueError: it is not valid; the message names field, value and fix.
    """
    fetchers: Mapping[str, Fetcher] = field(default_factory=dict)
    """By the type of the places that each can read."""
