"""The port of the Airflow runtime: what the lifecycle asks of it, and waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mwaa_emulator.build import Emulator, build
from mwaa_emulator.canned import CannedAirflow
from mwaa_emulator.mwaa.service import Caller
from mwaa_emulator.runtime import AirflowRuntime, BucketReader, EnvironmentRecord

CALLER = Caller("123456789012", "us-east-1")
REQUEST: dict[str, Any] = {
    "Name": "first",
    "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
    "SourceBucketArn": "arn:aws:s3:::b",
    "DagS3Path": "dags",
    "NetworkConfiguration": {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
    "AirflowConfigurationOptions": {"smtp.smtp_password": "hunter2"},
    "RequirementsS3Path": "r.txt",
    "RequirementsS3ObjectVersion": "v1",
}


class SlowAirflow(CannedAirflow):
    """Comes up when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.up = False
        self.broken: str | None = None
        self.started: list[EnvironmentRecord] = []
        self.stopped: list[str] = []

    def start(self, env: EnvironmentRecord, bucket: BucketReader) -> None:
        self.started.append(env)

    def ready(self, env: EnvironmentRecord) -> bool:
        return self.up

    def failure(self, env: EnvironmentRecord) -> str | None:
        return self.broken

    def stop(self, env: EnvironmentRecord) -> None:
        self.stopped.append(env.name)


@pytest.fixture
def airflow() -> SlowAirflow:
    return SlowAirflow()


@pytest.fixture
def emulator(airflow: SlowAirflow) -> Emulator:
    made = build(speed=0, runtime=airflow)
    made.service.switches.check_prerequisites = False
    made.service.create_environment(CALLER, REQUEST)
    return made


def status(emulator: Emulator, minutes: float = 0) -> str:
    emulator.service.clock.advance(minutes * 60)
    return str(view(emulator)["Status"])


def view(emulator: Emulator) -> Mapping[str, Any]:
    shown: dict[str, Any] = emulator.service.get_environment(CALLER, {"Name": "first"})["Environment"]
    return shown


def test_the_shipped_runtimes_have_the_port() -> None:
    assert isinstance(CannedAirflow(), AirflowRuntime)


def test_available_only_when_time_has_passed_and_airflow_answers(emulator: Emulator, airflow: SlowAirflow) -> None:
    airflow.up = True
    assert status(emulator, 24) == "CREATING"
    airflow.up = False
    assert status(emulator, 200) == "CREATING"
    airflow.up = True
    assert status(emulator) == "AVAILABLE"


def test_airflow_gets_the_real_record(emulator: Emulator, airflow: SlowAirflow) -> None:
    record = airflow.started[0]
    assert (record.bucket, record.dags_prefix, record.airflow_version, record.major) == ("b", "dags", "3.3.1", 3)
    assert record.options == {"smtp.smtp_password": "hunter2"}
    assert record.requirements is not None and (record.requirements.key, record.requirements.version) == ("r.txt", "v1")
    assert record.plugins is None


def test_an_airflow_that_cannot_come_up_fails_the_create(emulator: Emulator, airflow: SlowAirflow) -> None:
    airflow.broken = "pip could not install requirements.txt"
    assert status(emulator, 24) == "CREATING"
    assert status(emulator, 2) == "CREATE_FAILED"
    assert view(emulator)["LastUpdate"]["Error"]["ErrorMessage"] == "pip could not install requirements.txt"
    emulator.service.delete_environment(CALLER, {"Name": "first"})
    assert airflow.stopped == ["first"]


def test_an_update_that_breaks_airflow_is_rolled_back(emulator: Emulator, airflow: SlowAirflow) -> None:
    airflow.up = True
    assert status(emulator, 26) == "AVAILABLE"
    emulator.service.update_environment(CALLER, {"Name": "first", "RequirementsS3ObjectVersion": "v2"})
    assert [record.requirements.version for record in airflow.started if record.requirements] == ["v1", "v2"]
    airflow.broken = "no matching distribution"
    assert status(emulator, 21) == "ROLLING_BACK"
    assert [record.requirements.version for record in airflow.started if record.requirements] == ["v1", "v2", "v1"]
    airflow.broken = None
    assert status(emulator, 16) == "UPDATE_FAILED"
    assert view(emulator)["RequirementsS3ObjectVersion"] == "v1"
    assert view(emulator)["LastUpdate"]["Error"]["ErrorMessage"] == "no matching distribution"


def test_closing_ends_the_runtime(emulator: Emulator) -> None:
    emulator.close()
    assert emulator.stopped.is_set()
