"""The VPC endpoints to an environment's services, as EC2 lists them at each look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from ..core.adapter import ReadOnly, Target
from ..core.errors import OutsideError, Trouble
from ..core.observed import Observed
from ..core.owner import OWNER_TAG, Owner
from ..resources.ec2_endpoint import MANAGED_TAG, EnvironmentEndpoints
from .ec2_tags import Item, Listing, tags_of
from .ec2_vpc_endpoint import VpcEndpointAdapter
from .session import Aws

INTERFACES = Listing("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", "network-interface-id")
PASSING = frozenset({"pending", "pendingacceptance", "deleting"})
"""States of an endpoint that end, by AWS's work or by somebody's word."""


class EnvironmentEndpointsAdapter(ReadOnly[EnvironmentEndpoints]):
    """Reads endpoints by the names of their services."""

    TYPE: ClassVar[str] = EnvironmentEndpoints.TYPE

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, targets: Sequence[Target[EnvironmentEndpoints]]) -> Mapping[str, Observed]:
        """Give the endpoints. Without the right to look there are none, and why."""
        return {target.name: await self._look(target) for target in targets if target.model}

    async def _look(self, target: Target[EnvironmentEndpoints]) -> Observed:
        try:
            found = await self._describe(target)
        except OutsideError as error:
            if error.problem.trouble is not Trouble.DENIED:
                raise
            return Observed(id="endpoints", outputs={"endpoints": []}, message=error.problem.message)
        passing = any(each["state"] in PASSING for each in found)
        return Observed(id="endpoints", outputs={"endpoints": found}, passing=passing)

    async def _describe(self, target: Target[EnvironmentEndpoints]) -> list[dict[str, Any]]:
        services = target.want.services
        if not isinstance(services, tuple) or not services:
            return []
        points = await VpcEndpointAdapter.LISTING.items(self._aws, target.region, "service-name", services)
        points = sorted(points, key=lambda point: str(point["VpcEndpointId"]))
        ids = [id_ for point in points for id_ in point.get("NetworkInterfaceIds", ())]
        items = await INTERFACES.items(self._aws, target.region, INTERFACES.id_filter, ids) if ids else []
        interfaces = {item["NetworkInterfaceId"]: item for item in items}
        return [_shown(point, interfaces, target.owner) for point in points]


def _shown(point: Item, interfaces: Mapping[str, Item], owner: Owner) -> dict[str, Any]:
    """Give an endpoint as status shows it. One that was let go invites the same object again."""
    tags, created = tags_of(point), point.get("CreationTimestamp")
    ids = sorted(id_ for id_ in point.get("NetworkInterfaceIds", ()) if id_ in interfaces)
    ours = tags.get(OWNER_TAG) == owner.uid or owner.invited_by(tags)
    shown = {
        "vpcEndpointId": point["VpcEndpointId"],
        "serviceName": point["ServiceName"],
        "state": str(point["State"]).lower(),
        "madeBy": "Service" if MANAGED_TAG in tags else "Operator" if ours else "Other",
        "networkInterfaces": [_interface(interfaces[id_]) for id_ in ids],
    }
    if isinstance(created, datetime):
        shown["createdAt"] = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return shown


def _interface(item: Item) -> dict[str, str]:
    shown = {
        "networkInterfaceId": item["NetworkInterfaceId"],
        "availabilityZone": item.get("AvailabilityZone", ""),
        "privateIpAddress": item.get("PrivateIpAddress", ""),
    }
    return {name: str(value) for name, value in shown.items()}
