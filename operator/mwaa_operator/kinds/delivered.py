"""What a DAG source and an environment must agree on when one delivers a file that the other is built with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api.dag_source import DagSourceSpec
from ..core.change import digest
from ..sources import samples

FACTS: Mapping[str, str] = {"plugins": "plugins", "requirements": "requirements", "startup_script": "startupScript"}
"""The files, and how status calls them. The blocks of a DAG source's spec have the same names."""


def spec_hash(spec: DagSourceSpec, file: str) -> str:
    """Hash what a source's spec says of a file: what lies in the bucket was made from that, or is not the newest."""
    block = getattr(spec, file)
    said = [block.model_dump(mode="json"), spec.files if block.path else {}]
    return digest([*said, *of_samples(spec, file)])


def of_samples(spec: DagSourceSpec, file: str) -> list[Any]:
    """Give what samples bring to a file: another version of the operator may bring something else."""
    if file == "requirements":
        return [each.text for each in samples.requirements(spec.samples)]
    if file == "plugins":
        return [[name, text.decode()] for each in samples.plugins(spec.samples) for name, text in each.files.items()]
    return []
