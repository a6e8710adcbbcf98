"""Options from a Secret through the whole product: delivered, followed, missed when it is gone, and seen nowhere."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from devcluster.processes import Running
from mwaa_emulator.prepared import PreparedAccount

pytestmark = pytest.mark.cluster

CANARY = "canary-0c9e4b7d21"


def secret(home: Any, value: str) -> dict[str, Any]:
    about = {"name": "mail", "namespace": home.name}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": about, "stringData": {"password": value}}


def everything_said(home: Any, operator: Running) -> dict[str, str]:
    """Give all that the operator has written anywhere."""
    stack = home.stack
    everywhere = "mwaa,events,configmaps,leases"
    return {
        "log": (stack.directory / "operator.log").read_text(),
        "objects": stack.kubectl("get", everywhere, "--all-namespaces", "--show-managed-fields", "-o", "json").stdout,
        "metrics": stack.operator_get("/metrics").text,
        "output": operator.tail(),
    }


@pytest.mark.row("B67")
def test_a_secret_is_delivered_and_followed_and_seen_nowhere(
    home: Any, account: PreparedAccount, other_operator: Callable[..., Running]
) -> None:
    operator = other_operator("--log-level=DEBUG")
    key = {"secretKeyRef": {"name": "mail", "key": "password"}}
    mail = {"host": "smtp.example.com", "from": "a@example.com", "passwordFrom": key}
    home.apply(home.environment(account, email=mail, airflowConfigurationOptionsFrom={"bar.value": key}))
    missing = home.wait_condition("Environment", "ReferencesResolved", status="False", reason="DependencyNotFound")
    assert "Secret mail does not exist in this namespace" in missing["message"]
    assert home.calls("CreateEnvironment") == []

    home.apply(secret(home, CANARY))
    home.wait_ready("Environment")
    assert shown(home) == {"bar.value": CANARY, "smtp.smtp_password": "***"}

    # nothing but the Secret changes, and the next look of its own would be in an hour
    home.apply(secret(home, f"{CANARY}-2"))
    home.stack.wait(lambda: shown(home)["bar.value"] == f"{CANARY}-2", "AWS to have the new value")
    home.wait_ready("Environment")
    assert len(home.calls("UpdateEnvironment")) == 1

    home.stack.kubectl("-n", home.name, "delete", "secret", "mail")
    home.wait_condition("Environment", "ReferencesResolved", status="False", message="Secret mail does not exist")
    assert len(home.calls("UpdateEnvironment")) == 1, "what AWS has stays"

    said = everything_said(home, operator)
    assert home.name in said["log"]
    assert '"DEBUG"' in said["log"]
    assert home.name in said["objects"]
    hidden = (CANARY, base64.b64encode(CANARY.encode()).decode().rstrip("=")[:-1])
    assert [where for where, text in said.items() for word in hidden if word in text] == []


def shown(home: Any) -> dict[str, str]:
    """Give the options that may be secret, as AWS shows them."""
    found = home.aws("mwaa").get_environment(Name=home.name)["Environment"].get("AirflowConfigurationOptions", {})
    return {name: value for name, value in found.items() if name in ("bar.value", "smtp.smtp_password")}
