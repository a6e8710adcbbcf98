"""Git itself behind a small server on loopback. Whatever it answers is passed on as it comes: a tree may have a GiB."""

from __future__ import annotations

import contextlib
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.dag_source.git.served import ENVIRONMENT, Certificate

FAST = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "core.bigFileThreshold", "GIT_CONFIG_VALUE_0": "1m"}
PLAIN = {"GIT_CONFIG_KEY_1": "core.compression", "GIT_CONFIG_VALUE_1": "1"}
QUICK = {**ENVIRONMENT, **FAST, **PLAIN}
"""Git that does not look for likenesses among large files."""


@contextmanager
def served(root: Path) -> Iterator[tuple[str, Certificate]]:
    """Serve the repositories in `root / "served"` within the block; gives their address, and who vouches for it."""
    certificate = Certificate.made(root)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, root))
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_port}", certificate
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, root: Path, *rest: object) -> None:
        self.root = root
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *words: object) -> None: ...

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()

    def _serve(self, body: bytes) -> None:
        url = urlsplit(self.path)
        about = {
            "GIT_PROJECT_ROOT": str(self.root / "served"),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
        with subprocess.Popen(
            ["git", "http-backend"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **QUICK, **about}
        ) as backend:
            assert backend.stdin and backend.stdout
            backend.stdin.write(body)
            backend.stdin.close()
            headers = dict[str, str]()
            while line := backend.stdout.readline().decode().strip():
                name, _, value = line.partition(": ")
                headers[name] = value
            self.send_response(int(headers.pop("Status", "200 OK").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            shutil.copyfileobj(backend.stdout, self.wfile)
