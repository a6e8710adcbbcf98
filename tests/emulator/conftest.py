"""One emulator for all tests of this folder, emptied before each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config

from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount as Account

#: Fast enough that nothing is waited for, slow enough that states can be told apart with the clock stopped.
SPEED = 0.0


@pytest.fixture(scope="session")
def server() -> Iterator[Emulator]:
    with Emulator.started(speed=SPEED) as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator) -> Iterator[Emulator]:
    server.reset()
    server.speed(SPEED)
    server.switches(check_prerequisites=True, environments_quota=None, weekly_maintenance=False, service_endpoints=True)
    yield server
    server.clear_faults()


@pytest.fixture(scope="session")
def clients(server: Emulator) -> Callable[..., Any]:
    """Clients of this emulator; each is made once, because making one costs more than most calls."""

    @cache
    def make(service: str, region: str = "us-east-1", key: str = "emulator", **config: Any) -> Any:
        settings = {"inject_host_prefix": False, "parameter_validation": False, **config}
        return boto3.client(
            service,
            endpoint_url=server.url,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key="emulator",
            config=Config(retries={"max_attempts": 0}, **settings),
        )

    return make


@pytest.fixture
def client(emulator: Emulator, clients: Callable[..., Any]) -> Callable[..., Any]:
    return clients


@pytest.fixture
def account(client: Callable[..., Any]) -> Account:
    """An account with all that an environment needs."""
    return Account(client)


@pytest.fixture
def mwaa(client: Callable[..., Any]) -> Any:
    return client("mwaa")
