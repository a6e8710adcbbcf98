"""What moto's STS leaves out: a role is assumed only by whom its trust policy lets, with the external id that it asks for.

A role that does not exist can be assumed while IAM is not enforced: so a test gets into an account that is still empty.
"""

from __future__ import annotations

import json
import re

from mwaa_emulator.access import Enforcement
from mwaa_emulator.front.filter import Pass
from mwaa_emulator.front.identities import caller, role
from mwaa_emulator.motoserver import known_as
from mwaa_emulator.mwaa.policies import Decision, Principal, judge_for
from mwaa_emulator.protocols import error_response
from mwaa_emulator.wire import Request, Response

_ARN = re.compile(rb"(?<=<Arn>)[^<]+")


class StsFront:
    """The filter for STS."""

    def __init__(self, enforcement: Enforcement) -> None:
        self._enforcement = enforcement

    def handle(self, request: Request, pass_on: Pass) -> Response:
        """One STS call."""
        if request.operation == "GetCallerIdentity":
            response = pass_on(request)
            response.body = _ARN.sub(lambda found: known_as(found[0].decode()).encode(), response.body)
            response.headers["Content-Length"] = str(len(response.body))
            return response
        if request.operation != "AssumeRole" or request.access_key is None:
            return pass_on(request)
        wanted = str(request.params.get("RoleArn", ""))
        who = caller(request.account, request.access_key, request.region)
        if self._trusts(wanted, who, request):
            return pass_on(request)
        text = f"User: {who.arn} is not authorized to perform: sts:AssumeRole on resource: {wanted}"
        return error_response(request, "AccessDenied", text, 403)

    def _trusts(self, wanted: str, who: Principal, request: Request) -> bool:
        found = role(wanted)
        if found is None:
            return not self._enforcement.on
        context = {
            "sts:externalid": request.params.get("ExternalId"),
            "sts:rolesessionname": request.params.get("RoleSessionName"),
            "aws:principalaccount": who.account,
            "aws:principalarn": who.arn,
        }
        trust = json.loads(found.assume_role_policy_document)
        verdict = judge_for(who, trust, "sts:AssumeRole", None, lambda key: context.get(key.lower()))
        return verdict is Decision.ALLOWED
