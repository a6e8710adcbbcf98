"""Constraints that Airflow publishes, or a mirror of them: one small text."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from http.client import HTTPException
from typing import ClassVar
from urllib.request import urlopen

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import Fetched, Origin, Room

SECONDS = 30.0
MOST = 4 * 1024 * 1024
"""Bytes. The longest that Airflow has ever published has 40,000."""


class Constraints:
    """`engine.ports.Fetcher`: reads a text once. It belongs to a version that is out, and does not change."""

    TYPE: ClassVar[str] = "constraints"
    FILE: ClassVar[str] = "constraints.txt"

    def close(self) -> None:
        """Nothing takes long."""

    def look(self, origin: Origin, secret: Mapping[str, bytes]) -> str:
        """Name it by its place."""
        return hashlib.sha256(origin.url.encode()).hexdigest()

    def fetch(self, origin: Origin, secret: Mapping[str, bytes], revision: str, room: Room) -> Fetched:
        """Read it.

        Raises:
            OutsideError: it is not there, nobody answers, or it is too large.
        """
        with contextlib.closing(room):
            try:
                with urlopen(origin.url, timeout=SECONDS) as answer:  # the spec allows http and https only
                    content = answer.read(MOST + 1)
            except (OSError, HTTPException, ValueError) as error:
                text = f"the constraints {origin.url} cannot be read ({error})."
                raise OutsideError(Problem(Trouble.UNAVAILABLE, "ConstraintsUnreachable", text)) from error
        if len(content) > MOST:
            text = f"{origin.url} has more than {MOST} bytes, and is no constraints file."
            raise OutsideError(Problem(Trouble.REFUSED, "ConstraintsUnreachable", text))
        return Fetched(revision, {self.FILE: content})
