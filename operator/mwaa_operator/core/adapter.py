"""The port to the outside: the only code that calls AWS or Airflow stands behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar, runtime_checkable

from .call import Calls
from .change import Change
from .observed import Observed
from .owner import Owner
from .part import Model

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Target(Generic[M]):
    """One part as an adapter meets it."""

    name: str
    model: M | None
    """None for a part that left the graph: then `id` is all there is."""
    owner: Owner
    region: str
    id: str | None = None
    """As recorded in status. None: look it up by its name or, where it has none, by its owner tags."""
    remembered: Mapping[str, str] = field(default_factory=dict)
    generation: int = 0
    """The generation of the object, for idempotency tokens."""

    @property
    def want(self) -> M:
        """Give the model of a part that is in the graph."""
        if self.model is None:
            raise ValueError(f"part {self.name} left the graph: it has no model")
        return self.model

    def owner_tags(self) -> dict[str, str]:
        """Give the owner tags that the thing must carry."""
        return self.owner.tags(self.name)


class Adapter(Protocol[M]):
    """How one type of part is read and written.

    Every method may raise `OutsideError`. Everything that writes is safe to repeat: a call whose reply was lost may have
    worked. None of them waits for AWS to finish: `read` says Busy and the engine comes back.
    """

    TYPE: ClassVar[str]
    CALLS: ClassVar[Calls]
    """The AWS calls behind each action, as a plan shows them."""

    async def read(self, targets: Sequence[Target[M]]) -> Mapping[str, Observed]:
        """Look at all parts of this type at once; those that are not there are left out."""
        ...

    async def create(self, target: Target[M]) -> Observed:
        """Make it, owner tags included. What one call cannot set is left for `update`."""
        ...

    async def update(self, target: Target[M], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Close the given differences, and return it as it is then."""
        ...

    async def delete(self, target: Target[M], observed: Observed) -> None:
        """Ask for its end. Gone already is success."""
        ...


async def one_by_one(
    targets: Sequence[Target[M]], look: Callable[[Target[M]], Awaitable[Observed | None]]
) -> Mapping[str, Observed]:
    """Read what is looked at one thing at a time, all of it side by side.

    Args:
        targets: what to look at.
        look: gives one as it is; None when it is not there.
    """
    seen = await asyncio.gather(*(look(target) for target in targets))
    return {target.name: sight for target, sight in zip(targets, seen, strict=True) if sight}


def in_graph(targets: Iterable[Target[M]]) -> list[Target[M]]:
    """Leave out what left the graph, where only what is wanted says whom to ask."""
    return [target for target in targets if target.model is not None]


class ReadOnly(Generic[M]):
    """The writing half of an adapter for what is only looked at: a plan never has a step for it (`Model.READ_ONLY`)."""

    CALLS: ClassVar[Calls] = {}

    async def create(self, target: Target[M]) -> Observed:
        """Never due."""
        raise NotImplementedError

    async def update(self, target: Target[M], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Never due."""
        raise NotImplementedError

    async def delete(self, target: Target[M], observed: Observed) -> None:
        """Do nothing: it is not ours, or goes by itself."""


@runtime_checkable
class Foretelling(Protocol):
    """An adapter that must know of an update even if the process dies between the call and the status."""

    def foretell(self, target: Target[Any], observed: Observed, changes: Sequence[Change]) -> Mapping[str, str]:
        """Say what to remember before a disruptive update is sent, as long as nobody knows whether it arrived.

        Raises:
            OutsideError: it is not the time to send it.
        """
        ...
