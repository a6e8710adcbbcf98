"""Archives of any kind: refused, or a tree of files that lie where they should and have what they should."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import tempfile
from pathlib import Path

from hypothesis import strategies as st

from mwaa_operator.core.errors import OutsideError
from mwaa_operator.core.origin import Origin
from mwaa_operator.fetch.archive import unpack
from mwaa_operator.fetch.checkout import Checkout, checkout
from mwaa_operator.fetch.limits import MIB, Limits
from mwaa_operator.fetch.stored import Store
from mwaa_operator.sources.files import path_fault

from .mutation import Packed, mutated

LIMITS = Limits(files=6, total=20_000, file=8_000, depth=6, unpacked=200_000, ratio=20, unhurt=60_000)
FIT = ["a", "b.py", "c", "dags"]
STEPS = st.sampled_from([*FIT * 4, "..", ".", "", ".git", "a\\b", "x\n", "\N{SNOWMAN}", "n" * 300, " "])
NAMES = st.lists(STEPS, min_size=1, max_size=3).map("/".join) | st.lists(STEPS, max_size=8).map("/".join)
TYPES = st.sampled_from(
    [tarfile.REGTYPE] * 6 + [tarfile.SYMTYPE] * 3 + [tarfile.LNKTYPE] * 2
    + [tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE, tarfile.CONTTYPE, b"x", b"g", b"L", b"Z"]
)  # fmt: skip


@st.composite
def packed(draw: st.DrawFn) -> bytes:
    """Draw an archive as a program writes it, with names that none would choose."""
    buffer = io.BytesIO()
    format_ = draw(st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT]))
    with tarfile.open(fileobj=buffer, mode="w", format=format_) as archive:
        for _ in range(draw(st.integers(0, 9))):
            info = tarfile.TarInfo(draw(NAMES))
            info.type, info.linkname, info.mode = draw(TYPES), draw(NAMES), draw(st.integers(0, 0o7777))
            content = draw(st.binary(max_size=40)) * draw(st.sampled_from([1, 1, 1, 300]))
            info.size = len(content) if info.isreg() else 0
            try:
                archive.addfile(info, io.BytesIO(content))
            except ValueError:
                continue  # the name does not fit into that format
    data = buffer.getvalue()
    return gzip.compress(data, mtime=0) if draw(st.booleans()) else data


WHOLE, BROKEN = packed(), mutated(packed()) | mutated(packed()).map(gzip.compress) | st.binary()
DATA = st.sampled_from([WHOLE, WHOLE, BROKEN]).flatmap(lambda kind: kind)
CASES = st.tuples(DATA.map(Packed), st.sampled_from(["", "dags"]))


def check(case: tuple[bytes, str]) -> None:
    data, path = case
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "packed").write_bytes(data)
        store = Store(root / "store", 4 * MIB)
        room = store.new()
        before = {each for each in root.rglob("*") if not each.is_relative_to(room.path)}
        try:
            with checkout(room) as found:
                unpack(root / "packed", room, Origin("oci", "spec.oci", "oci://h/r", path=path), LIMITS, found)
        except OutsideError as error:
            assert error.problem.reason in ("NotAnArchive", "SourceTooLarge")
            assert "oci://h/r" in error.problem.message
            assert store.taken == 0 and not room.path.exists()
        else:
            a_tree(found)
        assert {each for each in root.rglob("*") if not each.is_relative_to(room.path)} == before
        store.close()


def a_tree(found: Checkout, limits: Limits = LIMITS) -> None:
    """Fail unless this is a tree that may be delivered: fit paths, within bounds, and each file what its hash says."""
    lying = [path for path in found.room.path.iterdir() if path.is_file() and not path.is_symlink()]
    assert len(lying) == len(list(found.room.path.iterdir())), "only files lie there, and nothing is left of the way"
    assert {path.name for path in lying} >= set(found.hashes.values())
    for path in lying:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
    assert not any(path_fault(path) for path in found.hashes)
    assert all(path.count("/") < limits.depth for path in found.hashes)
    assert sum(path.stat().st_size for path in lying) <= limits.total
    assert all(path.stat().st_size <= limits.file for path in lying)
    assert found.refused.isdisjoint(found.hashes)
    assert bool(found.refused) <= bool(found.findings)
