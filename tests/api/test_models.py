from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mwaa_operator.api import BY_KIND, KINDS, InvalidSpec, parse
from mwaa_operator.api.dag_source import Verify
from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.api.s3_path import S3Path

BY_REFERENCES = {"networkRef": {"name": "n"}, "bucketRef": {"name": "b"}, "executionRoleRef": {"name": "r"}}


def test_a_good_spec_is_read(good: dict[str, Any]) -> None:
    spec = parse(good["kind"], good["spec"], good.get("name", "sample"))
    again = spec.model_dump(by_alias=True, exclude_unset=True, mode="json")
    assert parse(good["kind"], again) == spec


def test_a_bad_spec_is_refused_by_field(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec) as refused:
        parse(bad["kind"], bad["spec"], bad.get("name", "sample"))
    faults = refused.value.faults
    assert [fault.field for fault in faults] == [fault["field"] for fault in bad["faults"]]
    for fault, expected in zip(faults, bad["faults"], strict=True):
        assert expected["says"] in fault.message
        assert str(fault) in str(refused.value)


@pytest.mark.parametrize(
    "spec",
    [
        {"requirements": {"text": "a", "indexUrl": "https://ghp_x@host/simple"}},
        {"requirements": {"text": "a", "extraIndexUrls": ["https://me:ghp_x@host/simple"]}},
        {"requirements": {"text": "a", "constraint": "https://ghp_x@host/c.txt"}},
        {"requirements": {"text": "a", "findLinks": ["https://ghp_x@host/"]}},
        {"git": {"url": "https://me:ghp_x@host/dags.git"}},
    ],
)
def test_what_stands_before_the_host_of_a_url_is_not_repeated(spec: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec) as refused:
        parse("DagSource", {"bucketRef": {"name": "b"}, **spec})
    assert "host" in str(refused.value), "what it should look like is said"
    assert "ghp_x" not in str(refused.value)


def test_every_rule_has_a_sample_that_breaks_it(table: dict[str, Any]) -> None:
    said = [fault["says"] for each in table["specs"] for fault in each.get("faults", ())]
    said += [each["says"] for each in table["changes"] if "says" in each]
    broken = {message for message in _messages() if any(message.startswith(beginning) for beginning in said)}
    assert _messages() == broken


def _messages() -> set[str]:
    from mwaa_operator.api.crd import schema

    def walk(node: Any) -> set[str]:
        if isinstance(node, list):
            return set().union(*map(walk, node))
        if not isinstance(node, dict):
            return set()
        own = {rule["message"] for rule in node.get("x-kubernetes-validations", ())}
        return own.union(*map(walk, node.values()))

    return set().union(*(walk(schema(each)) for each in KINDS))


def test_the_message_has_field_value_and_fix() -> None:
    with pytest.raises(InvalidSpec) as refused:
        parse("Network", {"vpcCidr": "10.0.0.0/8"})
    assert str(refused.value) == (
        'spec.vpcCidr ("10.0.0.0/8"): must be an IPv4 block from /16 to /28 that starts at its first address, '
        "such as `10.192.10.0/24`"
    )


def test_a_default_that_breaks_a_rule_is_shown() -> None:
    with pytest.raises(InvalidSpec) as refused:
        parse("Network", {"vpcCidr": "10.1.0.0/16", "privateSubnetCidrs": ["10.2.0.0/24", "10.1.1.0/24"]})
    assert str(refused.value) == (
        'spec.publicSubnetCidrs (the default ["10.192.10.0/24", "10.192.11.0/24"]): every subnet must lie inside vpcCidr; '
        "spec.privateSubnetCidrs: every subnet must lie inside vpcCidr"
    )


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(InvalidSpec) as refused:
        parse("Environment", {**BY_REFERENCES, "name": "1bad", "schedulers": 9, "airflowVersion": "latest"})
    assert [fault.field for fault in refused.value.faults] == ["spec.name", "spec.airflowVersion", "spec.schedulers"]


def test_a_long_value_is_cut() -> None:
    with pytest.raises(InvalidSpec) as refused:
        parse("Environment", {**BY_REFERENCES, "environmentClass": "x" * 5000})
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Environment", {**BY_REFERENCES, "airflowConfigurationOptions": {"smtp.smtp_password": ["hunter2"]}}),
        ("Environment", {**BY_REFERENCES, "airflowConfigurationOptions": {"Bad.Key": "hunter2"}}),
        ("Environment", {**BY_REFERENCES, "airflowConfigurationOptions": ["hunter2"]}),
        ("DagSource", {"bucketRef": {"name": "b"}, "files": {"a.py": ["hunter2"]}}),
        ("DagSource", {"bucketRef": {"name": "b"}, "files": {"../a.py": "hunter2"}}),
    ],
)
def test_what_may_be_secret_is_in_no_message(kind: str, spec: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec) as refused:
        parse(kind, spec)
    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in "".join(map(repr, (refused.value.faults, refused.value.__cause__)))


def test_options_and_files_are_not_in_a_repr() -> None:
    spec = parse("Environment", {**BY_REFERENCES, "airflowConfigurationOptions": {"smtp.smtp_password": "hunter2"}})
    assert "hunter2" not in repr(spec)


def test_unknown_keys_of_a_newer_crd_are_ignored() -> None:
    assert parse("Bucket", {"name": "mine", "colour": "red"}) == parse("Bucket", {"name": "mine"})


@pytest.mark.parametrize("each", KINDS, ids=lambda each: each.kind)
def test_a_spec_cannot_be_changed(each: Any) -> None:
    spec = each.spec.model_construct()
    with pytest.raises(ValidationError, match="frozen"):
        spec.suspend = True


def test_buckets_and_keys_are_kept_and_all_else_is_deleted() -> None:
    defaults = {each.kind: each.spec.model_fields["deletion_policy"].default for each in KINDS}
    assert {kind for kind, policy in defaults.items() if policy == "Retain"} == {"Bucket", "EncryptionKey"}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [("schedule", "0 25 * * *", "is no schedule of cron"), ("timeZone", "Europe/Nowhere", "is not in the IANA")],
)
def test_a_window_that_never_opens_is_refused(field: str, value: str, says: str) -> None:
    window = {"schedule": "0 22 * * SAT", "duration": "4h", field: value}
    with pytest.raises(InvalidSpec) as refused:
        parse("Environment", {**BY_REFERENCES, "changeWindow": window})
    assert says in str(refused.value)
    assert f"spec.changeWindow.{field}" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "prefix", "bucket"),
    [("dags", "dags", None), ("/dags/", "dags", None), ("s3://bucket/dags", "dags", "bucket"), ("s3://b/a/b/", "a/b", "b")],
)
def test_three_spellings_mean_one_folder(text: str, prefix: str, bucket: str | None) -> None:
    spec = parse("Environment", {**BY_REFERENCES, "dagS3Path": text})
    assert isinstance(spec, EnvironmentSpec)
    assert (spec.dag_s3_path, spec.dag_s3_path.bucket) == (prefix, bucket)


@given(st.lists(st.from_regex("[a-z0-9_]+", fullmatch=True), min_size=1, max_size=4).map("/".join), st.booleans())
def test_reading_a_folder_twice_changes_nothing(path: str, from_root: bool) -> None:
    once = S3Path(f"/{path}/" if from_root else path)
    assert once == path == S3Path(once)


@pytest.mark.parametrize(
    ("text", "span"),
    [("90s", timedelta(seconds=90)), ("10m", timedelta(minutes=10)), ("1h30m", timedelta(hours=1, minutes=30))],
)
def test_a_timeout_is_a_span_of_time(text: str, span: timedelta) -> None:
    assert Verify(dag_id="x", timeout=text).patience == span


def test_no_kind_takes_the_names_of_another() -> None:
    for names in (lambda each: each.plural, lambda each: each.short_name, lambda each: each.singular):
        assert len({names(each) for each in KINDS}) == len(KINDS) == len(BY_KIND)
