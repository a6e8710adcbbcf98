"""Hostile inputs, drawn: some of each kind in the ordinary suite, and as many as time allows by `make fuzz SECONDS=600`."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from . import archives, packs, specs, webhooks

TARGETS = {each.__name__.rpartition(".")[2]: each for each in (archives, packs, specs, webhooks)}
SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
EXAMPLES, AT_ONCE = 150, 500


def drawing(target: Any, examples: int) -> Callable[[], None]:
    """Make a run over so many cases; one that fails is made as small as it can be, and shown."""
    phases = (Phase.generate, Phase.shrink)
    relaxed = list(HealthCheck)

    @settings(max_examples=examples, deadline=None, database=None, phases=phases, suppress_health_check=relaxed)
    @given(target.CASES)
    def run(case: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.check(case)

    return run


@pytest.mark.parametrize("name", TARGETS)
def test_any_input_ends_in_a_refusal_or_in_what_is_allowed(name: str) -> None:
    if not SECONDS:
        drawing(TARGETS[name], EXAMPLES)()
        return
    end, rounds = time.monotonic() + SECONDS, 0
    while rounds == 0 or time.monotonic() < end:
        drawing(TARGETS[name], AT_ONCE)()
        rounds += 1
    print(f"{name}: {rounds * AT_ONCE} cases")
