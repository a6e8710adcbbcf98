"""Who may read a registry: passwords, docker configs and tokens, and where they are never sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mwaa_operator.core.errors import Trouble
from mwaa_operator.fetch.stored import Store

from ..git.served import Certificate
from .conftest import Oci
from .served import Registry, Tokens, basic, htpasswd

FILES = {"a.py": "A = 1\n"}


def docker_config(host: str, user: str = "me", password: str = "secret", coded: bool = True) -> dict[str, bytes]:
    entry = (
        {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}
        if coded
        else {"username": user, "password": password}
    )
    return {".dockerconfigjson": json.dumps({"auths": {host: entry}}).encode()}


@pytest.fixture
def private(tmp_path: Path, store: Store, certificate: Certificate, new_registry: Callable[..., Registry]) -> Oci:
    """A registry behind TLS that asks for a password."""
    auth = htpasswd(tmp_path / "auth", "me", "secret")
    registry = new_registry(certificate=certificate, auth=auth, authorization=lambda repository: basic("me", "secret"))
    registry.push("dags", "v1", FILES)
    return Oci(registry, store, tmp_path)


@pytest.fixture
def tokens(tmp_path: Path, certificate: Certificate) -> Iterator[Tokens]:
    made = Tokens(tmp_path / "tokens", certificate)
    yield made
    made.stop()


def authority(certificate: Certificate) -> dict[str, bytes]:
    return {"ca.crt": certificate.certificate.read_bytes()}


@pytest.mark.parametrize(
    "secret",
    [
        lambda host: docker_config(host),
        lambda host: docker_config(host, coded=False),
        lambda host: docker_config(f"https://{host}/"),
        lambda host: {"username": b"me", "password": b"secret"},
    ],
)
def test_a_password_lets_one_in(private: Oci, certificate: Certificate, secret: Callable[[str], dict[str, bytes]]) -> None:
    private.secret = authority(certificate) | secret(private.registry.host)
    assert dict(private.fetch().files) == {"a.py": b"A = 1\n"}


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (lambda host: {}, "asks for credentials"),
        (lambda host: docker_config("elsewhere.example.com"), "has none for this host"),
        (lambda host: docker_config(host, password="wrong"), "does not let one in (401). Correct the credentials"),
        (lambda host: {".dockerconfigjson": b"["}, "is no docker config"),
        (lambda host: {".dockerconfigjson": b'{"auths": {"' + host.encode() + b'": 7}}'}, "is no docker config"),
    ],
)
def test_without_the_right_one_nobody_gets_in_and_it_is_said(
    private: Oci, certificate: Certificate, secret: Callable[[str], dict[str, bytes]], said: str
) -> None:
    private.secret = authority(certificate) | secret(private.registry.host)
    problem = private.refused(private.origin(secret="pull"))
    assert problem.reason == "SourceAuthFailed" and said in problem.message
    assert "wrong" not in problem.message


def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(private: Oci) -> None:
    private.secret = docker_config(private.registry.host)
    problem = private.refused()
    assert (problem.trouble, problem.reason) == (Trouble.DENIED, "SourceHostUnknown")
    assert "`ca.crt`" in problem.message


def test_a_ca_that_is_none_is_named(private: Oci) -> None:
    private.secret = {"ca.crt": b"no"}
    assert "`ca.crt` in the Secret is no certificate" in private.refused().message


def test_a_token_is_fetched_for_the_password_and_the_password_goes_to_nobody_else(
    tmp_path: Path, store: Store, certificate: Certificate, tokens: Tokens, new_registry: Callable[..., Registry]
) -> None:
    def may(repository: str) -> str:
        return f"Bearer {tokens.token(repository, 'pull', 'push')}"

    registry = new_registry(certificate=certificate, auth=tokens.auth, authorization=may)
    registry.push("team/dags", "v1", FILES)
    oci = Oci(registry, store, tmp_path, authority(certificate) | docker_config(registry.host))
    assert dict(oci.fetch(oci.origin("team/dags")).files) == {"a.py": b"A = 1\n"}
    # once for the look, once for the fetch: the token is used for all that follows
    assert tokens.asked == [("repository:team/dags:pull", basic("me", "secret"))] * 2

    oci.secret = authority(certificate) | docker_config(registry.host, password="wrong")
    problem = oci.refused(oci.origin("team/dags", secret="pull"))
    assert (problem.trouble, problem.reason) == (Trouble.DENIED, "SourceAuthFailed")
    assert "/token does not let one in" in problem.message and "Secret pull" in problem.message


def test_a_secret_is_not_sent_along_to_where_one_is_sent_on(tmp_path: Path, certificate: Certificate) -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    from mwaa_operator.core.origin import Origin
    from mwaa_operator.fetch.limits import Limits
    from mwaa_operator.fetch.web import Web
    from mwaa_operator.fetch.wire import Wire

    seen: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *words: object) -> None: ...

        def do_GET(self) -> None:
            seen.append((self.headers["Host"], self.headers.get("Authorization")))
            port = self.server.server_address[1]
            on = self.path == "/first"
            self.send_response(307 if on else 200)
            if on:
                self.send_header("Location", f"http://localhost:{port}/second?signature=x")
            self.send_header("Content-Length", "0")
            self.end_headers()

    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = Origin("oci", "spec.oci", "oci://127.0.0.1/dags")
    with Wire(origin, Limits(), 10, "SourceUnreachable") as wire:
        web = Web(origin, wire, plain=True)
        with web.ask("GET", f"http://127.0.0.1:{server.server_port}/first", {"Authorization": "Basic x"}) as answer:
            assert answer.status == 200
    server.shutdown()
    server.server_close()
    port = server.server_port
    assert seen == [(f"127.0.0.1:{port}", "Basic x"), (f"localhost:{port}", None)]
