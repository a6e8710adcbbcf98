"""A second environment takes the place of the first: that one is taken down once, as approved, and does not come back."""

from __future__ import annotations

from ..points import Scenario
from ..stage import NAME, Stage

SUCCESSOR = "successor"


def _first(stage: Stage) -> None:
    stage.create(stage.by_ids(stage.prepared()))
    stage.until_ready()
    stage.look_again(times=1)


def _replace(stage: Stage) -> None:
    stage.create(stage.by_ids(stage.prepared(), SUCCESSOR, replaces=NAME))
    stage.until_condition("AwaitingApproval", "True")
    stage.look_again()
    stage.take_inventory("shown")
    stage.annotate("approve", stage.environment()["status"]["plan"]["hash"])
    stage.until_ready()
    stage.look_again()
    stage.take_inventory("replaced")
    stage.edit(called=SUCCESSOR, replaces=None)
    stage.look_again(times=1)
    stage.delete(NAME)
    stage.until(lambda: len(stage.objects()) == 1, "the first object to be gone")
    stage.take_inventory("alone")


AWS = {
    "logs:CreateLogGroup": 5,
    "logs:DeleteLogGroup": 5,
    "mwaa:CreateEnvironment": 1,
    "mwaa:DeleteEnvironment": 1,
}
STATUS = "environments/status: Ready"
KUBERNETES = frozenset(
    (
        "environments: finalizers set",
        "environments: finalizers removed",
        f"{STATUS}=Unknown Creating",
        f"{STATUS}=False AwaitingApproval",
        f"{STATUS}=Unknown Deleting",
        f"{STATUS}=True Ready",
    )
)
REPLACEMENT = Scenario("replacement", _first, _replace, AWS, KUBERNETES)
