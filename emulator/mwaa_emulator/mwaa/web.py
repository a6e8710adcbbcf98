"""The web servers of the environments: `/aws_mwaa/...`, and all else passed through to Airflow.

A request belongs to an environment by its Host header (the environment's web server host), or by the token that it
carries. The scheme is http: what AWS serves over TLS is served in the clear on loopback.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import parse_qs

import httpx
from werkzeug.datastructures import Headers
from werkzeug.http import dump_cookie

from mwaa_emulator.mwaa.commands import refusal
from mwaa_emulator.mwaa.environment import Environment
from mwaa_emulator.mwaa.tokens import TokenIssuer
from mwaa_emulator.runtime import AirflowRuntime, AirflowUnreachableError
from mwaa_emulator.wire import Request, Response, json_response

PREFIX = "/aws_mwaa/"
SESSION_SECONDS = 12 * 60 * 60
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "host",
                         "te", "trailer", "upgrade"})  # fmt: skip

_SSO_PAGE = """<!doctype html><title>Signing in</title><form method="post" action="/aws_mwaa/login">
<input type="hidden" name="token"></form><script>
document.forms[0].token.value = location.hash.slice(1); document.forms[0].submit();
</script>"""


class WebServers:
    """All web servers at once."""

    def __init__(self, runtime: AirflowRuntime, tokens: TokenIssuer, live: Callable[[], list[Environment]]) -> None:
        self._runtime, self._tokens, self._live = runtime, tokens, live

    def concerns(self, request: Request) -> bool:
        """Whether a request is for a web server, not for an AWS API."""
        if request.header("Authorization").startswith("AWS4-"):
            return False
        return request.path.startswith(PREFIX) or ".airflow.amazonaws.com" in request.header("Host")

    def handle(self, request: Request) -> Response:
        """One request to a web server."""
        if (request.method, request.path) == ("POST", f"{PREFIX}cli"):
            return self._cli(request)
        if (request.method, request.path) == ("POST", f"{PREFIX}login"):
            return self._login(request)
        if request.path.startswith(f"{PREFIX}aws-console-sso"):
            return Response(200, Headers({"Content-Type": "text/html; charset=utf-8"}), _SSO_PAGE.encode())
        return self._proxy(request)

    def _cli(self, request: Request) -> Response:
        token = request.header("Authorization").removeprefix("Bearer ").strip()
        grant = self._tokens.redeem("cli", token)
        environment = self._by_arn(grant.arn) if grant else None
        if environment is None:
            return json_response(403, {"message": "Forbidden"})
        command = request.body.decode("utf-8", "replace").strip()
        refused = refusal(command, environment.settings["AirflowVersion"])
        if refused:
            return json_response(400, {"message": refused})
        try:
            result = self._runtime.cli(environment.record(), command)
        except AirflowUnreachableError as error:
            return json_response(503, {"message": str(error)})
        encoded = {
            "stdout": base64.b64encode(result.stdout).decode(),
            "stderr": base64.b64encode(result.stderr).decode(),
        }
        return json_response(200, encoded)

    def _login(self, request: Request) -> Response:
        token = parse_qs(request.body.decode("utf-8", "replace")).get("token", [""])[0]
        grant = self._tokens.redeem("web", token)
        environment = self._by_arn(grant.arn) if grant else None
        if grant is None or environment is None:
            return json_response(403, {"message": "Forbidden"})
        try:
            cookie = self._runtime.login(environment.record(), grant.identity)
        except AirflowUnreachableError as error:
            return json_response(503, {"message": str(error)})
        response = json_response(200, {})
        response.headers["Set-Cookie"] = dump_cookie(cookie.name, cookie.value, max_age=SESSION_SECONDS, httponly=True)
        return response

    def _proxy(self, request: Request) -> Response:
        host = request.header("Host").partition(":")[0]
        environment = next((one for one in self._live() if one.webserver_host == host), None)
        base = self._runtime.base_url(environment.record()) if environment is not None else None
        if base is None:
            return json_response(404, {"message": f"No web server answers at {host}"})
        headers = {
            key[5:].replace("_", "-"): str(value) for key, value in request.environ.items() if key.startswith("HTTP_")
        }
        headers = {key: value for key, value in headers.items() if key.lower() not in _HOP_BY_HOP}
        if content_type := request.header("Content-Type"):
            headers["Content-Type"] = content_type
        url = f"{base}{request.path}" + (f"?{request.query}" if request.query else "")
        try:
            answer = httpx.request(request.method, url, headers=headers, content=request.body, timeout=30, trust_env=False)
        except httpx.HTTPError as error:
            return json_response(502, {"message": f"Airflow does not answer: {error}"})
        passed = [(k, v) for k, v in answer.headers.multi_items() if k.lower() not in _HOP_BY_HOP]
        return Response(answer.status_code, Headers(passed), answer.content)

    def _by_arn(self, arn: str) -> Environment | None:
        return next((one for one in self._live() if one.arn == arn), None)
