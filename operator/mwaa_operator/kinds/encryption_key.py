"""EncryptionKey: the customer key of environments (guide 01, section 15.4; guide 04, sections 7.2 to 7.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..api.encryption_key import EncryptionKeySpec
from ..core.change import changes
from ..core.kind import Context, Object, Reference
from ..core.observed import Observed, Sight
from ..core.part import Graph, Part, Ref
from ..resources.kms import Alias, Key, KeyPolicy, logs_statement

KEY, ALIAS, POLICY = "key", "alias", "policy"
NAME_LIMIT = 256
ALIAS_EVERY = 6
"""In which of the checks the alias is looked at: nothing works by it."""


class EncryptionKeyKind:
    """A key, its alias, and the statement in its policy that lets CloudWatch Logs use it."""

    NAME: ClassVar[str] = "EncryptionKey"
    PLURAL: ClassVar[str] = "encryptionkeys"
    SPEC: ClassVar[type[Any]] = EncryptionKeySpec
    REFERENCES: ClassVar[Mapping[str, str]] = {}
    REFERRERS: ClassVar[tuple[str, ...]] = ()

    def references(self, spec: EncryptionKeySpec) -> Sequence[Reference]:
        """Name nothing: environments refer to the key."""
        return ()

    def documents(self, spec: EncryptionKeySpec) -> Sequence[str]:
        """Name no ConfigMap."""
        return ()

    def secrets(self, spec: EncryptionKeySpec) -> Sequence[str]:
        """Name no Secret."""
        return ()

    def desired(self, obj: Object[EncryptionKeySpec], context: Context) -> Graph:
        """Say which parts should exist. The alias goes last: a key that may not be deleted keeps it."""
        alias = alias_name(obj)
        key = Key(
            tags={"Name": alias.removeprefix("alias/"), **obj.spec.tags, **obj.owner.tags(KEY)},
            alias=alias,
            description=f"EncryptionKey {obj.namespace}/{obj.name}, for Amazon MWAA",
            enable_key_rotation=obj.spec.enable_key_rotation,
            pending_window_in_days=obj.spec.pending_window_in_days,
            going=obj.deleting,
        )
        return Graph.of(
            Part(KEY, key),
            Part(POLICY, _policy(context), keep=True),
            Part(ALIAS, Alias(alias, Ref(KEY, "id")), outlives=frozenset({KEY}), every=ALIAS_EVERY),
        )

    def facts(self, obj: Object[EncryptionKeySpec], context: Context, sights: Mapping[str, Sight]) -> Mapping[str, Any]:
        """Publish the key once it is ours and CloudWatch Logs may use it: without that no environment can have logs.

        What was published once stays so, though somebody has spoilt the policy since: environments have the key by then.
        """
        key, alias, policy = sights.get(KEY), sights.get(ALIAS), sights.get(POLICY)
        nothing = {"keyArn": None, "keyId": None, "aliasName": None}
        if not isinstance(key, Observed) or (key.owner != obj.uid and obj.spec.adoption != "Always"):
            return nothing
        usable = isinstance(policy, Observed) and not changes(_policy(context), policy)
        if not usable and obj.facts.get("keyArn") != key.outputs["arn"]:
            return nothing
        name = alias.outputs["name"] if isinstance(alias, Observed) and alias.fields["key"] == key.id else None
        return {"keyArn": key.outputs["arn"], "keyId": key.id, "aliasName": name}

    def summary(self, facts: Mapping[str, Any]) -> str:
        """Say what is ready."""
        if not facts["keyArn"]:
            return "the key is there, but not as declared"
        return f"key {facts['keyId']} is enabled, and CloudWatch Logs may use it"


def alias_name(obj: Object[EncryptionKeySpec]) -> str:
    """Give the alias. Names of objects have dots, which an alias must not have, and never a `_`."""
    name = obj.spec.alias_name or f"alias/mwaa/{obj.namespace}/{obj.name}".replace(".", "_")
    if len(name) <= NAME_LIMIT:
        return name
    suffix = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: NAME_LIMIT - 1 - len(suffix)]}-{suffix}"


def _policy(context: Context) -> KeyPolicy:
    return KeyPolicy(Ref(KEY, "id"), (logs_statement(context.partition, context.region, context.account),))
