"""The one way to AWS: boto3 in a bounded pool of threads, with a budget, and with every call counted."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from ..core.errors import OutsideError
from .budget import Budget
from .errors import problem

READS = ("describe_", "get_", "list_", "head_", "simulate_")
THREADS = 32


@dataclass(frozen=True)
class Call:
    """One finished call, for metrics and logs. Never its parameters: they may hold secrets."""

    service: str
    operation: str
    region: str
    code: str
    """`OK`, or AWS's error code."""
    seconds: float
    request_id: str


@dataclass(frozen=True)
class Identity:
    """Who the operator is in AWS."""

    account: str
    partition: str
    arn: str


class Aws:
    """AWS as adapters see it: `await aws.call(region, "ec2", "describe_vpcs", VpcIds=[...])`.

    Endpoints, credentials and host prefixes follow the usual environment variables; nothing is set here.
    """

    def __init__(self, version: str, seen: Callable[[Call], None] = lambda call: None) -> None:
        self._session = boto3.Session()
        self._user_agent = f"mwaa-operator/{version}"
        self._seen = seen
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="aws")
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str, bool], Any] = {}
        self._budget = Budget()
        self._identity: Identity | None = None

    async def call(self, region: str, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Make one call, after its turn in the budget.

        Raises:
            OutsideError: anything that goes wrong, in the terms of `core.errors`.
        """
        await self._budget.turn(region, service)
        work = partial(self._call, region, service, operation, params)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def pages(self, region: str, service: str, operation: str, result: str, **params: Any) -> list[Any]:
        """Make a call that comes in pages, and join the lists named by `result`."""
        await self._budget.turn(region, service)
        work = partial(self._pages, region, service, operation, result, params)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def identity(self, region: str) -> Identity:
        """Ask who the operator is; the answer is kept, since credentials of another account mean another process."""
        if self._identity is None:
            answer = await self.call(region, "sts", "get_caller_identity")
            self._identity = Identity(answer["Account"], answer["Arn"].split(":")[1], answer["Arn"])
        return self._identity

    def close(self) -> None:
        """Let running calls end and take no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _call(self, region: str, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        client = self._client(region, service, operation)
        answer: dict[str, Any] = self._watched(region, service, operation, lambda: getattr(client, operation)(**params))
        return answer

    def _pages(self, region: str, service: str, operation: str, result: str, params: dict[str, Any]) -> list[Any]:
        client = self._client(region, service, operation)
        pages = client.get_paginator(operation).paginate(**params)

        def read() -> dict[str, Any]:
            return {"all": [item for page in pages for item in page.get(result, [])]}

        found: list[Any] = self._watched(region, service, operation, read)["all"]
        return found

    def _watched(self, region: str, service: str, operation: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        begun, code, request_id = time.monotonic(), "OK", ""
        try:
            answer = work()
            request_id = answer.get("ResponseMetadata", {}).get("RequestId", "")
            return answer
        except ClientError as error:
            code = error.response["Error"]["Code"]
            request_id = error.response.get("ResponseMetadata", {}).get("RequestId", "")
            raise OutsideError(problem(error, service, operation)) from error
        except BotoCoreError as error:
            code = type(error).__name__
            if isinstance(error, NoCredentialsError):
                self._forget_clients()
            raise OutsideError(problem(error, service, operation)) from error
        finally:
            self._seen(Call(service, operation, region, code, time.monotonic() - begun, request_id))

    def _forget_clients(self) -> None:
        """Drop clients that were made without credentials: they would never find those that come later."""
        with self._lock:
            self._clients.clear()

    def _client(self, region: str, service: str, operation: str) -> Any:
        # a lost reply of a write may hide a success: only the engine, which looks first, may try again
        reads = operation.startswith(READS)
        key = (service, region, reads)
        with self._lock:  # clients are thread-safe, making them is not
            if key not in self._clients:
                config = Config(
                    connect_timeout=5,
                    read_timeout=30,
                    retries={"mode": "standard", "total_max_attempts": 3 if reads else 1},
                    max_pool_connections=THREADS,
                    user_agent_extra=self._user_agent,
                )
                self._clients[key] = self._session.client(service, region_name=region, config=config)
            return self._clients[key]
