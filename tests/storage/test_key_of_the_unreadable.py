"""A key whose object goes although its spec cannot be read any more: all that is left is what was remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mwaa_operator.api.encryption_key import EncryptionKeySpec
from mwaa_operator.core.owner import OWNER_TAG
from mwaa_operator.core.part import Graph
from mwaa_operator.kinds.encryption_key import EncryptionKeyKind


async def gone(declared: Callable[..., Any], *, retain: bool) -> str:
    thing = declared(EncryptionKeyKind(), EncryptionKeySpec(), name="lake")
    id_ = str(thing.facts(await thing.settle())["keyId"])
    thing.desk.graph, thing.desk.deleting, thing.desk.retain = lambda desk: Graph.of(), True, retain
    thing.desk.memory = dict(reversed(thing.desk.memory.items()))
    await thing.settle()
    return id_


async def test_it_is_scheduled_for_deletion_and_its_alias_goes(
    declared: Callable[..., Any], client: Callable[..., Any]
) -> None:
    id_, kms = await gone(declared, retain=False), client("kms")
    assert kms.describe_key(KeyId=id_)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert kms.list_aliases(KeyId=id_)["Aliases"] == []


async def test_it_is_kept_with_its_alias(declared: Callable[..., Any], client: Callable[..., Any]) -> None:
    id_, kms = await gone(declared, retain=True), client("kms")
    assert kms.describe_key(KeyId=id_)["KeyMetadata"]["KeyState"] == "Enabled"
    assert [alias["AliasName"] for alias in kms.list_aliases(KeyId=id_)["Aliases"]] == ["alias/mwaa/team/lake"]
    assert OWNER_TAG not in {tag["TagKey"] for tag in kms.list_resource_tags(KeyId=id_)["Tags"]}
