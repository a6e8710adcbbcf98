"""VPC endpoints: those that are made, and those of an environment, whoever has made them.

Sources: the guide, part 3, sections 7 to 12, and the EC2 API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from ..core.part import Effect, Late, Model, attr

MANAGED_TAG = "AmazonMWAAManaged"
"""The tag on what MWAA makes in an account by itself (guide part 1, section 12)."""


@dataclass(frozen=True)
class VpcEndpoint(Model):
    """An endpoint. Outputs: `id`, `state`, `service_name`. Of subnets, groups and route tables there are exactly these.

    One whose service is another than the declared one is dead: the service went with the environment that it belonged to.
    """

    TYPE: ClassVar[str] = "ec2/vpc-endpoint"
    USUALLY: ClassVar[timedelta] = timedelta(minutes=5)

    vpc_id: str | Late = attr(Effect.REFUSED)
    service_name: str | Late = attr(Effect.REPLACE)
    subnet_ids: tuple[str | Late, ...] | Late | None = attr()
    security_group_ids: tuple[str | Late, ...] | None = attr()
    tags: Mapping[str, str] = attr(subset=True)
    private_dns_enabled: bool | None = attr(default=None)
    """None: as EC2 has it. The services of an environment have no private name of their own."""
    vpc_endpoint_type: str = attr(compare=False, default="Interface")
    """Or `Gateway`, which stands in route tables, and has neither subnets nor groups nor private DNS."""
    route_table_ids: tuple[str | Late, ...] | None = attr(default=None)
    full_access: bool | None = attr(default=None)
    """Whether its policy lets everything pass, as EC2's own does (guide part 3, section 7). None: as it is."""
    spares_guests: bool = attr(compare=False, default=False)
    """Its network is being deleted: it stays while anything but endpoints of the same owner has interfaces in the VPC."""

    def __post_init__(self) -> None:
        """Sort ids once all are known: EC2 gives them in no order."""
        for name in ("subnet_ids", "security_group_ids", "route_table_ids"):
            ids = getattr(self, name)
            if isinstance(ids, tuple) and not any(isinstance(id_, Late) for id_ in ids):
                object.__setattr__(self, name, tuple(sorted(ids)))


@dataclass(frozen=True)
class EnvironmentEndpoints(Model):
    """The endpoints to an environment's services, with addresses, whoever has made them. Output: `endpoints`.

    Nothing is compared: with another status of the environment they are looked at anew.
    """

    TYPE: ClassVar[str] = "ec2/environment-endpoints"
    AFTER_NEEDS: ClassVar[bool] = True
    READ_ONLY: ClassVar[bool] = True

    services: tuple[str, ...] | Late = attr(compare=False)
    """The names of the services that the environment has."""
    status: str | Late = attr(compare=False)
    """MWAA's status of the environment."""
