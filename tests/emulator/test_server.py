"""HTTP as clients speak it, and the process."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from mwaa_emulator.client import Emulator
from mwaa_emulator.clock import wall_now
from mwaa_emulator.prepared import PreparedAccount


def test_a_connection_serves_many_requests(emulator: Emulator) -> None:
    with httpx.Client(base_url=emulator.url) as http:
        http.get("/_emulator/health")
        ports = set()
        for _ in range(3):
            stream = http.get("/_emulator/health").extensions["network_stream"]
            ports.add(stream.get_extra_info("client_addr")[1])
    assert len(ports) == 1


SIGNED = "AWS4-HMAC-SHA256 Credential=AK/20261121/us-east-1/airflow/aws4_request, SignedHeaders=h, Signature=s"


def anonymous(service: str, emulator: Emulator) -> Any:
    config = Config(signature_version=UNSIGNED)
    return boto3.client(service, endpoint_url=emulator.url, region_name="us-east-1", config=config)


def test_presigned_and_unsigned_requests_reach_s3(emulator: Emulator, client: Callable[..., Any]) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="signed")
    s3.put_object(Bucket="signed", Key="k", Body=b"hello", ACL="public-read")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "signed", "Key": "k"})
    assert httpx.get(url).content == b"hello"
    unsigned = anonymous("s3", emulator)
    assert unsigned.get_object(Bucket="signed", Key="k")["Body"].read() == b"hello"
    assert {call.service for call in emulator.calls()} == {"s3"}


def test_web_identity_needs_no_signature(emulator: Emulator) -> None:
    made = anonymous("sts", emulator).assume_role_with_web_identity(
        RoleArn="arn:aws:iam::333333333333:role/r", RoleSessionName="session", WebIdentityToken="token"
    )
    assert made["Credentials"]["AccessKeyId"]
    call = emulator.calls()[0]
    assert (call.service, call.operation, call.params["WebIdentityToken"]) == ("sts", "AssumeRoleWithWebIdentity", "***")


def test_bodies_pass_whole(client: Callable[..., Any]) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bodies")
    big = os.urandom(6 * 1024 * 1024)
    s3.put_object(Bucket="bodies", Key="big", Body=big, Metadata={"under_score": "x"})
    s3.put_object(Bucket="bodies", Key="empty", Body=b"")
    got = s3.get_object(Bucket="bodies", Key="big")
    assert got["Body"].read() == big
    assert got["Metadata"] == {"under_score": "x"}
    assert s3.head_object(Bucket="bodies", Key="big")["ContentLength"] == len(big)
    assert s3.get_object(Bucket="bodies", Key="empty")["Body"].read() == b""
    s3.put_object(Bucket="bodies", Key="dir/ä +%.py", Body=b"x")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="bodies", Prefix="dir/")["Contents"]] == ["dir/ä +%.py"]


def test_host_prefixes_are_accepted(emulator: Emulator) -> None:
    """botocore puts `api.`, `env.` or `ops.` before the host; the emulator does not look at it."""
    port = emulator.url.rpartition(":")[2]
    headers = {"Authorization": SIGNED, "Host": f"api.localhost:{port}"}
    assert httpx.get(f"{emulator.url}/environments", headers=headers).json() == {"Environments": []}


@pytest.mark.row("A146")
@pytest.mark.parametrize("injected", [True, False])
def test_tokens_with_the_host_prefix_and_without(
    emulator: Emulator, client: Callable[..., Any], account: PreparedAccount, injected: bool
) -> None:
    """A proxy is one way to resolve `env.` before an address; without injection none is needed."""
    client("mwaa").create_environment(**account.request(AirflowVersion="2.11.0"))
    emulator.advance(26 * 60)
    config = Config(inject_host_prefix=injected, proxies={"http": emulator.url} if injected else None)
    mwaa = boto3.client(
        "mwaa", endpoint_url=emulator.url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b",
        config=config,
    )  # fmt: skip
    hosts: list[str] = []
    mwaa.meta.events.register("before-send.mwaa.*", lambda request, **_: hosts.append(urlsplit(request.url).hostname or ""))
    token = mwaa.create_cli_token(Name="first")
    assert mwaa.create_web_login_token(Name="first")["WebServerHostname"] == token["WebServerHostname"]
    assert hosts == ["env.127.0.0.1" if injected else "127.0.0.1"] * 2
    headers = {"Authorization": f"Bearer {token['CliToken']}", "Content-Type": "text/plain"}
    answer = httpx.post(f"{emulator.url}/aws_mwaa/cli", headers=headers, content="version")
    assert base64.b64decode(answer.json()["stdout"]) == b"2.11.0\n"


def test_requests_that_are_no_operation(emulator: Emulator) -> None:
    headers = {"Authorization": SIGNED}
    answer = httpx.get(f"{emulator.url}/nothing", headers=headers)
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
    answer = httpx.put(f"{emulator.url}/environments/a", headers=headers, content=b"{nope")
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "SerializationException")


def serve(tmp_path: Path, *arguments: str, **options: Any) -> tuple[subprocess.Popen[bytes], Emulator]:
    ready = tmp_path / "url"
    command = [sys.executable, "-m", "mwaa_emulator.cli", "serve", "--ready-file", str(ready), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
    emulator = Emulator(url)
    emulator.wait(ready.exists, "the ready file")
    assert ready.read_text() == f"{url}\n"
    return process, emulator


def test_it_prints_its_address_and_ends_on_sigterm(tmp_path: Path) -> None:
    process, emulator = serve(tmp_path, "--speed", "60")
    with process, emulator:
        assert emulator.health()["speed"] == 60
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_it_ends_when_its_parent_lets_go(tmp_path: Path) -> None:
    process, emulator = serve(tmp_path, "--die-with-parent", stdin=subprocess.PIPE)
    with process, emulator:
        assert emulator.health()["status"] == "ok"
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0


def test_time_runs_by_itself(server: Emulator, emulator: Emulator, account: Any, mwaa: Any) -> None:
    """At a high speed nobody has to advance anything, and the states still come in order."""
    emulator.speed(3600)
    mwaa.create_environment(**account.request())
    seen: list[str] = []

    def settled() -> bool:
        status = mwaa.get_environment(Name="first")["Environment"]["Status"]
        if seen[-1:] != [status]:
            seen.append(status)
        return bool(status == "AVAILABLE")

    emulator.wait(settled, "AVAILABLE")
    assert seen in (["CREATING", "AVAILABLE"], ["AVAILABLE"])
    created = mwaa.get_environment(Name="first")["Environment"]["CreatedAt"]
    assert abs((wall_now() - created).total_seconds()) < 120


@pytest.mark.parametrize("service", ["s3", "ec2", "iam", "sts", "kms", "logs", "cloudwatch", "secretsmanager", "mwaa"])
def test_every_service_answers(emulator: Emulator, client: Callable[..., Any], service: str) -> None:
    """Every service of the emulator answers a first call of an empty account."""
    first = {
        "s3": "list_buckets", "ec2": "describe_vpcs", "iam": "list_roles", "sts": "get_caller_identity", "kms": "list_keys",
        "logs": "describe_log_groups", "cloudwatch": "describe_alarms", "secretsmanager": "list_secrets",
        "mwaa": "list_environments",
    }  # fmt: skip
    getattr(client(service), first[service])()
    assert [(call.service, call.status) for call in emulator.calls()] == [(service, 200)]
