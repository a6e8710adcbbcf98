"""The two documents of an execution role against the guide's tables (part 1, sections 15.2, 15.3 and 16)."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.core.change import plain
from mwaa_operator.resources.iam import Account, Served, canonical, covers, execution_policy, size, trust_policy

ACCOUNT = Account("aws", "123456789012")
BUCKET = "arn:aws:s3:::team-dags"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OWNED = Served("prod", "eu-west-1", BUCKET)
CUSTOMER = Served("prod", "eu-west-1", BUCKET, KEY)

# the guide's table, row by row, for eu-west-1, 123456789012, prod and team-dags
TABLE: dict[str, dict[str, Any]] = {
    "a": {
        "Effect": "Allow",
        "Action": "airflow:PublishMetrics",
        "Resource": "arn:aws:airflow:eu-west-1:123456789012:environment/prod",
    },
    "b": {"Effect": "Deny", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
    "c": {
        "Effect": "Allow",
        "Action": ["s3:GetObject*", "s3:GetBucket*", "s3:List*"],
        "Resource": ["arn:aws:s3:::team-dags", "arn:aws:s3:::team-dags/*"],
    },
    "d": {
        "Effect": "Allow",
        "Action": [
            "logs:CreateLogStream",
            "logs:CreateLogGroup",
            "logs:PutLogEvents",
            "logs:GetLogEvents",
            "logs:GetLogRecord",
            "logs:GetLogGroupFields",
            "logs:GetQueryResults",
        ],
        "Resource": ["arn:aws:logs:eu-west-1:123456789012:log-group:airflow-prod-*"],
    },
    "e": {"Effect": "Allow", "Action": ["logs:DescribeLogGroups"], "Resource": ["*"]},
    "f": {"Effect": "Allow", "Action": ["s3:GetAccountPublicAccessBlock"], "Resource": ["*"]},
    "g": {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"},
    "h": {
        "Effect": "Allow",
        "Action": [
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ],
        "Resource": "arn:aws:sqs:eu-west-1:*:airflow-celery-*",
    },
    "i-owned": {
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt"],
        "NotResource": "arn:aws:kms:*:123456789012:key/*",
        "Condition": {"StringLike": {"kms:ViaService": ["sqs.eu-west-1.amazonaws.com"]}},
    },
    "i-customer": {
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt"],
        "Resource": KEY,
        "Condition": {"StringLike": {"kms:ViaService": ["sqs.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"]}},
    },
}


def table(*rows: str) -> dict[str, Any]:
    return dict(canonical({"Version": "2012-10-17", "Statement": [TABLE[row] for row in rows]}))


def statement(document: Any, action: str) -> dict[str, Any]:
    (found,) = (each for each in document["Statement"] if action in each["Action"])
    return dict(found)


@pytest.mark.row("A90")
def test_with_the_key_that_aws_owns_the_policy_is_the_table() -> None:
    assert execution_policy(ACCOUNT, (OWNED,)) == table("a", "b", "c", "d", "e", "f", "g", "h", "i-owned")


@pytest.mark.row("A91")
def test_with_a_customer_key_the_policy_is_the_table_and_metrics_may_be_published() -> None:
    document = execution_policy(ACCOUNT, (CUSTOMER,))
    assert document == table("a", "b", "c", "d", "e", "f", "g", "h", "i-customer")
    via = statement(document, "kms:Decrypt")["Condition"]["StringLike"]["kms:ViaService"]
    assert set(via) == {"sqs.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"}


@pytest.mark.row("A92")
@pytest.mark.parametrize("served", [OWNED, CUSTOMER])
def test_metrics_are_published_under_the_real_name(served: Served) -> None:
    resources = statement(execution_policy(ACCOUNT, (served,)), "airflow:PublishMetrics")["Resource"]
    assert resources == ["arn:aws:airflow:eu-west-1:123456789012:environment/prod"]


@pytest.mark.row("A93")
def test_listing_all_buckets_is_denied_on_everything() -> None:
    found = statement(execution_policy(ACCOUNT, (OWNED,)), "s3:ListAllMyBuckets")
    assert (found["Effect"], found["Resource"]) == ("Deny", ["*"])


@pytest.mark.row("A94")
def test_logs_go_by_the_name_of_the_environment() -> None:
    resources = statement(execution_policy(ACCOUNT, (OWNED,)), "logs:PutLogEvents")["Resource"]
    assert resources == ["arn:aws:logs:eu-west-1:123456789012:log-group:airflow-prod-*"]


@pytest.mark.row("A88", "A101", "D179")
def test_only_mwaa_and_only_for_these_environments_may_take_on_the_role() -> None:
    (found,) = trust_policy(ACCOUNT, (OWNED, Served("test", "eu-west-1")))["Statement"]
    assert found == {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole"],
        "Principal": {"Service": ["airflow-env.amazonaws.com", "airflow.amazonaws.com"]},
        "Condition": {
            "ArnLike": {
                "aws:SourceArn": [
                    "arn:aws:airflow:eu-west-1:123456789012:environment/prod",
                    "arn:aws:airflow:eu-west-1:123456789012:environment/test",
                ]
            },
            "StringEquals": {"aws:SourceAccount": ["123456789012"]},
        },
    }


def test_several_environments_share_statements() -> None:
    other = Served("test", "us-east-1", "arn:aws:s3:::other")
    document = execution_policy(ACCOUNT, (OWNED, other, CUSTOMER))
    assert len(document["Statement"]) == 10
    assert statement(document, "s3:List*")["Resource"] == [
        "arn:aws:s3:::other",
        "arn:aws:s3:::other/*",
        "arn:aws:s3:::team-dags",
        "arn:aws:s3:::team-dags/*",
    ]
    for each in (OWNED, other, CUSTOMER):
        assert covers(document, execution_policy(ACCOUNT, (each,)))
    assert not covers(document, execution_policy(ACCOUNT, (Served("third", "us-east-1"),)))
    assert not covers(document, execution_policy(ACCOUNT, (Served("prod", "eu-west-1", "arn:aws:s3:::unknown"),)))


def test_without_a_known_bucket_nothing_is_said_of_one() -> None:
    document = execution_policy(ACCOUNT, (Served("prod", "eu-west-1"),))
    assert document == table("a", "b", "d", "e", "f", "g", "h", "i-owned")


def test_china_has_its_own_partition_and_services() -> None:
    text = json.dumps(execution_policy(Account("aws-cn", "123456789012"), (Served("prod", "cn-north-1", "b"),)))
    assert "arn:aws:" not in text
    assert "sqs.cn-north-1.amazonaws.com.cn" in text


texts = st.text(alphabet="abc:*", min_size=1, max_size=4)
one_or_many = st.one_of(texts, st.lists(texts, min_size=1, max_size=3))
statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": one_or_many, "Resource": one_or_many},
    optional={
        "Principal": st.one_of(st.just("*"), st.dictionaries(st.sampled_from(["AWS", "Service"]), one_or_many, min_size=1)),
        "Condition": st.dictionaries(
            st.sampled_from(["StringLike", "ArnLike"]), st.dictionaries(texts, one_or_many, min_size=1), min_size=1
        ),
    },
)
documents = st.fixed_dictionaries({"Version": st.just("2012-10-17"), "Statement": st.lists(statements, max_size=4)})


def disguised(value: Any, chance: random.Random, key: str = "") -> Any:
    """Write the same document another way: lists of one as texts, lists and keys in another order, with Sids."""
    if isinstance(value, dict):
        items = [(name, disguised(item, chance, name)) for name, item in value.items()]
        chance.shuffle(items)
        marked = {"Sid": f"s{chance.random()}"} if "Effect" in value else {}
        return {**marked, **dict(items)}
    if isinstance(value, list):
        shuffled = [disguised(item, chance) for item in value]
        chance.shuffle(shuffled)
        return shuffled[0] if len(shuffled) == 1 and key != "Version" else shuffled
    return value


@given(documents, st.randoms(use_true_random=False))
def test_however_a_document_is_written_it_has_one_canonical_form(document: dict[str, Any], chance: random.Random) -> None:
    expected = canonical(document)
    assert plain(canonical(disguised(document, chance))) == plain(expected)
    assert canonical(expected) == expected
    assert covers(expected, expected)


@given(documents, documents)
def test_documents_that_mean_something_else_differ(first: dict[str, Any], second: dict[str, Any]) -> None:
    def meaning(document: dict[str, Any]) -> set[str]:
        def shape(value: Any, key: str = "") -> Any:
            if key == "Principal" and value == "*":
                return {"AWS": ["*"]}
            if isinstance(value, dict):
                return {name: shape(item, name) for name, item in sorted(value.items())}
            if key in ("Effect", "Version"):
                return value
            return sorted(set([value] if isinstance(value, str) else value))

        return {json.dumps(shape(each), sort_keys=True) for each in document["Statement"]}

    assert (canonical(first) == canonical(second)) == (meaning(first) == meaning(second))


def test_white_space_does_not_count_as_size_and_every_other_character_does() -> None:
    assert size({"Version": "2012-10-17", "Statement": []}) == len('{"Version":"2012-10-17","Statement":[]}')
