"""DAG files out of what Flux has fetched."""

from __future__ import annotations

from enum import StrEnum

from .shared import ApiModel, ObjectName, RelativePath


class FluxKind(StrEnum):
    """A kind of source.toolkit.fluxcd.io/v1 that publishes an artifact."""

    GIT_REPOSITORY = "GitRepository"
    OCI_REPOSITORY = "OCIRepository"
    BUCKET = "Bucket"
    EXTERNAL_ARTIFACT = "ExternalArtifact"


class FluxReference(ApiModel):
    """A source of Flux: what it has fetched last is delivered."""

    kind: FluxKind
    """Its kind."""
    name: ObjectName
    """Its name."""
    namespace: ObjectName | None = None
    """Its namespace. Left out: the same one. Another one only where the operator's administrator allows it
    (`crossNamespaceSources`)."""
    path: RelativePath | None = None
    """The folder in the artifact whose files are delivered. Left out: all of it."""
