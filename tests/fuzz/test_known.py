"""What was found by drawing, and must stay mended: each as small as it can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from mwaa_operator.core.errors import OutsideError, Trouble
from mwaa_operator.fetch.limits import MIB
from mwaa_operator.fetch.stored import Store

from .packs import BLOB, COMMIT, REF_DELTA, TREE, WHO, ended, entry, fetched, sha

FILE = b"x = 1\n"
FOLDER = b"40000 dags\0" + sha(BLOB, FILE)


def commit(tree: bytes) -> bytes:
    return b"tree " + tree.hex().encode() + b"\nauthor " + WHO + b"\ncommitter " + WHO + b"\n\n"


def pack(*objects: bytes) -> bytes:
    return ended(b"PACK\0\0\0\2" + len(objects).to_bytes(4, "big") + b"".join(objects))


@pytest.mark.parametrize(
    ("objects", "tree"),
    [
        ([], sha(BLOB, FILE)),
        ([entry(TREE, FOLDER)], sha(TREE, FOLDER)),
        ([entry(TREE, b"100644")], sha(TREE, b"100644")),
        ([], b"\0" * 20),
        ([entry(REF_DELTA, b"\x06\x06\x90\x06", b"\1" * 20)], sha(BLOB, FILE)),
        ([entry(REF_DELTA, b"\x06\x09\x90\x06", sha(BLOB, FILE))], sha(BLOB, FILE)),
        ([entry(BLOB, FILE, b"", 3)[:-1]], sha(BLOB, FILE)),
    ],
    ids=[
        "a commit of a file",
        "a folder that is a file",
        "a tree that is cut off",
        "a commit of nothing",
        "a delta of nothing",
        "a delta that lies",
        "an object that lies",
    ],
)
def test_a_repository_whose_objects_are_not_what_they_say_is_refused(
    objects: list[bytes], tree: bytes, tmp_path: Path
) -> None:
    made = commit(tree)
    store = Store(tmp_path / "store", 4 * MIB)
    room = store.new()
    with pytest.raises(OutsideError) as error:
        fetched(pack(entry(BLOB, FILE), *objects, entry(COMMIT, made)), sha(COMMIT, made).hex().encode(), room)
    problem = error.value.problem
    assert problem.trouble is Trouble.REFUSED
    assert problem.reason in ("GitDamaged", "SourceTooLarge")
    assert "https://h/r.git" in problem.message
    assert not room.path.exists()
    store.close()
