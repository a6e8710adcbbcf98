"""The HTTP server: werkzeug's threaded one, kept open between requests.

werkzeug's own request handler closes every connection, because it streams bodies and cannot tell where the next request
begins. Here every body is read and every answer written whole, so a connection can serve the next request. moto's
handler, from which this one descends, keeps the underscores in the names of S3 metadata headers.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from mwaa_emulator.app import DROP
from mwaa_emulator.wire import Environ, StartResponse, call_application


class Handler(MotoRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_expect_100(self) -> bool:
        """Say at once that the body may come: the client waits for it, and our writes are buffered."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def run_wsgi(self) -> None:
        """Answer one request and leave the connection ready for the next."""
        environ = self.make_environ()
        try:
            response = call_application(self.server.app, environ)
        except Exception as error:
            self.close_connection = True
            self.server.log("error", "%s %s failed: %r", self.command, self.path, error)
            raise
        if environ.get(DROP):
            self._drop()
            return
        self.send_response(response.status)
        for name, value in response.headers.items():
            if name.lower() not in ("connection", "content-length", "server", "date", "transfer-encoding"):
                self.send_header(name, value)
        length = response.headers.get("Content-Length") if self.command == "HEAD" else None
        if response.status >= 200 and response.status != 204 and response.status != 304:
            self.send_header("Content-Length", length or str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def _drop(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """The record of calls is asked for by the admin API; nothing goes to stderr."""


def _not_ready(environ: Environ, start_response: StartResponse) -> list[bytes]:
    start_response("503 Service Unavailable", [])
    return []


def listen(host: str, port: int) -> BaseWSGIServer:
    """A server bound to its port (0: any free one), not yet serving; its `app` is set before it serves."""
    server = make_server(host, port, _not_ready, threaded=True, request_handler=Handler)
    server.daemon_threads = True  # type: ignore[attr-defined]
    return server
