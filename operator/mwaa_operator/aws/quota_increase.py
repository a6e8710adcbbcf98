"""Requests for a higher quota of MWAA (Service Quotas)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..core.adapter import Target
from ..core.call import Calls
from ..core.change import Change
from ..core.errors import OutsideError, Trouble
from ..core.observed import Observed
from ..resources.quotas import QuotaIncrease
from .quota_facts import CODE, Quota, quotas
from .session import Aws

OPEN = frozenset({"PENDING", "CASE_OPENED"})
REFUSED = "refused"
"""What is remembered of a request that AWS did not take: the value, and its words."""
NO_WAY_BACK = "Nothing waits for it, and AWS has no call to take it back: it stays when this object is deleted"


class QuotaIncreases:
    """Asks once for each value; AWS itself takes one open request for a quota."""

    TYPE: ClassVar[str] = QuotaIncrease.TYPE
    CALLS: ClassVar[Calls] = {"create": "servicequotas:RequestServiceQuotaIncrease"}

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, targets: Sequence[Target[QuotaIncrease]]) -> Mapping[str, Observed]:
        """Look at the quotas, and at what was asked for. One that is too low and was not asked for is not there."""
        asked = [target for target in targets if target.model]
        if not asked:
            return {}
        found = await quotas(self._aws, asked[0].region)
        seen = await asyncio.gather(*(self._look(target, found.get(target.want.quota)) for target in asked))
        return {target.name: observed for target, observed in zip(asked, seen, strict=True) if observed}

    async def create(self, target: Target[QuotaIncrease]) -> Observed:
        """Ask AWS. What it does not take is as final as what it denies later: it is not asked again for the same."""
        want = target.want
        quota = (await quotas(self._aws, target.region))[want.quota]
        try:
            answer = await self._aws.call(
                target.region,
                "service-quotas",
                "request_service_quota_increase",
                ServiceCode=CODE,
                QuotaCode=quota.code,
                DesiredValue=float(want.desired_value),
            )
        except OutsideError as error:
            if error.problem.trouble is not Trouble.REFUSED:
                raise
            # another object may have been faster: AWS takes one request at a time
            if there := await self._look(target, quota):
                return there
            return _not_taken(want, quota, error.problem.message)
        return _requested(want, quota, answer["RequestedQuota"])

    async def update(self, target: Target[QuotaIncrease], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Never due: another value is another request, or none."""
        raise NotImplementedError

    async def delete(self, target: Target[QuotaIncrease], observed: Observed) -> None:
        """Do nothing: AWS has no call for it."""

    async def _look(self, target: Target[QuotaIncrease], quota: Quota | None) -> Observed | None:
        want = target.want
        if quota is None:
            text = f"Service Quotas lists no quota of {want.quota.lower()} for MWAA in {target.region}. Ask AWS Support"
            return Observed(id=want.quota, reason="QuotaNotListed", message=text)
        if quota.value >= want.desired_value:
            outputs = {"value": quota.value, "state": "Applied"}
            return Observed(id=quota.code, outputs=outputs, message=f"the quota of {want.quota.lower()} is {quota.value}")
        requests = await self._aws.pages(
            target.region,
            "service-quotas",
            "list_requested_service_quota_change_history_by_quota",
            "RequestedQuotas",
            ServiceCode=CODE,
            QuotaCode=quota.code,
        )
        same = [one for one in requests if one["DesiredValue"] == want.desired_value]
        candidates = [one for one in requests if one["Status"] in OPEN] or same
        if candidates:
            return _requested(want, quota, max(candidates, key=lambda one: one["Created"]))
        value, _, words = target.remembered.get(REFUSED, "").partition(" ")
        return _not_taken(want, quota, words) if value == str(want.desired_value) else None


def _requested(want: QuotaIncrease, quota: Quota, one: Mapping[str, Any]) -> Observed:
    """Say what became of a request."""
    state, asked = str(one["Status"]), int(one["DesiredValue"])
    case = f", support case {one['CaseId']}" if one.get("CaseId") else ""
    text = f"{want.quota} {quota.value}: request {one['Id']} for {asked} is {state}{case}"
    outputs = {"value": quota.value, "request": one["Id"], "state": state}
    if state in OPEN or state == "APPROVED":
        less = f". {want.desired_value} is asked for when it is decided" if asked < want.desired_value else ""
        message = f"{text}{less}. {NO_WAY_BACK}"
        return Observed(id=quota.code, outputs=outputs, reason="QuotaRequested", message=message)
    message = f"{text}. It is not asked for again; read AWS's words in the case, and declare another value"
    return Observed(id=quota.code, outputs=outputs, reason="QuotaRefused", message=message)


def _not_taken(want: QuotaIncrease, quota: Quota, words: str) -> Observed:
    """Say that AWS took no request, and remember it."""
    return Observed(
        id=quota.code,
        outputs={"value": quota.value, "state": "Refused"},
        reason="QuotaRefused",
        message=f"{want.quota} {quota.value}: AWS takes no request for {want.desired_value}: {words} Declare another value",
        remember={REFUSED: f"{want.desired_value} {words}"},
    )
