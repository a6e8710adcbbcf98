"""What the operations answer, through boto3 over HTTP."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator
from mwaa_emulator.mwaa import model
from mwaa_emulator.prepared import PreparedAccount

MINUTE = 60


def refusal(call: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return dict(caught.value.response)


def message(call: Callable[..., Any], **arguments: Any) -> str:
    error = refusal(call, **arguments)["Error"]
    assert error["Code"] == "ValidationException"
    return str(error["Message"])


@pytest.fixture
def available(emulator: Emulator, account: PreparedAccount, mwaa: Any) -> str:
    mwaa.create_environment(**account.request(AirflowVersion="3.3.1", Tags={"team": "data"}))
    emulator.advance(26 * MINUTE)
    return str(mwaa.get_environment(Name="first")["Environment"]["Arn"])


def test_all_twelve_operations(emulator: Emulator, available: str, mwaa: Any) -> None:
    mwaa.get_environment(Name="first")
    mwaa.list_environments()
    mwaa.tag_resource(ResourceArn=available, Tags={"owner": "me"})
    assert mwaa.list_tags_for_resource(ResourceArn=available)["Tags"] == {"team": "data", "owner": "me"}
    mwaa.untag_resource(ResourceArn=available, tagKeys=["team", "absent"])
    assert mwaa.get_environment(Name="first")["Environment"]["Tags"] == {"owner": "me"}
    assert mwaa.create_cli_token(Name="first")["CliToken"]
    assert mwaa.create_web_login_token(Name="first")["WebToken"]
    assert mwaa.invoke_rest_api(Name="first", Path="/dags", Method="GET")["RestApiStatusCode"] == 200
    mwaa.publish_metrics(EnvironmentName="first", MetricData=[])
    mwaa.update_environment(Name="first", Schedulers=3)
    emulator.advance(21 * MINUTE)
    mwaa.delete_environment(Name="first")
    called = {call.operation for call in emulator.calls("mwaa")}
    assert called == set(model.service_model().operation_names)
    assert all(call.code == "" and call.status == 200 and call.request_id for call in emulator.calls("mwaa"))


def test_what_aws_fills_in(available: str, mwaa: Any) -> None:
    shown = mwaa.get_environment(Name="first")["Environment"]
    assert shown["Status"] == "AVAILABLE"
    assert shown["LastUpdate"]["Status"] == "SUCCESS"
    expected = {
        "EnvironmentClass": "mw1.small", "MaxWorkers": 10, "MinWorkers": 1, "Schedulers": 2, "MinWebservers": 2,
        "MaxWebservers": 2, "WebserverAccessMode": "PRIVATE_ONLY", "EndpointManagement": "SERVICE",
    }  # fmt: skip
    assert {key: shown[key] for key in expected} == expected
    assert shown["WebserverUrl"].endswith(".us-east-1.airflow.amazonaws.com")
    assert "://" not in shown["WebserverUrl"]
    assert shown["ServiceRoleArn"].endswith(":role/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA")
    assert shown["CeleryExecutorQueue"].startswith("arn:aws:sqs:us-east-1:")
    assert shown["DatabaseVpcEndpointService"].startswith("com.amazonaws.vpce.us-east-1.vpce-svc-")
    assert shown["WebserverVpcEndpointService"] != shown["DatabaseVpcEndpointService"]
    task = shown["LoggingConfiguration"]["TaskLogs"]
    assert task["CloudWatchLogGroupArn"].endswith(":log-group:airflow-first-Task")
    assert (task["Enabled"], shown["LoggingConfiguration"]["WorkerLogs"]["Enabled"]) == (True, False)


def test_the_newest_version_is_the_default(account: PreparedAccount, mwaa: Any) -> None:
    mwaa.create_environment(**account.request())
    assert mwaa.get_environment(Name="first")["Environment"]["AirflowVersion"] == "3.3.1"


def test_log_groups_and_service_role(emulator: Emulator, client: Any, account: PreparedAccount, mwaa: Any) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="airflow-first-Worker")
    level = {"Enabled": True, "LogLevel": "INFO"}
    mwaa.create_environment(**account.request(LoggingConfiguration={"WorkerLogs": level, "WebserverLogs": level}))
    emulator.advance(26 * MINUTE)
    mwaa.get_environment(Name="first")

    def groups() -> list[str]:
        return [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]

    assert groups() == ["airflow-first-Task", "airflow-first-WebServer", "airflow-first-Worker"]
    assert account.iam.get_role(RoleName="AWSServiceRoleForAmazonMWAA")
    mwaa.delete_environment(Name="first")
    emulator.advance(16 * MINUTE)
    assert refusal(mwaa.get_environment, Name="first")["Error"]["Code"] == "ResourceNotFoundException"
    assert len(groups()) == 3


def test_sensitive_options_are_hidden(account: PreparedAccount, mwaa: Any, emulator: Emulator) -> None:
    options = {"core.parallelism": "4", "smtp.smtp_password": "hunter2"}
    mwaa.create_environment(**account.request(AirflowConfigurationOptions=options))
    shown = mwaa.get_environment(Name="first")["Environment"]["AirflowConfigurationOptions"]
    assert shown == {"core.parallelism": "4", "smtp.smtp_password": "***"}
    assert "hunter2" not in json.dumps([call.as_json() for call in emulator.calls()])


def test_all_faults_in_one_exception(account: PreparedAccount, mwaa: Any) -> None:
    bad = account.request(name="1st", MaxWorkers=0, WebserverAccessMode="OPEN", ExecutionRoleArn="role", DagS3Path=None)
    answer = refusal(mwaa.create_environment, **bad)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["ResponseMetadata"]["RequestId"]
    text = answer["Error"]["Message"]
    assert text.startswith("5 validation errors detected: ")
    for member in ("'name'", "'maxWorkers'", "'webserverAccessMode'", "'executionRoleArn'", "'dagS3Path'"):
        assert member in text


def test_states_that_refuse(emulator: Emulator, account: PreparedAccount, mwaa: Any) -> None:
    busy = "must complete previous operation before initiating a new operation"
    mwaa.create_environment(**account.request())
    assert "already exists" in message(mwaa.create_environment, **account.request())
    assert message(mwaa.update_environment, Name="first", MaxWorkers=3) == f"Environments with CREATING status {busy}."
    assert busy in message(mwaa.delete_environment, Name="first")
    assert "web server is not available" in message(mwaa.invoke_rest_api, Name="first", Path="/dags", Method="GET")
    assert "web server is not available" in message(mwaa.create_cli_token, Name="first")
    emulator.advance(26 * MINUTE)
    mwaa.update_environment(Name="first", MaxWorkers=3)
    assert busy in message(mwaa.update_environment, Name="first", MaxWorkers=4)
    emulator.set_state("first", "CREATE_FAILED", error_code="INCORRECT_CONFIGURATION", error_message="no")
    text = message(mwaa.update_environment, Name="first", MaxWorkers=4)
    assert text == "Environments with CREATE_FAILED status cannot be updated."
    assert mwaa.get_environment(Name="first")["Environment"]["LastUpdate"]["Error"]["ErrorMessage"] == "no"
    mwaa.delete_environment(Name="first")


def test_an_update_that_is_rolled_back(emulator: Emulator, available: str, mwaa: Any) -> None:
    emulator.outcome("update", "rolled-back", code="BAD_REQUIREMENTS", message="pip failed")
    mwaa.update_environment(Name="first", MaxWorkers=3, WorkerReplacementStrategy="GRACEFUL")
    emulator.advance(21 * MINUTE)
    assert mwaa.get_environment(Name="first")["Environment"]["Status"] == "ROLLING_BACK"
    emulator.advance(16 * MINUTE)
    shown = mwaa.get_environment(Name="first")["Environment"]
    assert (shown["Status"], shown["MaxWorkers"]) == ("UPDATE_FAILED", 10)
    assert shown["LastUpdate"]["Error"] == {"ErrorCode": "BAD_REQUIREMENTS", "ErrorMessage": "pip failed"}
    assert shown["LastUpdate"]["WorkerReplacementStrategy"] == "GRACEFUL"
    mwaa.update_environment(Name="first", MaxWorkers=3)
    emulator.advance(21 * MINUTE)
    shown = mwaa.get_environment(Name="first")["Environment"]
    assert (shown["Status"], shown["MaxWorkers"], "Error" in shown["LastUpdate"]) == ("AVAILABLE", 3, False)


def test_a_create_that_fails(emulator: Emulator, account: PreparedAccount, mwaa: Any) -> None:
    emulator.outcome("create", "failed")
    mwaa.create_environment(**account.request())
    emulator.advance(26 * MINUTE)
    shown = mwaa.get_environment(Name="first")["Environment"]
    assert (shown["Status"], shown["LastUpdate"]["Status"]) == ("CREATE_FAILED", "FAILED")
    assert shown["LastUpdate"]["Error"]["ErrorCode"] == "INCORRECT_CONFIGURATION"


def test_a_version_upgrade_takes_a_snapshot(emulator: Emulator, account: PreparedAccount, mwaa: Any) -> None:
    mwaa.create_environment(**account.request(AirflowVersion="2.10.3"))
    emulator.advance(26 * MINUTE)
    assert "update to 2.11 first" in message(mwaa.update_environment, Name="first", AirflowVersion="3.3.1")
    mwaa.update_environment(Name="first", AirflowVersion="2.11.0")
    seen: list[str] = []
    for _ in range(70):
        status = mwaa.get_environment(Name="first")["Environment"]["Status"]
        if seen[-1:] != [status]:
            seen.append(status)
        emulator.advance(MINUTE)
    assert seen == ["UPDATING", "CREATING_SNAPSHOT", "UPDATING", "AVAILABLE"]


def test_customer_endpoints(emulator: Emulator, account: PreparedAccount, mwaa: Any) -> None:
    mwaa.create_environment(**account.request(EndpointManagement="CUSTOMER"))
    emulator.advance(60 * MINUTE)
    shown = mwaa.get_environment(Name="first")["Environment"]
    assert shown["Status"] == "PENDING"
    for service in (shown["DatabaseVpcEndpointService"], shown["WebserverVpcEndpointService"]):
        account.ec2.create_vpc_endpoint(
            VpcId=account.vpc, ServiceName=service, VpcEndpointType="Interface", SubnetIds=account.subnets,
            SecurityGroupIds=[account.group],
        )  # fmt: skip
    assert mwaa.get_environment(Name="first")["Environment"]["Status"] == "PENDING"
    emulator.advance(3 * MINUTE)
    assert mwaa.get_environment(Name="first")["Environment"]["Status"] == "CREATING"
    emulator.advance(16 * MINUTE)
    assert mwaa.get_environment(Name="first")["Environment"]["Status"] == "AVAILABLE"


def test_listing_in_pages(emulator: Emulator, account: PreparedAccount, mwaa: Any) -> None:
    emulator.switches(check_prerequisites=False)
    names = [f"env-{number:02d}" for number in range(27)]
    for name in names:
        mwaa.create_environment(**account.request(name))
    pages = list(mwaa.get_paginator("list_environments").paginate())
    assert [len(page["Environments"]) for page in pages] == [25, 2]
    assert [name for page in pages for name in page["Environments"]] == names
    emulator.switches(environments_quota=27)
    assert "limit of 27" in message(mwaa.create_environment, **account.request("one-more"))


def test_accounts_and_regions_are_apart(client: Callable[..., Any], account: PreparedAccount, mwaa: Any) -> None:
    mwaa.create_environment(**account.request())
    assert client("mwaa", region="eu-west-1").list_environments()["Environments"] == []
    credentials = client("sts").assume_role(
        RoleArn="arn:aws:iam::222222222222:role/other", RoleSessionName="s"
    )["Credentials"]  # fmt: skip
    other = client("mwaa", key=credentials["AccessKeyId"])
    assert other.list_environments()["Environments"] == []
    assert refusal(other.get_environment, Name="first")["Error"]["Code"] == "ResourceNotFoundException"
    foreign = "arn:aws:airflow:us-east-1:222222222222:environment/first"
    assert refusal(mwaa.list_tags_for_resource, ResourceArn=foreign)["Error"]["Code"] == "ResourceNotFoundException"


def test_rest_api(emulator: Emulator, available: str, mwaa: Any) -> None:
    def invoke(path: str, method: str = "GET", **more: Any) -> Any:
        return mwaa.invoke_rest_api(Name="first", Path=path, Method=method, **more)

    health = invoke("/monitor/health")["RestApiResponse"]
    assert health["scheduler"]["status"] == "healthy"
    emulator.airflow_health("first", {"scheduler": "unhealthy"})
    assert invoke("/monitor/health")["RestApiResponse"]["scheduler"]["status"] == "unhealthy"
    emulator.airflow_answer("/dags", {"dags": [{"dag_id": "a"}], "total_entries": 1})
    assert invoke("/dags")["RestApiResponse"]["total_entries"] == 1
    with pytest.raises(mwaa.exceptions.RestApiClientException) as caught:
        invoke("/dags/absent")
    assert caught.value.response["RestApiStatusCode"] == 404
    assert caught.value.response["RestApiResponse"] == {"detail": "Not Found"}
    emulator.airflow_health("first", reachable=False)
    with pytest.raises(mwaa.exceptions.RestApiServerException) as broken:
        invoke("/monitor/health")
    assert broken.value.response["RestApiStatusCode"] == 503
    assert [call.write for call in emulator.calls("mwaa", "InvokeRestApi")] == [False] * 5
    assert "length less than or equal to 64" in message(invoke, path="/" + "x" * 64)


@pytest.mark.parametrize(("version", "unclear"), [("3.3.1", 422), ("2.11.0", 400)])
def test_the_canned_airflow_remembers_pauses_and_runs(
    emulator: Emulator, account: PreparedAccount, mwaa: Any, version: str, unclear: int
) -> None:
    def invoke(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        more = {} if body is None else {"Body": body}
        try:
            reply = mwaa.invoke_rest_api(Name="first", Path=path, Method=method, **more)
        except mwaa.exceptions.RestApiClientException as refused:
            reply = refused.response
        return reply["RestApiStatusCode"], reply["RestApiResponse"]

    def state(run: str = "/dags/a/dagRuns/one") -> Any:
        return invoke("GET", run)[1].get("state")

    mwaa.create_environment(**account.request(AirflowVersion=version))
    emulator.advance(26 * 60)
    start = {"dag_run_id": "one", "logical_date": None}
    assert invoke("POST", "/dags/a/dagRuns", start)[0] == 404
    emulator.airflow_answer("/dags", {"dags": [{"dag_id": "a"}, {"dag_id": "b"}], "total_entries": 2})
    assert invoke("GET", "/dags/a/dagRuns/one")[0] == 404
    status, run = invoke("POST", "/dags/a/dagRuns", start)
    assert (status, run["dag_run_id"], run["state"]) == (200, "one", "queued")
    assert invoke("POST", "/dags/a/dagRuns", start)[0] == 409
    assert state() == "queued"
    assert invoke("PATCH", "/dags/a", {"is_paused": "no"})[0] == unclear
    status, dag = invoke("PATCH", "/dags/a", {"is_paused": False})
    assert (status, dag) == invoke("GET", "/dags/a") == (200, {"dag_id": "a", "is_paused": False})
    assert invoke("GET", "/dags")[1]["dags"] == [dag, {"dag_id": "b"}]
    assert state() == "success"
    assert invoke("PATCH", "/dags/absent", {"is_paused": False})[0] == 404
    assert [run["dag_run_id"] for run in invoke("GET", "/dags/a/dagRuns")[1]["dag_runs"]] == ["one"]
    assert invoke("GET", "/dags/b/dagRuns")[1] == {"dag_runs": [], "total_entries": 0}
    assert invoke("GET", "/dags/~/dagRuns")[1]["total_entries"] == 1
    mwaa.delete_environment(Name="first")
    emulator.advance(60 * 60)
    mwaa.create_environment(**account.request(AirflowVersion=version))
    emulator.advance(26 * 60)
    assert invoke("GET", "/dags/~/dagRuns")[1]["total_entries"] == 0


def test_web_tokens_and_cli(emulator: Emulator, available: str, mwaa: Any) -> None:
    token = mwaa.create_cli_token(Name="first")

    def run(command: str, bearer: str = token["CliToken"]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "text/plain", "Host": token["WebServerHostname"]}
        return httpx.post(f"{emulator.url}/aws_mwaa/cli", headers=headers, content=command)

    answer = run("version")
    assert base64.b64decode(answer.json()["stdout"]) == b"3.3.1\n"
    assert run("users create x").status_code == 400
    assert run("version", "wrong").status_code == 403
    web = mwaa.create_web_login_token(Name="first")
    assert web["WebServerHostname"] == token["WebServerHostname"]
    assert web["IamIdentity"]
    assert httpx.post(f"{emulator.url}/aws_mwaa/login", data={"token": token["CliToken"]}).status_code == 403
    login = httpx.post(f"{emulator.url}/aws_mwaa/login", data={"token": web["WebToken"]})
    assert (login.status_code, "_token" in login.cookies) == (200, True)
    assert "location.hash" in httpx.get(f"{emulator.url}/aws_mwaa/aws-console-sso?login=true").text


def test_state_by_hand_for_a_while(emulator: Emulator, available: str, mwaa: Any) -> None:
    emulator.set_state("first", "MAINTENANCE", seconds=600)
    assert mwaa.get_environment(Name="first")["Environment"]["Status"] == "MAINTENANCE"
    emulator.advance(601)
    assert mwaa.get_environment(Name="first")["Environment"]["Status"] == "AVAILABLE"
    emulator.set_state("first", "UNAVAILABLE")
    assert "UNAVAILABLE status cannot be updated" in message(mwaa.update_environment, Name="first", MaxWorkers=2)
