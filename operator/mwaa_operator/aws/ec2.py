"""Everything that the operator reads and writes in Amazon EC2, for registration."""

from __future__ import annotations

from typing import Any

from ..core.adapter import Adapter
from .ec2_availability_zones import AvailabilityZonesAdapter
from .ec2_elastic_ip import AddressAdapter
from .ec2_environment_endpoints import EnvironmentEndpointsAdapter
from .ec2_internet_gateway import InternetGatewayAdapter
from .ec2_nat_gateway import NatGatewayAdapter
from .ec2_place import PrivateSubnetsAdapter, VpcOfSubnetsAdapter
from .ec2_prefix_list import PrefixListAdapter
from .ec2_route_table import RouteTableAdapter
from .ec2_security_group import SecurityGroupAdapter
from .ec2_subnet import SubnetAdapter
from .ec2_vpc import VpcAdapter
from .ec2_vpc_endpoint import VpcEndpointAdapter
from .session import Aws


def adapters(aws: Aws) -> tuple[Adapter[Any], ...]:
    """Make one adapter of each type."""
    return (
        AvailabilityZonesAdapter(aws),
        PrefixListAdapter(aws),
        PrivateSubnetsAdapter(aws),
        VpcOfSubnetsAdapter(aws),
        VpcAdapter(aws),
        InternetGatewayAdapter(aws),
        SubnetAdapter(aws),
        AddressAdapter(aws),
        NatGatewayAdapter(aws),
        RouteTableAdapter(aws),
        SecurityGroupAdapter(aws),
        VpcEndpointAdapter(aws),
        EnvironmentEndpointsAdapter(aws),
    )
