"""Can an environment be created in this network? One look at all of it, and every fault at once.

The guide's requirements (part 3, sections 2, 3, 5, 6 and 9). The rules stand in a file for each subject; AWS says some of
them only after half an hour.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import ClassVar

from ..core.finding import Finding
from ..resources.mwaa import Environment
from . import acls, endpoints, groups, routes, shared_vpc, subnets
from .asking import Asking
from .vpc import GROUPS, SUBNETS, NetworkFacts, Seen

RULES = (subnets.faults, routes.faults, groups.faults, acls.faults, endpoints.faults, shared_vpc.faults)
DEFAULT_MOST_WORKERS, DEFAULT_SERVERS = 10, 2
"""What AWS takes where nothing is declared: workers at most, schedulers and web servers (API model)."""


class NetworkCheck:
    """Looks at subnets, routes, network ACLs, security groups, endpoints and DNS."""

    NAME: ClassVar[str] = "network"

    def __init__(self, facts: NetworkFacts) -> None:
        self._facts = facts

    async def findings(self, model: Environment, region: str) -> Sequence[Finding]:
        """Name every fault of the network at once.

        Raises:
            OutsideError: EC2 could not be asked.
        """
        asking = Asking()
        seen = await self._look(model, region, asking)
        return (*(finding for rule in RULES for finding in rule(seen)), *asking.notices)

    async def _look(self, want: Environment, region: str, asking: Asking) -> Seen:
        facts = self._facts
        subnet_ids, group_ids = _ids(want.subnet_ids), _ids(want.security_group_ids)
        there, groups = await asyncio.gather(
            asking.answer(facts.subnets(region, subnet_ids), SUBNETS, "zones and free addresses of the subnets"),
            asking.answer(facts.groups(region, group_ids), GROUPS, "the rules of the security groups"),
        )
        seen = Seen(
            region,
            subnet_ids,
            group_ids,
            there,
            groups,
            access_mode=want.webserver_access_mode,
            bucket_arn=str(want.source_bucket_arn),
            account=await facts.account(region),
            customer_endpoints=want.endpoint_management == "CUSTOMER",
            addresses=addresses(want),
        )
        vpcs = {subnet.vpc_id for subnet in (there or {}).values()}
        if len(vpcs) != 1:
            return seen
        (vpc,) = vpcs
        tables, acls, dns = await asyncio.gather(
            asking.answer(facts.tables(region, vpc), SUBNETS, "the routes of the subnets"),
            asking.answer(facts.acls(region, vpc), SUBNETS, "the network ACLs of the subnets"),
            asking.answer(facts.dns(region, vpc), SUBNETS, "the DNS attributes of the VPC"),
        )
        seen = replace(seen, vpc_id=vpc, tables=tables, acls=acls, dns=dns)
        if not seen.without_way_out:
            return seen  # nothing is asked of endpoints then, of which each environment in the VPC has two
        endpoints = await asking.answer(facts.endpoints(region, vpc), SUBNETS, "the VPC endpoints")
        seen = replace(seen, endpoints=endpoints)
        others = {id_ for each in endpoints or () for id_ in each.group_ids} - set(groups or ())
        if groups is not None and others:
            more = await asking.answer(facts.groups(region, others), SUBNETS, "the security groups of the VPC endpoints")
            seen = replace(seen, groups={**groups, **(more or {})})
        return seen


def addresses(want: Environment) -> tuple[int, int]:
    """Say how many addresses a subnet must have free: for the first containers and endpoints, and for all there may be.

    Each container and each endpoint of MWAA takes one, spread over both subnets (guide part 3, section 8.1). The sum is
    ours: the guide names no number.
    """
    schedulers = want.schedulers or DEFAULT_SERVERS
    servers, most_servers = want.min_webservers or DEFAULT_SERVERS, want.max_webservers or DEFAULT_SERVERS
    endpoints = 1 if want.webserver_access_mode == "PUBLIC_ONLY" else 2
    least = ceil((schedulers + servers + (want.min_workers or 1)) / 2) + endpoints
    most = ceil((schedulers + most_servers + (want.max_workers or DEFAULT_MOST_WORKERS)) / 2) + endpoints
    return least, max(least, most)


def _ids(ids: object) -> tuple[str, ...]:
    return tuple(sorted({str(id_) for id_ in ids})) if isinstance(ids, tuple) else ()
