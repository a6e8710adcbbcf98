"""Updates that AWS cannot carry out: each is sent once and not again, until the next one is asked for."""

from __future__ import annotations

from functools import partial

from mwaa_emulator.mwaa.states import Result

from ..points import Scenario
from ..stage import FAST, STILL, Stage
from .update import ready


def _play(stage: Stage, ending: Result) -> None:
    stage.aws.outcome("update", ending)
    stage.speed(STILL)
    stage.edit(maxWorkers=4, airflowConfigurationOptions={"custom.token": "bad"})
    stage.until_aws_is_seen("UPDATING")
    stage.speed(FAST)
    stage.until_condition("Synced", "False", "UpdateRolledBack")
    stage.look_again()
    stage.take_inventory("failed")
    stage.edit(maxWorkers=3, airflowConfigurationOptions={"custom.token": "good"})
    stage.until_ready()
    stage.look_again()
    stage.take_inventory("Ready")


def _ending(name: str, ending: Result) -> Scenario:
    return Scenario(
        name,
        ready,
        partial(_play, ending=ending),
        {"mwaa:UpdateEnvironment": 2},
        frozenset(
            f"environments/status: Ready={said}" for said in ("Unknown Updating", "False UpdateRolledBack", "True Ready")
        ),
    )


AVAILABLE_AFTER_FAILURE = _ending("update-fails-and-is-available", Result.FAILED_AVAILABLE)
UPDATE_FAILED = _ending("update-fails", Result.FAILED)
