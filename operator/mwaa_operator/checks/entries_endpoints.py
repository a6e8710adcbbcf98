"""What the codes about shared subnets and networks without internet mean; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

ENDPOINTS: Mapping[str, Entry] = {
    "SharedVpcWithoutCustomerEndpoints": Entry(
        "The subnets belong to another account",
        "A subnet is owned by another account than the environment's, and AWS is to make the endpoints itself.",
        "Only the owner of a VPC can make VPC endpoints in it. MWAA acts for the account of the environment, so that the "
        "environment would fail after half an hour, and `endpointManagement` can never be changed.",
        "Set `endpointManagement: CUSTOMER`, and have the owner of the VPC make the endpoints "
        "(`customerEndpoints.madeBy: Other`); or take subnets of the environment's own account.",
        "Managing your own Amazon VPC endpoints on Amazon MWAA",
    ),
    "NatGatewayInPrivateMode": Entry(
        "A private web server in a network with a NAT gateway",
        "The web server is private, and the route table of its subnets leads to a NAT gateway. A warning.",
        "Both together work: the network is then one with internet. In a network that shall be without, such a route leads "
        "the environment past the VPC endpoints, and the guide names it as a cause of environments that hang in CREATING.",
        "Take the route out and make the VPC endpoints, if the network shall be without internet; else leave it.",
        "Troubleshooting: create and update an environment",
    ),
}
