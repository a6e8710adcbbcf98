"""Hostile archives: each ends in a refusal or a finding, nothing leaves its place, and nothing is left behind."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import tarfile
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mwaa_operator.core.errors import OutsideError
from mwaa_operator.core.origin import Origin
from mwaa_operator.fetch.archive import unpack
from mwaa_operator.fetch.checkout import Checkout
from mwaa_operator.fetch.limits import MIB, Limits
from mwaa_operator.fetch.stored import Store

SMALL = Limits(files=50, total=4 * MIB, file=MIB, unpacked=8 * MIB, ratio=20, unhurt=2 * MIB)


@dataclass
class Bench:
    """A store, and what an archive becomes in it."""

    root: Path
    store: Store
    limits: Limits = SMALL

    def unpacked(self, data: bytes, path: str = "") -> Checkout:
        before, room = self.store.taken, self.store.new()
        packed = self.root / "packed"
        packed.write_bytes(data)
        found = Checkout(room)
        try:
            unpack(packed, room, Origin("oci", "spec.oci", "oci://h/r", path=path), self.limits, found)
        except BaseException:
            room.close()
            assert self.store.taken == before
            raise
        return found

    def content(self, data: bytes, path: str = "") -> dict[str, bytes]:
        found = self.unpacked(data, path)
        return {name: (found.room.path / sha).read_bytes() for name, sha in found.hashes.items()}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = Store(tmp_path / "store", 64 * MIB)
    yield Bench(tmp_path, store)
    store.close()


def entry(name: str, content: bytes = b"x", **settings: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in settings.items():
        setattr(info, key, value)
    return info, content


def link(name: str, target: str, type_: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, b"", type=type_, linkname=target)


def packed(*entries: tuple[tarfile.TarInfo, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


GOOD = entry("good.py", b"fine")


@pytest.mark.parametrize(
    "name",
    [
        "../up.py",
        "/etc/passwd",
        "a/../../up.py",
        "a//b.py",
        "..",
        "./../up.py",
        "a\\b.py",
        "a\nb.py",
        "a/./b",
        "d/" * 40 + "x",
    ],
)
def test_a_name_that_leaves_the_tree_is_left_out_and_named(bench: Bench, name: str) -> None:
    found = bench.unpacked(packed(entry(name), GOOD))
    assert list(found.hashes) == ["good.py"]
    assert [finding.code for finding in found.findings] == ["ArchiveBadPath"]
    assert len(found.refused) == 1


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../../etc/passwd", "..", ".", "", "gone.py", "loop", "sub", "sub/../../x"]
)
@pytest.mark.parametrize("type_", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_that_leads_to_no_file_in_it_is_refused(bench: Bench, target: str, type_: bytes) -> None:
    found = bench.unpacked(packed(link("loop", target, type_), entry("sub/b.py"), GOOD))
    assert sorted(found.hashes) == ["good.py", "sub/b.py"]
    assert [(each.code, "'loop' is a link" in each.message) for each in found.findings] == [("ArchiveLinkRefused", True)]


def test_a_link_to_a_file_in_it_is_that_file_wherever_it_stands(bench: Bench) -> None:
    data = packed(
        link("a.py", "sub/../good.py"), link("sub/c.py", "./b.py"), link("hard.py", "./good.py", tarfile.LNKTYPE), GOOD,
        link("sub/b.py", "../good.py"),
    )  # fmt: skip
    assert bench.content(data) == dict.fromkeys(["a.py", "good.py", "hard.py", "sub/b.py", "sub/c.py"], b"fine")


def test_a_link_to_a_file_outside_the_wanted_folder_is_refused(bench: Bench) -> None:
    data = packed(entry("secret.py"), link("dags/a.py", "../secret.py"), entry("dags/b.py"))
    found = bench.unpacked(data, "dags")
    assert list(found.hashes) == ["b.py"] and found.refused == {"a.py"}


def test_nothing_is_written_through_a_link(bench: Bench, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    bench.unpacked(packed(link("d", str(outside)), entry("d/evil.py"), link("d2", ".."), entry("d2/evil.py")))
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "evil.py").exists()


@pytest.mark.parametrize("type_", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"Z", tarfile.CONTTYPE])
def test_a_device_or_a_pipe_is_never_made(bench: Bench, type_: bytes) -> None:
    found = bench.unpacked(packed(entry("dev", b"", type=type_, devmajor=1, devminor=3), GOOD))
    assert "good.py" in found.hashes
    # one that is kept in one piece is a file like any other
    assert found.refused == ({"dev"} if type_ != tarfile.CONTTYPE else set())
    made = [path.lstat().st_mode for path in found.room.path.rglob("*")]
    assert made and all(stat.S_ISREG(mode) for mode in made)


def test_names_that_come_twice_end_with_the_last(bench: Bench) -> None:
    assert bench.content(packed(entry("a.py", b"1"), entry("./a.py", b"2"))) == {"a.py": b"2"}
    found = bench.unpacked(packed(entry("a.py", b"1"), link("a.py", "/etc/passwd")))
    assert found.hashes == {} and found.refused == {"a.py"}
    for earlier in (link("a.py", "good.py"), link("a.py", "gone.py"), entry("a.py", b"", type=tarfile.FIFOTYPE)):
        found = bench.unpacked(packed(earlier, GOOD, entry("a.py", b"2")))
        assert found.refused == set()
        assert found.hashes["a.py"] == hashlib.sha256(b"2").hexdigest()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no archive at all" * 100,
        gzip.compress(b"no archive at all" * 100),
        gzip.compress(packed(GOOD))[:-20],
        gzip.compress(packed(entry("a", os.urandom(4096))))[:2000],
        b"\x1f\x8b" + b"\xff" * 100,
        packed(entry("a", b"x" * 4096))[:1024],
        packed(GOOD)[:100],
    ],
    ids=["nothing", "text", "zipped text", "cut at its end", "cut in the middle", "broken gzip", "cut file", "cut header"],
)
def test_what_is_no_archive_is_refused_as_a_whole(bench: Bench, data: bytes) -> None:
    with pytest.raises(OutsideError) as error:
        bench.unpacked(data)
    assert error.value.problem.reason == "NotAnArchive"
    assert error.value.problem.message.startswith("spec.oci: what oci://h/r has is no ")


def test_a_bomb_is_left_before_it_is_large(bench: Bench) -> None:
    bomb = gzip.compress(packed(entry("zeros", bytes(64 * MIB))))
    assert len(bomb) < MIB // 8
    tracemalloc.start()
    with pytest.raises(OutsideError) as error:
        bench.unpacked(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.value.problem.reason == "SourceTooLarge"
    assert "becomes more than 2 MiB once unpacked" in error.value.problem.message
    assert peak < 8 * MIB


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_a_name_that_is_a_bomb_costs_no_memory(bench: Bench, format: int) -> None:
    bench.limits = Limits()
    bomb = gzip.compress(packed(entry("n" * (60 * MIB)), format=format))
    tracemalloc.start()
    with pytest.raises(OutsideError) as error:
        bench.unpacked(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.value.problem.reason == "NotAnArchive" and "a header claims" in error.value.problem.message
    assert peak < 8 * MIB


def test_too_many_entries_are_left(bench: Bench) -> None:
    folders = [entry(f"d{count}", b"", type=tarfile.DIRTYPE) for count in range(101)]
    with pytest.raises(OutsideError, match="more than 100 entries"):
        bench.unpacked(packed(*folders))
    with pytest.raises(OutsideError, match="or are more than 50"):
        bench.unpacked(packed(*(entry(f"f{count}") for count in range(51))))


def test_headers_in_a_chain_without_end_are_refused(bench: Bench) -> None:
    longlink = tarfile.TarInfo("././@LongLink")
    longlink.type, longlink.size = tarfile.GNUTYPE_LONGNAME, 2
    chain = (longlink.tobuf(tarfile.GNU_FORMAT) + b"x\0" + bytes(510)) * 3000
    with pytest.raises(OutsideError) as error:
        bench.unpacked(chain)
    assert error.value.problem.reason in ("NotAnArchive", "SourceTooLarge")


def test_a_large_file_is_left_out_and_the_sum_refused(bench: Bench) -> None:
    bench.limits = replace(SMALL, unhurt=64 * MIB, unpacked=64 * MIB)
    found = bench.unpacked(packed(entry("large", bytes(MIB + 1)), GOOD))
    assert list(found.hashes) == ["good.py"] and [each.code for each in found.findings] == ["ArchiveFileTooLarge"]
    with pytest.raises(OutsideError, match="its files have more than 4 MiB"):
        bench.unpacked(packed(*(entry(f"f{count}", os.urandom(MIB)) for count in range(5))))


def test_a_sparse_file_is_not_filled_up(bench: Bench) -> None:
    info, content = entry("sparse", b"x")
    info.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,1,900000000,0"}
    info.pax_headers |= {"GNU.sparse.name": "sparse", "GNU.sparse.size": "900000000"}
    found = bench.unpacked(packed((info, content), GOOD))
    assert list(found.hashes) == ["good.py"] and found.refused == {"sparse"}


def test_what_git_keeps_for_itself_is_no_file(bench: Bench) -> None:
    assert bench.content(packed(entry(".git/config"), entry("a/.git/hooks/x"), GOOD)) == {"good.py": b"fine"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_archive_with_any_byte_changed_ends_well(bench: Bench, data: st.DataObject) -> None:
    whole = bytearray(packed(entry("a/b.py", b"1"), link("l", "a/b.py"), entry("n" * 200, b"2"), GOOD))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = bench.unpacked(bytes(whole))
    except OutsideError as error:
        assert error.problem.message.startswith(("spec.oci: what oci://h/r", "oci://h/r: "))
        return
    assert not any(path.startswith("/") or ".." in path.split("/") for path in found.hashes)
    found.room.close()
