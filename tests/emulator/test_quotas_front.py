"""Service Quotas of MWAA: known once they are named; requests are decided by the admin API."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mwaa_emulator.client import Emulator, EmulatorError

NAME = "Workers per environment"


@pytest.fixture
def quotas(client: Any) -> Any:
    return client("service-quotas")


def only(quotas: Any) -> dict[str, Any]:
    (quota,) = quotas.list_service_quotas(ServiceCode="airflow")["Quotas"]
    return dict(quota)


def ask(quotas: Any, value: float) -> dict[str, Any]:
    code = only(quotas)["QuotaCode"]
    asked = quotas.request_service_quota_increase(ServiceCode="airflow", QuotaCode=code, DesiredValue=value)
    return dict(asked["RequestedQuota"])


def history(quotas: Any) -> list[dict[str, Any]]:
    answer = quotas.list_requested_service_quota_change_history_by_quota(
        ServiceCode="airflow", QuotaCode=only(quotas)["QuotaCode"]
    )
    return list(answer["RequestedQuotas"])


def test_until_they_are_named_there_are_none(emulator: Emulator, quotas: Any) -> None:
    with pytest.raises(ClientError, match="NotImplementedByEmulator"):
        quotas.list_service_quotas(ServiceCode="airflow")
    emulator.quotas({NAME: 25})
    assert (only(quotas)["QuotaName"], only(quotas)["Value"]) == (NAME, 25)
    emulator.reset()
    with pytest.raises(ClientError, match="NotImplementedByEmulator"):
        quotas.list_service_quotas(ServiceCode="airflow")


def test_a_request_is_open_until_it_is_decided(emulator: Emulator, quotas: Any) -> None:
    emulator.quotas({NAME: 25})
    asked = ask(quotas, 50)
    assert (asked["Status"], asked["DesiredValue"], only(quotas)["Value"]) == ("PENDING", 50, 25)
    with pytest.raises(ClientError, match="ResourceAlreadyExistsException"):
        ask(quotas, 60)
    emulator.decide_quota(asked["Id"], "DENIED", "case-1")
    assert [(one["Status"], one["CaseId"]) for one in history(quotas)] == [("DENIED", "case-1")]
    emulator.decide_quota(ask(quotas, 60)["Id"], "APPROVED")
    assert only(quotas)["Value"] == 60
    with pytest.raises(ClientError, match="IllegalArgumentException"):
        ask(quotas, 60)
    with pytest.raises(EmulatorError, match="is none of PENDING"):
        emulator.decide_quota(asked["Id"], "PERHAPS")
    with pytest.raises(EmulatorError, match="no request nobody"):
        emulator.decide_quota("nobody", "DENIED")


def test_a_quota_that_is_none_cannot_be_raised(emulator: Emulator, quotas: Any) -> None:
    emulator.quotas({NAME: 25})
    with pytest.raises(ClientError, match="NoSuchResourceException"):
        quotas.request_service_quota_increase(ServiceCode="airflow", QuotaCode="L-0", DesiredValue=50)
