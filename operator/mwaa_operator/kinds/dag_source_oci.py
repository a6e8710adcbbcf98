"""The OCI artifact of a DAG source: what is wanted of it."""

from __future__ import annotations

from collections.abc import Iterator

from ..api.dag_source import DagSourceSpec
from ..core.origin import INSECURE, SIGNED_BY, Origin


def origin(spec: DagSourceSpec) -> Iterator[Origin]:
    """Name the artifact, where there is one."""
    if (oci := spec.oci) is None:
        return
    keys = oci.verify.public_keys if oci.verify else ()
    yield Origin(
        type="oci",
        where="spec.oci",
        url=oci.url,
        reference=("digest", oci.digest) if oci.digest else ("tag", oci.tag or ""),
        path=oci.path or "",
        secret=oci.secret_ref.name if oci.secret_ref else "",
        options=frozenset([*([INSECURE] if oci.insecure else []), *(f"{SIGNED_BY}{key.strip()}" for key in keys)]),
        interval=oci.patience,
    )
