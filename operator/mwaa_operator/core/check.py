"""The port of preflight checks: they read their facts only when a step that they stand before is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol, TypeVar

from .finding import Finding
from .part import Model

M = TypeVar("M", bound=Model, contravariant=True)


class Check(Protocol[M]):
    """One subject that AWS would refuse late, looked at early, before a step on a part of one model.

    A part of a graph names the checks that stand before its steps, so each is only asked about the model it is made for.
    """

    NAME: ClassVar[str]

    async def findings(self, model: M, region: str) -> Sequence[Finding]:
        """Look, and name every fault with its fix.

        Raises:
            OutsideError: the facts could not be read.
        """
        ...
