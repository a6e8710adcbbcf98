"""What more than one test of the engine needs."""

from __future__ import annotations

import pytest

from .steady_thing import Desk, settled


@pytest.fixture
async def desk() -> Desk:
    return await settled()
