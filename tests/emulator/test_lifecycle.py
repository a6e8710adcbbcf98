"""The states of an environment, seen through boto3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount as Account

MINUTE = 60


def status(mwaa: Any, name: str = "first") -> str:
    return str(mwaa.get_environment(Name=name)["Environment"]["Status"])


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_create_update_delete(emulator: Emulator, account: Account, mwaa: Any) -> None:
    arn = mwaa.create_environment(**account.request())["Arn"]
    assert arn == "arn:aws:airflow:us-east-1:123456789012:environment/first"
    assert status(mwaa) == "CREATING"
    emulator.advance(24 * MINUTE)
    assert status(mwaa) == "CREATING"
    emulator.advance(2 * MINUTE)
    assert status(mwaa) == "AVAILABLE"
    assert mwaa.list_environments()["Environments"] == ["first"]

    mwaa.update_environment(Name="first", MaxWorkers=7)
    shown = mwaa.get_environment(Name="first")["Environment"]
    assert (shown["Status"], shown["LastUpdate"]["Status"]) == ("UPDATING", "PENDING")
    emulator.advance(21 * MINUTE)
    shown = mwaa.get_environment(Name="first")["Environment"]
    assert (shown["Status"], shown["LastUpdate"]["Status"], shown["MaxWorkers"]) == ("AVAILABLE", "SUCCESS", 7)

    mwaa.delete_environment(Name="first")
    assert status(mwaa) == "DELETING"
    emulator.advance(16 * MINUTE)
    assert refused(mwaa.get_environment, Name="first")[0] == "ResourceNotFoundException"
    assert [call.operation for call in emulator.writes("mwaa")] == [
        "CreateEnvironment",
        "UpdateEnvironment",
        "DeleteEnvironment",
    ]
