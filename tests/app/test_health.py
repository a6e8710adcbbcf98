"""The probes of a whole process that stands by, since it reaches no API server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from kubernetes.aio import client

from mwaa_emulator.client import Emulator
from mwaa_operator.app.main import Operator
from mwaa_operator.app.settings import Settings
from mwaa_operator.engine.loop import Loop


@pytest.fixture
async def operator(tmp_path: Path) -> AsyncIterator[Operator]:
    settings = Settings(host="127.0.0.1", port=0, port_file=str(tmp_path / "port"), region="us-east-1")
    async with client.ApiClient(client.Configuration(host="http://127.0.0.1:1")) as api:
        operator = Operator(settings, api)
        running = asyncio.create_task(operator.run())
        while not (tmp_path / "port").exists():
            await asyncio.sleep(0.01)
        yield operator
        operator.stop.set()
        assert await running == 0


async def healthz(operator: Operator) -> tuple[int, str]:
    address = f"http://127.0.0.1:{Path(operator.settings.port_file).read_text()}/healthz"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return answer.status, await answer.text()


async def test_a_loop_that_is_stuck_is_no_healthy_process(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert await healthz(operator) == (200, "ok\n")
    with monkeypatch.context() as stuck:
        stuck.setattr(Loop, "alive", False)
        assert await healthz(operator) == (503, "stuck\n")
    assert "nothing got on for 300 s, with 0 objects at work and 0 due" in caplog.text
    assert await healthz(operator) == (200, "ok\n")


async def test_every_answer_of_aws_is_a_sign_of_life(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[Loop] = []
    monkeypatch.setattr(Loop, "beat", lambda loop: beats.append(loop))
    with Emulator.started() as emulator:
        for name, value in emulator.environment().items():
            monkeypatch.setenv(name, value)
        await operator.aws.identity("us-east-1")
    assert beats == [operator.loop]
