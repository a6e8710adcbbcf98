"""The one way to AWS: boto3 in a bounded pool of threads, with a budget, and with every call counted."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
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
CONNECT_SECONDS, READ_SECONDS = 5, 30


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
        await self._budget.turn(region, service, operation)

        def work() -> dict[str, Any]:
            answer: dict[str, Any] = getattr(self._client(region, service, operation), operation)(**params)
            return answer

        return await self._threaded(region, service, operation, work)

    async def pages(self, region: str, service: str, operation: str, result: str, **params: Any) -> list[Any]:
        """Make a call that comes in pages, each with its turn in the budget, and join the lists named by `result`.

        Raises:
            OutsideError: as `call` does.
        """
        return [each async for page in self.by_page(region, service, operation, result, **params) for each in page]

    async def by_page(
        self, region: str, service: str, operation: str, result: str, **params: Any
    ) -> AsyncIterator[Sequence[Any]]:
        """Make a call that comes in pages, and give the list named by `result` of each: what nobody keeps is not held.

        Raises:
            OutsideError: as `call` does.
        """
        pages = self._pages(region, service, operation, params)
        work = partial(next, pages, {})
        await self._budget.turn(region, service, operation)
        page = await self._threaded(region, service, operation, work)
        while page:
            yield page.get(result, [])
            # whether there is one more shows by asking for it: its turn is paid afterwards
            if page := await self._threaded(region, service, operation, work):
                await self._budget.turn(region, service, operation)

    async def identity(self, region: str) -> Identity:
        """Ask who the operator is; the answer is kept, since credentials of another account mean another process."""
        if self._identity is None:
            answer = await self.call(region, "sts", "get_caller_identity")
            self._identity = Identity(answer["Account"], answer["Arn"].split(":")[1], answer["Arn"])
        return self._identity

    @property
    def default_region(self) -> str:
        """Give the region that the environment or the profile names; empty when neither does."""
        return os.environ.get("AWS_REGION") or self._session.region_name or ""

    def close(self) -> None:
        """Take no more calls, and wait for those under way to end: nobody can take them back."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _pages(self, region: str, service: str, operation: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Give page after page, each by one call. Nothing happens before the first is asked for."""
        yield from self._client(region, service, operation).get_paginator(operation).paginate(**params)

    async def _threaded(
        self, region: str, service: str, operation: str, work: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        watched = partial(self._watched, region, service, operation, work)
        return await asyncio.get_running_loop().run_in_executor(self._pool, watched)

    def _watched(self, region: str, service: str, operation: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do what makes one call, and count it; an empty answer means that there was none to make."""
        begun, code, request_id = time.monotonic(), "", ""
        try:
            answer = work()
            if answer:
                code, request_id = "OK", answer.get("ResponseMetadata", {}).get("RequestId", "")
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
            if code:
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
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    retries={"mode": "standard", "total_max_attempts": 3 if reads else 1},
                    max_pool_connections=THREADS,
                    user_agent_extra=self._user_agent,
                )
                client = self._session.client(service, region_name=region, config=config)
                if service == "s3control" and not client.meta.config.inject_host_prefix:
                    client.meta.events.register("before-sign.s3-control", _without_account)
                self._clients[key] = client
            return self._clients[key]


def _without_account(request: Any, **_: Any) -> None:
    """Take the account out of the host name where host prefixes are switched off: botocore forgets this one."""
    account = request.headers.get("x-amz-account-id", b"")
    prefix = account.decode() if isinstance(account, bytes) else str(account)
    request.url = request.url.replace(f"//{prefix}.", "//", 1)
