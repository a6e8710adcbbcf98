"""Connections that can be ended while somebody waits for them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .wire import Wire


def cut_by(wire: Wire, admit: Callable[[str], None] | None = None) -> dict[str, type[HTTPConnectionPool]]:
    """Give the two classes of connection pools, by scheme, whose connections the wire can end.

    Args:
        wire: ends them.
        admit: is told the address of each server before anything is asked there, and may raise. A proxy is not asked about.
    """

    def hold(connection: HTTPConnection) -> None:
        # of the plain socket: what TLS would say beforehand is of no interest
        plain = getattr(connection.sock, "socket", connection.sock)
        if admit and not connection.proxy:
            # of the connection that stands: a name may lead elsewhere the next time it is looked up
            admit(str(plain.getpeername()[0]))
        wire.hold(partial(socket.socket.shutdown, plain, socket.SHUT_RDWR))

    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            hold(self)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            hold(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
