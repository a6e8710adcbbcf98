"""An environment whose VPC endpoints AWS leaves to the customer: they are made while AWS waits, once, and go after it."""

from __future__ import annotations

from ..points import Scenario
from ..stage import Stage


def _nothing(stage: Stage) -> None:
    stage.prepared()
    stage.take_inventory("before")


def _play(stage: Stage) -> None:
    spec = {"webserverAccessMode": "PRIVATE_ONLY", "wayIn": "Bastion", "endpointManagement": "CUSTOMER"}
    stage.create(stage.by_ids(stage.prepared(), **spec))
    stage.until_ready()
    stage.look_again()
    stage.take_inventory("Ready")
    stage.delete()
    stage.until_gone()
    stage.take_inventory("gone")


AWS = {
    "ec2:AuthorizeSecurityGroupIngress": 1,
    "ec2:CreateSecurityGroup": 1,
    "ec2:CreateVpcEndpoint": 2,
    "ec2:DeleteSecurityGroup": 1,
    "ec2:DeleteVpcEndpoints": 2,
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
        f"{STATUS}=False AwaitingEndpoints",
        f"{STATUS}=True Ready",
        f"{STATUS}=False Deleting",
    )
)
ENDPOINTS = Scenario("customer-endpoints", _nothing, _play, AWS, KUBERNETES)
