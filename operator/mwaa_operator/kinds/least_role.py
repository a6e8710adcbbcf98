"""The execution role and its least policy as parts: declared by itself, or made by an environment that names none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from ..core.kind import Context
from ..core.need import EndsBy, Need
from ..core.owner import Owner
from ..core.part import Missing, Part
from ..resources.iam import Account, Role, RolePolicy, Served, execution_policy, trust_policy

PATH = "/service-role/"
POLICY_NAME = "MWAA-Execution-Policy"
NAME_LIMIT = 64
ROLE, POLICY = "role", "policy"


def role_name(owner: Owner) -> str:
    """Name a role as the console does (section 15.1); cut in front of its suffix when it gets too long.

    The suffix comes from the object's address, not its uid: a role that was kept is found again by the same manifest.
    """
    suffix = hashlib.sha256(f"{owner.kind}/{owner.namespace}/{owner.name}".encode()).hexdigest()[:6]
    return f"{f'AmazonMWAA-{owner.name}'[: NAME_LIMIT - 1 - len(suffix)]}-{suffix}"


def role_parts(
    owner: Owner,
    name: str,
    context: Context,
    *,
    trusted: Sequence[Served] | Missing,
    granted: Sequence[Served] | Missing,
    tags: Mapping[str, str],
    needs: tuple[Need, ...] = (),
) -> tuple[Part, Part]:
    """Give the role and its inline policy.

    Args:
        owner: whose the role is.
        name: its name in IAM.
        context: account and partition, and whether roles may be created at all.
        trusted: the environments that may take on the role.
        granted: the environments that the policy speaks of.
        tags: beside the owner tags.
        needs: what else must be there first.
    """
    account = Account(context.partition, context.account)
    needs = (*_acknowledged(context), *needs)
    trust = trusted if isinstance(trusted, Missing) else trust_policy(account, trusted)
    document = granted if isinstance(granted, Missing) else execution_policy(account, granted)
    all_tags = {"Name": name, **tags, **owner.tags(ROLE)}
    return (
        Part(ROLE, Role(name=name, path=PATH, trust=trust, tags=all_tags), needs=needs),
        Part(POLICY, RolePolicy(role=name, name=POLICY_NAME, document=document), after=frozenset({ROLE}), needs=needs),
    )


def key_arn(context: Context, region: str, key: str | None) -> str | None:
    """Give the ARN of a customer key that is named by id or ARN."""
    if not key or key.startswith("arn:"):
        return key
    return f"arn:{context.partition}:kms:{region}:{context.account}:key/{key}"


def _acknowledged(context: Context) -> tuple[Need, ...]:
    """Ask for what CloudFormation calls CAPABILITY_IAM (part 1, section 5)."""
    if context.settings.get("iam") == "enabled":
        return ()
    return (
        Need(
            "IamNotAcknowledged",
            "this operator may not create IAM roles: enable `capabilities.iam` in the values of its chart, or give "
            "environments an `executionRoleArn`",
            EndsBy.USER,
            "Synced",
        ),
    )
