"""The port of preflight checks: they read their facts only when a step that they stand before is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from .finding import Finding
from .part import Model


class Check(Protocol):
    """One subject that AWS would refuse late, looked at early."""

    NAME: ClassVar[str]

    async def findings(self, model: Model, region: str) -> Sequence[Finding]:
        """Look, and name every fault with its fix.

        Raises:
            OutsideError: the facts could not be read.
        """
        ...
