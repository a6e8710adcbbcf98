"""EC2's eventual consistency, when asked for: for a while, descriptions do not know what has just been made.

Source: EC2 developer guide, "Eventual consistency in the Amazon EC2 API": a description right after a create may lack the
new thing, or answer `Invalid...ID.NotFound` where it is asked for by its id. Only what is new is late here, not changes of
what was there, and writes know the new thing at once.
"""

from __future__ import annotations

import re
import threading
from xml.etree import ElementTree

from mwaa_emulator.clock import ScaledClock
from mwaa_emulator.front.filter import Pass
from mwaa_emulator.protocols import error_response
from mwaa_emulator.wire import Request, Response

_KINDS = {
    "AllocateAddress": ("allocationId", "InvalidAllocationID.NotFound"),
    "CreateFlowLogs": ("item", "InvalidFlowLogId.NotFound"),
    "CreateInternetGateway": ("internetGatewayId", "InvalidInternetGatewayID.NotFound"),
    "CreateNatGateway": ("natGatewayId", "NatGatewayNotFound"),
    "CreateNetworkAcl": ("networkAclId", "InvalidNetworkAclID.NotFound"),
    "CreateNetworkInterface": ("networkInterfaceId", "InvalidNetworkInterfaceID.NotFound"),
    "CreateRouteTable": ("routeTableId", "InvalidRouteTableID.NotFound"),
    "CreateSecurityGroup": ("groupId", "InvalidGroup.NotFound"),
    "CreateSubnet": ("subnetId", "InvalidSubnetID.NotFound"),
    "CreateVpc": ("vpcId", "InvalidVpcID.NotFound"),
    "CreateVpcEndpoint": ("vpcEndpointId", "InvalidVpcEndpointId.NotFound"),
}
"""By operation: where its answer has the id of the new thing, and what a call by that id answers while it is unknown."""
_NAMESPACE = re.compile(r"\{.*\}")


class ReadLag:
    """What descriptions do not know yet."""

    def __init__(self, clock: ScaledClock) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._seconds = 0.0
        self._unknown: dict[tuple[str, str, str], tuple[float, str]] = {}

    @property
    def seconds(self) -> float:
        """Emulated seconds from a create until descriptions know of it."""
        return self._seconds

    @seconds.setter
    def seconds(self, value: float) -> None:
        if value < 0:
            raise ValueError("seconds must be 0 or more")
        with self._lock:
            self._seconds = float(value)
            if not value:
                self._unknown.clear()

    def made(self, request: Request, response: Response) -> None:
        """Hide what a call has made."""
        kind = _KINDS.get(request.operation)
        if kind is None or not self._seconds or response.status >= 300:
            return
        found = re.search(rf"<{kind[0]}>([a-z]+-[0-9a-f]+)</{kind[0]}>".encode(), response.body)
        if found:
            with self._lock:
                key = (request.account, request.region, found[1].decode())
                self._unknown[key] = (self._clock.now() + self._seconds, kind[1])

    def read(self, request: Request, pass_on: Pass) -> Response:
        """A description as it is known by now."""
        unknown = self._now(request)
        if not unknown or not request.operation.startswith("Describe"):
            return pass_on(request)
        for name, value in request.params.items():
            if value in unknown and not name.startswith("Filter."):
                return error_response(request, unknown[value], f"The ID '{value}' does not exist", 400)
        response = pass_on(request)
        if response.status < 300:
            response.body = _without(response.body, set(unknown))
            response.headers["Content-Length"] = str(len(response.body))
        return response

    def _now(self, request: Request) -> dict[str, str]:
        if not self._unknown:
            return {}
        now, here = self._clock.now(), (request.account, request.region)
        with self._lock:
            self._unknown = {key: (due, code) for key, (due, code) in self._unknown.items() if due > now}
            return {key[2]: code for key, (_, code) in self._unknown.items() if key[:2] == here}


def _without(body: bytes, unknown: set[str]) -> bytes:
    """A description without the items that are new, or stand in something that is."""
    root = ElementTree.fromstring(body)
    namespace = _NAMESPACE.match(root.tag)
    for element in root.iter():
        element.tag = _NAMESPACE.sub("", element.tag)
    for listed in root:
        for item in [item for item in listed if any((member.text or "") in unknown for member in item)]:
            listed.remove(item)
    if namespace:
        root.set("xmlns", namespace[0].strip("{}"))
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
