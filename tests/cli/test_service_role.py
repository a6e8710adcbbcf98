"""The service-linked role of MWAA: shown, made once, described, and kept while there are environments."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount
from mwaa_operator.aws.mwaa_service_role import ended

NAME = "AWSServiceRoleForAmazonMWAA"
ARN = f"arn:aws:iam::123456789012:role/aws-service-role/airflow.amazonaws.com/{NAME}"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An account of its own, in which no time passes."""
    with Emulator.started(speed=0.0) as emulator:
        for name, value in emulator.environment().items():
            monkeypatch.setenv(name, value)
        yield emulator


@pytest.fixture
def run(emulator: Emulator) -> Callable[..., str]:
    """Run the command without any cluster."""

    def command(*arguments: str, code: int = 0) -> str:
        program = str(Path(sys.executable).parent / "kubectl-mwaa")
        done = subprocess.run([program, "service-role", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    return command


def calls(emulator: Emulator) -> list[str]:
    return [call.operation for call in emulator.writes("iam")]


@pytest.mark.row("A124", "A125", "A126")
def test_it_is_shown_made_once_and_only_its_description_changes(emulator: Emulator, run: Callable[..., str]) -> None:
    assert f"{NAME} is absent" in run()
    assert "make it with --create" in run("--description", "x", code=1)
    assert calls(emulator) == []

    assert f"{NAME} is present: {ARN}" in run("--create")
    assert f"{NAME} is present: {ARN}" in run("--create")
    assert calls(emulator) == ["CreateServiceLinkedRole"]
    (made,) = emulator.calls("iam", "CreateServiceLinkedRole")
    assert made.params["AWSServiceName"] == "airflow.amazonaws.com"

    iam = boto3.client("iam")
    before = iam.get_role(RoleName=NAME)["Role"]
    emulator.clear_calls()
    assert "description: for Airflow" in run("--description", "for Airflow")
    assert calls(emulator) == ["UpdateRoleDescription"]
    after = iam.get_role(RoleName=NAME)["Role"]
    assert {key for key in after if after[key] != before.get(key)} == {"Description"}


def test_somebody_else_was_faster(emulator: Emulator, run: Callable[..., str]) -> None:
    run("--create")
    emulator.fault("iam", "GetRole", code="NoSuchEntity", message="gone", status=404, count=1)
    assert f"{NAME} is present" in run("--create")


@pytest.mark.row("A127")
def test_it_is_kept_while_an_environment_is_being_deleted(emulator: Emulator, run: Callable[..., str]) -> None:
    run("--create")
    mwaa: Any = boto3.client("mwaa")
    mwaa.create_environment(**PreparedAccount(boto3.client).request("first"))
    emulator.advance(3600)
    mwaa.delete_environment(Name="first")
    assert mwaa.get_environment(Name="first")["Environment"]["Status"] == "DELETING"
    emulator.clear_calls()
    said = run("--delete", "--yes", code=1)
    assert "there are environments: first" in said
    assert calls(emulator) == []

    emulator.advance(3600)
    assert f"{NAME} is absent" in run("--delete", "--yes")
    assert calls(emulator) == ["DeleteServiceLinkedRole"]


def test_iam_says_how_a_deletion_ended() -> None:
    assert ended({"Status": "IN_PROGRESS"}) is None
    assert ended({"Status": "SUCCEEDED"}) == ""
    usage = [{"Region": "eu-west-1", "Resources": ["arn:aws:airflow:eu-west-1:123456789012:environment/other"]}]
    said = ended({"Status": "FAILED", "Reason": {"Reason": "it is in use", "RoleUsageList": usage}})
    assert said == "it is in use; arn:aws:airflow:eu-west-1:123456789012:environment/other in eu-west-1"
