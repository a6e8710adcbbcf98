"""IAM enforcement, when it is switched on (moto's `POST /moto-api/reset-auth`): off by default.

moto then checks signature and policies of every call to its services. Here the same is done for MWAA, and the emulator's
own look-ups get a user with all rights, because they would be refused otherwise. This file knows moto's IAM from inside.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from moto import settings
from moto.backends import get_backend
from moto.iam.access_control import CreateAccessKeyFailure, IAMPolicy, PermissionResult, create_access_key
from moto.iam.models import get_account_id_from

from mwaa_emulator.wire import Request

OWN_USER = "mwaa-emulator"
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_AIRFLOW_ROLES = ("Admin", "Op", "User", "Viewer", "Public")
_BY_AIRFLOW_ROLE = frozenset({"CreateWebLoginToken", "InvokeRestApi"})


def enforced() -> bool:
    """Whether calls are checked."""
    return float("inf") != settings.INITIAL_NO_AUTH_ACTION_COUNT


def enforce(wanted: bool) -> None:
    """Check every call from now on, or none."""
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0.0 if wanted else float("inf")


def own_credentials(account: str) -> tuple[str, str]:
    """Access key and secret of the user with which the emulator looks into an account under enforcement."""
    backend = get_backend("iam")[account]["aws"]
    if OWN_USER not in {user.name for user in backend.users.values()}:
        backend.create_user("us-east-1", OWN_USER)
        backend.put_user_policy(OWN_USER, "everything", json.dumps(_EVERYTHING))
        backend.create_access_key(OWN_USER)
    key = next(user for user in backend.users.values() if user.name == OWN_USER).access_keys[0]
    return key.access_key_id, key.secret_access_key


def arn_of(access_key: str) -> str:
    """Who an access key belongs to, when the call itself has been checked already."""
    for account in get_backend("sts").values():
        for role in account["aws"].assumed_roles:
            if role.access_key_id == access_key:
                return str(role.arn)
    account_id = get_account_id_from(access_key)
    for user in get_backend("iam")[account_id]["aws"].users.values():
        if any(key.access_key_id == access_key for key in user.access_keys):
            return str(user.arn)
    return f"arn:aws:sts::{account_id}:user/moto"


def refusal(request: Request) -> tuple[str, str] | None:
    """Why the caller may not make this call of MWAA: error code and message; None when it may."""
    headers = {"X-Amz-Security-Token": token} if (token := request.header("X-Amz-Security-Token")) else {}
    try:
        caller: Any = create_access_key(request.account, "aws", request.access_key or "", headers)
    except CreateAccessKeyFailure:
        return "UnrecognizedClientException", "The security token included in the request is invalid."
    policies = [IAMPolicy(policy) for policy in caller.collect_policies()]
    for action, resources in _asked(request):
        if not any(_permitted(policies, action, resource) for resource in resources):
            text = f"User: {caller.arn} is not authorized to perform: {action} on resource: {resources[0]}"
            return "AccessDeniedException", text
    return None


def _asked(request: Request) -> Iterator[tuple[str, list[str]]]:
    """The actions that the call needs, each on one of some resources (guide, 01 section 11)."""
    prefix = f"arn:aws:airflow:{request.region}:{request.account}"
    name = request.params.get("Name") or request.params.get("EnvironmentName")
    if request.operation in _BY_AIRFLOW_ROLE:
        yield f"airflow:{request.operation}", [f"{prefix}:role/{name}/{role}" for role in _AIRFLOW_ROLES]
    else:
        resource = request.params.get("ResourceArn") or (f"{prefix}:environment/{name}" if name else "*")
        yield f"airflow:{request.operation}", [resource]
    if role := request.params.get("ExecutionRoleArn"):
        yield "iam:PassRole", [str(role)]


def _permitted(policies: list[Any], action: str, resource: str) -> bool:
    results = {policy.is_action_permitted(action, resource) for policy in policies}
    return PermissionResult.PERMITTED in results and PermissionResult.DENIED not in results
