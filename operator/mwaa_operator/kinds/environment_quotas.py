"""The quotas that an environment asks AWS to raise: nothing of it waits for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..api.environment_quotas import Quota, QuotaIncrease
from ..checks.quotas import ENVIRONMENTS, WEBSERVERS, WORKERS
from ..core.observed import Observed, Sight
from ..core.part import Part
from ..resources import quotas

NAMES: Mapping[Quota, str] = {
    Quota.ENVIRONMENTS: ENVIRONMENTS,
    Quota.WORKERS: WORKERS,
    Quota.WEBSERVERS: WEBSERVERS,
}
PART, EVERY = "quota/", 6
"""In which of the checks AWS is asked what became of it: it takes hours or days."""


def parts(asked: Sequence[QuotaIncrease]) -> Iterator[Part]:
    """Give a part for each. It stays when the object goes: a request cannot be taken back."""
    for each in asked:
        model = quotas.QuotaIncrease(NAMES[each.quota], each.desired_value)
        yield Part(f"{PART}{each.quota.value}", model, condition="QuotaIncreased", keep=True, every=EVERY)


def facts(asked: Sequence[QuotaIncrease], sights: Mapping[str, Sight]) -> dict[str, Any]:
    """Publish what became of each, as far as it is known."""
    seen = ((each.quota.value, sights.get(f"{PART}{each.quota.value}")) for each in asked)
    known = [(quota, sight.outputs) for quota, sight in seen if isinstance(sight, Observed)]
    return {
        "quotaIncreases": [
            {
                name: value
                for name, value in (
                    ("quota", quota),
                    ("appliedValue", there.get("value")),
                    ("requestId", there.get("request")),
                    ("state", there.get("state")),
                )
                if value is not None
            }
            for quota, there in known
        ]
        or None
    }
