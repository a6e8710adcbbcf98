"""Git packs of any kind, as a server may send them: refused, or a tree of files that lie where they should."""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from hypothesis import strategies as st

from mwaa_operator.core.errors import OutsideError
from mwaa_operator.core.origin import Origin, Room
from mwaa_operator.fetch import git
from mwaa_operator.fetch.limits import MIB, Limits
from mwaa_operator.fetch.stored import Store, StoredFiles
from mwaa_operator.sources.files import path_fault

from .mutation import Packed, mutated

LIMITS = Limits(
    files=8, total=20_000, file=8_000, depth=5, objects=40, object=50_000, unpacked=200_000, ratio=50, unhurt=100_000
)
COMMIT, TREE, BLOB, TAG, OFS_DELTA, REF_DELTA = 1, 2, 3, 4, 6, 7
KINDS = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob", TAG: b"tag"}
NAMES = st.sampled_from(
    [b"a.py", b"b.py", b"dags", b"..", b".", b".git", b".GIT", b"git~1", b"a/b", b"", b"\xff", b"x\\y", b"l"]
)
MODES = st.sampled_from(
    [*[b"100644"] * 20, b"100755", b"40000", b"40000", b"120000", b"160000", b"0", b"999999", b"-1", b""]
)
LINKS = st.sampled_from([b"a.py", b"../a.py", b"/etc/passwd", b"l", b"", b"dags/a.py"])
WHO = b"a <a@b> 1 +0000"


def entry(kind: int, content: bytes, lead: bytes = b"", said: int | None = None) -> bytes:
    """Write one object as it stands in a pack; `said` is the size that it claims."""
    size = len(content) if said is None else said
    head = [kind << 4 | size & 15]
    size >>= 4
    while size:
        head[-1] |= 0x80
        head.append(size & 0x7F)
        size >>= 7
    return bytes(head) + lead + zlib.compress(content)


def sha(kind: int, content: bytes) -> bytes:
    return hashlib.sha1(KINDS[kind] + b" %d\0" % len(content) + content).digest()


@st.composite
def packs(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Draw a pack whose objects refer to one another, in ways that make sense or do not, and what is wanted of it."""
    written: list[bytes] = []
    known: list[bytes] = []

    def add(kind: int, content: bytes) -> bytes:
        said = draw(st.sampled_from([None] * 96 + [0, 1, len(content) + 1, 2**40]))
        written.append(entry(kind, content, said=said))
        known.append(sha(kind, content))
        return known[-1]

    def some() -> bytes:
        return draw(st.sampled_from([*known, known[-1], b"\0" * 20]))

    base = draw(LINKS | st.binary(max_size=30))
    add(BLOB, base)
    for _ in range(draw(st.integers(0, 3))):
        add(BLOB, draw(LINKS | st.binary(max_size=30)) * draw(st.sampled_from([1, 1, 1, 400])))
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        more = draw(st.binary(min_size=1, max_size=20))
        # from the first object all of it, or less or more than there is of it, and then something new
        sizes = [len(base), draw(st.sampled_from([len(base) + len(more)] * 4 + [0, 127]))]
        taken = draw(st.sampled_from([bytes([0x90, len(base)])] * 4 + [bytes([0x91, 3, 9]), b"\0", b"\x80"]))
        delta = bytes(sizes) + (taken if base else b"") + bytes([len(more)]) + more
        from_it = sum(map(len, written[1:])) + len(written[0])
        back = bytes([from_it]) if from_it < 128 else draw(st.sampled_from([b"\x20", b"\x80\x01", b"\0"]))
        kind, lead = draw(st.sampled_from([(OFS_DELTA, back), (REF_DELTA, known[0]), (REF_DELTA, b"\1" * 20)]))
        written.append(entry(kind, delta, lead))
        known.append(hashlib.sha1(b"blob %d\0" % (len(base) + len(more)) + base + more).digest())
    for _ in range(draw(st.integers(1, 4))):
        rows = draw(st.lists(st.tuples(MODES, NAMES), max_size=5))
        end = draw(st.sampled_from([b""] * 12 + [b"1"]))
        add(TREE, b"".join(mode + b" " + name + b"\0" + some() for mode, name in rows) + end)
    tree = draw(st.sampled_from([known[-1]] * 5 + [known[0]])).hex().encode()
    head = draw(st.sampled_from([b"tree " + tree] * 12 + [b"tree x", b"", b"parent " + tree]))
    wanted = add(COMMIT, head + b"\nauthor " + WHO + b"\ncommitter " + WHO + b"\n\n" + draw(st.binary(max_size=5)))
    if draw(st.booleans()):
        kind = draw(st.sampled_from([b"commit"] * 4 + [b"tree", b"tag", b"nothing"]))
        there = draw(st.sampled_from([wanted] * 4 + [known[0], b"\0" * 20])).hex().encode()
        wanted = add(TAG, b"object " + there + b"\ntype " + kind + b"\ntag t\ntagger " + WHO + b"\n\n")
    count = draw(st.sampled_from([len(written)] * 30 + [0, len(written) + 1, 2**32 - 1]))
    return b"PACK\0\0\0\2" + count.to_bytes(4, "big") + b"".join(written), wanted.hex().encode()


def ended(body: bytes) -> bytes:
    return body + hashlib.sha1(body).digest()


def forms(drawn: tuple[bytes, bytes]) -> st.SearchStrategy[tuple[bytes, bytes]]:
    """Give a pack as it was drawn and disturbed, with a checksum that is right or is not, and what is wanted of it."""
    body, wanted = st.just(drawn[0]), drawn[1]
    broken = mutated(body).map(ended) | mutated(body.map(ended)) | st.binary(max_size=60)
    data = st.sampled_from([body.map(ended)] * 4 + [broken]).flatmap(lambda kind: kind)
    names = [st.just(wanted)] * 7 + [st.binary(max_size=20).map(lambda name: name.hex().encode())]
    return st.tuples(data.map(Packed), st.sampled_from(names).flatmap(lambda kind: kind))


CASES = packs().flatmap(forms)


class Server:
    """What stands where the network is: it sends a pack whatever it is asked."""

    def __init__(self, pack: bytes, wanted: bytes) -> None:
        self.pack, self.refs = pack, {b"refs/heads/main": wanted}

    def fetch_pack(self, path: str, wants: Any, graph: Any, keep: Callable[[bytes], int], **how: Any) -> Any:
        wants(self.refs)
        for at in range(0, len(self.pack), 512):
            keep(self.pack[at : at + 512])
        return SimpleNamespace(symrefs={}, refs=self.refs)

    def close(self) -> None: ...


def fetched(pack: bytes, wanted: bytes, room: Room) -> Mapping[str, bytes]:
    """Fetch from a server that sends a pack."""
    server = Server(pack, wanted)
    origin = Origin("git", "spec.git", "https://h/r.git", reference=("branch", "main"))
    with mock.patch.object(git, "client_for", lambda *asked: (server, "")):
        return git.GitFetcher(LIMITS).fetch(origin, {}, "", room).files


def check(case: tuple[bytes, bytes]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        store = Store(root / "store", 4 * MIB)
        room = store.new()
        before = {each for each in root.rglob("*") if not each.is_relative_to(room.path)}
        try:
            files = fetched(*case, room)
        except OutsideError as error:
            assert "https://h/r.git" in error.problem.message
            assert store.taken == 0 and not room.path.exists()
        else:
            a_tree(files, room.path)
        assert {each for each in root.rglob("*") if not each.is_relative_to(room.path)} == before
        store.close()


def a_tree(files: Any, room: Path) -> None:
    """Fail unless this is a tree that may be delivered."""
    assert isinstance(files, StoredFiles)
    for path in files:
        assert not path_fault(path) and path.count("/") < LIMITS.depth
        assert ".git" not in path.casefold().split("/")
        assert hashlib.sha256(files[path]).hexdigest() == files.sha256(path)
        assert len(files[path]) <= LIMITS.file
    assert len(files) <= LIMITS.files
    assert all(path.is_file() and not path.is_symlink() for path in room.iterdir()), "nothing is left of the way there"
