"""What a key is called, and what its spec may say. Pure."""

from __future__ import annotations

import pytest

from mwaa_operator.api import InvalidSpec, parse
from mwaa_operator.api.encryption_key import EncryptionKeySpec
from mwaa_operator.core.kind import Object
from mwaa_operator.kinds.encryption_key import alias_name


@pytest.mark.parametrize(
    ("namespace", "name", "alias"),
    [
        ("team", "lake", "alias/mwaa/team/lake"),
        ("team", "a.b-c", "alias/mwaa/team/a_b-c"),
    ],
)
def test_the_alias_follows_from_the_name(namespace: str, name: str, alias: str) -> None:
    assert alias_name(Object("EncryptionKey", namespace, name, "uid", 1, EncryptionKeySpec())) == alias


def test_a_long_alias_is_cut_and_stays_its_own() -> None:
    one, other = (
        alias_name(Object("EncryptionKey", "n" * 63, f"{'k' * 240}{end}", "uid", 1, EncryptionKeySpec())) for end in "ab"
    )
    assert len(one) == len(other) == 256
    assert one != other
    parse("EncryptionKey", {"aliasName": one}, "k")


@pytest.mark.row("D82")
@pytest.mark.parametrize(("days", "valid"), [(6, False), (7, True), (30, True), (31, False)])
def test_the_window_is_7_to_30_days(days: int, valid: bool) -> None:
    if valid:
        parse("EncryptionKey", {"pendingWindowInDays": days}, "k")
    else:
        with pytest.raises(InvalidSpec, match="pendingWindowInDays"):
            parse("EncryptionKey", {"pendingWindowInDays": days}, "k")
