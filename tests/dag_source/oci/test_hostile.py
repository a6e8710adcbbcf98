"""Answers that no registry gives: each is refused by name, and none counts as a fault of the operator itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.origin import Origin
from mwaa_operator.fetch.flux import FluxFetcher
from mwaa_operator.fetch.oci import OciFetcher
from mwaa_operator.fetch.stored import Store

from .served import sha256

DIGEST = sha256(b"")
LAYER = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": DIGEST, "size": 1}
ADDRESSES = [
    "http://[x",
    "//[x",
    "http://",
    "http:///path",
    "https://[::1",
    "http://h:port/",
    "http://h:99999999/",
    "file:///etc/passwd",
    f"http://{'a' * 300}.example.com/",
    "http://xn--\xff/",
    "http://a..b/",
]


@dataclass
class Answers:
    """A server that says whatever it is told to say."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    token: bytes | None = None
    port: int = 0


@pytest.fixture
def answers() -> Iterator[Answers]:
    said = Answers()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *words: object) -> None: ...

        def do_GET(self) -> None:
            is_token = self.path.startswith("/token")
            status, body = (200, said.token or b"") if is_token else (said.status, said.body)
            self.send_response(status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    said.port = server.server_port
    yield said
    server.shutdown()
    server.server_close()


@pytest.fixture
def refused(answers: Answers, store: Store) -> Callable[..., Problem]:
    """Fetch what the server has, and give why it was refused."""

    def fetch(digest: str = "") -> Problem:
        reference = ("digest", digest) if digest else ("tag", "v1")
        url = f"oci://127.0.0.1:{answers.port}/dags"
        origin = Origin("oci", "spec.oci", url, reference, options=frozenset({"insecure"}))
        fetcher = OciFetcher()
        with pytest.raises(OutsideError) as error:
            fetcher.fetch(origin, {}, fetcher.look(origin, {}), store.new())
        assert store.taken == 0 and error.value.problem.message.startswith("spec.oci: ")
        return error.value.problem

    return fetch


@pytest.mark.parametrize(
    "manifest",
    [
        *({"manifests": [each]} for each in (5, None, "x", [], [["digest", DIGEST]], {}, {"digest": 5})),
        *({"manifests": each} for each in (5, None, {}, "x")),
        {"manifests": [{"digest": DIGEST, "size": "@@@"}]},
        *({"layers": each} for each in (5, None, {}, [], "x", [5], [None], [[]], ["x"], [{}])),
        *({"layers": [LAYER | {"size": each}]} for each in ("@@@", -1, None, [], {}, "x", "nan")),
        *({"layers": [LAYER | {"digest": each}]} for each in (5, None, [], "sha256:x", "md5:" + "0" * 32)),
        *({"layers": [LAYER | {"annotations": each}]} for each in (5, "x", [5])),
        [],
        5,
        None,
    ],
)
def test_a_manifest_of_other_types_is_no_artifact(
    answers: Answers, refused: Callable[..., Problem], manifest: object
) -> None:
    # a number that no other program would write
    answers.body = json.dumps(manifest).replace('"@@@"', "1e999").encode()
    problem = refused(sha256(answers.body))
    assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "NotAnArtifact")


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_is_none_is_not_followed(answers: Answers, refused: Callable[..., Problem], address: str) -> None:
    answers.status, answers.headers = 307, {"Location": address}
    assert refused().reason in ("SourceUnreachable", "SourceNotEncrypted")


@pytest.mark.parametrize("address", ADDRESSES)
def test_nor_is_one_where_a_token_is_to_be_had(answers: Answers, refused: Callable[..., Problem], address: str) -> None:
    answers.status, answers.headers = 401, {"WWW-Authenticate": f'Bearer realm="{address}",service="s"'}
    assert refused().reason in ("SourceUnreachable", "SourceNotEncrypted")


@pytest.mark.parametrize("token", ["5", "null", '"x"', "[]", '{"token": 5}', '{"token": "a\\nb"}', '{"token": "\\u043a"}'])
def test_a_token_that_is_none_is_not_used(answers: Answers, refused: Callable[..., Problem], token: str) -> None:
    answers.status, answers.token = 401, token.encode()
    answers.headers = {"WWW-Authenticate": f'Bearer realm="http://127.0.0.1:{answers.port}/token"'}
    problem = refused()
    assert problem.reason == "SourceUnreachable" and "gives no token" in problem.message


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_a_source_of_flux_names_is_no_address_either(store: Store, tmp_path: Path, address: str) -> None:
    told = {"url": address.encode(), "digest": DIGEST.encode(), "revision": b"main"}
    with pytest.raises(OutsideError) as error:
        FluxFetcher().fetch(Origin("flux", "spec.fluxRef", "GitRepository dags"), told, "main", store.new())
    assert error.value.problem.reason == "SourceUnreachable" and store.taken == 0
