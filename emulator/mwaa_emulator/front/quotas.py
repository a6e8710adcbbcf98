"""What moto's Service Quotas lacks: quotas of MWAA, and requests to raise one.

Until somebody says what an account's quotas are (`PUT /_emulator/quotas`), moto answers as it does. Names of errors, states
and members are those of the service's model (botocore); what no source tells is marked in docs/fidelity.md.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from typing import Any

from mwaa_emulator.clock import wall_now
from mwaa_emulator.front.filter import Pass
from mwaa_emulator.protocols import error_response
from mwaa_emulator.wire import Request, Response, json_response

SERVICE = "airflow"
"""MWAA in Service Quotas."""
OPEN = ("PENDING", "CASE_OPENED")
STATES = (*OPEN, "APPROVED", "DENIED", "CASE_CLOSED", "NOT_APPROVED", "INVALID_REQUEST")

Place = tuple[str, str]


class QuotasFront:
    """The quotas of MWAA by account and region, and what was asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[Place, dict[str, float]] = {}
        self._requests: list[tuple[Place, dict[str, Any]]] = []

    def handle(self, request: Request, pass_on: Pass) -> Response:
        """One call to Service Quotas."""
        place, params = (request.account, request.region), request.params
        with self._lock:
            if params.get("ServiceCode") != SERVICE or place not in self._values:
                return pass_on(request)
            match request.operation:
                case "ListServiceQuotas":
                    return _answer({"Quotas": [self._quota(place, name) for name in self._values[place]]})
                case "ListRequestedServiceQuotaChangeHistoryByQuota":
                    asked = [one for where, one in self._requests if where == place]
                    wanted = [one for one in asked if one["QuotaCode"] == params.get("QuotaCode")]
                    return _answer({"RequestedQuotas": wanted})
                case "RequestServiceQuotaIncrease":
                    return self._ask(request, place, params)
                case _:
                    return pass_on(request)

    def set_values(self, place: Place, values: Mapping[str, float]) -> None:
        """Say what an account's quotas are, by their names."""
        with self._lock:
            self._values[place] = {str(name): float(value) for name, value in values.items()}

    def decide(self, id_: str, status: str, case: str | None = None) -> dict[str, Any]:
        """Decide a request as AWS does; an approved one holds at once. ValueError for a state or a request that is none."""
        with self._lock:
            if status not in STATES:
                raise ValueError(f"{status} is none of {', '.join(STATES)}")
            for place, one in self._requests:
                if one["Id"] == id_:
                    one |= {"Status": status, "LastUpdated": wall_now().timestamp()} | ({"CaseId": case} if case else {})
                    if status == "APPROVED":
                        self._values[place][one["QuotaName"]] = one["DesiredValue"]
                    return one
            raise ValueError(f"there is no request {id_}")

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._values.clear()
            self._requests.clear()

    def _ask(self, request: Request, place: Place, params: Mapping[str, Any]) -> Response:
        code, wanted = params.get("QuotaCode"), float(params.get("DesiredValue", 0))
        name = next((name for name in self._values[place] if _code(name) == code), None)
        if name is None:
            return error_response(request, "NoSuchResourceException", "The specified quota does not exist.", 400)
        if wanted <= self._values[place][name]:
            text = "You must provide a quota value greater than or equal to the current quota value."
            return error_response(request, "IllegalArgumentException", text, 400)
        if any(where == place and one["QuotaCode"] == code and one["Status"] in OPEN for where, one in self._requests):
            text = "Only one open service quota increase request is allowed per quota."
            return error_response(request, "ResourceAlreadyExistsException", text, 400)
        now = wall_now().timestamp()
        quota = self._quota(place, name)
        told = {key: quota[key] for key in ("ServiceCode", "ServiceName", "QuotaCode", "QuotaName", "QuotaArn", "Unit")}
        one = {"Id": uuid.uuid4().hex, "DesiredValue": wanted, "Status": "PENDING", "Created": now, "LastUpdated": now}
        one |= told | {"GlobalQuota": False, "QuotaRequestedAtLevel": "ACCOUNT"}
        self._requests.append((place, one))
        return _answer({"RequestedQuota": one})

    def _quota(self, place: Place, name: str) -> dict[str, Any]:
        account, region = place
        return {
            "ServiceCode": SERVICE,
            "ServiceName": "Amazon Managed Workflows for Apache Airflow (MWAA)",
            "QuotaArn": f"arn:aws:servicequotas:{region}:{account}:{SERVICE}/{_code(name)}",
            "QuotaCode": _code(name),
            "QuotaName": name,
            "Value": self._values[place][name],
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
            "QuotaAppliedAtLevel": "ACCOUNT",
        }


def _code(name: str) -> str:
    """Give a quota a code: those of MWAA are not published."""
    return f"L-{uuid.uuid5(uuid.NAMESPACE_DNS, name).hex[:8].upper()}"


def _answer(body: Mapping[str, Any]) -> Response:
    response = json_response(200, body, x_amzn_RequestId=str(uuid.uuid4()))
    response.headers["Content-Type"] = "application/x-amz-json-1.1"
    return response
