"""What a DAG source publishes of the files that environments name by key and version."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .rule import ATOMIC
from .shared import ApiModel, Label, Text


class Artefact(ApiModel):
    """One object in the bucket."""

    file: Label
    """`plugins`, `requirements` or `startupScript`."""
    airflow_version: Label | None = None
    """The version of Airflow that it is for, where it differs by that."""
    bucket_name: Label
    """The bucket."""
    key: Text
    """Its key."""
    version_id: Text
    """Its version."""
    sha256: Label
    """The hash of its bytes."""
    etag: Label | None = None
    """Its ETag."""
    size: int | None = None
    """Its bytes."""
    constraints: Text | None = None
    """Of requirements: the file among the DAG files that has the constraints, where the source makes it."""
    resolved: bool | None = None
    """Of requirements: whether all of them can be installed together, as a resolver has found before they were uploaded."""
    resolved_for: Label | None = None
    """Of requirements: a hash of what was asked then, such as packages, constraints, versions. All else is asked anew."""
    spec_hash: Label | None = None
    """A hash of what the spec says of it, once the object is as the spec asks: environments wait for that."""
    quarantined_in: Annotated[tuple[Label, ...], Field(max_length=20), ATOMIC] = ()
    """The Environments that could not be built with it, and do not ask for it again."""


Artefacts = Annotated[tuple[Artefact, ...], Field(max_length=60), ATOMIC]
