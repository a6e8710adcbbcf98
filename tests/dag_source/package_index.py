"""A package index as pip and uv know it (PEP 503), over loopback HTTP, with wheels that are made when they are asked for."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def wheel(name: str, version: str, *needs: str) -> bytes:
    """Build a wheel with nothing in it but what it needs."""
    about = f"{name}-{version}.dist-info"
    needed = "".join(f"Requires-Dist: {each}\n" for each in needs)
    files = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text)}\n"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in {**files, f"{about}/RECORD": record + f"{about}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return made.getvalue()


@dataclass
class PackageIndex:
    """The server, and what it has."""

    wheels: dict[str, bytes] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """Other files, such as constraints, by path."""
    asked: list[str] = field(default_factory=list)
    refuses: int = 0
    """The status of every answer, where it is not 0."""

    def __post_init__(self) -> None:
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.answer()

            def do_GET(self) -> None:
                self.wfile.write(self.answer())

            def answer(self) -> bytes:
                index.asked.append(self.path)
                status, content, type_ = index.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", type_)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                return content

            def log_message(self, *words: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def simple(self) -> str:
        return f"{self.url}/simple"

    def add(self, name: str, version: str, *needs: str) -> None:
        self.wheels[f"{name.replace('-', '_')}-{version}-py3-none-any.whl"] = wheel(name, version, *needs)

    def answer(self, path: str) -> tuple[int, bytes, str]:
        if self.refuses:
            return self.refuses, b"", "text/plain"
        if path in self.texts:
            return 200, self.texts[path].encode(), "text/plain"
        if path.startswith("/wheels/"):
            return 200, self.wheels[path.removeprefix("/wheels/")], "application/octet-stream"
        name = path.removeprefix("/simple/").strip("/").replace("-", "_")
        found = [each for each in self.wheels if each.split("-")[0] == name]
        links = "".join(f'<a href="/wheels/{each}">{each}</a>' for each in found)
        return (200 if found else 404), f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
