"""The adapters for AWS IAM."""

from __future__ import annotations

from typing import Any

from ..core.adapter import Adapter
from .iam_policy import RolePolicies
from .iam_role import RoleReader, Roles
from .session import Aws


def adapters(aws: Aws) -> tuple[Adapter[Any], ...]:
    """Make them. They share a reader, since a policy's owner is its role's."""
    reader = RoleReader(aws)
    return Roles(aws, reader), RolePolicies(aws, reader)
