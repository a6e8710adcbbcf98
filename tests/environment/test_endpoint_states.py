"""What EC2's states of an endpoint mean, in either spelling."""

from __future__ import annotations

from typing import Any

import pytest

from mwaa_operator.aws.ec2_vpc_endpoint import VpcEndpointAdapter
from mwaa_operator.core.adapter import Target
from mwaa_operator.core.observed import State
from mwaa_operator.core.owner import Owner
from mwaa_operator.resources.ec2_endpoint import VpcEndpoint

OWNER = Owner("Environment", "team", "first", "6f1c")
WANT = VpcEndpoint(
    "vpc-1", "com.amazonaws.vpce.us-east-1.vpce-svc-1", ("subnet-1",), ("sg-1",), OWNER.tags("endpoints/database")
)
POINT: dict[str, Any] = {
    "VpcEndpointId": "vpce-1",
    "VpcId": "vpc-1",
    "ServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-1",
    "SubnetIds": ["subnet-1"],
    "Groups": [{"GroupId": "sg-1"}],
    "Tags": [{"Key": key, "Value": value} for key, value in WANT.tags.items()],
}


@pytest.mark.parametrize(
    ("word", "state", "reason", "remade"),
    [
        ("available", State.READY, "", False),
        ("Available", State.READY, "", False),
        ("pending", State.BUSY, "Pending", False),
        ("pendingAcceptance", State.BUSY, "PendingAcceptance", False),
        ("deleting", State.GOING, "Deleting", False),
        ("Failed", State.FAILED, "VpcEndpointFailed", True),
        ("rejected", State.FAILED, "VpcEndpointFailed", True),
        ("expired", State.FAILED, "VpcEndpointFailed", True),
        ("partial", State.BUSY, "UnknownStatus", False),
    ],
)
def test_each_state_has_a_meaning(word: str, state: State, reason: str, remade: bool) -> None:
    seen = VpcEndpointAdapter._observed(Target("endpoints/database", WANT, OWNER, "us-east-1"), {**POINT, "State": word})
    assert (seen.state, seen.reason, seen.stillborn) == (state, reason, remade)
    assert (seen.message == "") is (state is State.READY)
    assert seen.owner == OWNER.uid
