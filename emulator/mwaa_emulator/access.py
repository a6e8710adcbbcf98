"""IAM enforcement, when it is switched on: signature and policies of every call are checked. Off by default.

moto can check too, but knows neither the resources of most calls nor conditions, and its names of S3's actions are not
AWS's. So it is left off, and only lends how it reads keys and signatures. This file knows moto's IAM from inside.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.backends import get_backend
from moto.core.exceptions import ServiceException
from moto.iam.access_control import CreateAccessKeyFailure, IAMRequest, S3IAMRequest, create_access_key
from moto.iam.models import Policy as ManagedPolicy
from werkzeug.datastructures import EnvironHeaders
from werkzeug.exceptions import HTTPException

from mwaa_emulator.authorization import Ask, value
from mwaa_emulator.mwaa.conditions import Context, many
from mwaa_emulator.mwaa.policies import Decision, Policy, judge
from mwaa_emulator.wire import Request

Refusal = tuple[str, str, int]
"""Error code, message and HTTP status."""
EnvironmentTags = Callable[[str, str, str], Mapping[str, str]]
"""Gives the tags of an environment by account, region and name."""

_QUERY = frozenset({"ec2", "iam", "s3", "s3control", "sts"})
"""Services whose errors are older than those of the others."""
_STRANGER = {"ec2": "AuthFailure", "s3": "InvalidAccessKeyId", "iam": "InvalidClientTokenId", "sts": "InvalidClientTokenId"}


class Enforcement:
    """Whether calls are checked, and the check."""

    def __init__(self, environment_tags: EnvironmentTags) -> None:
        self.on = False
        self._environment_tags = environment_tags

    def refusal(self, request: Request, asks: list[Ask], granted: list[list[str]]) -> Refusal | None:
        """Why the caller may not make this call; None when it may. What is granted to it is added to the list."""
        if request.service == "sts" and request.access_key is None:
            return None  # a web identity or a SAML assertion takes the place of keys
        headers = dict(EnvironHeaders(request.environ))
        try:
            caller: Any = create_access_key(request.account, "aws", request.access_key or "", headers)
        except CreateAccessKeyFailure:
            text = "The security token included in the request is invalid."
            return _STRANGER.get(request.service, "UnrecognizedClientException"), text, 403
        if not _signed(request, headers):
            text = "The request signature we calculated does not match the signature you provided."
            code = "SignatureDoesNotMatch" if request.service in _QUERY else "InvalidSignatureException"
            return "AuthFailure" if request.service == "ec2" else code, text, 403
        policies = [_document(policy) for policy in caller.collect_policies()]
        denied = None
        for ask in asks:
            allowing = self._allowing(policies, request, ask)
            if not allowing:
                denied = ask
                break
            granted.append([ask.action, *sorted(allowing)])
        if denied is None:
            return None
        where = denied.resources[0] if denied.resources else "*"
        text = f"User: {caller.arn} is not authorized to perform: {denied.action} on resource: {where}"
        if request.service == "mwaa" and denied.action == "ec2:CreateVpcEndpoint":
            text = "User does not have permissions to manage VPC endpoints."
        code = "AccessDenied" if request.service in _QUERY else "AccessDeniedException"
        return "UnauthorizedOperation" if request.service == "ec2" else code, text, 403

    def _allowing(self, policies: list[Policy], request: Request, ask: Ask) -> set[str]:
        """The statements that allow what is asked for: by their Sid, without one by their place."""
        placed: list[str | None] = [_placed(request, resource) for resource in ask.resources]
        found: set[str] = set()
        for resource in placed or [None]:
            verdict = judge(policies, ask.action, resource, self._context(ask, resource or ""))
            if verdict.decision is Decision.ALLOWED:
                found.update(_sid(policies, place) for place in verdict.statements)
        return found

    def _context(self, ask: Ask, resource: str) -> Context:
        def of(key: str) -> str | None:
            name, _, tag = key.partition("/")
            if name.lower() in ("aws:resourcetag", "ec2:resourcetag", "iam:resourcetag"):
                return self._tags(resource).get(tag)
            return value(ask, key)

        return of

    def _tags(self, resource: str) -> Mapping[str, str]:
        """The tags that a resource has now."""
        if resource.count(":") < 5:
            return {}
        _, _, service, region, account, name = resource.split(":", 5)
        if service == "airflow":
            return self._environment_tags(account, region, name.partition("/")[2])
        if service == "ec2":
            found = get_backend("ec2")[account][region].describe_tags({"resource-id": [name.partition("/")[2]]})
            return {tag["key"]: tag["value"] for tag in found}
        if service == "iam":
            role = _role(account, name.rpartition("/")[2])
            return {tag["Key"]: tag["Value"] for tag in role.tags} if role else {}
        if service == "kms":
            return dict(get_backend("kms")[account][region].tagger.get_tag_dict_for_resource(name.partition("/")[2]))
        if service == "logs":
            return dict(get_backend("logs")[account][region].list_tags_for_resource(resource))
        return {}


def _signed(request: Request, headers: dict[str, str]) -> bool:
    if "Authorization" not in headers:
        return True  # presigned: moto cannot tell either
    kind = S3IAMRequest if request.service.startswith("s3") else IAMRequest
    path = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI"))
    try:
        kind(
            account_id=request.account,
            method=request.method,
            path=path,
            data={},
            body=request.body,
            headers=headers,
            action=request.operation,
        ).check_signature()
    except (HTTPException, ServiceException):
        return False
    return True


def _document(policy: Any) -> Policy:
    """A policy as moto gives it: managed, of a user or of a role."""
    if isinstance(policy, ManagedPolicy):
        text: Any = next(version.document for version in policy.versions if version.is_default)
    else:
        text = policy["policy_document"] if isinstance(policy, dict) else policy
    return dict(json.loads(text))


def _sid(policies: list[Policy], place: tuple[int, int]) -> str:
    statement = many(policies[place[0]]["Statement"])[place[1]]
    return str(statement.get("Sid") or f"{place[0] + 1}.{place[1] + 1}")


def _placed(request: Request, resource: str) -> str:
    """A role with its path. One that does not exist has none: IAM cannot know it."""
    prefix, found, name = resource.rpartition(":role/")
    if not found or not prefix.startswith("arn:aws:iam:") or "/" in name:
        return resource
    role = _role(request.account, name)
    return str(role.arn) if role else resource


def _role(account: str, name: str) -> Any:
    roles = get_backend("iam")[account]["aws"].roles.values()
    return next((role for role in roles if role.name == name), None)
