"""What the status of an environment says that follows from its spec and from what AWS has, without a further call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api.environment import EnvironmentSpec
from .airflow_options import declared
from .visibility import visibility


def facts(spec: EnvironmentSpec, there: Mapping[str, Any]) -> dict[str, Any]:
    """Give these facts; None for what is not known.

    Args:
        spec: of the environment.
        there: its outputs, empty while there is none.
    """
    fewest, most, version = (there.get(name) for name in ("min_workers", "max_workers", "airflow_version"))
    seen = visibility(declared(spec), str(version)) if version else None
    return {
        "autoscaling": fewest != most if fewest is not None and most is not None else None,
        "expectedVisibilitySeconds": {"newFiles": seen.new_files, "changedFiles": seen.changed_files} if seen else None,
    }
