"""The Flux source of a DAG source: what is wanted of it."""

from __future__ import annotations

from collections.abc import Iterator

from ..api.dag_source import DagSourceSpec
from ..core.origin import FLUX, Origin, Publisher


def origin(spec: DagSourceSpec) -> Iterator[Origin]:
    """Name the source, where there is one."""
    if (flux := spec.flux_ref) is None:
        return
    called = f"{flux.namespace}/{flux.name}" if flux.namespace else flux.name
    yield Origin(
        type="flux",
        where="spec.fluxRef",
        url=f"{flux.kind} {called}",
        path=flux.path or "",
        publisher=Publisher(FLUX, str(flux.kind), flux.name, flux.namespace or ""),
    )
