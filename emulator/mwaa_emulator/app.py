"""The one port: tells calls apart, applies faults, passes them on, records them."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

from moto.iam.models import get_account_id_from

from mwaa_emulator import faults as faulting
from mwaa_emulator.access import Enforcement
from mwaa_emulator.admin import ADMIN_PREFIX, Admin
from mwaa_emulator.authorization import Ask, actions, asked
from mwaa_emulator.calls import Call, CallLog, masked
from mwaa_emulator.clock import wall_now
from mwaa_emulator.faults import Fault, FaultBook, Hold
from mwaa_emulator.front.filter import MotoFront
from mwaa_emulator.mwaa import http, model
from mwaa_emulator.mwaa.errors import ServiceError
from mwaa_emulator.mwaa.service import Caller, MwaaService
from mwaa_emulator.mwaa.web import WebServers
from mwaa_emulator.protocols import error_code, error_response, is_write, name_operation
from mwaa_emulator.signing import DEFAULT_REGION, read_signature
from mwaa_emulator.wire import Environ, Request, Response, StartResponse, json_response, read_request, send

#: Set in the WSGI environment when the connection is to be closed without a reply.
DROP = "mwaa_emulator.drop"
S3_CONTROL = "/v20180820/"
"""How each path of S3 Control begins."""


@dataclass(slots=True)
class EmulatorApp:
    """The WSGI application of the emulator."""

    mwaa: MwaaService
    front: MotoFront
    web: WebServers
    admin: Admin
    calls: CallLog
    faults: FaultBook
    enforcement: Enforcement

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        """One request."""
        request = read_request(environ)
        if request.path.startswith(ADMIN_PREFIX):
            return send(self.admin.handle(request), start_response)
        if request.path.startswith("/moto-api/"):
            return send(self.front.pass_on(request), start_response)
        if self.web.concerns(request):
            return send(self.web.handle(request), start_response)
        response = self._aws_call(request)
        if response is None:
            environ[DROP] = True
            return send(Response(500, json_response(500, {}).headers, b""), start_response)
        return send(response, start_response)

    def _aws_call(self, request: Request) -> Response | None:
        """Carry a call out under the faults that concern it. None: the reply is lost."""
        began = time.monotonic()
        call = self._named(request)
        asks = asked(request)
        call.actions = actions(asks)
        acting = self.faults.match(request.service, request.operation, request.account, request.write, request.params)
        call.fault = ",".join(fault.id for fault in acting)
        response: Response | None = None
        if self._held(acting, Hold.BEFORE, call):
            call.reply_lost = True
        else:
            for fault in acting:
                faulting.wait(fault.delay)
            response = self._faulty(request, acting) or self._refused(request, asks, call) or self._execute(request)
            call.status, call.code = response.status, error_code(request, response)
            call.request_id = response.request_id
            call.reply_lost = any(fault.reply_lost for fault in acting)
            call.reply_lost = self._held(acting, Hold.AFTER, call) or call.reply_lost
        call.seconds = round(time.monotonic() - began, 6)
        self.calls.add(call)
        return None if call.reply_lost else response

    def _named(self, request: Request) -> Call:
        signature = read_signature(request.environ)
        request.service = signature.service if signature else "s3"
        request.region = signature.region if signature else DEFAULT_REGION
        request.access_key = signature.access_key if signature else None
        request.account = get_account_id_from(request.access_key or "")
        if signature is None and b"Action=" in request.body:
            request.service = "sts"  # AssumeRoleWithWebIdentity and AssumeRoleWithSAML carry no signature
        if request.service == "s3" and request.path.startswith(S3_CONTROL):
            request.service = "s3control"  # which signs as S3
        if request.service == "mwaa":
            self._name_mwaa(request)
        else:
            request.operation, request.params = name_operation(request)
            request.write = is_write(request.operation) and request.method not in ("HEAD",)
        return Call(
            seq=self.calls.number(),
            time=wall_now().isoformat(),
            service=request.service,
            operation=request.operation,
            account=request.account,
            region=request.region,
            write=request.write,
            access_key=request.access_key or "",
            params=masked(request.params),
        )

    def _name_mwaa(self, request: Request) -> None:
        found = model.match(request.method, request.path)
        if found is None:
            return
        request.operation = found[0]
        try:
            request.params = http.parse(found[0], found[1], request.query, request.body)
        except ServiceError:
            request.params = {}
        reads = request.operation == "InvokeRestApi" and request.params.get("Method") == "GET"
        request.write = model.is_write(request.operation) and not reads

    def _held(self, acting: list[Fault], where: Hold, call: Call) -> bool:
        lost = False
        for fault in acting:
            if fault.hold is where:
                held = self.faults.hold(fault, where, call.seq, call.service, call.operation)
                lost = lost or held.lose_reply
        return lost

    def _faulty(self, request: Request, acting: list[Fault]) -> Response | None:
        for fault in acting:
            if fault.code is not None:
                text = fault.message or f"{fault.code}: asked for by {fault.id} of the emulator."
                return error_response(request, fault.code, text, fault.status)
        return None

    def _refused(self, request: Request, asks: list[Ask], call: Call) -> Response | None:
        refusal = self.enforcement.refusal(request, asks, call.granted) if self.enforcement.on else None
        return error_response(request, *refusal) if refusal else None

    def _execute(self, request: Request) -> Response:
        if request.service != "mwaa":
            return self.front.handle(request)
        request_id = str(uuid.uuid4())
        found = model.match(request.method, request.path)
        if found is None:
            return error_response(request, "UnknownOperationException", f"{request.method} {request.path}", 404)
        try:
            params: dict[str, Any] = http.parse(found[0], found[1], request.query, request.body)
        except ServiceError as error:
            return error_response(request, error.code, error.message, error.status)
        answer = http.handle(self.mwaa, Caller(request.account, request.region, request.access_key), found[0], params)
        response = json_response(answer.status, answer.body, x_amzn_RequestId=request_id)
        if answer.code:
            response.headers["x-amzn-ErrorType"] = answer.code
            response.code = answer.code
        return response
