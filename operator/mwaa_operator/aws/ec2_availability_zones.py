"""The zones of a region: looked at once per network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..core.adapter import ReadOnly, Target
from ..core.observed import Observed, State
from ..resources.ec2 import AvailabilityZones
from .ec2_tags import Item
from .session import Aws


class AvailabilityZonesAdapter(ReadOnly[AvailabilityZones]):
    """Reads the zones in which a network stands."""

    TYPE: ClassVar[str] = AvailabilityZones.TYPE

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, targets: Sequence[Target[AvailabilityZones]]) -> Mapping[str, Observed]:
        """Give the two zones: as remembered, or as EC2 lists them."""
        seen: dict[str, Observed] = {}
        for target in targets:
            if target.model is None:
                continue
            kept = tuple(target.remembered.get(key, "") for key in ("zone1", "zone2"))
            if not all(kept) or target.model.names not in ((), kept):
                answer = await self._aws.call(target.region, "ec2", "describe_availability_zones")
                open_ = sorted(zone["ZoneName"] for zone in answer["AvailabilityZones"] if _is_open(zone))
                seen[target.name] = _chosen(target.region, target.model.names, open_)
            else:
                seen[target.name] = _observed(target.region, kept)
        return seen


def _is_open(zone: Item) -> bool:
    """Tell whether a zone is an ordinary one (no Local or Wavelength Zone) that every account may use now."""
    opt_in = zone.get("OptInStatus", "opt-in-not-required")
    type_ = zone.get("ZoneType", "availability-zone")
    return (zone["State"], opt_in, type_) == ("available", "opt-in-not-required", "availability-zone")


def _chosen(region: str, names: tuple[str, ...], open_: Sequence[str]) -> Observed:
    if unknown := sorted(set(names) - set(open_)):
        return _failed(
            region,
            "ZoneNotFound",
            f"spec.availabilityZones: {region} has no zone {' and no zone '.join(unknown)}. "
            f"Make a new Network with two of: {', '.join(open_)}.",
        )
    if len(open_) < 2:
        return _failed(
            region, "TooFewZones", f"{region} has fewer than the two zones that Amazon MWAA needs: {', '.join(open_)}"
        )
    return _observed(region, names or tuple(open_[:2]))


def _observed(region: str, zones: tuple[str, ...]) -> Observed:
    both = {"zone1": zones[0], "zone2": zones[1]}
    return Observed(id=region, outputs=both, remember=both)


def _failed(region: str, reason: str, message: str) -> Observed:
    return Observed(id=region, state=State.FAILED, reason=reason, message=message)
