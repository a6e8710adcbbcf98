"""Updates of an environment that is Ready: each change is sent once, and edits made meanwhile become one later update."""

from __future__ import annotations

from ..points import Scenario
from ..stage import FAST, STILL, Stage

OPTIONS = {"core.default_timezone": "utc", "custom.token": "first"}
"""AWS shows the value of the first and hides that of the second."""


def ready(stage: Stage) -> None:
    """Bring about an environment that is Ready and stands on things of others."""
    stage.create(stage.by_ids(stage.prepared(), airflowConfigurationOptions=OPTIONS))
    stage.until_ready()
    stage.look_again(times=1)


def _play(stage: Stage) -> None:
    stage.speed(STILL)
    stage.edit(tags={"team": "data"}, weeklyMaintenanceWindowStart="TUE:03:30")
    stage.until_aws_is_seen("UPDATING")
    stage.edit(environmentClass="mw1.medium")
    stage.until_condition("UpdatePending", "True", "Busy")
    stage.edit(maxWorkers=5, airflowConfigurationOptions={"custom.token": "second"})
    stage.until_condition("UpdatePending", "True", "Busy")
    stage.speed(FAST)
    stage.until_ready()
    stage.look_again()
    stage.take_inventory("Ready")


UPDATE = Scenario(
    "update",
    ready,
    _play,
    {"logs:TagResource": 5, "mwaa:TagResource": 1, "mwaa:UpdateEnvironment": 2},
    frozenset(f"environments/status: Ready={said}" for said in ("Unknown Updating", "Unknown Busy", "True Ready")),
)
