"""A second environment takes the place of the first one: beside it, with the same DAGs, and with approval."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from devcluster.stack import Stack

pytestmark = pytest.mark.cluster
APPROVE = "mwaa-operator.dev/approve"


@pytest.mark.row("A156")
def test_the_old_environment_goes_after_the_new_one_is_proven_and_approved(stack: Stack, home: Any) -> None:
    documents = home.quickstart()
    home.apply(*documents)
    home.wait_ready()
    second = deepcopy(next(document for document in documents if document["kind"] == "Environment"))
    second["metadata"]["name"] = "second"
    second["spec"] |= {"name": f"{home.name}-b", "replaces": "quickstart"}
    home.apply(second)
    stack.wait_ready(("Environment", "second"), namespace=home.name)

    preflight = home.condition("Environment", "Preflight", "second")
    assert "no run history" in preflight["message"]
    waits = home.wait_condition("Environment", "AwaitingApproval", status="True")
    assert "Environment second replaces it" in waits["message"]
    imports = {each["environment"]: each["proven"] for each in home.status("DagSource")["imports"]}
    assert imports == {"quickstart": True, "second": True}
    assert home.status("Environment", "second")["bucketArn"] == home.status("Environment")["bucketArn"]
    for _ in range(2):
        home.look("Environment")
    assert home.calls("DeleteEnvironment") == []
    assert home.status("Environment")["environmentStatus"] == "AVAILABLE"

    home.delete("Environment")
    home.wait_condition("Environment", "Ready", reason="InUse", message="Environment")
    assert home.calls("DeleteEnvironment") == []


@pytest.mark.row("A156")
def test_an_approved_end_leaves_the_new_environment_and_its_dags(stack: Stack, home: Any) -> None:
    documents = home.quickstart()
    second = deepcopy(next(document for document in documents if document["kind"] == "Environment"))
    second["metadata"]["name"] = "second"
    second["spec"] |= {"name": f"{home.name}-b", "replaces": "quickstart"}
    home.apply(*documents, second)
    home.wait_condition("Environment", "AwaitingApproval", status="True")
    hash_ = home.status("Environment")["plan"]["hash"]
    stack.kubectl("-n", home.name, "annotate", "mwaaenv", "quickstart", f"{APPROVE}={hash_}")
    home.wait_condition("Environment", "Ready", status="True", message="second has taken its place")
    for _ in range(3):
        home.look("Environment")
        assert home.condition("Environment", "Ready")["status"] == "True"
    version = home.get("Environment")["metadata"]["resourceVersion"]
    for _ in range(5):
        home.look("Environment", "second")
        assert home.get("Environment")["metadata"]["resourceVersion"] == version
    events = json.loads(stack.kubectl("-n", home.name, "get", "events", "-o", "json").stdout)["items"]
    told = {event["reason"] for event in events if event["involvedObject"]["name"] == "quickstart"}
    assert "AwaitingApproval" in told
    assert "InternalError" not in told
    assert len(home.calls("DeleteEnvironment")) == 1
    assert home.name not in [each["name"] for each in stack.emulator.environments()]
    assert home.status("Environment")["replacedBy"] == "second"

    stack.wait_ready(("Environment", "second"), ("DagSource", "quickstart"), namespace=home.name)
    assert [each["environment"] for each in home.status("DagSource")["imports"]] == ["second"]
    home.edit("Environment", "second", replaces=None)
    home.look("Environment")
    assert len(home.calls("CreateEnvironment")) == 1, "what was replaced does not come back"
    home.delete("Environment")
    home.wait_gone("Environment")
