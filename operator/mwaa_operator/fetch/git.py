"""Git repositories: one look at the references, and one shallow fetch when they have changed."""

from __future__ import annotations

import contextlib
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from dulwich.client import GitClient, HTTPUnauthorized
from dulwich.errors import (
    ApplyDeltaError,
    ChecksumMismatch,
    FileFormatException,
    GitProtocolError,
    HangupException,
    NotGitRepository,
    ObjectMissing,
    WrongObjectException,
)
from dulwich.object_store import DiskObjectStore
from dulwich.objects import Commit, Tag
from dulwich.pack import UnresolvedDeltas
from paramiko import SSHException

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import SUBMODULES, Fetched, Origin, Room
from .checkout import Checkout, checkout, refuse
from .git_client import client_for
from .git_modules import address, modules, shared
from .git_pack import PackBounds, PackError, inspect
from .git_reference import HEADS, PEELED, TAGS, chosen, missing, prefixes
from .git_signature import verify
from .git_tree import GITLINK, entries, folder, left_out, write
from .limits import too_large
from .wire import Wire, Wired

HEAD = b"HEAD"
TAG_CHAIN = 10
MODULES = 20
"""How many submodules a source may have, those of submodules included."""
UNPACKING = threading.Lock()
"""One at a time: large objects are in memory, with what they are made from."""
BROKEN = (GitProtocolError, HangupException, OSError, EOFError, SSHException, ValueError, KeyError, AssertionError)
"""What the libraries raise at a server that hangs up, or answers nonsense."""
DAMAGED = (
    FileFormatException,
    ChecksumMismatch,
    WrongObjectException,
    ObjectMissing,
    ApplyDeltaError,
    UnresolvedDeltas,
    zlib.error,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What is raised over objects that are not what they say, or were made to do harm: the library expects sound ones."""


class GitFetcher(Wired):
    """Reads repositories over https and ssh. Nothing of them is kept but the files that are wanted."""

    UNREACHABLE: ClassVar[str] = "GitUnreachable"

    def look(self, origin: Origin, secret: Mapping[str, bytes]) -> str:
        """Ask for the references that matter. A commit that is named by its hash is what it is."""
        if origin.reference[0] == "commit":
            return _revision("", origin.reference[1].encode())
        with _named(origin), self._wire(origin, self._limits.look) as wire:
            client, path = client_for(origin.url, secret, origin.where, wire)
            with contextlib.closing(client):
                shown_refs = client.get_refs(path.encode(), ref_prefix=prefixes(origin.reference))
            refs = {bytes(name): sha for name, sha in shown_refs.refs.items()}
            called, sha = chosen(origin, refs, {bytes(name): bytes(to) for name, to in shown_refs.symrefs.items()})
            peeled = refs.get(TAGS + called.encode() + PEELED) or sha
        return _revision(called, peeled)

    def fetch(self, origin: Origin, secret: Mapping[str, bytes], revision: str, room: Room) -> Fetched:
        """Fetch the newest commit alone, and write its files into the room."""
        del revision  # the remote may have moved on: what is fetched says what it is
        with checkout(room) as found:
            wire = self._wire(origin, self._limits.seconds)
            with _named(origin), wire, contextlib.closing(room.part()) as part:
                objects = DiskObjectStore.init(str(part.path))
                with contextlib.closing(objects):
                    called, pointed_to, commit = self._commit(origin, secret, objects, part, wire)
                    with _sound(origin):
                        verify(origin, called, pointed_to, commit)
                    self._files(origin, secret, objects, commit, found, wire)
        return found.fetched(_revision(called, commit.id))

    def _commit(
        self, origin: Origin, secret: Mapping[str, bytes], objects: Any, room: Room, wire: Wire
    ) -> tuple[str, Tag | Commit, Commit]:
        """Receive the wanted commit, alone where the server can do that. Say what it is called, and what that points to."""
        kind, name = origin.reference
        picked: list[tuple[str, bytes]] = []

        def wants(refs: Mapping[bytes, bytes], depth: int | None = None) -> list[bytes]:
            picked.append(("", name.encode()) if kind == "commit" else chosen(origin, refs, {}))
            return [picked[-1][1]]

        def everything(refs: Mapping[bytes, bytes], depth: int | None = None) -> list[bytes]:
            return sorted({sha for ref, sha in refs.items() if ref.startswith((b"refs/heads/", b"refs/tags/"))})

        try:
            symrefs = self._receive(origin, secret, objects, room, wire, wants, 1)
        except GitProtocolError as error:
            if kind != "commit" and "shallow" not in str(error):
                raise
            # the server gives no single commits, or knows no shallow fetch
            symrefs = self._receive(origin, secret, objects, room, wire, everything if kind == "commit" else wants, None)
        called, sha = picked[-1]
        if called == HEAD.decode():
            called = symrefs.get(HEAD, HEAD).removeprefix(HEADS).decode(errors="replace")
        with _sound(origin):
            commit = _peeled(origin, objects, sha)
            return called, objects[sha], commit

    def _receive(
        self,
        origin: Origin,
        secret: Mapping[str, bytes],
        objects: Any,
        room: Room,
        wire: Wire,
        wants: Any,
        depth: int | None,
    ) -> Mapping[bytes, bytes]:
        """Receive a pack, look through it, and unpack it."""
        limits = self._limits
        wire.again()
        pack, commit, abort = objects.add_pack()

        def keep(data: bytes) -> int:
            wire.packed(len(data))
            room.take(len(data))
            return int(pack.write(data))

        try:
            client, path = client_for(origin.url, secret, origin.where, wire)
            with contextlib.closing(client):
                prefix = None if origin.reference[0] == "commit" else prefixes(origin.reference)
                got = client.fetch_pack(path, _smart(client, wants), _Nothing(), keep, depth=depth, ref_prefix=prefix)
            inspect(pack, PackBounds(limits.objects, limits.object, limits.unpacked, limits.ratio, limits.unhurt))
            pack.seek(0, 2)
        except PackError as error:
            abort()
            raise too_large(origin.url, f"its pack is refused: {error}") from error
        except BaseException:
            abort()
            raise
        with UNPACKING, _sound(origin):
            commit()
        return {bytes(name): bytes(to) for name, to in got.symrefs.items()}

    def _files(
        self,
        origin: Origin,
        secret: Mapping[str, bytes],
        objects: Any,
        commit: Commit,
        found: Checkout,
        wire: Wire,
        lead: str = "",
    ) -> None:
        """Write the files of a commit, and of its submodules where they are wanted."""
        with _sound(origin):
            tree = folder(objects, commit.tree, origin)
            listed = list(entries(objects, tree, origin, self._limits, found, lead))
            with UNPACKING:
                write(objects, listed, origin, self._limits, found, lead)
            links = [entry for entry in listed if entry.mode == GITLINK]
            known = modules(objects, commit.tree) if links and SUBMODULES in origin.options else {}
        for entry in links:
            if SUBMODULES not in origin.options:
                left_out(found, origin, lead + entry.path)
                continue
            there = address(origin.url, known.get(f"{origin.path}/{entry.path}".lstrip("/"), ""))
            if there is None or found.modules >= MODULES:
                text = f"is a submodule without an https or ssh address, or one of more than {MODULES}. Correct .gitmodules"
                refuse(found, origin, lead + entry.path, "GitSubmoduleRefused", text)
                continue
            found.modules += 1
            below = replace(origin, url=there, reference=("commit", entry.sha.decode()), path="")
            with _named(below), contextlib.closing(found.room.part()) as part:
                inner = DiskObjectStore.init(str(part.path))
                with contextlib.closing(inner):
                    allowed = shared(secret, origin.url, there)
                    *_, its = self._commit(below, allowed, inner, part, wire)
                    self._files(below, allowed, inner, its, found, wire, f"{lead}{entry.path}/")


class _Nothing:
    """A graph of which nothing is there yet."""

    shallow: frozenset[bytes] = frozenset()

    def __next__(self) -> None:
        return None

    next = __next__

    def ack(self, sha: bytes) -> None:
        """Take no note: nothing was offered."""

    def nak(self) -> None:
        """Take no note."""


def _smart(client: GitClient, wants: Any) -> Any:
    """Refuse servers that only hand out files: any web page may look like one."""

    def checked(refs: Mapping[bytes, bytes], depth: int | None = None) -> Any:
        if getattr(client, "dumb", False):
            raise NotGitRepository
        return wants(refs, depth)

    return checked


def _peeled(origin: Origin, objects: Any, sha: bytes) -> Commit:
    """Follow tags to their commit."""
    for _ in range(TAG_CHAIN):
        try:
            there = objects[sha]
        except KeyError:
            break
        if isinstance(there, Commit):
            return there
        if not isinstance(there, Tag):
            break
        sha = there.object[1]
    raise missing(origin)


def _revision(called: str, sha: bytes) -> str:
    name = "sha1" if len(sha) == 40 else "sha256"
    return f"{called}@{name}:{sha.decode()}" if called else f"{name}:{sha.decode()}"


@contextlib.contextmanager
def _sound(origin: Origin) -> Iterator[None]:
    """Refuse a repository whose objects cannot be read."""
    try:
        yield
    except DAMAGED as error:
        said = _plain(str(error) or type(error).__name__)
        text = f"{origin.where}: what {origin.url} sends is no sound repository ({said}). `git fsck` there says more."
        raise OutsideError(Problem(Trouble.REFUSED, "GitDamaged", text)) from error


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:300]


@contextlib.contextmanager
def _named(origin: Origin) -> Iterator[None]:
    """Say of every failure what it is, where, and what to do."""
    where = f"{origin.where}: {origin.url}"
    try:
        yield
    except OutsideError:
        raise
    except HTTPUnauthorized as error:
        there = f"the Secret {origin.secret}" if origin.secret else "secretRef"
        text = f"{where} does not let one in. Correct `username` and `password`, or `bearerToken`, in {there}."
        raise OutsideError(Problem(Trouble.DENIED, "GitAuthFailed", text)) from error
    except NotGitRepository as error:
        raise OutsideError(_not_found(where)) from error
    except BROKEN as error:
        raise OutsideError(_other(where, origin, str(error) or type(error).__name__)) from error


def _not_found(where: str) -> Problem:
    text = f"{where} is no Git repository, or one that may not be seen with these credentials. Correct url or secretRef."
    return Problem(Trouble.DENIED, "GitNotFound", text)


def _other(where: str, origin: Origin, text: str) -> Problem:
    text = _plain(text)
    if "CERTIFICATE_VERIFY_FAILED" in text or "certificate verify failed" in text:
        told = f"{where} shows a certificate that nobody vouches for. Put its authority into the Secret as `ca.crt`."
        return Problem(Trouble.DENIED, "GitHostUnknown", told)
    if "http resp 403" in text:
        return Problem(Trouble.DENIED, "GitAuthFailed", f"{where} is forbidden with these credentials. Correct secretRef.")
    if "does not appear to be a git repository" in text or "epository not found" in text:
        return _not_found(where)
    if "not our ref" in text or "unadvertised object" in text:
        return missing(origin).problem
    return Problem(Trouble.UNAVAILABLE, "GitUnreachable", f"{where} does not answer as it should ({text}).")
