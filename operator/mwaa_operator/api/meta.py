"""Names that stand outside spec and status: the group, annotations, the finalizer."""

from __future__ import annotations

GROUP = "mwaa-operator.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
CATEGORY = "mwaa"

NAME_LIMIT = 128
"""The longest name of an object: kind, namespace and name must fit into one AWS tag of 256 characters."""

FINALIZER = f"{GROUP}/finalizer"
RECONCILE_AT = f"{GROUP}/reconcile-at"
"""A new value asks for a run now."""
FLUX_RECONCILE_AT = "reconcile.fluxcd.io/requestedAt"
"""Means the same; `flux reconcile` writes it."""
APPROVE = f"{GROUP}/approve"
"""The hash of the plan that may be carried out (`approval: Manual`)."""
RESTART_AT = f"{GROUP}/restart-at"
"""A new value, such as the present time, restarts an environment once."""
ROLLBACK_TO = f"{GROUP}/rollback-to"
"""The revision that a DagSource goes back to and stays at, whatever its source says, until the annotation is taken off."""
