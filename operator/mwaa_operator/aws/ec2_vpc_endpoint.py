"""VPC endpoints. Those with interfaces take minutes to come and to go."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from ..checks.document import many
from ..core.adapter import Target
from ..core.call import Calls
from ..core.change import Change
from ..core.errors import OutsideError, Trouble
from ..core.observed import Observed, State
from ..resources.ec2_endpoint import VpcEndpoint
from .ec2_adapter import Ec2Adapter
from .ec2_guests import Guests
from .ec2_tags import Item, Listing, made, ownership, path_of, specification, tags_of, wanted
from .errors import problem
from .session import Aws
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
LISTS: Mapping[str, str] = {
    "subnet_ids": "SubnetIds",
    "security_group_ids": "SecurityGroupIds",
    "route_table_ids": "RouteTableIds",
}
"""Fields that ModifyVpcEndpoint adds to and takes from."""
FULL_ACCESS: Mapping[str, Any] = {
    "Version": "2008-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}
"""The policy that EC2 gives an endpoint when none is sent."""


class VpcEndpointAdapter(Ec2Adapter[VpcEndpoint]):
    """Reads and writes endpoints, of both types by one call."""

    TYPE: ClassVar[str] = VpcEndpoint.TYPE
    LISTING = Listing(
        "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", "vpc-endpoint-id", dead=frozenset({"deleted", "Deleted"})
    )
    CALLS: ClassVar[Calls] = {
        "create": "ec2:CreateVpcEndpoint",
        "update": {
            **dict.fromkeys((*LISTS, "private_dns_enabled", "full_access"), "ec2:ModifyVpcEndpoint"),
            "tags": "ec2:CreateTags",
        },
        "delete": "ec2:DeleteVpcEndpoints",
    }

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)
        self._guests = Guests(aws, self.LISTING, self._holders)

    async def create(self, target: Target[VpcEndpoint]) -> Observed:
        """Ask for it; AWS works on it for some minutes. Without a policy it gets the one that lets everything pass."""
        want = target.want
        dns = {} if want.private_dns_enabled is None else {"PrivateDnsEnabled": want.private_dns_enabled}
        lists = {member: ids for path, member in LISTS.items() if (ids := _ids(getattr(want, path)))}
        answer = await self._aws.call(
            target.region,
            "ec2",
            "create_vpc_endpoint",
            VpcEndpointType=want.vpc_endpoint_type,
            VpcId=wanted(target, "vpc_id"),
            ServiceName=wanted(target, "service_name"),
            ClientToken=client_token(target),
            TagSpecifications=specification("vpc-endpoint", want.tags),
            **lists,
            **dns,
        )
        return self._observed(target, made(answer["VpcEndpoint"], want.tags))

    async def update(self, target: Target[VpcEndpoint], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Put subnets, groups, route tables, private DNS, policy and tags back."""
        params: dict[str, Any] = {}
        for change in changes:
            if member := LISTS.get(change.path):
                before, desired = set(_ids(change.observed)), set(_ids(change.desired))
                params |= {f"Add{member}": sorted(desired - before), f"Remove{member}": sorted(before - desired)}
        if dns := path_of(changes, "private_dns_enabled"):
            params["PrivateDnsEnabled"] = dns.desired
        if path_of(changes, "full_access"):
            params["PolicyDocument"] = json.dumps(FULL_ACCESS)
        if given := {name: value for name, value in params.items() if value != []}:
            await self._aws.call(target.region, "ec2", "modify_vpc_endpoint", VpcEndpointId=observed.id, **given)
        return await super().update(target, observed, changes)

    async def delete(self, target: Target[VpcEndpoint], observed: Observed) -> None:
        """Ask for its end. EC2 takes many ids, and says in its answer, not by an error, what it could not delete.

        Raises:
            OutsideError: also `InUse`, where it spares the guests of its VPC.
        """
        if target.model and target.model.spares_guests:
            await self._guests.spare(target.region, str(observed.fields["vpc_id"]), target.owner.uid, observed.id)
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
            "route_table_ids": tuple(sorted(item.get("RouteTableIds", ()))),
            "private_dns_enabled": bool(item.get("PrivateDnsEnabled")),
            "tags": tags,
        }
        if policy := item.get("PolicyDocument"):
            fields["full_access"] = _lets_all_pass(json.loads(policy))
        return Observed(
            id=id_,
            fields=fields,
            outputs={"id": id_, "state": word, "service_name": item["ServiceName"]},
            state=state,
            reason=reason,
            message=message,
            stillborn=state is State.FAILED,
            **ownership(target, tags),
        )


def _lets_all_pass(policy: Mapping[str, Any]) -> bool:
    """Tell whether a policy allows everything to everybody, and denies nothing."""
    statements = many(policy.get("Statement"))
    return any(map(_unbounded, statements)) and all(each.get("Effect") == "Allow" for each in statements)


def _unbounded(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    everybody = many(principal.get("AWS")) if isinstance(principal, Mapping) else many(principal)
    bounds = (everybody, many(statement.get("Action")), many(statement.get("Resource")))
    return all("*" in each for each in bounds) and not statement.get("Condition")


def _ids(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, tuple) else []
