"""Environments that exist already and are taken over: what that changes is shown first, and nothing is made twice."""

from __future__ import annotations

from mwaa_emulator.prepared import CompleteAccount

from ..points import Scenario
from ..stage import Stage


def _by_hand(stage: Stage) -> None:
    """Let somebody make an environment by hand."""
    account, mwaa = stage.prepared(), stage.aws.connect("mwaa")
    asked = {"MaxWorkers": 2, "WebserverAccessMode": "PUBLIC_ONLY", "Tags": {"made": "by hand"}}
    mwaa.create_environment(**account.request("quickstart", **asked))
    stage.until(lambda: mwaa.get_environment(Name="quickstart")["Environment"]["Status"] == "AVAILABLE", "the environment")
    stage.take_inventory("before")


def _account(stage: Stage) -> CompleteAccount:
    return stage.prepared()


def _take_over(stage: Stage) -> None:
    stage.create(stage.by_ids(_account(stage), adoption="Always", maxWorkers=4))
    stage.until_ready()
    stage.look_again()
    stage.take_inventory("Ready")


def _take_over_as_it_is(stage: Stage) -> None:
    stage.create(stage.by_ids(_account(stage), adoption="Always", deletionPolicy="Retain"))
    stage.until_ready()
    stage.look_again()
    stage.take_inventory("Ready")
    stage.delete()
    stage.until_gone()
    stage.take_inventory("gone")


def _take_over_when_approved(stage: Stage) -> None:
    stage.create(stage.by_ids(_account(stage), adoption="Always", approval="Manual", maxWorkers=4))
    stage.until_condition("AwaitingApproval", "True")
    stage.look_again()
    stage.take_inventory("shown")
    stage.annotate("approve", stage.environment()["status"]["plan"]["hash"])
    stage.until_ready()
    stage.look_again()
    stage.take_inventory("Ready")
    stage.edit(approval="Automatic")  # so that it may be deleted


AWS = {"logs:CreateLogGroup": 4, "mwaa:TagResource": 1, "mwaa:UpdateEnvironment": 1}
"""MWAA itself has made the fifth log group. It is tagged with the others when."""
STATUS = "environments/status: Ready"
TAKEN = frozenset(("environments: finalizers set", f"{STATUS}=Unknown Updating", f"{STATUS}=True Ready"))
ADOPTION = Scenario("adoption", _by_hand, _take_over, AWS, TAKEN | {f"{STATUS}=Unknown AdoptionShown"})
ADOPTION_AS_IT_IS = Scenario(
    "adoption-as-it-is", _by_hand, _take_over_as_it_is, kubernetes=frozenset((f"{STATUS}=True Ready",))
)
ADOPTION_APPROVED = Scenario(
    "adoption-approved", _by_hand, _take_over_when_approved, AWS, TAKEN | {f"{STATUS}=False AwaitingApproval"}
)
ADOPTIONS = (ADOPTION, ADOPTION_AS_IT_IS, ADOPTION_APPROVED)
