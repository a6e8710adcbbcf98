"""All scenarios, and the cases that are drawn from them."""

from __future__ import annotations

import random

from ..points import Case, Scenario
from .adoption import ADOPTIONS
from .deletion import DELETIONS
from .delivery import DELIVERY, ROLLBACK
from .encryption_key import ENCRYPTION_KEY
from .endpoints import ENDPOINTS
from .failed_update import AVAILABLE_AFTER_FAILURE, UPDATE_FAILED
from .private_network import PRIVATE_NETWORK
from .quickstart import IN_AIRFLOW, QUICKSTART
from .replacement import REPLACEMENT
from .update import UPDATE

SCENARIOS: tuple[Scenario, ...] = (
    QUICKSTART,
    UPDATE,
    AVAILABLE_AFTER_FAILURE,
    UPDATE_FAILED,
    *DELETIONS,
    *ADOPTIONS,
    ENDPOINTS,
    ENCRYPTION_KEY,
    REPLACEMENT,
    PRIVATE_NETWORK,
    DELIVERY,
    ROLLBACK,
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
CASES: tuple[Case, ...] = tuple(case for scenario in SCENARIOS for case in scenario.cases)


def sample(seed: int, of_quick_start: int = 2) -> tuple[Case, ...]:
    """Draw some cases, the same ones for the same seed: one of each scenario, of the quick start one more in Airflow."""
    chance = random.Random(seed)
    drawn = [chance.choice(IN_AIRFLOW), *chance.sample(QUICKSTART.cases, of_quick_start)]
    drawn += [chance.choice(scenario.cases) for scenario in SCENARIOS if scenario is not QUICKSTART]
    chosen = set(drawn)
    return tuple(case for case in CASES if case in chosen)
