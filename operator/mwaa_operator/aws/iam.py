"""The adapters for AWS IAM."""

from __future__ import annotations

from typing import Any

from ..core.adapter import Adapter
from .iam_policy import RolePolicies
from .iam_role import RoleReader, Roles
from .iam_uploads import GroupUploadPolicies, RoleUploadPolicies, UserUploadPolicies
from .iam_users import RoleUsers
from .session import Aws


def adapters(aws: Aws) -> tuple[Adapter[Any], ...]:
    """Make them. They share a reader, since a policy's owner is its role's."""
    reader, users = RoleReader(aws), RoleUsers(aws)
    uploads = RoleUploadPolicies(aws), UserUploadPolicies(aws), GroupUploadPolicies(aws)
    return Roles(aws, reader, users), RolePolicies(aws, reader, users), *uploads
