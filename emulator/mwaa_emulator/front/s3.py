"""What moto's S3 lacks: the tags of CreateBucket, which it drops without a word."""

from __future__ import annotations

import re
from dataclasses import replace

from mwaa_emulator.front.filter import Pass
from mwaa_emulator.wire import Request, Response

_TAGS = re.compile(rb"<Tags>(.*)</Tags>", re.DOTALL)


def handle(request: Request, pass_on: Pass) -> Response:
    """One S3 call."""
    response = pass_on(request)
    tags = _TAGS.search(request.body) if request.operation == "CreateBucket" and response.status == 200 else None
    if tags:
        environ = {**request.environ, "QUERY_STRING": "tagging"}
        body = b"<Tagging><TagSet>%s</TagSet></Tagging>" % tags[1]
        tagged = pass_on(replace(request, environ=environ, query="tagging", body=body))
        if tagged.status >= 300:
            return tagged
    return response
