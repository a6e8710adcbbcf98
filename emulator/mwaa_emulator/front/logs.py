"""What moto's CloudWatch Logs lacks: a key for a group that is there already."""

from __future__ import annotations

from typing import Any

from moto.backends import get_backend
from werkzeug.datastructures import Headers

from mwaa_emulator.front.filter import Pass
from mwaa_emulator.protocols import error_response
from mwaa_emulator.wire import Request, Response


def handle(request: Request, pass_on: Pass) -> Response:
    """One call to CloudWatch Logs."""
    if request.operation not in ("AssociateKmsKey", "DisassociateKmsKey"):
        return pass_on(request)
    groups: dict[str, Any] = get_backend("logs")[request.account][request.region].groups
    group = groups.get(str(request.params.get("logGroupName")))
    if group is None:
        return error_response(request, "ResourceNotFoundException", "The specified log group does not exist.", 400)
    group.kms_key_id = request.params.get("kmsKeyId")
    return Response(200, Headers([("Content-Type", "application/x-amz-json-1.1")]), b"")
