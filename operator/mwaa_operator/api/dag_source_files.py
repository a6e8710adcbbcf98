"""Files as they are declared: inline, in ConfigMaps, and in Secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from .rule import ATOMIC, Rule, map_of, matching, quoted
from .shared import ApiModel, ObjectName, RelativePath

_FILE = "[A-Za-z0-9_.=+@ -]+(/[A-Za-z0-9_.=+@ -]+)*"


def _is_file(path: str) -> bool:
    return len(path) <= 200 and bool(re.fullmatch(_FILE, path)) and not {".", ".."} & set(path.split("/"))


InlineFiles = Annotated[
    Mapping[str, Annotated[str, Field(max_length=262144)]],
    Field(max_length=100, repr=False),
    Rule(
        f"self.all(path, size(path) <= 200 && path.matches({quoted(f'^{_FILE}$')}) && !path.matches('(^|/)[.][.]?(/|$)'))",
        "a file is named by a relative path of at most 200 characters, such as `team/etl.py`: "
        "letters, digits and _ - . = + @, no '/' at either end, no `.` or `..` between",
        lambda files: all(map(_is_file, files)),
    ),
]
"""Texts by their path."""


DataKey = Annotated[
    str,
    Field(min_length=1, max_length=253),
    matching("[-._a-zA-Z0-9]+", "must be a key of its data, such as `requirements.txt`"),
]


class FileItem(ApiModel):
    """One key, and the file that it becomes."""

    key: DataKey
    """The key."""
    path: RelativePath | None = None
    """The file, below the path of the whole. Left out: the key itself."""


FileItems = Annotated[tuple[FileItem, ...], Field(max_length=100), ATOMIC]


class ConfigMapReference(ApiModel):
    """A ConfigMap in the same namespace; each of its keys is a file."""

    name: ObjectName
    """Its name."""
    path: RelativePath | None = None
    """Where its files go, below the path of the source. Left out: directly there."""
    items: FileItems = ()
    """The keys that are wanted, and no others. Left out: all of them."""


class SecretReference(ApiModel):
    """A Secret in the same namespace; each of its keys is a file. Whoever reads the bucket reads them."""

    name: ObjectName
    """Its name."""
    path: RelativePath | None = None
    """Where its files go, below the path of the source. Left out: directly there."""
    items: FileItems = ()
    """The keys that are wanted, and no others. Left out: all of them."""


ConfigMapReferences = Annotated[tuple[ConfigMapReference, ...], Field(max_length=20), map_of("name")]
SecretReferences = Annotated[tuple[SecretReference, ...], Field(max_length=20), map_of("name")]


class ConfigMapKey(ApiModel):
    """One entry of a ConfigMap in the same namespace."""

    name: ObjectName
    """The name of the ConfigMap."""
    key: Annotated[
        str,
        Field(min_length=1, max_length=253),
        matching("[-._a-zA-Z0-9]+", "must be a key of a ConfigMap, such as `requirements.txt`"),
    ]
    """The entry of its `data` or `binaryData`."""
