"""The catalogue of samples: what each brings, as data. One folder an entry, by its name in `spec.samples`.

A folder has `sample.yaml`, the DAG as `dag.txt`, and each plugin as its name and `.txt`. Nothing else names an entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import yaml

ROOM = resources.files(__package__)


@dataclass(frozen=True)
class Parameter:
    """Something that a user may say of a sample."""

    means: str
    matches: str
    """All of a value, in what RE2 and Python both understand."""
    default: str | None = None
    """None: it must be given."""


@dataclass(frozen=True)
class Permission:
    """What its code asks of AWS beyond the least policy of an execution role."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    """ARNs, with parameters and `partition`, `region` and `account` in braces."""


@dataclass(frozen=True)
class Entry:
    """One sample."""

    name: str
    does: str
    guide: str
    """Where the AWS guide has it: the heading."""
    dag: str = ""
    """The file that it brings among the DAG files; empty for none."""
    plugins: tuple[str, ...] = ()
    """The files that it brings at the root of plugins.zip."""
    requirements: tuple[str, ...] = ()
    """Lines of requirements.txt, with parameters in braces."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Options that the environment must declare."""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    permissions: tuple[Permission, ...] = ()
    by_hand: str = ""
    """What it needs besides, and nobody can bring for the user."""

    def text(self, file: str) -> str:
        """Read one of its files, as it is without parameters."""
        return _text(self.name, "dag.txt" if file == self.dag else f"{file}.txt")

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """Give the value of every parameter that has one."""
        known = {name: each.default for name, each in self.parameters.items()} | dict(given)
        return {name: value for name, value in known.items() if value is not None}


@cache
def _text(name: str, file: str) -> str:
    return (ROOM / name / file).read_text()


def _entry(name: str, given: Mapping[str, Any]) -> Entry:
    """Read an entry.

    Raises:
        TypeError: it has a field that there is not.
    """
    parameters = {key: Parameter(**each) for key, each in given.get("parameters", {}).items()}
    permissions = (Permission(tuple(each["actions"]), tuple(each["resources"])) for each in given.get("permissions", ()))
    lists = {key: tuple(given.get(key, ())) for key in ("plugins", "requirements")}
    return Entry(name, **{**given, **lists, "parameters": parameters, "permissions": tuple(permissions)})


CATALOGUE: Mapping[str, Entry] = {
    folder.name: _entry(folder.name, yaml.safe_load((folder / "sample.yaml").read_text()))
    for folder in sorted(ROOM.iterdir(), key=lambda each: each.name)
    if (folder / "sample.yaml").is_file()
}
"""Every sample by its name."""
