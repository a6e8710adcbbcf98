"""Places outside that a kind wants files from, and what was found there. No I/O: reading is what the mapping does."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from .errors import Problem
from .finding import Finding

AGAIN = timedelta(minutes=5)
SHOWN = 253
"""How many characters of a revision status takes (`api.shared.Label`): the API server would refuse all of it otherwise."""
INSECURE, SUBMODULES, SIGNED_BY = "insecure", "submodules", "cosign "
"""Options of an `Origin`, as kinds write and fetchers read them. The last one stands before a public key that must have
signed what is there."""
SIGNED_TAG, SIGNED_COMMIT, SIGNER = "signed tag", "signed commit", "signer "
"""Options of one in Git: what must be signed, and before each public key by whom."""
FLUX = "source.toolkit.fluxcd.io"
"""The group of Flux's sources."""


@dataclass(frozen=True)
class Publisher:
    """An object of somebody else in Kubernetes that says where files are."""

    group: str
    kind: str
    name: str
    namespace: str = ""
    """Empty: that of the object that names it."""

    @property
    def type(self) -> str:
        """Tell it from kinds of the same name in other groups."""
        return f"{self.kind}.{self.group}"


@dataclass(frozen=True)
class Origin:
    """One place, and what is wanted of it. Equal ones are fetched once."""

    type: str
    """Which fetcher knows the way, such as `git`."""
    where: str = field(compare=False)
    """The field of the spec that names it, for messages."""
    url: str
    reference: tuple[str, str] = ("", "")
    """What moves, and which: `("branch", "main")`. Empty: what the place itself shows first."""
    path: str = ""
    """The folder there whose files are wanted; empty for all of it."""
    secret: str = ""
    """The Secret in the object's namespace that lets one in; empty where anybody may read."""
    publisher: Publisher | None = None
    """The object that says where it is now, and what stands in place of a Secret then."""
    options: frozenset[str] = frozenset()
    """What else is wanted, in the words of the fetcher."""
    text: str = field(default="", repr=False)
    """A question that is asked there, in the words of the fetcher."""
    interval: timedelta = field(default=AGAIN, compare=False)
    """When to look again."""


def shown(revision: str) -> str:
    """Give a revision as it may stand in status. One that is too long keeps its two ends, and has a hash in between."""
    if len(revision) <= SHOWN:
        return revision
    told = f"~{hashlib.sha256(revision.encode()).hexdigest()[:16]}~"
    head = SHOWN // 2
    return f"{revision[:head]}{told}{revision[head + len(told) - SHOWN :]}"


class Hashed(Mapping[str, bytes]):
    """Files that are read one by one, when they are asked for, and whose hashes are known beforehand."""

    @abstractmethod
    def sha256(self, path: str) -> str:
        """Give the SHA-256 (hex) of a file, without reading it.

        Raises:
            KeyError: there is no such file.
        """
        ...


class Room(Protocol):
    """An empty directory for what is fetched, in a store of bounded size."""

    @property
    def path(self) -> Path:
        """The directory."""
        ...

    def take(self, size: int) -> None:
        """Ask for bytes before they are written.

        Raises:
            OutsideError: the store is full.
        """
        ...

    def part(self) -> Room:
        """Give a directory inside it, for what is needed for a while only."""
        ...

    def close(self) -> None:
        """Clear the directory away."""
        ...


def sha256_of(files: Mapping[str, bytes], path: str) -> str:
    """Give the SHA-256 (hex) of a file."""
    return files.sha256(path) if isinstance(files, Hashed) else hashlib.sha256(files[path]).hexdigest()


@dataclass(frozen=True)
class Fetched:
    """What is known of a place."""

    revision: str = ""
    """Which state of it the files are, such as `main@sha1:4b825dc...`; empty before the first fetch."""
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    findings: tuple[Finding, ...] = ()
    refused: frozenset[str] = frozenset()
    """Paths of files that may not be delivered. What was delivered there earlier stays."""
    fault: Problem | None = None
    """Why the last look failed: the files are those of an earlier one then, if there are any."""
    lasting: bool = False
    """The looks have failed for so long that somebody should know."""
    pending: bool = False
    """A fetch is under way."""
    again: timedelta = AGAIN
    """When the next look is due."""

    @property
    def known(self) -> bool:
        """Whether there are files, of now or of earlier."""
        return bool(self.revision)
