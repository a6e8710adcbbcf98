"""What users write: one model per kind, with its rules. The CRDs and the reference pages are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import bucket, dag_source, encryption_key, environment, execution_role, network
from .definition import Definition
from .parse import Fault, InvalidSpec
from .parse import parse as _parse
from .shared import SharedSpec

KINDS: tuple[Definition, ...] = (
    network.DEFINITION,
    encryption_key.DEFINITION,
    bucket.DEFINITION,
    execution_role.DEFINITION,
    dag_source.DEFINITION,
    environment.DEFINITION,
)
"""All kinds, those that others refer to first."""
BY_KIND: Mapping[str, Definition] = {each.kind: each for each in KINDS}


def parse(kind: str, spec: Mapping[str, Any], name: str | None = None) -> SharedSpec:
    """Read the spec of a kind; see `parse.parse`.

    Raises:
        InvalidSpec: naming every field, its value, and what must be so.
        KeyError: there is no such kind.
    """
    return _parse(BY_KIND[kind], spec, name)


__all__ = ["BY_KIND", "KINDS", "Definition", "Fault", "InvalidSpec", "parse"]
