"""A registry of Amazon ECR: the operator's own rights are lent where its administrator says so, and nowhere else."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from mwaa_emulator.client import Emulator
from mwaa_operator.aws.ecr import EcrPasswords
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.errors import OutsideError, Trouble
from mwaa_operator.core.origin import Fetched, Origin
from mwaa_operator.engine.fetching import Fetching
from mwaa_operator.engine.queue import Key
from mwaa_operator.fetch.oci import OciFetcher
from mwaa_operator.fetch.stored import Store

from ..git.served import Certificate
from .served import Registry, basic, htpasswd

HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
PLACE = Origin("oci", "spec.oci", f"oci://{HOST}/dags/team", ("tag", "v1"))
ALLOWED = (f"{HOST}/dags/*",)
# moto's passwords ended long ago
ENDS = datetime(2015, 1, 1, tzinfo=UTC)
FILES = {"a.py": "A = 1\n"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator.started() as emulator:
        yield emulator


@pytest.fixture
def aws(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    emulator.reset()
    emulator.clear_faults()
    emulator.clear_calls()
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    aws = Aws("test")
    yield aws
    aws.close()


class Tunnels(socketserver.ThreadingTCPServer):
    """A proxy that leads to one server, whatever host is asked for."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Tunnel)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Tunnel(socketserver.StreamRequestHandler):
    server: Tunnels

    def handle(self) -> None:
        self.server.asked.append(self.rfile.readline().decode().split()[1])
        while self.rfile.readline().strip():
            pass
        with socket.create_connection(("127.0.0.1", self.server.port)) as there, contextlib.suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(there, self.connection), daemon=True)
            back.start()
            _pass_on(self.connection, there)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def tunnels(tmp_path: Path, new_registry: Callable[..., Registry], monkeypatch: pytest.MonkeyPatch) -> Iterator[Tunnels]:
    """The way to a registry that has ECR's name, a certificate for it, and lets in who has the password of AWS."""
    certificate = Certificate.made(tmp_path, HOST)
    header = basic("AWS", "123456789012-auth-token")
    auth = htpasswd(tmp_path / "auth", "AWS", "123456789012-auth-token")
    registry = new_registry(certificate=certificate, auth=auth, authorization=lambda repository: header)
    registry.push("dags/team", "v1", FILES)
    tunnels = Tunnels(registry.port)
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{tunnels.server_address[1]}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
    yield tunnels
    tunnels.shutdown()
    tunnels.server_close()


async def fetched(aws: Aws, store: Store, origin: Origin, *allowed: str) -> Fetched:
    """Fetch as the operator does."""
    fetching = Fetching({"oci": OciFetcher()}, store.new, patience=30)
    fetching.lent = EcrPasswords(aws, allowed)
    try:
        return await fetching.get(Key("DagSource", "a", "one"), origin, None, fresh=False)
    finally:
        fetching.close()


async def test_without_a_secret_aws_is_asked_for_the_password(
    aws: Aws, emulator: Emulator, store: Store, tunnels: Tunnels
) -> None:
    found = await fetched(aws, store, PLACE, *ALLOWED)
    assert found.fault is None and dict(found.files) == {"a.py": b"A = 1\n"}
    assert set(tunnels.asked) == {f"{HOST}:443"}
    assert emulator.calls("ecr", "GetAuthorizationToken")


@pytest.mark.parametrize("allowed", [(), (f"{HOST}/others/*",), ("dags/*",)])
async def test_without_the_administrators_word_nobody_is_asked(
    aws: Aws, emulator: Emulator, store: Store, tunnels: Tunnels, allowed: tuple[str, ...]
) -> None:
    found = await fetched(aws, store, PLACE, *allowed)
    assert found.fault and (found.fault.trouble, found.fault.reason) == (Trouble.REFUSED, "SourceRegistryNotAllowed")
    assert "`sourceRegistries`" in found.fault.message and not found.known
    assert tunnels.asked == [] and not emulator.calls("ecr", "GetAuthorizationToken")


async def test_without_encryption_no_password_is_sent(aws: Aws, emulator: Emulator) -> None:
    with pytest.raises(OutsideError) as error:
        await EcrPasswords(aws, ("*",))(replace(PLACE, options=frozenset({"insecure"})))
    assert error.value.problem.reason == "SourceNotEncrypted"
    assert not emulator.calls("ecr", "GetAuthorizationToken")


async def test_a_password_is_kept_until_shortly_before_its_end(aws: Aws, emulator: Emulator) -> None:
    now = [ENDS - timedelta(hours=12)]
    lent = partial(EcrPasswords(aws, ("*",), lambda: now[0]), PLACE)
    first = await lent()
    assert first == {"username": b"AWS", "password": b"123456789012-auth-token"}
    now[0] = ENDS - timedelta(minutes=11)
    assert await lent() is first and len(emulator.calls("ecr", "GetAuthorizationToken")) == 1
    now[0] = ENDS - timedelta(minutes=9)
    assert await lent() == first and len(emulator.calls("ecr", "GetAuthorizationToken")) == 2


@pytest.mark.parametrize(("domain", "region"), [("amazonaws.com", "eu-central-1"), ("amazonaws.com.cn", "cn-north-1")])
async def test_the_region_of_the_registry_is_asked(aws: Aws, emulator: Emulator, domain: str, region: str) -> None:
    url = f"oci://123456789012.dkr.ecr.{region}.{domain}/dags"
    assert (await EcrPasswords(aws, ("*",))(replace(PLACE, url=url)))["username"] == b"AWS"
    assert [call.region for call in emulator.calls("ecr", "GetAuthorizationToken")] == [region]


@pytest.mark.parametrize(
    "origin",
    [
        replace(PLACE, secret="pull"),
        replace(PLACE, type="git"),
        replace(PLACE, url=f"oci://{HOST}.example.com/dags"),
        replace(PLACE, url=f"oci://{HOST}:8443/dags"),
        replace(PLACE, url=f"oci://example.com/{HOST}/dags"),
        replace(PLACE, url="oci://public.ecr.aws/dags"),
    ],
)
async def test_nobody_else_is_given_the_password(aws: Aws, emulator: Emulator, origin: Origin) -> None:
    assert await EcrPasswords(aws, ("*",))(origin) == {}
    assert not emulator.calls("ecr", "GetAuthorizationToken")


async def test_what_aws_denies_is_said(aws: Aws, emulator: Emulator) -> None:
    emulator.fault("ecr", "GetAuthorizationToken", code="AccessDeniedException")
    with pytest.raises(OutsideError) as error:
        await EcrPasswords(aws, ("*",))(PLACE)
    assert error.value.problem.trouble is Trouble.DENIED and "ecr:GetAuthorizationToken" in error.value.problem.message
