"""Policies, hidden options, CLI commands, signatures, masks, fault rules: tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mwaa_emulator.calls import masked
from mwaa_emulator.clock import ScaledClock
from mwaa_emulator.faults import Fault, FaultBook
from mwaa_emulator.mwaa.commands import refusal
from mwaa_emulator.mwaa.maintenance import next_window
from mwaa_emulator.mwaa.options import hidden
from mwaa_emulator.mwaa.policies import may, trusted_services
from mwaa_emulator.signing import read_signature


def statement(effect: str, action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Statement": {"Effect": effect, "Action": action, "Resource": resource, **more}}


@pytest.mark.parametrize(
    ("policies", "allowed"),
    [
        ([], False),
        ([statement("Allow", "s3:GetObject*", "arn:aws:s3:::b/*")], True),
        ([statement("Allow", "S3:getobject", "arn:aws:s3:::b/*")], True),
        ([statement("Allow", "s3:*", "arn:aws:s3:::B/*")], False),
        ([statement("Allow", "s3:ListBucket")], False),
        ([statement("Allow", "*"), statement("Deny", "s3:Get*")], False),
        (
            [statement("Allow", "*"), statement("Deny", "s3:Get*", Condition={"Bool": {"aws:SecureTransport": "false"}})],
            True,
        ),
        ([{"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}], True),
        ([{"Statement": {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*"}}], False),
        ([{"Statement": [{"Effect": "Allow", "Action": ["s3:?etObject"], "Resource": ["arn:aws:s3:::*"]}]}], True),
    ],
)
def test_may(policies: list[dict[str, Any]], allowed: bool) -> None:
    assert may(policies, "s3:GetObject", "arn:aws:s3:::b/dags/x.py") is allowed


@pytest.mark.parametrize(
    ("start", "after", "expected"),
    [
        ("TUE:03:30", "2026-11-21T11:00", "2026-11-24T03:30"),
        ("SAT:11:30", "2026-11-21T11:00", "2026-11-21T11:30"),
        ("SAT:11:00", "2026-11-21T11:00", "2026-11-28T11:00"),
        ("SAT:00:00", "2026-11-21T11:00", "2026-11-28T00:00"),
        ("FRI:23:30", "2026-12-31T23:59", "2027-01-01T23:30"),
    ],
)
def test_the_next_window(start: str, after: str, expected: str) -> None:
    assert next_window(start, datetime.fromisoformat(after)) == datetime.fromisoformat(expected)


def test_trusted_services() -> None:
    trust = {"Statement": [
        {"Effect": "Allow", "Principal": {"Service": "airflow.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"Service": ["a.amazonaws.com"]}, "Action": ["sts:*"]},
        {"Effect": "Deny", "Principal": {"Service": "no.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": "*", "Action": "sts:TagSession"},
    ]}  # fmt: skip
    assert trusted_services(trust) == {"airflow.amazonaws.com", "a.amazonaws.com"}


def test_hidden_options() -> None:
    options = {"core.parallelism": "4", "smtp.smtp_password": "x", "secrets.backend_kwargs": "{}", "foo.api_key": "k",
               "secrets.backend": "b", "core.fernet_key": "f"}  # fmt: skip
    shown = hidden(options)
    assert {key for key, value in shown.items() if value == "***"} == {
        "smtp.smtp_password", "secrets.backend_kwargs", "foo.api_key", "core.fernet_key"
    }  # fmt: skip
    assert shown["core.parallelism"] == "4"


@pytest.mark.parametrize(
    ("command", "version", "runs"),
    [
        ("dags trigger my_dag -c '{\"a\": 1}'", "2.4.3", True),
        ("version", "3.3.1", True),
        ("roles create x", "2.5.1", False),
        ("roles create x", "2.6.3", True),
        ("users create", "2.11.0", False),
        ("db reset", "3.0.6", False),
        ("", "3.0.6", False),
        ("dags trigger 'open", "3.0.6", False),
    ],
)
def test_commands(command: str, version: str, runs: bool) -> None:
    assert (refusal(command, version) is None) is runs


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=AK/20261121/eu-west-1/airflow/aws4_request, SignedHeaders=a"},
         ("mwaa", "eu-west-1", "AK")),
        ({"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=AK/20261121/us-east-1/monitoring/aws4_request,X"},
         ("cloudwatch", "us-east-1", "AK")),
        ({"HTTP_AUTHORIZATION": "AWS AK:signature"}, ("s3", "us-east-1", "AK")),
        ({"QUERY_STRING": "X-Amz-Credential=AK%2F20261121%2Feu-north-1%2Fs3%2Faws4_request&X-Amz-Date=1"},
         ("s3", "eu-north-1", "AK")),
        ({"QUERY_STRING": "AWSAccessKeyId=AK&Signature=x"}, ("s3", "us-east-1", "AK")),
        ({}, None),
    ],
)  # fmt: skip
def test_signatures(environ: dict[str, str], expected: tuple[str, str, str] | None) -> None:
    found = read_signature(environ)
    assert (None if found is None else (found.service, found.region, found.access_key)) == expected


def test_masks() -> None:
    shown = masked({"Name": "x", "SecretString": "s", "AirflowConfigurationOptions": {"a.b": "c"}, "Body": {"conf": 1},
                    "Nested": [{"Password": "p", "Plain": "q"}]})  # fmt: skip
    assert shown == {"Name": "x", "SecretString": "***", "AirflowConfigurationOptions": {"a.b": "***"},
                     "Body": {"conf": "***"}, "Nested": [{"Password": "***", "Plain": "q"}]}  # fmt: skip


def test_fault_rules_count_skip_and_repeat_their_dice() -> None:
    def acting(fault: Fault, calls: int) -> list[int]:
        book = FaultBook()
        book.add(fault)
        return [number for number in range(calls) if book.match("ec2", "CreateVpc", "1", True, {"CidrBlock": "a"})]

    assert acting(Fault(after=2, count=2), 6) == [2, 3]
    assert acting(Fault(service="s3"), 3) == []
    assert acting(Fault(write=False), 3) == []
    assert acting(Fault(params={"CidrBlock": "a"}, count=1), 3) == [0]
    half = acting(Fault(rate=0.5, seed=7), 200)
    assert half == acting(Fault(rate=0.5, seed=7), 200)
    assert 60 < len(half) < 140


def test_the_clock_keeps_its_time_when_the_speed_changes() -> None:
    clock = ScaledClock(0)
    clock.advance(100)
    assert clock.now() == 100
    clock.speed = 1000
    first = clock.now()
    clock.speed = 0
    assert clock.now() >= first >= 100
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="speed must lie"):
        clock.speed = -1
