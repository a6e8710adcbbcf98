"""What Flux has fetched: an archive that its controller hands out in the cluster, checked against its digest."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import Fetched, Origin, Room
from .archive import unpack, without_folder
from .checkout import checkout
from .web import Web
from .wire import Wired

ALGORITHMS = frozenset({"sha256", "sha384", "sha512"})
GONE = frozenset({404})


class FluxFetcher(Wired):
    """Fetches the artifact that a source names. Here the `secret` is what the source says: `url`, `digest`, `revision`."""

    def look(self, origin: Origin, secret: Mapping[str, bytes]) -> str:
        """Say what the source has said: nobody else is asked."""
        return secret["revision"].decode()

    def fetch(self, origin: Origin, secret: Mapping[str, bytes], revision: str, room: Room) -> Fetched:
        """Fetch the artifact, check it, and only then unpack it."""
        with checkout(room) as found:
            with self._wire(origin, self._limits.seconds) as wire, contextlib.closing(room.part()) as part:
                told, wanted = _digest(origin, secret["digest"].decode())
                path = part.path / "artifact"
                # within a cluster it is not encrypted: the digest, which the API server vouches for, tells what it is
                web = Web(origin, wire, plain=True)
                with web.ask("GET", secret["url"].decode(), expected=GONE) as answer, path.open("wb") as file:
                    if answer.status in GONE:
                        raise _gone(origin)
                    for data in web.parts(answer, self._limits.pack):
                        part.take(len(data))
                        told.update(data)
                        file.write(data)
                if told.hexdigest() != wanted:
                    raise _altered(origin, secret["digest"].decode())
                unpack(path, part, origin, self._limits, found)
            if missing := without_folder(found, origin):
                raise missing
        return found.fetched(revision)


def _digest(origin: Origin, digest: str) -> tuple[hashlib._Hash, str]:
    """Give the hash that tells, and what it must come to. Older releases of Flux write no name before it."""
    name, _, value = digest.rpartition(":")
    if not value or (name or "sha256") not in ALGORITHMS:
        text = f"{origin.where}: {origin.url} names no digest that can be checked ({digest[:100]!r}): it is not delivered. "
        text += f"Have it published with one of {', '.join(sorted(ALGORITHMS))}."
        raise OutsideError(Problem(Trouble.REFUSED, "VerificationFailed", text))
    return hashlib.new(name or "sha256"), value


def _gone(origin: Origin) -> OutsideError:
    text = f"{origin.where}: the artifact of {origin.url} has been replaced: its newest one is looked up."
    return OutsideError(Problem(Trouble.NOT_YET, "ArtifactReplaced", text))


def _altered(origin: Origin, digest: str) -> OutsideError:
    text = f"{origin.where}: the artifact of {origin.url} is not what {digest} says: it is not delivered, and fetched again."
    return OutsideError(Problem(Trouble.UNAVAILABLE, "SourceAltered", text))
