"""Interface VPC endpoints. They take minutes to come and to go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from ..core.adapter import Target
from ..core.call import Calls
from ..core.change import Change
from ..core.errors import OutsideError, Trouble
from ..core.observed import Observed, State
from ..resources.ec2_endpoint import VpcEndpoint
from .ec2_adapter import Ec2Adapter
from .ec2_tags import Item, Listing, made, ownership, specification, tags_of, wanted
from .errors import problem
from .token import client_token

STATES: Mapping[str, tuple[State, str]] = {
    "available": (State.READY, ""),
    "pending": (State.BUSY, "Pending"),
    "pendingacceptance": (State.BUSY, "PendingAcceptance"),
    "deleting": (State.GOING, "Deleting"),
    "rejected": (State.FAILED, "VpcEndpointFailed"),
    "failed": (State.FAILED, "VpcEndpointFailed"),
    "expired": (State.FAILED, "VpcEndpointFailed"),
}
"""What each state of AWS means, and its reason. EC2 writes them in capitals or not."""
LISTS: Mapping[str, str] = {"subnet_ids": "SubnetIds", "security_group_ids": "SecurityGroupIds"}
"""Fields that ModifyVpcEndpoint adds to and takes from."""


class VpcEndpointAdapter(Ec2Adapter[VpcEndpoint]):
    """Reads and writes interface endpoints."""

    TYPE: ClassVar[str] = VpcEndpoint.TYPE
    LISTING = Listing(
        "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", "vpc-endpoint-id", dead=frozenset({"deleted", "Deleted"})
    )
    CALLS: ClassVar[Calls] = {
        "create": "ec2:CreateVpcEndpoint",
        "update": {**dict.fromkeys(LISTS, "ec2:ModifyVpcEndpoint"), "tags": "ec2:CreateTags"},
        "delete": "ec2:DeleteVpcEndpoints",
    }

    async def create(self, target: Target[VpcEndpoint]) -> Observed:
        """Ask for it; AWS works on it for some minutes."""
        want = target.want
        dns = {} if want.private_dns_enabled is None else {"PrivateDnsEnabled": want.private_dns_enabled}
        answer = await self._aws.call(
            target.region,
            "ec2",
            "create_vpc_endpoint",
            VpcEndpointType="Interface",
            VpcId=wanted(target, "vpc_id"),
            ServiceName=wanted(target, "service_name"),
            SubnetIds=_ids(want.subnet_ids),
            SecurityGroupIds=_ids(want.security_group_ids),
            ClientToken=client_token(target),
            TagSpecifications=specification("vpc-endpoint", want.tags),
            **dns,
        )
        return self._observed(target, made(answer["VpcEndpoint"], want.tags))

    async def update(self, target: Target[VpcEndpoint], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Put subnets, groups and tags back: new ones first, since an endpoint is never without."""
        params: dict[str, list[str]] = {}
        for change in changes:
            if member := LISTS.get(change.path):
                before, desired = set(_ids(change.observed)), set(_ids(change.desired))
                params |= {f"Add{member}": sorted(desired - before), f"Remove{member}": sorted(before - desired)}
        if given := {name: ids for name, ids in params.items() if ids}:
            await self._aws.call(target.region, "ec2", "modify_vpc_endpoint", VpcEndpointId=observed.id, **given)
        return await super().update(target, observed, changes)

    async def delete(self, target: Target[VpcEndpoint], observed: Observed) -> None:
        """Ask for its end. EC2 takes many ids, and says in its answer, not by an error, what it could not delete."""
        operation = "delete_vpc_endpoints"
        answer = await self._aws.call(target.region, "ec2", operation, VpcEndpointIds=[observed.id])
        for item in answer.get("Unsuccessful", ()):
            refused = problem(ClientError({"Error": item["Error"]}, "DeleteVpcEndpoints"), "ec2", operation)
            if refused.trouble is not Trouble.NOT_FOUND:
                raise OutsideError(refused)

    @staticmethod
    def _observed(target: Target[Any], item: Item) -> Observed:
        tags, word, id_ = tags_of(item), str(item["State"]).lower(), item["VpcEndpointId"]
        state, reason = STATES.get(word, (State.BUSY, "UnknownStatus"))
        message = "" if state is State.READY else f"VPC endpoint {id_} is {word}"
        fields = {
            "service_name": item["ServiceName"],
            "vpc_id": item["VpcId"],
            "subnet_ids": tuple(sorted(item.get("SubnetIds", ()))),
            "security_group_ids": tuple(sorted(group["GroupId"] for group in item.get("Groups", ()))),
            "private_dns_enabled": bool(item.get("PrivateDnsEnabled")),
            "tags": tags,
        }
        return Observed(
            id=id_,
            fields=fields,
            outputs={"id": id_, "state": word},
            state=state,
            reason=reason,
            message=message,
            stillborn=state is State.FAILED,
            **ownership(target, tags),
        )


def _ids(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, tuple) else []
