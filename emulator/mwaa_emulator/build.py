"""Puts the emulator together."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from mwaa_emulator.access import Enforcement
from mwaa_emulator.admin import Admin
from mwaa_emulator.app import EmulatorApp
from mwaa_emulator.bucket import MotoBucket
from mwaa_emulator.calls import CallLog
from mwaa_emulator.canned import CannedAirflow
from mwaa_emulator.clock import ScaledClock
from mwaa_emulator.faults import FaultBook
from mwaa_emulator.front import iam, logs, s3
from mwaa_emulator.front.ec2 import Ec2Front
from mwaa_emulator.front.filter import MotoFront
from mwaa_emulator.front.quotas import QuotasFront
from mwaa_emulator.front.sts import StsFront
from mwaa_emulator.motoserver import MotoClients, moto_application
from mwaa_emulator.mwaa.lifecycle import Lifecycle
from mwaa_emulator.mwaa.service import MwaaService
from mwaa_emulator.mwaa.tokens import TokenIssuer
from mwaa_emulator.mwaa.web import WebServers
from mwaa_emulator.runtime import AirflowRuntime


@dataclass(slots=True)
class Emulator:
    """The application and what must be ended with it."""

    app: EmulatorApp
    runtime: AirflowRuntime
    service: MwaaService
    ec2: Ec2Front
    stopped: threading.Event

    def settle_forever(self, every: float = 0.5) -> None:
        """Look after what nobody asks about, so that log groups, Airflow and networks follow their time."""
        while not self.stopped.wait(every):
            try:
                self.ec2.overlay.settle()
                self.service.live()
            except ClientError:
                continue

    def close(self) -> None:
        """End every Airflow."""
        self.stopped.set()
        self.runtime.close()


def build(speed: float = 1.0, runtime: AirflowRuntime | None = None) -> Emulator:
    """A new emulator with empty accounts."""
    clock = ScaledClock(speed)
    moto = moto_application()
    clients = MotoClients(moto)
    airflow: AirflowRuntime = runtime if runtime is not None else CannedAirflow()
    tokens = TokenIssuer()

    def reader(account: str, region: str, bucket: str) -> MotoBucket:
        return MotoBucket(clients, account, region, bucket)

    lifecycle = Lifecycle(clock, clients, airflow, reader)
    service = MwaaService(clock, lifecycle, tokens, clients.caller_arn)
    ec2 = Ec2Front(clock, service.live)
    enforcement = Enforcement(service.tags)
    sts = StsFront(enforcement)
    quotas = QuotasFront()
    mended = {"ec2": ec2.handle, "iam": iam.handle, "s3": s3.handle, "logs": logs.handle, "sts": sts.handle}
    front = MotoFront(moto, {**mended, "servicequotas": quotas.handle})
    calls, faults = CallLog(), FaultBook()
    admin = Admin(clock, service, airflow, calls, faults, ec2, front, enforcement, quotas)
    app = EmulatorApp(service, front, WebServers(airflow, tokens, service.live), admin, calls, faults, enforcement)
    return Emulator(app, airflow, service, ec2, threading.Event())


def aws_variables(url: str) -> dict[str, str]:
    """What makes any AWS SDK talk to the emulator at this URL."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_ACCESS_KEY_ID": "emulator",
        "AWS_SECRET_ACCESS_KEY": "emulator",
    }


def runtime_for(name: str, url: str, state: Path | None = None) -> AirflowRuntime:
    """The Airflow runtime of this name: `none` or `local`. DAGs of a local Airflow find AWS at the URL."""
    if name == "none":
        return CannedAirflow()
    if name == "local":
        from mwaa_emulator.airflow import LocalAirflow

        return LocalAirflow(state, variables=aws_variables(url))
    raise ValueError(f"unknown Airflow runtime {name!r}: use none or local")
