"""What samples need of an execution role, from a DAG source over the environment to the policy of the role. Pure.

Whoever writes a DagSource must not be able to widen a role by that: a role takes a permission only where its own spec names
the same sample with the same parameters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..api.environment import EnvironmentSpec
from ..api.execution_role import ExecutionRoleSpec
from ..core.finding import Finding, Severity
from ..core.kind import Context, Object
from ..resources.iam import Grant
from ..sources.samples import Statement, statements

FACT = "samplePermissions"


def fact(obj: Object[EnvironmentSpec], context: Context) -> list[dict[str, Any]] | None:
    """Publish what the samples of an environment's sources need: its role takes it from there, and lets it go with them."""
    found = [{"sample": each.sample, **_said(each)} for each in _wanted(obj, context)]
    return found or None


def granted(spec: ExecutionRoleSpec, facts: Mapping[str, Any], context: Context, region: str) -> tuple[Grant, ...]:
    """Give what a role allows an environment of what it asks for.

    Args:
        spec: of the role.
        facts: what the environment has published.
        context: account and partition.
        region: of the environment.
    """
    allowed = [_said(each) for each in statements(spec.sample_permissions, context.partition, region, context.account)]
    asked: Sequence[Mapping[str, Any]] = facts.get(FACT) or ()
    wanted = [{"actions": list(each["actions"]), "resources": list(each["resources"])} for each in asked]
    return tuple(Grant(tuple(each["actions"]), tuple(each["resources"])) for each in wanted if each in allowed)


def findings(obj: Object[EnvironmentSpec], context: Context) -> Iterator[Finding]:
    """Name each permission that the role does not have from here, with the words to add."""
    spec = obj.spec
    role = context.targets.get(("ExecutionRole", spec.execution_role_ref.name)) if spec.execution_role_ref else None
    taken: list[dict[str, Any]] = []
    if role and role.spec:
        region = spec.region or context.region
        declared = statements(role.spec.sample_permissions, context.partition, region, context.account)
        taken = [_said(each) for each in declared]
    for each in _wanted(obj, context):
        if _said(each) in taken or (spec.execution_role_ref and role is None):
            continue
        statement = {"Effect": "Allow", "Action": list(each.actions), "Resource": list(each.resources)}
        if role:
            how = f"Name the sample with the same parameters in samplePermissions of ExecutionRole {role.name}"
        elif spec.execution_role_arn:
            how = f"If the role does not allow it yet, add to its policy: {json.dumps(statement)}"
        else:
            how = (
                "Declare an ExecutionRole whose samplePermissions name the sample with the same parameters, and refer to it"
            )
        yield Finding(
            "SamplePermissionMissing",
            "spec.dagSourceRefs",
            f"the sample {each.sample} calls {', '.join(each.actions)} on {', '.join(each.resources)}. {how}.",
            Severity.WARNING,
        )


def _wanted(obj: Object[EnvironmentSpec], context: Context) -> list[Statement]:
    region = obj.spec.region or context.region
    there = (context.targets.get(("DagSource", ref.name)) for ref in obj.spec.dag_source_refs)
    found = [
        each
        for source in there
        if source and source.spec
        for each in statements(source.spec.samples, context.partition, region, context.account)
    ]
    return list(dict.fromkeys(found))


def _said(statement: Statement) -> dict[str, Any]:
    return {"actions": list(statement.actions), "resources": list(statement.resources)}
