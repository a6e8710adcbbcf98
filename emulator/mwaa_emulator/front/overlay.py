"""Lets NAT gateways and VPC endpoints take time. This file alone knows moto's objects from the inside.

moto makes both `available` at once and deletes them at once. Here the state of moto's own object is set, so that moto's
filters and answers agree with it, and a deletion is carried out when its time has come.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend
from moto.ec2.models.vpcs import VPCEndPoint

from mwaa_emulator.clock import ScaledClock
from mwaa_emulator.wire import Request

# moto takes the names of its attributes for filters, and this one has another name there
VPCEndPoint.vpc_endpoint_id = property(lambda point: point.id)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Durations:
    """Emulated seconds (docs/fidelity.md)."""

    nat_pending: float = 120.0
    nat_deleting: float = 60.0
    nat_visible_after: float = 3600.0
    endpoint_pending: float = 120.0
    endpoint_deleting: float = 60.0


@dataclass(frozen=True, slots=True)
class _Turn:
    """At `due`, the resource gets this state; `gone` takes it away."""

    account: str
    region: str
    resource: str
    state: str
    due: float


class Overlay:
    """The turns of state that are still to come."""

    def __init__(self, clock: ScaledClock, durations: Durations | None = None) -> None:
        self._clock, self.durations = clock, durations or Durations()
        self._lock = threading.RLock()
        self._turns: list[_Turn] = []

    def created(self, account: str, region: str, resource: str) -> bool:
        """A resource has been made: it is pending for a while. False when this kind is available at once."""
        found = _find(account, region, resource)
        seconds = self.durations.nat_pending if resource.startswith("nat-") else self.durations.endpoint_pending
        if not resource.startswith("nat-") and found.vpc_endpoint_type.lower() == "gateway":
            return False
        found.state = "pending"
        self._plan(account, region, resource, "available", seconds)
        return True

    def deleted(self, account: str, region: str, resource: str) -> bool:
        """A resource is to go: it is deleting for a while. False when there is none."""
        found = _find(account, region, resource)
        if found is None or found.state == "deleted":
            return False
        if found.state == "deleting":
            return True
        found.state = "deleting"
        nat = resource.startswith("nat-")
        gateway = not nat and found.vpc_endpoint_type.lower() == "gateway"
        seconds = self.durations.nat_deleting if nat else 0.0 if gateway else self.durations.endpoint_deleting
        with self._lock:
            self._turns = [turn for turn in self._turns if turn.resource != resource]
        self._plan(account, region, resource, "deleted" if nat else "gone", seconds)
        return True

    def settle(self) -> None:
        """Carry out every turn whose time has come."""
        now = self._clock.now()
        with self._lock:
            due = sorted((turn for turn in self._turns if turn.due <= now), key=lambda turn: turn.due)
            self._turns = [turn for turn in self._turns if turn.due > now]
            for turn in due:
                self._turn(turn)

    def clear(self) -> None:
        """Forget all, when moto is reset."""
        with self._lock:
            self._turns.clear()

    def _plan(self, account: str, region: str, resource: str, state: str, seconds: float) -> None:
        with self._lock:
            self._turns.append(_Turn(account, region, resource, state, self._clock.now() + seconds))

    def _turn(self, turn: _Turn) -> None:
        found = _find(turn.account, turn.region, turn.resource)
        if found is None:
            return
        backend = _backend(turn.account, turn.region)
        if turn.state == "gone" and turn.resource.startswith("nat-"):
            backend.nat_gateways.pop(turn.resource, None)
        elif turn.state == "gone":
            backend.delete_vpc_endpoints([turn.resource])
            backend.vpc_end_points.pop(turn.resource, None)
        elif turn.state == "deleted":
            _let_go(backend, found)
            self._plan(turn.account, turn.region, turn.resource, "gone", self.durations.nat_visible_after)
        else:
            found.state = turn.state


def _let_go(backend: Any, nat: Any) -> None:
    """Delete a NAT gateway with its network interface, and free its address."""
    backend.delete_nat_gateway(nat.id)
    for address in nat.address_set:
        if address.get("associationId"):
            backend.disassociate_address(association_id=address["associationId"])
    backend.enis.pop(nat._eni.id, None)


def forget_deleted_endpoints(account: str, region: str) -> None:
    """Take endpoints out of the lists that MWAA itself has deleted: moto keeps them for ever."""
    points = _backend(account, region).vpc_end_points
    for id_ in [id_ for id_, point in list(points.items()) if point.state == "deleted"]:
        points.pop(id_, None)


def nat_gateways(account: str, region: str) -> list[Any]:
    """The NAT gateways that still hold something."""
    return [nat for nat in _backend(account, region).nat_gateways.values() if nat.state not in ("deleted", "failed")]


def vpc_endpoints(account: str, region: str) -> list[Any]:
    """The VPC endpoints that still hold something."""
    return [point for point in _backend(account, region).vpc_end_points.values() if point.state != "deleted"]


def set_private_dns(request: Request) -> None:
    """Switch the private name of an endpoint on or off, as ModifyVpcEndpoint asks for: moto passes over that."""
    point = _find(request.account, request.region, request.params.get("VpcEndpointId", ""))
    if point is not None and "PrivateDnsEnabled" in request.params:
        point.private_dns_enabled = request.params["PrivateDnsEnabled"] == "true"


def resolves_private_names(account: str, region: str, vpc: str) -> bool:
    """Tell whether a VPC has both DNS attributes. One that is not there is left to moto."""
    found = _backend(account, region).vpcs.get(vpc)
    return found is None or (found.enable_dns_support is True and found.enable_dns_hostnames is True)


def endpoint_services(account: str, region: str) -> set[str]:
    """The names of the endpoint services that the account itself offers."""
    return {str(service.service_name) for service in _backend(account, region).configurations.values()}


def interfaces(account: str, region: str) -> list[Any]:
    """The network interfaces, but those of NAT gateways, which go with them."""
    backend = _backend(account, region)
    of_nats = {nat._eni.id for nat in backend.nat_gateways.values()}
    return [interface for interface in backend.enis.values() if interface.id not in of_nats]


def addresses(account: str, region: str) -> list[Any]:
    """The elastic addresses."""
    return list(_backend(account, region).addresses)


def _find(account: str, region: str, resource: str) -> Any:
    backend = _backend(account, region)
    return (backend.nat_gateways if resource.startswith("nat-") else backend.vpc_end_points).get(resource)


def _backend(account: str, region: str) -> Any:
    return get_backend("ec2")[account][region]
