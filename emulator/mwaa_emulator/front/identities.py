"""Callers, and the policies of users, groups and roles, read from moto. This file knows moto's objects from the inside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend

from mwaa_emulator.motoserver import ADMINISTRATOR, known_as
from mwaa_emulator.mwaa.policies import Principal

_ARN = re.compile(r"arn:aws[\w-]*:iam::(?P<account>\d{12}):(?P<kind>user|group|role)/(?P<name>.+)")


@dataclass(frozen=True, slots=True)
class Source:
    """A policy and the id under which a simulation names it."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything that says what somebody may do."""

    sources: list[Source]
    boundary: Source | None


_EVERYTHING = Source(
    "AdministratorAccess",
    json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
)


class NotAnIdentityError(Exception):
    """The ARN is not one of a user, group or role."""


class NoIdentityError(Exception):
    """Nobody has this ARN."""


def identity(account: str, arn: str) -> Identity:
    """The policies of a user (with those of its groups), group or role, and its permissions boundary."""
    found = _ARN.fullmatch(arn)
    if found is None:
        raise NotAnIdentityError(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    backend = get_backend("iam")[account]["aws"]
    kind, name = found["kind"], found["name"].rpartition("/")[2]
    held: dict[str, Any] = {"user": backend.users, "group": backend.groups, "role": backend.roles}
    one = next((each for each in held[kind].values() if each.arn == arn), None) if found["account"] == account else None
    if one is None and found["account"] == account and f"{kind}/{name}" == ADMINISTRATOR:
        return Identity([_EVERYTHING], None)
    if one is None:
        raise NoIdentityError(f"The {kind} with name {name} cannot be found.")
    sources = list(_sources(kind, one))
    if kind == "user":
        for group in backend.get_groups_for_user(one.name):
            sources += _sources("group", group)
    limit = backend.managed_policies.get(getattr(one, "permissions_boundary_arn", None) or "")
    return Identity(sources, Source(limit.name, _text(limit)) if limit else None)


def caller(account: str, access_key: str, region: str) -> Principal:
    """Whom an access key belongs to."""
    return Principal(account, known_as(str(get_backend("sts")[account]["aws"].get_caller_identity(access_key, region)[1])))


def role(arn: str) -> Any:
    """The role of this ARN as moto has it, in whichever account; None when there is none."""
    found = _ARN.fullmatch(arn)
    if found is None or found["kind"] != "role":
        return None
    backend = get_backend("iam")[found["account"]]["aws"]
    return next((each for each in backend.roles.values() if each.arn == arn), None)


def _sources(kind: str, one: Any) -> Iterable[Source]:
    for name, text in one.policies.items():
        yield Source(f"{kind}_{one.name}_{name}", text)
    for policy in one.managed_policies.values():
        yield Source(policy.name, _text(policy))


def _text(policy: Any) -> str:
    """The default version of a managed policy."""
    return next(str(version.document) for version in policy.versions if version.version_id == policy.default_version_id)
