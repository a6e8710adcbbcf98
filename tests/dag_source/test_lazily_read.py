"""A tree may be large: nothing of it is read but what something is made of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.core.origin import Fetched, Hashed

GIT = {"url": "https://git.example.com/team/dags.git"}
TREE = {f"data/{number}.csv": f"{number}\n".encode() for number in range(100)}


class Stored(Hashed):
    """Files that note who has been read."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.read: list[str] = []

    def __getitem__(self, path: str) -> bytes:
        self.read.append(path)
        return self.files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    def __contains__(self, path: object) -> bool:
        return path in self.files

    def sha256(self, path: str) -> str:
        return hashlib.sha256(self.files[path]).hexdigest()


@pytest.mark.parametrize(
    ("named", "block", "part"),
    [
        ("requirements.txt", {"requirements": {"path": "requirements.txt", "constraint": "None"}}, "requirements"),
        ("start.sh", {"startupScript": {"path": "start.sh"}}, "startup-script"),
        ("plugins/a.txt", {"plugins": {"path": "plugins"}}, "plugins"),
    ],
)
def test_of_a_hundred_and_one_files_the_named_one_is_read(
    new_stack: Callable[..., Any], named: str, block: dict[str, Any], part: str
) -> None:
    stack = new_stack({"git": GIT, **block})
    files = Stored({**TREE, named: b"a\n"})
    [origin] = stack.kind.origins(stack.obj.spec)
    context = replace(stack.context, fetched={origin: Fetched("main@sha1:1", files)})
    graph = stack.kind.desired(stack.obj, context)
    stack.kind.facts(stack.obj, context, {})
    assert set(files.read) == {named}
    assert graph.parts["tree"].model.files == {path: files.sha256(path) for path in TREE}, "by the hashes that are known"
    assert graph.parts[part].model.content
