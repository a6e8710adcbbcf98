"""Constraints that Airflow publishes, or a mirror of them: one small text."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlsplit

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import Fetched, Origin, Room
from ..sources.constraint_lines import strange
from .limits import Limits
from .web import Web
from .wire import Wire, Wired

SECONDS = 30.0
MOST = 4 * 1024 * 1024
"""Bytes. The longest that Airflow has ever published has 40,000."""
DENYING = frozenset({401, 403})
NOT_OUTSIDE = tuple(map(ipaddress.ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "0.0.0.0/32", "::/128")))
"""Where a machine, a pod or a task is told its credentials (instance metadata, EKS Pod Identity), and no mirror is."""
LOOPBACK = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "::1/128")))


class Constraints(Wired):
    """`engine.ports.Fetcher`: reads a text once. It belongs to a version that is out, and does not change."""

    FILE: ClassVar[str] = "constraints.txt"
    UNREACHABLE: ClassVar[str] = "ConstraintsUnreachable"

    def __init__(self, *, seconds: float = SECONDS, loopback: bool = False) -> None:
        """Read within so much time.

        Args:
            seconds: for the whole of one text.
            loopback: the operator's own machine may be asked too.
        """
        super().__init__(Limits(aside=MOST * 2))
        self._seconds = seconds
        self._loopback = loopback

    def look(self, origin: Origin, secret: Mapping[str, bytes]) -> str:
        """Name it by its place."""
        return hashlib.sha256(origin.url.encode()).hexdigest()

    def fetch(self, origin: Origin, secret: Mapping[str, bytes], revision: str, room: Room) -> Fetched:
        """Read it.

        Raises:
            OutsideError: it is not there, nobody answers, it is too large, or no constraints file.
        """
        with contextlib.closing(room):
            return Fetched(revision, {self.FILE: self.text(origin, origin.url).encode()})

    def text(self, origin: Origin, url: str) -> str:
        """Read the constraints at a URL.

        Args:
            origin: that wants them, for messages.
            url: of http or https.

        Raises:
            OutsideError: it is not there, nobody answers, it is too large, or no constraints file.
        """
        with self._wire(origin, self._seconds) as wire:
            content = self._read(origin, url, wire)
        text = content.decode("utf-8", errors="replace")
        if number := strange(text):
            raise _refused(
                f"{origin.where}: line {number} of {url} is not `name==version`, so that it is no constraints file, and is "
                "not used. Name the URL of one that has nothing but packages with versions, and comments."
            )
        return text

    def _read(self, origin: Origin, url: str, wire: Wire) -> bytes:
        def admit(address: str) -> None:
            if is_refused(address, loopback=self._loopback):
                raise _refused(
                    f"{origin.where}: {url} leads to {address}, an address of the operator's own machine, which is not "
                    "asked. Name a server."
                )

        web = Web(origin, wire, plain=urlsplit(url).scheme == "http", admit=admit)
        try:
            with web.ask("GET", url, expected=DENYING) as answer:
                if answer.status in DENYING:
                    text = f"{origin.where}: {url} wants credentials ({answer.status}). Name a place where anybody may read."
                    raise OutsideError(Problem(Trouble.UNAVAILABLE, "ConstraintsUnreachable", text))
                return web.read(answer, MOST)
        except OutsideError as error:
            raise OutsideError(Problem(error.problem.trouble, "ConstraintsUnreachable", error.problem.message)) from error


def is_refused(address: str, *, loopback: bool) -> bool:
    """Tell whether an address, as a socket has it, is one that nobody may send the operator to; `loopback`: that is none."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in (*NOT_OUTSIDE, *(() if loopback else LOOPBACK)))


def _refused(text: str) -> OutsideError:
    return OutsideError(Problem(Trouble.REFUSED, "ConstraintsUnreachable", text))
