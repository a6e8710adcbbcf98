"""What AWS is asked for beside things: a higher quota."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..core.part import Model, attr


@dataclass(frozen=True)
class QuotaIncrease(Model):
    """A quota of MWAA is at least so high, or AWS was asked for that once.

    A person at AWS decides, which takes hours or days: it is ready as soon as AWS was asked, whatever comes of it. It is
    never asked for again until the desired value changes. Nobody can take a request back: Service Quotas has no such call.

    Outputs: `value`, what the quota is; `request` and `state`, those of the request.
    """

    TYPE: ClassVar[str] = "service-quotas/increase"

    quota: str = attr()
    """One of `checks.quotas`: `ENVIRONMENTS`, `WORKERS` or `WEBSERVERS`."""
    desired_value: int = attr()
