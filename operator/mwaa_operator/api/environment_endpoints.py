"""The VPC endpoints of an environment: who makes them, and how they are."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .rule import ATOMIC
from .shared import ApiModel, Label, Text, Timestamp


class MadeBy(StrEnum):
    """Who makes the endpoints that AWS leaves to the customer."""

    OPERATOR = "Operator"
    OTHER = "Other"


class WayIn(StrEnum):
    """How people reach a private web server."""

    CLIENT_VPN = "ClientVpn"
    BASTION = "Bastion"
    LOAD_BALANCER = "LoadBalancer"
    OTHER = "Other"


class CustomerEndpoints(ApiModel):
    """The endpoints to the database and to a private web server, where AWS leaves them to you."""

    made_by: MadeBy = MadeBy.OPERATOR
    """`Operator`: made as soon as AWS waits for them, and deleted after the environment. `Other`: by somebody else, such as
    the account that owns a shared VPC; they are only looked at, and those that the operator has made before stay."""


class NetworkInterfaceStatus(ApiModel):
    """One address of an endpoint."""

    network_interface_id: Label | None = None
    """The network interface."""
    availability_zone: Label | None = None
    """Its zone."""
    private_ip_address: Label | None = None
    """Its address in the VPC."""


class VpcEndpointStatus(ApiModel):
    """A VPC endpoint to one of the environment's own services."""

    purpose: Label | None = None
    """`database` or `webserver`."""
    vpc_endpoint_id: Label | None = None
    """Its id."""
    service_name: Text | None = None
    """The service that it leads to."""
    state: Label | None = None
    """EC2's state of it, such as `pending` or `available`."""
    made_by: Label | None = None
    """`Service`: MWAA itself; it is never touched. `Operator`, or `Other`."""
    created_at: Timestamp | None = None
    """When it was made."""
    network_interfaces: Annotated[tuple[NetworkInterfaceStatus, ...], Field(max_length=16), ATOMIC] = ()
    """Its addresses, one in each availability zone."""


VpcEndpoints = Annotated[tuple[VpcEndpointStatus, ...], Field(max_length=16), ATOMIC]
