"""The admin API below `/_emulator/`: look at the emulator, and steer it. Described in emulator/README.md."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import parse_qsl

from mwaa_emulator.access import Enforcement
from mwaa_emulator.calls import CallLog
from mwaa_emulator.canned import CannedAirflow
from mwaa_emulator.clock import ScaledClock, wall_now
from mwaa_emulator.faults import Fault, FaultBook, Hold
from mwaa_emulator.front.ec2 import Ec2Front
from mwaa_emulator.front.filter import MotoFront
from mwaa_emulator.front.quotas import QuotasFront
from mwaa_emulator.mwaa.environment import Environment
from mwaa_emulator.mwaa.errors import ServiceError
from mwaa_emulator.mwaa.lifecycle import FAILURE_CODE, FAILURE_MESSAGE, Outcome
from mwaa_emulator.mwaa.service import Caller, MwaaService
from mwaa_emulator.mwaa.states import SERVING, Result, Status
from mwaa_emulator.runtime import AirflowRuntime
from mwaa_emulator.wire import Request, Response, json_response

ADMIN_PREFIX = "/_emulator/"
DEFAULT_ACCOUNT, DEFAULT_REGION = "123456789012", "us-east-1"
_FAULT_MEMBERS = {field.name for field in fields(Fault)} - {"id", "seen", "used"}

Body = dict[str, Any]
Handler = Callable[["Admin", dict[str, str], Body], Any]
_ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []


def _route(method: str, path: str) -> Callable[[Handler], Handler]:
    def keep(handler: Handler) -> Handler:
        _ROUTES.append((method, re.compile(path), handler))
        return handler

    return keep


class Admin:
    """The admin API."""

    def __init__(
        self,
        clock: ScaledClock,
        service: MwaaService,
        runtime: AirflowRuntime,
        calls: CallLog,
        faults: FaultBook,
        ec2: Ec2Front,
        front: MotoFront,
        enforcement: Enforcement,
        quotas: QuotasFront,
    ) -> None:
        self.clock, self.service, self.runtime = clock, service, runtime
        self.calls, self.faults, self.ec2, self.front = calls, faults, ec2, front
        self.enforcement, self.quotas = enforcement, quotas

    def handle(self, request: Request) -> Response:
        """One admin request: JSON in, JSON out; 400 with a reason for what cannot be done."""
        path = request.path.removeprefix(ADMIN_PREFIX).strip("/")
        try:
            body = json.loads(request.body) if request.body.strip() else {}
            for method, pattern, handler in _ROUTES:
                found = pattern.fullmatch(path)
                if found and method == request.method:
                    arguments = {**dict(parse_qsl(request.query)), **found.groupdict()}
                    return json_response(200, handler(self, arguments, body))
        except ServiceError as error:
            return json_response(error.status, {"error": error.message})
        except (ValueError, TypeError, KeyError) as error:
            return json_response(400, {"error": f"{type(error).__name__}: {error}"})
        return json_response(404, {"error": f"no such admin call: {request.method} {request.path}"})

    def environment(self, arguments: Mapping[str, Any]) -> Environment:
        """The environment that an admin call names."""
        caller = Caller(arguments.get("account") or DEFAULT_ACCOUNT, arguments.get("region") or DEFAULT_REGION)
        return self.service.find(caller, arguments["name"])

    def arn(self, body: Body) -> str:
        """The ARN of the environment that an admin call names, or `*` for all."""
        if body.get("name") in (None, "*"):
            return "*"
        account, region = body.get("account") or DEFAULT_ACCOUNT, body.get("region") or DEFAULT_REGION
        return f"arn:aws:airflow:{region}:{account}:environment/{body['name']}"

    def canned(self) -> CannedAirflow:
        """The runtime that takes canned answers, or ValueError."""
        if not isinstance(self.runtime, CannedAirflow):
            raise ValueError("canned answers need the runtime `none`: start with --airflow none")
        return self.runtime


@_route("GET", "health")
def _health(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    return {"status": "ok", "speed": admin.clock.speed, "environments": len(admin.service.live())}


@_route("GET", "clock")
def _clock(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    calendar = admin.clock.calendar().isoformat()
    return {"now": wall_now().isoformat(), "emulated": admin.clock.now(), "calendar": calendar, "speed": admin.clock.speed}


@_route("POST", "clock/advance")
def _advance(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    admin.clock.advance(float(body["seconds"]))
    admin.ec2.overlay.settle()
    admin.service.live()
    return _clock(admin, arguments, body)


@_route("PUT", "speed")
def _speed(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    admin.clock.speed = float(body["speed"])
    return {"speed": admin.clock.speed}


@_route("GET", "speed")
def _get_speed(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    return {"speed": admin.clock.speed}


@_route("GET", "calls")
def _calls(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    filters: dict[str, Any] = {}
    for key, value in arguments.items():
        if key == "write":
            filters[key] = value.lower() == "true"
        elif key in ("since", "seq", "status"):
            filters[key] = int(value)
        elif key in ("service", "operation", "account", "region", "code", "request_id", "fault"):
            filters[key] = value
        else:
            raise ValueError(f"unknown filter {key}")
    return {"calls": [call.as_json() for call in admin.calls.select(filters)]}


@_route("DELETE", "calls")
def _clear_calls(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    admin.calls.clear()
    return {}


@_route("GET", "faults")
def _faults(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    return {"faults": [fault.as_json() for fault in admin.faults.all()]}


@_route("POST", "faults")
def _add_fault(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    rules = body.get("faults", [body])
    made = []
    for rule in rules:
        unknown = set(rule) - _FAULT_MEMBERS
        if unknown:
            raise ValueError(f"unknown members {sorted(unknown)}; known are {sorted(_FAULT_MEMBERS)}")
        hold = Hold(rule["hold"]) if rule.get("hold") else None
        made.append(Fault(**{**rule, "hold": hold}))
    return {"faults": [admin.faults.add(fault).as_json() for fault in made]}


@_route("DELETE", "faults(/(?P<id>[^/]+))?")
def _clear_faults(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    admin.faults.clear(arguments.get("id"))
    return {}


@_route("GET", "holds")
def _holds(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    return {"holds": [held.as_json() for held in admin.faults.holds()]}


@_route("POST", "holds/(?P<id>[^/]+)/release")
def _release(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    if not admin.faults.release(arguments["id"], bool(body.get("drop", False))):
        raise ServiceError("ResourceNotFoundException", f"no call is held as {arguments['id']}")
    return {}


@_route("POST", "outcomes")
def _outcome(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    operation = body["operation"]
    if operation not in ("create", "update"):
        raise ValueError("operation must be create or update")
    outcome = Outcome(
        operation,
        Result(body["result"]),
        body.get("code", FAILURE_CODE),
        body.get("message", FAILURE_MESSAGE),
        body.get("name"),
    )
    admin.service.lifecycle.outcomes.append(outcome)
    return {"outcomes": len(admin.service.lifecycle.outcomes)}


@_route("DELETE", "outcomes")
def _clear_outcomes(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    admin.service.lifecycle.outcomes.clear()
    return {}


@_route("GET", "environments")
def _environments(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    return {
        "environments": [
            {"arn": one.arn, "name": one.name, "account": one.account, "region": one.region, "status": one.status}
            for one in admin.service.live()
        ]
    }


@_route("PUT", "environments/(?P<name>[^/]+)/state")
def _state(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    with admin.service.lock:
        environment = admin.environment({**body, **arguments})
        admin.service.lifecycle.place(environment, Status(body["status"]), body.get("seconds"), body.get("error"))
        return {"status": environment.status}


@_route("POST", "environments/(?P<name>[^/]+)/maintenance")
def _maintenance(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    with admin.service.lock:
        environment = admin.environment({**body, **arguments})
        if environment.status not in SERVING:
            raise ValueError(f"{environment.name} is {environment.status}: maintenance needs it AVAILABLE")
        admin.service.lifecycle.maintain(environment, body.get("seconds"))
        return {"status": environment.status}


@_route("PUT", "airflow/health")
def _airflow_health(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    admin.canned().set_health(admin.arn(body), body.get("health"), body.get("reachable", True))
    return {}


@_route("POST", "airflow/answers")
def _airflow_answer(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    method, status = body.get("method", "GET"), int(body.get("status", 200))
    admin.canned().set_answer(admin.arn(body), method, body["path"], status, body.get("body"))
    return {}


@_route("PUT", "switches")
def _switches(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    switches = admin.service.switches
    if "check_prerequisites" in body:
        switches.check_prerequisites = bool(body["check_prerequisites"])
    if "environments_quota" in body:
        quota = body["environments_quota"]
        switches.environments_quota = None if quota is None else int(quota)
    if "weekly_maintenance" in body:
        switches.maintenance_since = admin.clock.now() if body["weekly_maintenance"] else None
    if "service_endpoints" in body:
        admin.service.lifecycle.service_endpoints = bool(body["service_endpoints"])
    return {
        "check_prerequisites": switches.check_prerequisites,
        "environments_quota": switches.environments_quota,
        "weekly_maintenance": switches.maintenance_since is not None,
        "service_endpoints": admin.service.lifecycle.service_endpoints,
    }


@_route("PUT", "quotas")
def _quotas(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    place = body.get("account") or DEFAULT_ACCOUNT, body.get("region") or DEFAULT_REGION
    admin.quotas.set_values(place, body["values"])
    return {}


@_route("PUT", "quotas/requests/(?P<id>[^/]+)")
def _quota_request(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    return admin.quotas.decide(arguments["id"], body["status"], body.get("case"))


@_route("PUT", "lag")
def _lag(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    admin.ec2.lag.seconds = float(body["seconds"])
    return {"seconds": admin.ec2.lag.seconds}


@_route("PUT", "iam")
def _iam(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    admin.enforcement.on = bool(body["enforce"])
    return {"enforce": admin.enforcement.on}


@_route("POST", "reset")
def _reset(admin: Admin, arguments: dict[str, str], body: Body) -> Any:
    admin.faults.clear()
    with admin.service.lock:
        for environment in list(admin.service.environments.values()):
            admin.runtime.stop(environment.record())
        admin.service.environments.clear()
        admin.service.lifecycle.outcomes.clear()
    if isinstance(admin.runtime, CannedAirflow):
        admin.runtime.close()
    admin.enforcement.on = False
    admin.front.reset()
    admin.ec2.clear()
    admin.quotas.clear()
    admin.calls.clear()
    return {}
