"""What MWAA makes in the customer's account with rights of its own: its service-linked role and the log groups."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from mwaa_emulator.mwaa import catalogue
from mwaa_emulator.mwaa.environment import Environment

_ROLE_PATH = "/aws-service-role/airflow.amazonaws.com/"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "airflow.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


def ensure_service_role(iam: Any) -> None:
    """Create AWSServiceRoleForAmazonMWAA unless it is there (guide, 01 section 12)."""
    try:
        iam.get_role(RoleName=catalogue.SERVICE_ROLE)
    except ClientError:
        iam.create_role(RoleName=catalogue.SERVICE_ROLE, Path=_ROLE_PATH, AssumeRolePolicyDocument=json.dumps(_TRUST))


def ensure_log_groups(logs: Any, environment: Environment) -> None:
    """Create the groups of the enabled log types (guide, 04 section 4.3); existing ones are left as they are."""
    key = environment.settings.get("KmsKey")
    shown = environment.view()["LoggingConfiguration"]
    for member, suffix, _ in catalogue.LOG_TYPES:
        if not shown[member]["Enabled"]:
            continue
        try:
            logs.create_log_group(logGroupName=environment.log_group(suffix), **({"kmsKeyId": key} if key else {}))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                raise
