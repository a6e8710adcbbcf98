"""The states of an environment, seen through boto3."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator, EmulatorError
from mwaa_emulator.mwaa.maintenance import next_window
from mwaa_emulator.mwaa.model import service_model
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


@pytest.fixture
def available(emulator: Emulator, account: Account, mwaa: Any) -> Account:
    mwaa.create_environment(**account.request(AirflowVersion="2.10.3", WeeklyMaintenanceWindowStart="TUE:03:30"))
    emulator.advance(26 * MINUTE)
    return account


def courses(emulator: Emulator, mwaa: Any, minutes: int) -> list[str]:
    """The states that somebody sees who looks every five minutes."""
    seen: list[str] = []
    for _ in range(0, minutes + 1, 5):
        present = status(mwaa)
        if seen[-1:] != [present]:
            seen.append(present)
        emulator.advance(5 * MINUTE)
    return seen


@pytest.mark.parametrize(
    ("result", "change", "seen"),
    [
        ("failed", {"MaxWorkers": 7}, ["UPDATING", "UPDATE_FAILED"]),
        ("failed-available", {"MaxWorkers": 7}, ["UPDATING", "AVAILABLE"]),
        ("rolled-back", {"MaxWorkers": 7}, ["UPDATING", "ROLLING_BACK", "UPDATE_FAILED"]),
        ("rolled-back-available", {"MaxWorkers": 7}, ["UPDATING", "ROLLING_BACK", "AVAILABLE"]),
        ("unavailable", {"MaxWorkers": 7}, ["UPDATING", "ROLLING_BACK", "UNAVAILABLE"]),
        (
            "rolled-back",
            {"AirflowVersion": "2.11.0"},
            ["UPDATING", "CREATING_SNAPSHOT", "UPDATING", "ROLLING_BACK", "UPDATE_FAILED"],
        ),
    ],
)
def test_each_end_of_a_failed_update_keeps_what_was(
    emulator: Emulator, available: Account, mwaa: Any, result: str, change: dict[str, Any], seen: list[str]
) -> None:
    before = mwaa.get_environment(Name="first")["Environment"]
    emulator.outcome("update", result)
    mwaa.update_environment(Name="first", **change)
    assert courses(emulator, mwaa, 80) == seen
    after = mwaa.get_environment(Name="first")["Environment"]
    update = after["LastUpdate"]
    assert (update["Status"], update["Error"]["ErrorCode"]) == ("FAILED", "INCORRECT_CONFIGURATION")
    assert update["WorkerReplacementStrategy"] == "FORCED"
    assert (after["MaxWorkers"], after["AirflowVersion"]) == (before["MaxWorkers"], before["AirflowVersion"])
    if seen[-1] == "UNAVAILABLE":
        assert refused(mwaa.update_environment, Name="first", MaxWorkers=7)[0] == "ValidationException"
        mwaa.delete_environment(Name="first")
        return
    mwaa.update_environment(Name="first", MaxWorkers=7)
    emulator.advance(21 * MINUTE)
    after = mwaa.get_environment(Name="first")["Environment"]
    assert (after["Status"], after["MaxWorkers"], after["LastUpdate"]["Status"]) == ("AVAILABLE", 7, "SUCCESS")


def customer(emulator: Emulator, account: Account, mwaa: Any, **changes: Any) -> dict[str, Any]:
    mwaa.create_environment(**account.request(EndpointManagement="CUSTOMER", **changes))
    emulator.advance(11 * MINUTE)
    shown = mwaa.get_environment(Name="first")["Environment"]
    assert shown["Status"] == "PENDING"
    return dict(shown)


def endpoint(account: Account, service: str, subnets: list[str] | None = None) -> str:
    made = account.ec2.create_vpc_endpoint(
        VpcId=account.vpc, ServiceName=service, VpcEndpointType="Interface", SubnetIds=subnets or account.subnets
    )
    return str(made["VpcEndpoint"]["VpcEndpointId"])


def test_customer_endpoints_are_needed_in_both_subnets_for_both_services(
    emulator: Emulator, account: Account, mwaa: Any
) -> None:
    shown = customer(emulator, account, mwaa)
    database, webserver = shown["DatabaseVpcEndpointService"], shown["WebserverVpcEndpointService"]
    endpoint(account, database)
    half = endpoint(account, webserver, account.subnets[:1])
    emulator.advance(60 * MINUTE)
    assert status(mwaa) == "PENDING"
    account.ec2.delete_vpc_endpoints(VpcEndpointIds=[half])
    endpoint(account, webserver)
    emulator.advance(3 * MINUTE)
    assert status(mwaa) == "CREATING"
    emulator.advance(16 * MINUTE)
    assert status(mwaa) == "AVAILABLE"


def test_a_public_web_server_needs_no_endpoint(emulator: Emulator, account: Account, mwaa: Any) -> None:
    shown = customer(emulator, account, mwaa, WebserverAccessMode="PUBLIC_ONLY")
    assert "WebserverVpcEndpointService" not in shown
    endpoint(account, shown["DatabaseVpcEndpointService"])
    emulator.advance(3 * MINUTE)
    assert status(mwaa) == "CREATING"


def test_endpoints_that_do_not_come_within_72_hours(emulator: Emulator, account: Account, mwaa: Any) -> None:
    customer(emulator, account, mwaa)
    busy = refused(mwaa.update_environment, Name="first", MaxWorkers=3)
    assert busy == ("ValidationException", "Environments with PENDING status cannot be updated.")
    emulator.advance(72 * 60 * MINUTE - 2 * MINUTE)
    assert status(mwaa) == "PENDING"
    emulator.advance(2 * MINUTE)
    shown = mwaa.get_environment(Name="first")["Environment"]
    error = shown["LastUpdate"]["Error"]
    assert (shown["Status"], error["ErrorCode"]) == ("CREATE_FAILED", "INCORRECT_CONFIGURATION")
    mwaa.delete_environment(Name="first")


def test_a_pending_environment_can_be_deleted(emulator: Emulator, account: Account, mwaa: Any) -> None:
    service = customer(emulator, account, mwaa)["DatabaseVpcEndpointService"]
    mwaa.delete_environment(Name="first")
    emulator.advance(16 * MINUTE)
    assert refused(mwaa.get_environment, Name="first")[0] == "ResourceNotFoundException"
    assert refused(endpoint, account=account, service=service)[0] == "InvalidServiceName"


def test_endpoint_services_are_those_of_the_accounts_environments(
    emulator: Emulator, account: Account, mwaa: Any, client: Callable[..., Any]
) -> None:
    service = customer(emulator, account, mwaa)["DatabaseVpcEndpointService"]
    other = client("sts").assume_role(RoleArn="arn:aws:iam::222222222222:role/r", RoleSessionName="s")["Credentials"]
    ec2 = client("ec2", key=other["AccessKeyId"])
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = {"VpcId": vpc, "VpcEndpointType": "Interface"}
    code, text = refused(ec2.create_vpc_endpoint, ServiceName=service, **made)
    assert (code, text) == ("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")
    assert ec2.create_vpc_endpoint(ServiceName="com.amazonaws.us-east-1.sqs", **made)


def test_maintenance_brought_about(emulator: Emulator, available: Account, mwaa: Any) -> None:
    emulator.maintenance("first")
    shown = mwaa.get_environment(Name="first")["Environment"]
    assert (shown["Status"], shown["LastUpdate"]["Status"]) == ("MAINTENANCE", "PENDING")
    assert "must complete previous operation" in refused(mwaa.update_environment, Name="first", MaxWorkers=3)[1]
    assert "must complete previous operation" in refused(mwaa.delete_environment, Name="first")[1]
    with pytest.raises(EmulatorError, match="maintenance needs it AVAILABLE"):
        emulator.maintenance("first")
    emulator.advance(60 * MINUTE)
    shown = mwaa.get_environment(Name="first")["Environment"]
    update = shown["LastUpdate"]
    assert (shown["Status"], update["Status"], update["Source"]) == ("AVAILABLE", "SUCCESS", "MAINTENANCE")
    assert update["WorkerReplacementStrategy"] == "GRACEFUL"
    mwaa.update_environment(Name="first", MaxWorkers=3)
    assert "Source" not in mwaa.get_environment(Name="first")["Environment"]["LastUpdate"]


def test_maintenance_in_the_weekly_window(emulator: Emulator, available: Account, mwaa: Any) -> None:
    emulator.switches(weekly_maintenance=True)
    now = datetime.fromisoformat(emulator.now()["calendar"])
    window = next_window("TUE:03:30", now)
    for _ in range(2):
        emulator.advance((window - datetime.fromisoformat(emulator.now()["calendar"])).total_seconds() - MINUTE)
        assert status(mwaa) == "AVAILABLE"
        emulator.advance(2 * MINUTE)
        assert status(mwaa) == "MAINTENANCE"
        emulator.advance(60 * MINUTE)
        assert status(mwaa) == "AVAILABLE"
        window += timedelta(days=7)
    emulator.switches(weekly_maintenance=False)
    emulator.advance((window - datetime.fromisoformat(emulator.now()["calendar"])).total_seconds() + MINUTE)
    assert status(mwaa) == "AVAILABLE"


def test_a_window_in_the_middle_of_an_update_passes_unused(emulator: Emulator, available: Account, mwaa: Any) -> None:
    emulator.switches(weekly_maintenance=True)
    window = next_window("TUE:03:30", datetime.fromisoformat(emulator.now()["calendar"]))
    emulator.advance((window - datetime.fromisoformat(emulator.now()["calendar"])).total_seconds() - MINUTE)
    mwaa.update_environment(Name="first", MaxWorkers=3)
    emulator.advance(2 * MINUTE)
    assert status(mwaa) == "UPDATING"
    emulator.advance(20 * MINUTE)
    assert status(mwaa) == "AVAILABLE"


def test_deleted_can_be_looked_at(emulator: Emulator, available: Account, mwaa: Any) -> None:
    emulator.set_state("first", "DELETED", seconds=60)
    assert status(mwaa) == "DELETED"
    assert refused(mwaa.delete_environment, Name="first")[1] == "Environments with DELETED status cannot be deleted."
    assert refused(mwaa.update_environment, Name="first")[1] == "Environments with DELETED status cannot be updated."
    emulator.advance(60)
    assert refused(mwaa.get_environment, Name="first")[0] == "ResourceNotFoundException"


def test_each_state_of_the_model_can_be_set(emulator: Emulator, available: Account, mwaa: Any) -> None:
    states = service_model().shape_for("EnvironmentStatus").enum
    assert len(states) == 12
    for each in states:
        emulator.set_state("first", each, seconds=60)
        assert status(mwaa) == each


@pytest.mark.parametrize(
    ("version", "wanted", "text"),
    [
        ("2.10.3", "3.0.6", "update to 2.11 first"),
        ("3.0.6", "2.10.3", "the oldest target is 2.11"),
        ("2.10.3", "2.6.3", "Airflow version 2.6.3 is not supported"),
        ("3.2.1", "3.0.6", None),
        ("3.0.6", "2.11.2", None),
        ("2.11.0", "2.10.1", None),
    ],
)
def test_versions_up_and_down(
    emulator: Emulator, account: Account, mwaa: Any, version: str, wanted: str, text: str | None
) -> None:
    mwaa.create_environment(**account.request(AirflowVersion=version))
    emulator.advance(26 * MINUTE)
    if text is not None:
        code, said = refused(mwaa.update_environment, Name="first", AirflowVersion=wanted)
        assert (code, text in said, status(mwaa)) == ("ValidationException", True, "AVAILABLE")
        return
    mwaa.update_environment(Name="first", AirflowVersion=wanted)
    assert courses(emulator, mwaa, 60) == ["UPDATING", "CREATING_SNAPSHOT", "UPDATING", "AVAILABLE"]
    assert mwaa.get_environment(Name="first")["Environment"]["AirflowVersion"] == wanted
