"""plugins.zip: what is in it, and that nothing but the files decides about its bytes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.sources.plugins import archive

NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\\0", exclude_categories=("Cc", "Cs")), min_size=1, max_size=8
)
PATHS = st.lists(NAMES.filter(lambda name: name not in (".", "..")), min_size=1, max_size=3).map("/".join)
FILES = {
    "my_plugin.py": b"x = 1\n",
    "operators/__init__.py": b"",
    "operators/mine.py": b"y = 2\n",
    "bin/tool.sh": b"#!/bin/sh\n",
    "numpy-1.26.4-cp311-cp311-linux_x86_64.whl": b"PK\x03\x04wheel",
    "ca.pem": b"-----BEGIN CERTIFICATE-----\n",
}


def read(made: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(made))


def distinct(files: dict[str, bytes]) -> bool:
    return not any(other.startswith(f"{path}/") for path in files for other in files)


@given(st.dictionaries(PATHS, st.binary(max_size=40), max_size=6).filter(distinct))
def test_what_goes_in_comes_out_whatever_the_order(files: dict[str, bytes]) -> None:
    made = archive(files)
    there = read(made)
    assert there.testzip() is None
    assert {entry.filename: there.read(entry) for entry in there.infolist() if not entry.is_dir()} == files
    assert archive(dict(reversed(files.items()))) == made


@pytest.mark.row("D29")
def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "import sys; from mwaa_operator.sources.plugins import archive; "
        f"sys.stdout.buffer.write(archive(dict(sorted({FILES!r}.items(), reverse=True))))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert other.stdout == archive(FILES)


@pytest.mark.row("B126", "D175")
def test_each_entry_is_executable_and_none_is_wrapped() -> None:
    entries = read(archive(FILES)).infolist()
    assert [entry.filename for entry in entries] == sorted([*FILES, "bin/", "operators/"])
    assert {entry.external_attr >> 16 & 0o777 for entry in entries} == {0o755}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.row("B135")
def test_wheels_and_certificates_lie_at_the_root() -> None:
    there = read(archive(FILES))
    assert there.read("ca.pem") == FILES["ca.pem"]
    assert there.read("numpy-1.26.4-cp311-cp311-linux_x86_64.whl") == b"PK\x03\x04wheel"


def test_an_archive_without_files_is_one() -> None:
    assert read(archive({})).namelist() == []
