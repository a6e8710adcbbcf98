"""What of Flux a test needs: its definitions, as small as they can be, and a real server that hands out artifacts.

The names, the group and the version are Flux's own. Its controllers are not here: what they write into `status.artifact`
(`url`, `digest`, `revision`) a test writes, as the API of Flux says it.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

GROUP = "source.toolkit.fluxcd.io"
KINDS = {
    "GitRepository": "gitrepositories",
    "OCIRepository": "ocirepositories",
    "Bucket": "buckets",
    "ExternalArtifact": "externalartifacts",
}


def definitions() -> list[dict[str, Any]]:
    """Give the four definitions."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": anything, "status": anything}}}
    served = {"name": "v1", "served": True, "storage": True, "schema": schema, "subresources": {"status": {}}}
    return [
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{GROUP}"},
            "spec": {
                "group": GROUP,
                "scope": "Namespaced",
                "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
                "versions": [served],
            },
        }
        for kind, plural in KINDS.items()
    ]


class Files:
    """A directory behind a real HTTP server, as the source controller keeps its artifacts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def put(self, name: str, data: bytes) -> dict[str, str]:
        """Put an artifact there, and give what a source says of it."""
        (self.root / name).write_bytes(data)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        return {"url": f"{self.url}/{name}", "digest": digest, "revision": f"main@sha1:{name}"}

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def serving(root: Path) -> Iterator[Files]:
    root.mkdir(parents=True, exist_ok=True)
    files = Files(root)
    yield files
    files.stop()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, files: Files, *rest: Any) -> None:
        self.files = files
        super().__init__(*rest, directory=str(files.root))

    def log_message(self, *words: object) -> None: ...

    def do_GET(self) -> None:
        self.files.asked.append(self.path)
        super().do_GET()
