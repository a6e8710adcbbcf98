"""Who else is in a VPC: EC2 deletes the endpoints that they need under them without a word."""

from __future__ import annotations

import asyncio

from ..core.errors import OutsideError, Problem, Trouble
from ..core.owner import OWNER_TAG
from .ec2_holders import Holders, advice
from .ec2_tags import Item, Listing, tags_of
from .session import Aws

INTERFACES = Listing("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", "network-interface-id")


class Guests:
    """Looks at the network interfaces in a VPC. The endpoints of one that go at the same time share one look."""

    def __init__(self, aws: Aws, endpoints: Listing, holders: Holders) -> None:
        self._aws, self._endpoints, self._holders = aws, endpoints, holders
        self._asked: dict[tuple[str, str], asyncio.Future[list[Item]]] = {}

    async def spare(self, region: str, vpc: str, owner: str, endpoint: str) -> None:
        """Let no endpoint go while anything but endpoints of the same owner is in the VPC, such as an environment.

        Args:
            region: of the VPC.
            vpc: its id.
            owner: uid of the object that the endpoint is of.
            endpoint: its id.

        Raises:
            OutsideError: `InUse` with the interfaces, HELD once they have been there for longer than the grace; or the
                error of the look.
        """
        guests = await self._guests(region, vpc, owner)
        if not guests:
            self._holders.left(vpc)
            return
        said = f"{endpoint} stays, since others in {vpc} may need it to reach AWS. {advice(vpc, guests)}"
        raise OutsideError(self._holders.lasting(vpc, Problem(Trouble.NOT_YET, "InUse", said)))

    async def _guests(self, region: str, vpc: str, owner: str) -> list[Item]:
        key = (vpc, owner)
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(self._ask(region, vpc, owner))
            self._asked[key].add_done_callback(lambda done: self._asked.pop(key, None))
        # whoever gives up waiting must not take the answer from the others
        return await asyncio.shield(self._asked[key])

    async def _ask(self, region: str, vpc: str, owner: str) -> list[Item]:
        points, found = await asyncio.gather(
            self._endpoints.items(self._aws, region, "vpc-id", [vpc]),
            INTERFACES.items(self._aws, region, "vpc-id", [vpc]),
        )
        ours = {
            id_ for each in points if tags_of(each).get(OWNER_TAG) == owner for id_ in each.get("NetworkInterfaceIds", ())
        }
        return [each for each in found if each["NetworkInterfaceId"] not in ours]
