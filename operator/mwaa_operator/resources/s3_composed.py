"""One requirements.txt of those that several DAG sources bring: an environment has room for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..core.change import digest
from ..core.part import Effect, Late, Model, attr

Shares = tuple[tuple[str, str], ...]
"""Each source by its name, in order, and the hash of what it brings."""


@dataclass(frozen=True)
class ComposedRequirements(Model):
    """The lines of all of them, each once. It is read and written anew only when one of them has changed, and equal bytes
    never make a new version.

    Its key is below `.mwaa-operator/` and derived from the environment, so that it is nobody else's.
    Outputs: `key`, `version_id`, `sha256`, `shares` (of what it is made now).
    """

    TYPE: ClassVar[str] = "s3/composed-requirements"

    bucket: str | Late = attr(Effect.REFUSED)
    key: str = attr(Effect.REFUSED)
    shares: Shares = attr()
    objects: tuple[tuple[str, str, str], ...] = attr(compare=False)
    """Name, key and version of each."""


def composed_key(namespace: str, name: str) -> str:
    """Name the object of one environment."""
    return f".mwaa-operator/{namespace}/{name}/composed-requirements.txt"


def shares_hash(shares: Shares) -> str:
    """Hash what it is to be made of."""
    return digest([list(each) for each in shares])
