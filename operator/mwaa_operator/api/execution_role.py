"""ExecutionRole: the IAM role that environments act with (guide 01, section 15)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .dag_source_samples import Samples
from .definition import AGE, MESSAGE, READY, REASON, SUSPENDED, Column, Definition
from .rule import SET, Immutable, matching
from .shared import Label, SharedSpec, SharedStatus, Text

ENVIRONMENT_NAME = "[a-zA-Z][0-9a-zA-Z_-]*"
EnvironmentName = Annotated[
    str,
    Field(min_length=1, max_length=80),
    matching(
        ENVIRONMENT_NAME,
        "the name of an MWAA environment starts with a letter and holds letters, digits, '-' and '_' only",
    ),
]


class ExecutionRoleSpec(SharedSpec):
    """A role whose policy allows what the environments that refer to it need, and no more."""

    role_name: Annotated[
        Annotated[
            str,
            Field(min_length=1, max_length=64),
            matching(r"[a-zA-Z0-9+=,.@_-]+", "a role name holds letters, digits and + = , . @ - _ only"),
        ]
        | None,
        Immutable("IAM cannot rename a role. Make a second ExecutionRole, and let the Environment refer to it."),
    ] = None
    """The name in IAM. Left out: `AmazonMWAA-<name>-<hash>`."""
    environment_names: Annotated[tuple[EnvironmentName, ...], Field(max_length=20), SET] = ()
    """Further environments that may use the role and are not declared here, by their names in AWS."""
    sample_permissions: Samples = ()
    """Samples whose permissions the policy takes, as long as an environment that refers to the role lists a DagSource with
    the same sample and parameters. Without it a sample gives the role no right: who writes DAGs does not decide on those."""


class ExecutionRoleStatus(SharedStatus):
    """What exists of an ExecutionRole."""

    role_arn: Text | None = None
    """The ARN."""
    role_name: Label | None = None
    """The name in IAM."""
    environments: Annotated[tuple[Label, ...], Field(max_length=200), SET] = ()
    """The environments that the policy covers, by their names in AWS."""
    lacking_actions: Annotated[tuple[Label, ...], Field(max_length=100), SET] = ()
    """What the policy in force does not allow of what the environments need: somebody has taken it away."""


DEFINITION = Definition(
    kind="ExecutionRole",
    plural="executionroles",
    short_name="mwaarole",
    spec=ExecutionRoleSpec,
    status=ExecutionRoleStatus,
    columns=(READY, REASON, SUSPENDED, Column("Role", ".status.roleName"), AGE, MESSAGE),
)
