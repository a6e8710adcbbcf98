"""What moto's S3 lacks: buckets closed to other accounts, tags of CreateBucket, and a condition of CopyObject."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

from mwaa_emulator.authorization import asked
from mwaa_emulator.front import buckets
from mwaa_emulator.front.filter import Pass
from mwaa_emulator.front.identities import caller
from mwaa_emulator.mwaa.policies import Decision, judge_for
from mwaa_emulator.protocols import error_response
from mwaa_emulator.wire import Request, Response

_TAGS = re.compile(rb"<Tags>(.*)</Tags>", re.DOTALL)


def handle(request: Request, pass_on: Pass) -> Response:
    """One S3 call."""
    if _closed(request):
        return error_response(request, "AccessDenied", "Access Denied", 403)
    if request.operation == "CopyObject" and _differs(request, pass_on):
        text = "At least one of the pre-conditions you specified did not hold"
        return error_response(request, "PreconditionFailed", text, 412)
    response = pass_on(request)
    tags = _TAGS.search(request.body) if request.operation == "CreateBucket" and response.status == 200 else None
    if tags:
        environ = {**request.environ, "QUERY_STRING": "tagging"}
        body = b"<Tagging><TagSet>%s</TagSet></Tagging>" % tags[1]
        tagged = pass_on(replace(request, environ=environ, query="tagging", body=body))
        if tagged.status >= 300:
            return tagged
    return response


def _differs(request: Request, pass_on: Pass) -> bool:
    """Whether the source of a copy has another ETag than the one that is asked for."""
    wanted, source = request.header("x-amz-copy-source-if-match"), request.header("x-amz-copy-source")
    if not wanted:
        return False
    path = "/" + unquote(source.partition("?")[0]).lstrip("/")
    kept = {name: value for name, value in request.environ.items() if name not in ("RAW_URI", "REQUEST_URI")}
    there = {"REQUEST_METHOD": "HEAD", "PATH_INFO": path.encode().decode("latin-1"), "QUERY_STRING": ""}
    found = pass_on(replace(request, environ={**kept, **there}, method="HEAD", path=path, query="", body=b""))
    return found.status == 200 and found.headers.get("ETag", "").strip('"') != wanted.strip('"')


def _closed(request: Request) -> bool:
    """Whether the bucket is another account's, and its policy does not open it; or not of the account expected."""
    bucket = str(request.params.get("Bucket", ""))
    owner = buckets.owner(bucket)
    if owner is None or request.operation == "CreateBucket":
        return False
    expected = request.header("x-amz-expected-bucket-owner")
    if expected and expected != owner:
        return True
    if owner == request.account:
        return False
    policy = buckets.policy(bucket)
    if not policy or request.access_key is None:
        return True
    who = caller(request.account, request.access_key, request.region)
    verdicts = (
        judge_for(who, policy, ask.action, resource, _nothing) for ask in asked(request) for resource in ask.resources
    )
    return any(verdict is not Decision.ALLOWED for verdict in verdicts)


def _nothing(key: str) -> None:
    """The context of a call: no condition key is known here."""
