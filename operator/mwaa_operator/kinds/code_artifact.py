"""Repositories of CodeArtifact that DAG sources name, and that execution roles must allow."""

from __future__ import annotations

from typing import Any

from ..api.dag_source import DagSourceSpec
from ..api.environment import EnvironmentSpec
from ..core.kind import Context, Object
from ..sources.code_artifact import Repository


def repository(spec: DagSourceSpec, region: str) -> Repository | None:
    """Give the repository that a source's startup script lets pip into.

    Args:
        spec: of the source.
        region: where the source is, unless it says so itself.
    """
    block = spec.startup_script.code_artifact if spec.startup_script else None
    if block is None:
        return None
    return Repository(block.domain, block.domain_owner, block.repository, block.region or spec.region or region)


def fact(obj: Object[EnvironmentSpec], context: Context) -> list[str] | None:
    """Publish the repositories of an environment's sources: the policy of its role is made from them."""
    there = (context.targets.get(("DagSource", ref.name)) for ref in obj.spec.dag_source_refs)
    found: list[Any] = [repository(each.spec, context.region) for each in there if each and each.spec]
    return sorted({each.arn(context.partition) for each in found if each}) or None
