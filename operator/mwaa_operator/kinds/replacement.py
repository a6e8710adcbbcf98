"""One environment in the place of another: made beside it, and the old one taken down once the user has approved that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..api.environment import EnvironmentSpec
from ..core.kind import Context, Neighbour, Object
from ..core.observed import Observed, Sight, State
from ..core.part import Graph


def retired(graph: Graph, obj: Object[EnvironmentSpec], context: Context) -> Graph:
    """Give the graph of an environment that may have had its time.

    What has been taken down stays so, also when the object that replaces it says no more that it does; nothing in its spec
    is a fault then.
    """
    before = obj.facts.get("replacedBy")
    by = before or _successor(obj, context)
    if not by:
        return graph
    findings, why = () if before else graph.findings, f"Environment {by} replaces it"
    return replace(graph, findings=findings, retired=why, leaves={"replacedBy": by}, over=before is not None)


def circle(obj: Object[EnvironmentSpec], context: Context) -> tuple[str, ...]:
    """Name the environments, from the one that this one replaces on, that lead back to it; none where they do not.

    An environment sees the one that it names, and those that name it: circles of two and of three. In a longer one each
    waits for an approval, as everywhere, and none of them is told.
    """
    replaced = obj.spec.replaces
    if not replaced:
        return ()
    after = _replaces(context.targets.get(("Environment", replaced)))
    if after == obj.name:
        return (replaced,)
    behind = {each.name for each in context.referrers if each.kind == "Environment" and _replaces(each) == obj.name}
    return (replaced, after) if after in behind else ()


def facts(obj: Object[EnvironmentSpec], context: Context, environment: Sight) -> dict[str, Any]:
    """Publish by which environment it was replaced, as soon as that is approved or its own is on its way out."""
    going = isinstance(environment, Observed) and environment.state is State.GOING
    if before := obj.facts.get("replacedBy"):
        stays = isinstance(environment, Observed) and environment.owner != obj.uid and not going
        return {"replacedBy": before, "letGo": stays or None}
    return {"replacedBy": _successor(obj, context) if environment is None or going else None, "letGo": None}


def summary(facts: Mapping[str, Any]) -> str:
    """Say what is left to do for one that was replaced."""
    called = facts["environmentName"]
    kept = f". {called} was let go: it stays in AWS, and is looked after no more" if facts.get("letGo") else ""
    by = facts["replacedBy"]
    return (
        f"Environment {by} has taken its place{kept}: take `replaces` out of the spec of {by} if it is still there, for it "
        "holds this object, and delete this object and its manifest"
    )


def _successor(obj: Object[EnvironmentSpec], context: Context) -> str | None:
    return next((each.name for each in context.referrers if _takes_over(each, obj, context)), None)


def _takes_over(other: Neighbour, obj: Object[EnvironmentSpec], context: Context) -> bool:
    """Tell whether an environment that replaces this one is healthy, and has proven the DAGs that both have."""
    if other.kind != "Environment" or other.spec is None or other.deleting or other.spec.replaces != obj.name:
        return False
    if other.name in (obj.spec.replaces, *circle(obj, context)) or other.facts.get("airflowHealthy") is not True:
        return False
    both = {each.name for each in other.spec.dag_source_refs} & {each.name for each in obj.spec.dag_source_refs}
    return all(_proven(other.name, context.targets.get(("DagSource", source))) for source in both)


def _replaces(other: Neighbour | None) -> str | None:
    return other.spec.replaces if other is not None and other.spec is not None else None


def _proven(environment: str, source: Neighbour | None) -> bool:
    return source is not None and environment in (source.facts.get("provenIn") or ())
