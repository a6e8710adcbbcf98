"""Faults on demand, the record of calls, and the rest of the admin API."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from mwaa_emulator.client import Emulator, EmulatorError
from mwaa_emulator.prepared import PreparedAccount

CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("s3", "list_buckets", {}),
    ("s3", "head_bucket", {"Bucket": "bbb"}),
    ("ec2", "describe_vpcs", {}),
    ("iam", "list_roles", {}),
    ("sts", "get_caller_identity", {}),
    ("kms", "list_keys", {}),
    ("logs", "describe_log_groups", {}),
    ("cloudwatch", "describe_alarms", {}),
    ("secretsmanager", "list_secrets", {}),
    ("mwaa", "list_environments", {}),
]


@pytest.mark.parametrize(("service", "operation", "arguments"), CALLS)
def test_errors_in_every_protocol(
    emulator: Emulator, client: Callable[..., Any], service: str, operation: str, arguments: dict[str, Any]
) -> None:
    emulator.fault(service, code="ThrottlingException", message="slow <down>", status=429, count=1)
    with pytest.raises(ClientError) as caught:
        getattr(client(service), operation)(**arguments)
    error, http = caught.value.response["Error"], caught.value.response["ResponseMetadata"]
    head = operation.startswith("head")
    assert error["Code"] == ("429" if head else "ThrottlingException")
    assert head or error["Message"] == "slow <down>"
    assert http["HTTPStatusCode"] == 429
    call = emulator.calls()[0]
    assert (call.service, call.code, call.status) == (service, "ThrottlingException", 429)
    assert call.operation.lower() == operation.replace("_", "")
    assert call.fault.startswith("fault-")
    assert not call.write


def test_a_reply_is_lost_after_success(emulator: Emulator, account: PreparedAccount, mwaa: Any) -> None:
    emulator.fault("mwaa", "CreateEnvironment", reply_lost=True, count=1)
    with pytest.raises(ConnectionClosedError):
        mwaa.create_environment(**account.request())
    assert mwaa.list_environments()["Environments"] == ["first"]
    call = emulator.calls("mwaa", "CreateEnvironment")[0]
    assert (call.status, call.reply_lost) == (200, True)


def test_faults_by_count_and_parameters(emulator: Emulator, client: Callable[..., Any]) -> None:
    ec2 = client("ec2")
    emulator.fault("ec2", "CreateVpc", code="VpcLimitExceeded", after=1, count=1, params={"CidrBlock": "10.1.0.0/16"})

    def make(cidr: str) -> str:
        try:
            ec2.create_vpc(CidrBlock=cidr)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "ok"

    cidrs = ["10.1.0.0/16", "10.2.0.0/16", "10.1.0.0/16", "10.1.0.0/16"]
    assert [make(cidr) for cidr in cidrs] == ["ok", "ok", "VpcLimitExceeded", "ok"]
    assert [(fault["seen"], fault["used"]) for fault in emulator.faults()] == [(3, 1)]
    emulator.clear_faults(emulator.faults()[0]["id"])
    assert emulator.faults() == []


def test_delays(emulator: Emulator, client: Callable[..., Any]) -> None:
    emulator.fault("sts", delay=30, count=1)
    with pytest.raises(ReadTimeoutError):
        client("sts", read_timeout=0.2).get_caller_identity()
    client("sts").get_caller_identity()


def holding(emulator: Emulator, where: str) -> dict[str, Any]:
    emulator.fault("ec2", "CreateVpc", hold=where, count=1)
    return {}


@pytest.mark.parametrize(
    ("where", "drop", "answered", "made"),
    [("before", False, True, 1), ("before", True, False, 0), ("after", False, True, 1), ("after", True, False, 1)],
)
def test_holds(emulator: Emulator, client: Callable[..., Any], where: str, drop: bool, answered: bool, made: int) -> None:
    ec2 = client("ec2")
    count = len(ec2.describe_vpcs()["Vpcs"])
    emulator.fault("ec2", "CreateVpc", hold=where, count=1)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(ec2.create_vpc, CidrBlock="10.9.0.0/16")
        held = emulator.wait(emulator.holds, "the call to be held")
        assert [(one["operation"], one["where"]) for one in held] == [("CreateVpc", where)]
        assert len(ec2.describe_vpcs()["Vpcs"]) == count + (1 if where == "after" else 0)
        assert not future.done()
        emulator.release(held[0]["id"], drop=drop)
        assert (future.exception() is None) is answered
    assert len(ec2.describe_vpcs()["Vpcs"]) == count + made
    assert emulator.holds() == []
    assert emulator.calls("ec2", "CreateVpc")[0].reply_lost is not answered


def test_clearing_faults_lets_held_calls_go(emulator: Emulator, client: Callable[..., Any]) -> None:
    emulator.fault("sts", hold="before")
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(client("sts").get_caller_identity)
        emulator.wait(emulator.holds, "the call to be held")
        emulator.clear_faults()
        assert future.result()["Account"] == "123456789012"
    with pytest.raises(EmulatorError, match="no call is held"):
        emulator.release("hold-999")


def test_the_record_of_calls(emulator: Emulator, client: Callable[..., Any]) -> None:
    s3, secrets = client("s3"), client("secretsmanager")
    s3.create_bucket(Bucket="record")
    s3.put_object(Bucket="record", Key="a/b.txt", Body=b"x")
    s3.head_object(Bucket="record", Key="a/b.txt")
    s3.get_bucket_versioning(Bucket="record")
    s3.list_objects_v2(Bucket="record")
    secrets.create_secret(Name="n", SecretString="very-secret")
    client("kms").create_key()
    client("cloudwatch").put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0}])
    assert [(call.service, call.operation, call.write) for call in emulator.calls()] == [
        ("s3", "CreateBucket", True),
        ("s3", "PutObject", True),
        ("s3", "HeadObject", False),
        ("s3", "GetBucketVersioning", False),
        ("s3", "ListObjectsV2", False),
        ("secretsmanager", "CreateSecret", True),
        ("kms", "CreateKey", True),
        ("cloudwatch", "PutMetricData", True),
    ]
    put = emulator.calls("s3", "PutObject")[0]
    assert (put.params["Bucket"], put.params["Key"]) == ("record", "a/b.txt")
    assert put.account == "123456789012" and put.region == "us-east-1" and put.request_id and put.seconds > 0
    secret = emulator.calls("secretsmanager")[0]
    assert secret.params["Name"] == "n" and secret.params["SecretString"] == "***"
    assert [call.operation for call in emulator.calls(since=put.seq, write=True)] == [
        "CreateSecret",
        "CreateKey",
        "PutMetricData",
    ]
    emulator.clear_calls()
    assert emulator.calls() == []


def test_reset_empties_everything(emulator: Emulator, account: PreparedAccount, mwaa: Any) -> None:
    mwaa.create_environment(**account.request())
    emulator.fault("mwaa", code="X")
    emulator.outcome("create", "failed")
    emulator.reset()
    assert account.s3.list_buckets()["Buckets"] == []
    assert mwaa.list_environments()["Environments"] == []
    assert emulator.faults() == []
    assert emulator.environments() == []


def test_health_speed_and_clock(emulator: Emulator) -> None:
    assert emulator.health()["status"] == "ok"
    assert emulator.speed(600) == 600 == emulator.speed()
    before = emulator.now()["emulated"]
    emulator.wait(lambda: emulator.now()["emulated"] > before, "emulated time to pass")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "nothing", None),
        ("PUT", "speed", {"speed": -1}),
        ("PUT", "speed", {}),
        ("POST", "faults", {"servise": "ec2"}),
        ("POST", "faults", {"hold": "sideways"}),
        ("POST", "outcomes", {"operation": "delete", "result": "failed"}),
        ("PUT", "environments/absent/state", {"status": "AVAILABLE"}),
        ("GET", "calls?colour=red", None),
        ("POST", "reset", "not-json{"),
    ],
)
def test_bad_admin_calls_say_why(emulator: Emulator, method: str, path: str, body: Any) -> None:
    content = {"content": body} if isinstance(body, str) else {"json": body}
    answer = httpx.request(method, f"{emulator.url}/_emulator/{path}", **content)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]


def test_many_callers_at_once(emulator: Emulator, client: Callable[..., Any]) -> None:
    emulator.switches(check_prerequisites=False)
    mwaa, barrier = client("mwaa", max_pool_connections=8), threading.Barrier(8)

    def create(number: int) -> str:
        barrier.wait()
        request = {
            "Name": f"e{number % 4}", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
            "SourceBucketArn": "arn:aws:s3:::b", "DagS3Path": "dags",
            "NetworkConfiguration": {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
        }  # fmt: skip
        try:
            mwaa.create_environment(**request)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "ok"

    with ThreadPoolExecutor(8) as pool:
        results = sorted(pool.map(create, range(8)))
    assert results == ["ValidationException"] * 4 + ["ok"] * 4
