"""The customer key of an environment: named by itself, or by the EncryptionKey that has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api.environment import EnvironmentSpec
from ..core.kind import Context, Object, Reference
from ..core.part import Missing
from ..resources.iam import Served
from . import code_artifact
from .least_role import key_arn


def reference(spec: EnvironmentSpec) -> tuple[Reference, ...]:
    """Name the EncryptionKey that it refers to."""
    ref = spec.kms_key_ref
    return (Reference("EncryptionKey", ref.name, "kmsKeyRef", ref.namespace or ""),) if ref else ()


def key(obj: Object[EnvironmentSpec], context: Context) -> str | Missing | None:
    """Give the key by id or ARN, or what is waited for to know it; None for the key that AWS owns."""
    for each in reference(obj.spec):
        found: str | Missing = context.fact(each, "keyArn")
        return found
    return obj.spec.kms_key


def fact(obj: Object[EnvironmentSpec], context: Context, there: Mapping[str, Any]) -> Any:
    """Publish the key. One that comes by reference is published before the environment is: the role's policy needs it."""
    if known := there.get("kms_key"):
        return known
    if not obj.spec.kms_key_ref:
        return None
    found = key(obj, context)
    return obj.facts.get("kmsKey") if isinstance(found, Missing) else found


def of_logs(obj: Object[EnvironmentSpec], context: Context) -> str | Missing | None:
    """Give the ARN of the key that log groups have where nothing else is said: the environment's, as MWAA makes them.

    Those of an environment that is taken over keep what they have.
    """
    if obj.spec.adoption == "Always":
        return None
    found = key(obj, context)
    return found if isinstance(found, Missing) else key_arn(context, obj.spec.region or context.region, found)


def granted(obj: Object[EnvironmentSpec], context: Context, name: str, region: str, bucket: Any) -> list[Served] | Missing:
    """Give what the policy of an environment's own role is made for, or what is waited for to know it."""
    found = key(obj, context)
    if isinstance(bucket, Missing):
        return bucket
    if isinstance(found, Missing):
        return found
    repositories = tuple(code_artifact.fact(obj, context) or ())
    return [Served(name, region, bucket, key_arn(context, region, found), repositories)]


def served_key(spec: Any, facts: Mapping[str, Any], context: Context, region: str) -> tuple[str | None, bool]:
    """Give the key that a role must allow an environment to use, and whether that is known yet.

    Args:
        spec: what the environment declares.
        facts: what it has published.
        context: account and partition.
        region: where it is.
    """
    if not spec.kms_key_ref:
        return key_arn(context, region, spec.kms_key), True
    found = facts.get("kmsKey")
    return key_arn(context, region, found), bool(found)
