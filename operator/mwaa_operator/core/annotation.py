"""The annotations by which a user asks for something. `api.meta` has the same names; a test holds them together."""

from __future__ import annotations

from .owner import GROUP

RECONCILE_AT = f"{GROUP}/reconcile-at"
"""Each new value asks for a look now."""
FLUX_RECONCILE_AT = "reconcile.fluxcd.io/requestedAt"
"""Means the same; `flux reconcile` writes it."""
APPROVE = f"{GROUP}/approve"
"""The hash of the plan that may be carried out."""
RESTART_AT = f"{GROUP}/restart-at"
"""Each new value asks for one restart."""
ROLLBACK_TO = f"{GROUP}/rollback-to"
"""The revision that a DagSource goes back to and stays at."""
ASKING = (RECONCILE_AT, FLUX_RECONCILE_AT, APPROVE, RESTART_AT, ROLLBACK_TO)
