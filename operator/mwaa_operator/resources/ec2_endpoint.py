"""Interface VPC endpoints: those that are made, and those of an environment, whoever has made them.

Sources: the guide, part 3, sections 8 to 12, and the EC2 API.
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
    """An interface endpoint. Outputs: `id`, `state`. Subnets and groups are sorted; of both there are exactly these.

    One whose service is another than the declared one is dead: the service went with the environment that it belonged to.
    """

    TYPE: ClassVar[str] = "ec2/vpc-endpoint"
    USUALLY: ClassVar[timedelta] = timedelta(minutes=5)

    vpc_id: str | Late = attr(Effect.REFUSED)
    service_name: str | Late = attr(Effect.REPLACE)
    subnet_ids: tuple[str, ...] | Late = attr()
    security_group_ids: tuple[str | Late, ...] = attr()
    tags: Mapping[str, str] = attr(subset=True)
    private_dns_enabled: bool | None = attr(Effect.REFUSED, default=None)
    """None: as EC2 has it. The services of an environment have no private name of their own."""


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
