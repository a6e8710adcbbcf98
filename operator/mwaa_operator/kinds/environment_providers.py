"""Which provider packages an environment has without asking for them (guide 02, section 1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api.environment import EnvironmentSpec
from ..core.catalogue import AirflowVersion, Catalogue
from ..sources.lint_requirements import PROVIDER


def facts(spec: EnvironmentSpec, there: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """Give the packages that the catalogue knows of the version: of the one that runs, else of the one that is asked for.

    Args:
        spec: of the environment.
        there: its outputs, empty while there is none.
        catalogue: what is known of versions.
    """
    version = there.get("airflow_version") or spec.airflow_version
    known = catalogue.versions.get(str(version), AirflowVersion()).providers
    return {"providers": {f"{PROVIDER}{name}": known[name] for name in sorted(known)} or None}
