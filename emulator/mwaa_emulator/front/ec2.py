"""The filter before moto's EC2: time, tokens, late descriptions, and the dependency errors that moto lacks."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable
from xml.sax.saxutils import escape

from werkzeug.datastructures import Headers

from mwaa_emulator.clock import ScaledClock
from mwaa_emulator.front import overlay as held
from mwaa_emulator.front.filter import Pass
from mwaa_emulator.front.lag import ReadLag
from mwaa_emulator.front.overlay import Overlay
from mwaa_emulator.front.tokens import ClientTokens
from mwaa_emulator.mwaa.environment import Environment
from mwaa_emulator.protocols import error_response
from mwaa_emulator.wire import Request, Response

_CREATED = {
    "CreateNatGateway": re.compile(rb"<natGatewayId>(nat-[0-9a-f]+)</natGatewayId>"),
    "CreateVpcEndpoint": re.compile(rb"<vpcEndpointId>(vpce-[0-9a-f]+)</vpcEndpointId>"),
}
_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"

Refusal = tuple[str, str]


class Ec2Front:
    """The filter for EC2. Writes pass one at a time."""

    def __init__(self, clock: ScaledClock, live: Callable[[], list[Environment]]) -> None:
        self.overlay = Overlay(clock)
        self.tokens = ClientTokens()
        self.lag = ReadLag(clock)
        self._live = live
        self._lock = threading.RLock()
        self._refusals: dict[str, Callable[[Request], Refusal | None]] = {
            "DeleteSubnet": self._subnet,
            "DeleteSecurityGroup": self._security_group,
            "ReleaseAddress": self._address,
            "DetachInternetGateway": self._gateway,
            "CreateVpcEndpoint": self._endpoint,
        }

    def clear(self) -> None:
        """Forget all, when moto is reset."""
        self.overlay.clear()
        self.tokens.clear()
        self.lag.seconds = 0

    def handle(self, request: Request, pass_on: Pass) -> Response:
        """One call of EC2."""
        self.overlay.settle()
        held.forget_deleted_endpoints(request.account, request.region)
        if not request.write:
            return self.lag.read(request, pass_on)
        with self._lock:
            return self._write(request, pass_on)

    def _write(self, request: Request, pass_on: Pass) -> Response:
        known, answer = self.tokens.earlier(request)
        if known and answer is not None:
            return answer
        if known:
            text = "The client token you have provided is already associated with a request with different parameters."
            return error_response(request, "IdempotentParameterMismatch", text, 400)
        refuse = self._refusals.get(request.operation)
        refusal = refuse(request) if refuse else None
        if refusal is not None:
            return error_response(request, *refusal, 400)
        if request.operation == "DeleteNatGateway":
            return self._delete_nat(request)
        if request.operation == "DeleteVpcEndpoints":
            return self._delete_endpoints(request)
        response = pass_on(request)
        if request.operation == "ModifyVpcEndpoint" and response.status < 300:
            held.set_private_dns(request)
        self._begin(request, response)
        self.lag.made(request, response)
        self.tokens.remember(request, response)
        return response

    def _begin(self, request: Request, response: Response) -> None:
        pattern = _CREATED.get(request.operation)
        found = pattern.search(response.body) if pattern and response.status < 300 else None
        if found and self.overlay.created(request.account, request.region, found[1].decode()):
            response.body = response.body.replace(b"<state>available</state>", b"<state>pending</state>")
            response.headers["Content-Length"] = str(len(response.body))

    def _delete_nat(self, request: Request) -> Response:
        nat = request.params.get("NatGatewayId", "")
        if not self.overlay.deleted(request.account, request.region, nat):
            return error_response(request, "NatGatewayNotFound", f"The Nat Gateway {nat} was not found", 400)
        return _answer("DeleteNatGateway", f"<natGatewayId>{escape(nat)}</natGatewayId>")

    def _delete_endpoints(self, request: Request) -> Response:
        failed = ""
        for endpoint in _numbered(request, "VpcEndpointId"):
            if not self.overlay.deleted(request.account, request.region, endpoint):
                text = escape(f"The Vpc Endpoint Id '{endpoint}' does not exist")
                error = f"<code>InvalidVpcEndpointId.NotFound</code><message>{text}</message>"
                failed += f"<item><error>{error}</error><resourceId>{escape(endpoint)}</resourceId></item>"
        self.overlay.settle()
        return _answer("DeleteVpcEndpoints", f"<unsuccessful>{failed}</unsuccessful>")

    def _subnet(self, request: Request) -> Refusal | None:
        subnet = request.params.get("SubnetId", "")
        here = (request.account, request.region)
        used = any(nat.subnet_id == subnet for nat in held.nat_gateways(*here))
        used = used or any(subnet in (point.subnet_ids or ()) for point in held.vpc_endpoints(*here))
        used = used or any(interface.subnet.id == subnet for interface in held.interfaces(*here))
        used = used or any(subnet in environment.subnets() for environment in self._environments(request))
        if not used:
            return None
        return "DependencyViolation", f"The subnet '{subnet}' has dependencies and cannot be deleted."

    def _security_group(self, request: Request) -> Refusal | None:
        group = request.params.get("GroupId", "")
        points = held.vpc_endpoints(request.account, request.region)
        used = any(group in point.security_group_ids for point in points)
        interfaces = held.interfaces(request.account, request.region)
        used = used or any(group in (one.id for one in interface.group_set) for interface in interfaces)
        used = used or any(group in environment.security_groups() for environment in self._environments(request))
        return ("DependencyViolation", f"resource {group} has a dependent object") if used else None

    def _address(self, request: Request) -> Refusal | None:
        allocation = request.params.get("AllocationId", "")
        for address in held.addresses(request.account, request.region):
            if address.allocation_id == allocation and address.association_id:
                return "InvalidIPAddress.InUse", f"Address {address.public_ip} is in use."
        return None

    def _gateway(self, request: Request) -> Refusal | None:
        vpc = request.params.get("VpcId", "")
        if not any(nat.vpc_id == vpc for nat in held.nat_gateways(request.account, request.region)):
            return None
        text = (
            f"Network {vpc} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway."
        )
        return "DependencyViolation", text

    def _endpoint(self, request: Request) -> Refusal | None:
        return self._service(request) or self._private_dns(request)

    def _private_dns(self, request: Request) -> Refusal | None:
        """A private name needs both DNS attributes of the VPC, and there is one endpoint with it for a service."""
        if request.params.get("PrivateDnsEnabled") != "true":
            return None
        vpc, service = request.params.get("VpcId", ""), request.params.get("ServiceName", "")
        if not held.resolves_private_names(request.account, request.region, vpc):
            text = (
                "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for"
            )
            return "InvalidParameter", f"{text} {vpc}"
        points = held.vpc_endpoints(request.account, request.region)
        named = {(one.vpc_id, one.service_name) for one in points if one.private_dns_enabled and one.subnet_ids}
        if (vpc, service) not in named:
            return None
        name = f"{service.rpartition(f'.{request.region}.')[2]}.{request.region}.amazonaws.com"
        text = f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {name} in the VPC"
        return "InvalidParameter", f"{text} {vpc}"

    def _service(self, request: Request) -> Refusal | None:
        """An endpoint to an environment's services can be made by its account alone."""
        service, own = request.params.get("ServiceName", ""), held.endpoint_services(request.account, request.region)
        for environment in self._environments(request):
            own |= set(environment.endpoint_services()) if environment.offers_services else set()
        if not service.startswith(f"com.amazonaws.vpce.{request.region}.vpce-svc-") or service in own:
            return None
        return "InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist"

    def _environments(self, request: Request) -> list[Environment]:
        return [one for one in self._live() if (one.account, one.region) == (request.account, request.region)]


def _numbered(request: Request, name: str) -> list[str]:
    return [str(value) for key, value in request.params.items() if re.fullmatch(rf"{name}\.\d+", key)]


def _answer(operation: str, members: str) -> Response:
    request_id = str(uuid.uuid4())
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{operation}Response xmlns="{_NAMESPACE}">'
        f"<requestId>{request_id}</requestId>{members}</{operation}Response>"
    )
    headers = Headers({"Content-Type": "text/xml;charset=UTF-8", "x-amzn-RequestId": request_id})
    return Response(200, headers, body.encode())
