"""moto's server application, and a way to call it from inside without a socket.

The services of the emulator that need to know what the account holds (does the bucket have versioning, does the role
exist) ask with ordinary boto3 clients, so they see what any client sees. Such calls are not recorded and meet no faults.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("MOTO_PRETTIFY_RESPONSES", "false")

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from moto.iam.models import SERVICE_NAME_CONVERSION
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import EnvironBuilder, run_wsgi_app

_ENDPOINT = "http://127.0.0.1"


SERVICE_NAME_CONVERSION["airflow"] = "AmazonMWAA"
"""How the service-linked role of MWAA is called behind `AWSServiceRoleFor`: moto takes the name of the service for it."""


ADMINISTRATOR = "user/emulator"
"""Whose a key is that nobody has made: a user of the account who may do everything."""


def known_as(arn: str) -> str:
    """Whom IAM knows: moto's name for the holder of such a key is none of a user, a group or a role."""
    partition, account = arn.split(":")[1], arn.split(":")[4]
    return f"arn:{partition}:iam::{account}:{ADMINISTRATOR}" if arn.endswith(":user/moto") and ":sts:" in arn else arn


def moto_application() -> Any:
    """Moto's WSGI application, as its own server runs it."""
    return DomainDispatcherApplication(create_backend_app)


class MotoClients:
    """boto3 clients whose requests go straight into moto's application."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str, str], Any] = {}

    def client(self, service: str, account: str, region: str) -> Any:
        """A client that acts in the account and region."""
        key = (service, account, region)
        with self._lock:
            if key not in self._clients:
                session = boto3.Session(aws_access_key_id="internal", aws_secret_access_key="internal")
                client = session.client(service, region_name=region, endpoint_url=_ENDPOINT, config=_CONFIG)
                self._clients[key] = self._connect(client, account)
            return self._clients[key]

    def caller_arn(self, access_key: str, region: str) -> str:
        """Who an access key belongs to."""
        session = boto3.Session(aws_access_key_id=access_key, aws_secret_access_key="internal")
        client = self._connect(session.client("sts", region_name=region, endpoint_url=_ENDPOINT, config=_CONFIG), None)
        return known_as(str(client.get_caller_identity()["Arn"]))

    def _connect(self, client: Any, account: str | None) -> Any:
        def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
            return _call(self._app, request, account)

        client.meta.events.register_first("before-send.*.*", send)
        return client


_CONFIG = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0})


def _call(app: Any, request: AWSPreparedRequest, account: str | None) -> AWSResponse:
    headers = {name: _text(value) for name, value in request.headers.items()}
    if account is not None:
        headers["x-moto-account-id"] = account
    body = request.body or b""
    data = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else body.read()
    target = request.url.removeprefix(_ENDPOINT)
    builder = EnvironBuilder(path=target, method=request.method, base_url=_ENDPOINT, headers=headers, data=data)
    environ = builder.get_environ()
    chunks, status, answer_headers = run_wsgi_app(app, environ, buffered=True)
    code = int(status.split(" ", 1)[0])
    return AWSResponse(request.url, code, dict(answer_headers.items()), _Raw(b"".join(chunks)))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class _Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, size: int = 65536, **_: Any) -> Iterator[bytes]:
        while chunk := self.read(size):
            yield chunk
