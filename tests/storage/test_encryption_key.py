"""The EncryptionKey kind over a real endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mwaa_emulator.client import Emulator
from mwaa_operator.api.encryption_key import EncryptionKeySpec
from mwaa_operator.aws.kms_policy import _statements
from mwaa_operator.core.errors import Trouble
from mwaa_operator.core.kind import Object
from mwaa_operator.core.owner import ADOPT_TAG, OBJECT_TAG, OWNER_TAG, PART_TAG
from mwaa_operator.core.policy import Adoption, DriftPolicy
from mwaa_operator.engine.run import Run
from mwaa_operator.kinds.encryption_key import EncryptionKeyKind

KIND = EncryptionKeyKind()
ALIAS = "alias/mwaa/team/lake"
DELETE = EncryptionKeySpec(deletion_policy="Delete", pending_window_in_days=9)
LOGS: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
    "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
    "Resource": "*",
    "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:123456789012:*"}},
}
ROOT = {
    "Sid": "Enable IAM User Permissions",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}
AUDITORS = {
    "Sid": "auditors",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:role/audit"},
    "Action": ["kms:List*", "kms:Describe*"],
    "Resource": "*",
}
MANY_REGIONS = {**LOGS, "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:*:*"}}}


@pytest.fixture
def key(declared: Callable[..., Any]) -> Callable[..., Any]:
    def make(spec: EncryptionKeySpec | None = None, **about: Any) -> Any:
        given = spec or EncryptionKeySpec()
        return declared(KIND, given, name="lake", retain=given.deletion_policy == "Retain", **about)

    return make


@pytest.fixture
def kms(client: Callable[..., Any]) -> Any:
    return client("kms")


def keys(kms: Any) -> dict[str, str]:
    """Give the states of all keys, by their ids."""
    ids = [each["KeyId"] for each in kms.list_keys()["Keys"]]
    return {id_: kms.describe_key(KeyId=id_)["KeyMetadata"]["KeyState"] for id_ in ids}


def aliases(kms: Any) -> dict[str, str]:
    return {each["AliasName"]: each["TargetKeyId"] for each in kms.list_aliases()["Aliases"] if "TargetKeyId" in each}


def tags(kms: Any, id_: str) -> dict[str, str]:
    return {each["TagKey"]: each["TagValue"] for each in kms.list_resource_tags(KeyId=id_)["Tags"]}


def statements(kms: Any, id_: str) -> list[dict[str, Any]]:
    found = json.loads(kms.get_key_policy(KeyId=id_, PolicyName="default")["Policy"])["Statement"]
    return list(found) if isinstance(found, list) else [found]


def put(kms: Any, id_: str, given: Any) -> None:
    document = {"Version": "2012-10-17", "Id": "theirs", "Statement": given}
    kms.put_key_policy(KeyId=id_, PolicyName="default", Policy=json.dumps(document))


def for_logs(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in each.items() if name != "Sid"} for each in found if each not in (ROOT, AUDITORS)]


def needs(run: Run) -> set[str]:
    return {need.reason for step in run.plan.steps for need in step.needs if need.reason != "PartNotReady"}


@pytest.mark.row("D77", "D83")
async def test_a_key_is_made_as_declared(key: Callable[..., Any], client: Callable[..., Any]) -> None:
    spec = EncryptionKeySpec(tags={"team": "data"}, enable_key_rotation=True)
    thing = key(spec, region="eu-west-1")
    facts = thing.facts(await thing.settle())
    kms = client("kms", region_name="eu-west-1")

    (id_,) = keys(kms)
    made = kms.describe_key(KeyId=id_)["KeyMetadata"]
    assert (made["KeySpec"], made["KeyUsage"]) == ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    assert not made.get("MultiRegion")
    assert made["Enabled"] and made["Arn"] == f"arn:aws:kms:eu-west-1:123456789012:key/{id_}"
    assert kms.get_key_rotation_status(KeyId=id_)["KeyRotationEnabled"]
    assert tags(kms, id_) == {
        "Name": "mwaa/team/lake",
        "team": "data",
        OWNER_TAG: "6f1c",
        PART_TAG: "key",
        OBJECT_TAG: "EncryptionKey/team/lake",
    }
    root, logs = statements(kms, id_)
    assert root == ROOT
    assert logs == {
        "Sid": "MwaaOperatorCloudWatchLogs",
        **LOGS,
        "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:123456789012:*"}},
    }
    assert aliases(kms)[ALIAS] == id_
    assert facts == {"keyArn": made["Arn"], "keyId": id_, "aliasName": ALIAS}


@pytest.mark.row("D77")
@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ([ROOT], [ROOT]),
        ([ROOT, AUDITORS], [ROOT, AUDITORS]),
        ([ROOT, {"Sid": "Allow logs access", **LOGS}, AUDITORS], [ROOT, {"Sid": "Allow logs access", **LOGS}, AUDITORS]),
        ([LOGS, ROOT, {"Sid": "again", **LOGS, "Action": sorted(LOGS["Action"])}], [ROOT]),
        ([ROOT, {"Sid": "MwaaOperatorCloudWatchLogs", **LOGS, "Action": "kms:*"}, AUDITORS], [ROOT, AUDITORS]),
        ([{"Sid": "MwaaOperatorCloudWatchLogs", **LOGS, "Condition": {}}, ROOT], [ROOT]),
    ],
)
async def test_the_statement_for_logs_stands_once_and_others_are_untouched(
    key: Callable[..., Any], kms: Any, before: Any, kept: list[Mapping[str, Any]]
) -> None:
    thing = key()
    id_ = thing.facts(await thing.settle())["keyId"]
    put(kms, id_, before)
    await thing.settle()
    found = statements(kms, id_)
    assert for_logs(found) == [LOGS]
    assert found[: len(kept)] == kept
    assert len(found) == len([each for each in kept if each in (ROOT, AUDITORS)]) + 1
    thing.desk.taken()
    await thing.settle()
    assert thing.desk.taken() == []


def test_a_policy_may_have_one_statement_that_is_no_list() -> None:
    assert _statements({"Statement": ROOT}) == [ROOT]


async def test_a_wider_statement_of_somebody_else_stays_beside_ours(key: Callable[..., Any], kms: Any) -> None:
    thing = key()
    id_ = thing.facts(await thing.settle())["keyId"]
    put(kms, id_, [ROOT, MANY_REGIONS])
    await thing.settle()
    assert [each for each in statements(kms, id_) if each.get("Sid") != "MwaaOperatorCloudWatchLogs"] == [ROOT, MANY_REGIONS]
    assert len(statements(kms, id_)) == 3


async def test_the_key_is_published_once_logs_may_use_it_and_then_for_good(
    key: Callable[..., Any], kms: Any, emulator: Emulator
) -> None:
    thing = key()
    emulator.fault("kms", "PutKeyPolicy", code="AccessDeniedException", message="no", status=400)
    run = await thing.desk.once()
    assert len(keys(kms)) == 1
    assert thing.facts(run) == {"keyArn": None, "keyId": None, "aliasName": None}
    emulator.clear_faults()
    arn = thing.facts(await thing.settle())["keyArn"]
    assert arn

    (id_,) = keys(kms)
    put(kms, id_, [ROOT])
    thing.desk.drift = DriftPolicy.REPORT
    run = await thing.desk.once()
    known = Object("EncryptionKey", "team", "lake", "6f1c", 1, thing.spec, facts={"keyArn": arn})
    assert KIND.facts(known, thing.context, run.sights)["keyArn"] == arn
    assert thing.facts(run)["keyArn"] is None


async def test_a_steady_key_costs_no_write(key: Callable[..., Any]) -> None:
    thing = key()
    await thing.settle()
    thing.desk.taken(writes=False)
    await thing.settle()
    calls = sorted(thing.desk.taken(writes=False))
    assert calls == ["describe_key", "describe_key", "get_key_policy", "list_resource_tags", "list_resource_tags"]


async def test_a_crash_makes_no_second_key(
    key: Callable[..., Any], kms: Any, emulator: Emulator, crash: Callable[..., Any]
) -> None:
    def fresh() -> Any:
        emulator.reset()
        # one of somebody else without an alias, whose tags are looked at
        kms.create_key(Tags=[{"TagKey": PART_TAG, "TagValue": "key"}, {"TagKey": OWNER_TAG, "TagValue": "another"}])
        return key()

    def whole(thing: Any) -> None:
        (id_,) = [each for each in keys(kms) if tags(kms, each)[OWNER_TAG] == "6f1c"]
        assert aliases(kms)[ALIAS] == id_
        assert for_logs(statements(kms, id_)) == [LOGS]
        assert len(keys(kms)) == 2

    assert await crash(fresh, whole) == 3


@pytest.mark.row("D82")
async def test_its_deletion_is_scheduled_with_the_window_and_a_crash_changes_nothing(
    key: Callable[..., Any], kms: Any, emulator: Emulator, killed: type[BaseException]
) -> None:
    for number, moment in [(0, ""), *((n, m) for n in (1, 2, 3) for m in ("die_before", "die_after"))]:
        emulator.reset()
        thing = key(DELETE)
        id_ = thing.facts(await thing.settle())["keyId"]
        thing.desk.deleting = True
        emulator.clear_calls()
        if number:
            setattr(thing.desk.aws, moment, thing.desk.aws.writes + number)
            with pytest.raises(killed):
                await thing.settle()
            thing.desk.start()
        await thing.settle()
        assert keys(kms) == {id_: "PendingDeletion"}
        assert ALIAS not in aliases(kms)
        asked = [call for call in emulator.calls() if call.operation == "ScheduleKeyDeletion"]
        assert len(asked) == 1
        assert asked[0].params["PendingWindowInDays"] == 9
        thing.desk.taken()
        await thing.settle()
        assert thing.desk.taken() == []


async def test_a_new_object_of_the_same_name_takes_the_key_back_while_its_deletion_is_pending(
    key: Callable[..., Any], kms: Any
) -> None:
    thing = key(DELETE)
    facts = thing.facts(await thing.settle())
    thing.desk.deleting = True
    await thing.settle()

    again = key(DELETE, uid="another")
    assert again.facts(await again.settle()) == facts
    assert keys(kms) == {facts["keyId"]: "Enabled"}
    assert aliases(kms)[ALIAS] == facts["keyId"]
    assert tags(kms, facts["keyId"])[OWNER_TAG] == "another"


@pytest.mark.row("D81")
async def test_a_key_with_grants_of_mwaa_is_not_deleted(key: Callable[..., Any], kms: Any) -> None:
    """An environment that names the key by its id is no object that could hold it."""
    thing = key(DELETE)
    id_ = thing.facts(await thing.settle())["keyId"]
    service = "airflow.us-east-1.amazonaws.com"
    about = {"GranteePrincipal": service, "RetiringPrincipal": service, "Operations": ["Encrypt", "Decrypt"]}
    grant = kms.create_grant(KeyId=id_, Name="mwaa-grant-for-env-mgmt-role-old", **about)
    kms.create_grant(KeyId=id_, Name="other", **{**about, "GranteePrincipal": "rds.us-east-1.amazonaws.com"})

    thing.desk.deleting = True
    thing.desk.taken()
    problem = (await thing.desk.once()).problems["key"]
    assert (problem.trouble, problem.reason) == (Trouble.HELD, "KeyInUse")
    assert "mwaa-grant-for-env-mgmt-role-old" in problem.message and "other" not in problem.message
    assert keys(kms) == {id_: "Enabled"}
    assert aliases(kms)[ALIAS] == id_
    assert len(kms.list_grants(KeyId=id_)["Grants"]) == 2
    assert thing.desk.taken() == []

    kms.revoke_grant(KeyId=id_, GrantId=grant["GrantId"])
    await thing.settle()
    assert keys(kms) == {id_: "PendingDeletion"}


async def test_a_key_that_is_kept_is_let_go_and_found_again_by_its_alias(key: Callable[..., Any], kms: Any) -> None:
    thing = key()
    facts = thing.facts(await thing.settle())
    id_ = facts["keyId"]
    thing.desk.deleting = True
    await thing.settle()
    assert keys(kms) == {id_: "Enabled"}
    assert OWNER_TAG not in tags(kms, id_) and tags(kms, id_)[ADOPT_TAG] == "team/lake"

    again = key(uid="another")
    assert again.facts(await again.settle()) == facts
    assert list(keys(kms)) == [id_]


async def test_what_others_do_to_the_key_is_put_right(key: Callable[..., Any], kms: Any) -> None:
    thing = key(EncryptionKeySpec(enable_key_rotation=True))
    facts = thing.facts(await thing.settle())
    id_ = facts["keyId"]
    for harm in (
        lambda: kms.disable_key(KeyId=id_),
        lambda: kms.schedule_key_deletion(KeyId=id_, PendingWindowInDays=7),
        lambda: kms.disable_key_rotation(KeyId=id_),
        lambda: kms.untag_resource(KeyId=id_, TagKeys=["Name"]),
        lambda: kms.delete_alias(AliasName=ALIAS),
    ):
        harm()
        assert thing.facts(await thing.settle()) == facts
        assert keys(kms) == {id_: "Enabled"}
        assert kms.get_key_rotation_status(KeyId=id_)["KeyRotationEnabled"]
        assert tags(kms, id_)["Name"] == "mwaa/team/lake"
        assert aliases(kms)[ALIAS] == id_

    kms.disable_key(KeyId=id_)
    thing.desk.drift = DriftPolicy.REPORT
    assert needs(await thing.desk.once()) == {"DriftReported"}
    assert keys(kms) == {id_: "Disabled"}


async def test_the_rotation_can_be_switched_off_and_is_nobodys_matter_when_it_is_left_out(
    key: Callable[..., Any], kms: Any
) -> None:
    thing = key()
    id_ = thing.facts(await thing.settle())["keyId"]
    kms.enable_key_rotation(KeyId=id_)
    await thing.settle()
    assert kms.get_key_rotation_status(KeyId=id_)["KeyRotationEnabled"]
    thing.spec = EncryptionKeySpec(enable_key_rotation=False)
    await thing.settle()
    assert not kms.get_key_rotation_status(KeyId=id_)["KeyRotationEnabled"]


async def test_a_key_of_somebody_else_is_left_alone_unless_it_is_given(key: Callable[..., Any], kms: Any) -> None:
    theirs = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=ALIAS, TargetKeyId=theirs)
    before = statements(kms, theirs)
    thing = key(DELETE)
    run = await thing.desk.once()
    assert needs(run) == {"NotOurs"}
    assert thing.facts(run)["keyArn"] is None
    thing.desk.deleting = True
    await thing.settle()
    assert (keys(kms), aliases(kms)[ALIAS], statements(kms, theirs)) == ({theirs: "Enabled"}, theirs, before)
    assert thing.desk.taken() == []

    thing = key(adoption=Adoption.ALWAYS)
    thing.spec = EncryptionKeySpec(adoption="Always")
    assert thing.facts(await thing.settle())["keyId"] == theirs
    assert for_logs(statements(kms, theirs)) == [LOGS]


async def test_a_key_that_mwaa_cannot_use_is_not_taken_over(key: Callable[..., Any], kms: Any) -> None:
    theirs = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=ALIAS, TargetKeyId=theirs)
    thing = key(adoption=Adoption.ALWAYS)
    run = await thing.desk.once()
    assert needs(run) == {"ImmutableField"}
    (said,) = [need.message for step in run.plan.steps for need in step.needs if need.reason == "ImmutableField"]
    assert "multiRegion (is true, asked false)" in said


async def test_an_alias_that_was_pointed_elsewhere_is_said_and_the_key_stays_the_same(
    key: Callable[..., Any], kms: Any
) -> None:
    thing = key()
    facts = thing.facts(await thing.settle())
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName=ALIAS, TargetKeyId=other)
    run = await thing.desk.once()
    assert needs(run) == {"NotOurs"}
    assert thing.facts(run) == {**facts, "aliasName": None}
    assert aliases(kms)[ALIAS] == other


async def test_two_keys_with_the_tags_of_one_are_named(key: Callable[..., Any], kms: Any) -> None:
    marks = [{"TagKey": OWNER_TAG, "TagValue": "6f1c"}, {"TagKey": PART_TAG, "TagValue": "key"}]
    ids = sorted(kms.create_key(Tags=marks)["KeyMetadata"]["KeyId"] for _ in range(2))
    run = await key().desk.once()
    assert f"{ids[0]} and {ids[1]} both carry the tags" in run.sights["key"].problem.message
    assert len(keys(kms)) == 2
