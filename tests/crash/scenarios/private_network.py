"""A network without internet: its endpoints are made once each, and go before what they stand in."""

from __future__ import annotations

from ..points import Scenario
from ..stage import FAST, SLOW, Stage


def _nothing(stage: Stage) -> None:
    stage.take_inventory("before")


def _play(stage: Stage) -> None:
    write = stage.case.point.write if stage.case else None
    stage.speed(SLOW if write in (None, PENDING) else FAST, then=FAST)
    stage.create(stage.new("Network", routing="Private"))
    stage.until_ready()
    stage.take_inventory("Ready")
    stage.look_again()
    stage.speed(SLOW if write in (None, DELETING) else FAST, then=FAST)
    stage.delete()
    stage.until_gone()
    stage.take_inventory("gone")


AWS = {
    "ec2:AssociateRouteTable": 2,
    "ec2:AuthorizeSecurityGroupIngress": 1,
    "ec2:CreateRouteTable": 1,
    "ec2:CreateSecurityGroup": 1,
    "ec2:CreateSubnet": 2,
    "ec2:CreateVpc": 1,
    "ec2:CreateVpcEndpoint": 10,
    "ec2:DeleteRouteTable": 1,
    "ec2:DeleteSecurityGroup": 1,
    "ec2:DeleteSubnet": 2,
    "ec2:DeleteVpc": 1,
    "ec2:DeleteVpcEndpoints": 10,
    "ec2:DisassociateRouteTable": 2,
    "ec2:ModifyVpcAttribute": 1,
}
PENDING, DELETING = (f"networks/status: Ready={said}" for said in ("Unknown Pending", "False Deleting"))
"""What is only written when AWS takes its time."""
KUBERNETES = frozenset(
    (
        "networks: finalizers set",
        "networks: finalizers removed",
        "networks/status: parts announced",
        "networks/status: Ready=True Ready",
        PENDING,
        DELETING,
    )
)
PRIVATE_NETWORK = Scenario("private-network", _nothing, _play, AWS, KUBERNETES)
