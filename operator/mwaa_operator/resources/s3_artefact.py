"""One object whose bytes and versions are ours: what an environment is built with (guide 02, sections 8, 11 and 12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..core.part import Effect, Late, Model, attr

NAMES: Mapping[str, str] = {"plugins": "plugins.zip", "requirements": "requirements.txt", "startup_script": "startup.sh"}
"""How each of the files is called. AWS wants a startup script to end in `.sh`."""


@dataclass(frozen=True)
class Artefact(Model):
    """A file that an environment names by key and version: a new version costs half an hour, so equal bytes never make one.

    Our mark and the hash are in the object's metadata. An object of ours that somebody overwrote without a mark is drift.

    Outputs: `bucket`, `key`, `version_id`, `sha256`, `etag`, `size` (bytes).
    """

    TYPE: ClassVar[str] = "s3/artefact"

    bucket: str | Late = attr(Effect.REFUSED)
    key: str = attr(Effect.REFUSED)
    sha256: str | Late | None = attr()
    """None: whatever is there stays."""
    tags: Mapping[str, str] = attr(subset=True)
    """The owner's mark alone."""
    content: bytes = attr(compare=False)


def artefact_key(namespace: str, name: str, file: str, airflow_version: str = "") -> str:
    """Name the object: outside every DAG folder, and nobody else's.

    Args:
        namespace: of the object.
        name: of the object.
        file: a key of `NAMES`.
        airflow_version: where the file is made for one version.
    """
    version = f"airflow-{airflow_version}/" if airflow_version else ""
    return f"mwaa/{namespace}/{name}/{version}{NAMES[file]}"
