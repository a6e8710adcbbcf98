"""What a DAG source and an environment must agree on when one delivers a file that the other is built with."""

from __future__ import annotations

from collections.abc import Mapping

from ..api.dag_source import DagSourceSpec
from ..core.change import digest

FACTS: Mapping[str, str] = {"plugins": "plugins", "requirements": "requirements", "startup_script": "startupScript"}
"""The files, and how status calls them. The blocks of a DAG source's spec have the same names."""


def spec_hash(spec: DagSourceSpec, file: str) -> str:
    """Hash what a source's spec says of a file: what lies in the bucket was made from that, or is not the newest."""
    block = getattr(spec, file)
    return digest([block.model_dump(mode="json"), spec.files if block.path else {}])
