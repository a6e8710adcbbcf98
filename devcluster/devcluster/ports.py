"""Free ports on the loopback address."""

import random
import socket

LOOPBACK = "127.0.0.1"
# Below the range from which systems take the ports of outgoing connections: such a connection could otherwise hold the
# port between our look and the server's start, or while a server is restarted on it.
_FIRST, _LAST = 20000, 32000
_ATTEMPTS = 200
_handed_out: set[int] = set()


def free_port() -> int:
    """Return a port on 127.0.0.1 that nothing listens on and that was not returned before in this process."""
    for _ in range(_ATTEMPTS):
        port = random.randrange(_FIRST, _LAST)
        if port not in _handed_out and is_free(port):
            _handed_out.add(port)
            return port
    raise OSError(f"found no free port on {LOOPBACK} between {_FIRST} and {_LAST}")


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier server on this port that linger in TIME_WAIT are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
