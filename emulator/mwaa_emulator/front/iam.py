"""What moto's IAM lacks: SimulatePrincipalPolicy and SimulateCustomPolicy.

Source: IAM's service model (botocore), whose texts say how results are laid out; the form of the ids in
MatchedStatements is that of answers people have published (docs/fidelity.md).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from mwaa_emulator.front import query
from mwaa_emulator.front.filter import Pass
from mwaa_emulator.front.identities import Identity, NoIdentityError, NotAnIdentityError, Source, identity
from mwaa_emulator.front.statements import positions
from mwaa_emulator.mwaa import validation
from mwaa_emulator.mwaa.policies import Decision, Policy, Verdict, judge
from mwaa_emulator.protocols import error_response
from mwaa_emulator.wire import Request, Response

OPERATIONS = frozenset({"SimulatePrincipalPolicy", "SimulateCustomPolicy"})
PAGE_SIZE = 100
_LACKING = ("PolicyExclusionList", "ResourcePolicy", "OrderedOrganizationPolicyInputList", "ResourceHandlingOption")
_WORST = (Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY, Decision.ALLOWED)
_KIND = "IAM Policy"
"""What AWS answers as SourcePolicyType, though the model lists other values."""


class _InvalidInputError(Exception):
    """The request cannot be simulated as it is."""


def handle(request: Request, pass_on: Pass) -> Response:
    """One IAM call."""
    if request.operation not in OPERATIONS:
        return pass_on(request)
    shape = query.operation("iam", request.operation).input_shape
    try:
        asked = query.read(shape, request.params)
        if found := list(validation.faults(shape, asked)):
            return error_response(request, "ValidationError", validation.message(found), 400)
        if lacking := [name for name in _LACKING if name in asked]:
            text = f"The emulator does not implement {', '.join(lacking)} of iam:{request.operation}."
            return error_response(request, "NotImplementedByEmulator", text, 400)
        return query.answer("iam", request.operation, _simulated(request, asked))
    except NoIdentityError as error:
        return error_response(request, "NoSuchEntity", str(error), 404)
    except (_InvalidInputError, NotAnIdentityError, ValueError) as error:
        return error_response(request, "InvalidInput", str(error), 400)


def _simulated(request: Request, asked: Mapping[str, Any]) -> dict[str, Any]:
    given = [Source(f"PolicyInputList.{at}", text) for at, text in enumerate(asked.get("PolicyInputList", ()), start=1)]
    if request.operation == "SimulatePrincipalPolicy":
        who = identity(request.account, asked["PolicySourceArn"])
        who = Identity([*who.sources, *given], who.boundary)
    else:
        who = Identity(given, None)
    if boundaries := asked.get("PermissionsBoundaryPolicyInputList"):
        if len(boundaries) > 1:
            raise _InvalidInputError("Only one permissions boundary can be simulated at a time.")
        who = Identity(who.sources, Source("PermissionsBoundaryPolicyInputList.1", boundaries[0]))
    simulation = _Simulation(who, asked)
    results = [simulation.of(action) for action in asked["ActionNames"]]
    begin = _position(asked.get("Marker"))
    end = begin + asked.get("MaxItems", PAGE_SIZE)
    more = len(results) > end
    marker = base64.urlsafe_b64encode(str(end).encode()).decode() if more else None
    return {"EvaluationResults": results[begin:end], "IsTruncated": more, "Marker": marker}


class _Simulation:
    """One request: the policies of somebody, the resources and the context."""

    def __init__(self, who: Identity, asked: Mapping[str, Any]) -> None:
        self._sources = who.sources
        self._policies = [_document(source) for source in who.sources]
        self._boundary = [_document(who.boundary)] if who.boundary else None
        self._resources = asked.get("ResourceArns") or ["*"]
        self._context = {
            _folded(entry["ContextKeyName"]): entry.get("ContextKeyValues", [])
            for entry in asked.get("ContextEntries", ())
            if "ContextKeyName" in entry
        }
        self._places = [positions(source.text) for source in who.sources]

    def of(self, action: str) -> dict[str, Any]:
        """The result for one action: all resources together, and each that was named."""
        service, found, name = action.partition(":")
        if not found or not service or not name:
            raise _InvalidInputError(f"Invalid Action Name: {action} does not name its service.")
        each = [self._on(action, resource) for resource in self._resources]
        result: dict[str, Any] = {
            "EvalActionName": action,
            "EvalResourceName": "*",
            "EvalDecision": min((one["EvalResourceDecision"] for one in each), key=_WORST.index),
            "MatchedStatements": [],
            "MissingContextValues": sorted({key for one in each for key in one["MissingContextValues"]}),
        }
        for one in each:
            if one["EvalResourceDecision"] == result["EvalDecision"]:
                new = (match for match in one["MatchedStatements"] if match not in result["MatchedStatements"])
                result["MatchedStatements"].extend(new)
        if self._boundary is not None:
            inside = all(one["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for one in each)
            result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": inside}
        if self._resources != ["*"]:
            result["ResourceSpecificResults"] = each
        return result

    def _on(self, action: str, resource: str) -> dict[str, Any]:
        verdict = judge(self._policies, action, resource, self._value)
        decision, missing = verdict.decision, set(verdict.missing)
        result: dict[str, Any] = {"EvalResourceName": resource}
        if self._boundary is not None:
            limit = judge(self._boundary, action, resource, self._value)
            missing.update(limit.missing)
            inside = limit.decision is Decision.ALLOWED
            result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": inside}
            decision = min(decision, limit.decision, key=_WORST.index)
        shown = self._matched(verdict) if decision is verdict.decision else []
        return {
            **result,
            "EvalResourceDecision": decision,
            "MatchedStatements": shown,
            "MissingContextValues": sorted(missing),
        }

    def _value(self, key: str) -> list[str] | None:
        return self._context.get(_folded(key))

    def _matched(self, verdict: Verdict) -> list[dict[str, Any]]:
        matched = []
        for policy, statement in verdict.statements:
            start, end = self._places[policy][statement]
            matched.append(
                {
                    "SourcePolicyId": self._sources[policy].id,
                    "SourcePolicyType": _KIND,
                    "StartPosition": {"Line": start[0], "Column": start[1]},
                    "EndPosition": {"Line": end[0], "Column": end[1]},
                }
            )
        return matched


def _document(source: Source) -> Policy:
    try:
        document = json.loads(source.text)
    except ValueError as error:
        raise _InvalidInputError(f"Syntax errors in policy {source.id}: {error}") from error
    if not isinstance(document, dict) or "Statement" not in document:
        raise _InvalidInputError(f"Syntax errors in policy {source.id}: it has no Statement.")
    return document


def _folded(key: str) -> str:
    """The names of condition keys know no case; the tag behind the slash does."""
    name, slash, tag = key.partition("/")
    return f"{name.lower()}{slash}{tag}"


def _position(marker: str | None) -> int:
    if marker is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(marker))
    except (ValueError, binascii.Error) as error:
        raise _InvalidInputError("Invalid Marker.") from error
