"""Endpoints that AWS leaves to the customer: made while the environment is PENDING, and gone after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from .endpoint_steps import CUSTOMER, MINUTE, age, conditions, endpoints, groups, in_status, status, until

from mwaa_operator.core.condition import Truth
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.engine.status import part_list

PUBLIC = {"webserverAccessMode": "PUBLIC_ONLY"}


@pytest.fixture
def customer(new_stack: Callable[..., Any]) -> Callable[..., Any]:
    """Make an Environment object whose endpoints AWS leaves to the customer."""
    return lambda spec=None, **settings: new_stack({**CUSTOMER, **(spec or {})}, **settings)


@pytest.mark.row("C95", "C96", "C97", "C104")
async def test_from_nothing_to_available_by_one_create_call(customer: Callable[..., Any]) -> None:
    stack = customer()
    run = await stack.settle()
    assert status(run) == "AVAILABLE"
    shown = boto3.client("mwaa").get_environment(Name="first")["Environment"]
    database, webserver = shown["DatabaseVpcEndpointService"], shown["WebserverVpcEndpointService"]
    made = endpoints(stack)
    assert sorted(each["ServiceName"] for each in made) == sorted([database, webserver])
    for each in made:
        assert (each["VpcEndpointType"], each["VpcId"], each["State"]) == ("Interface", stack.account.vpc, "available")
        assert sorted(each["SubnetIds"]) == sorted(shown["NetworkConfiguration"]["SubnetIds"])
        assert {tag["Key"]: tag["Value"] for tag in each["Tags"]}["mwaa-operator.dev/owner"] == stack.uid
    assert stack.writes() == ["CreateEnvironment"]
    assert (await stack.once()).plan.steps == ()
