"""The main job: five documents become an environment, stay as they are at no cost, and go without a trace."""

from __future__ import annotations

import random
from typing import Any

import pytest

from devcluster.stack import Stack

pytestmark = pytest.mark.cluster


def writes(stack: Stack) -> list[str]:
    return [f"{call.service}:{call.operation}" for call in stack.emulator.writes()]


def test_one_apply_in_any_order_becomes_an_environment_and_a_second_one_costs_nothing(stack: Stack, home: Any) -> None:
    documents = home.quickstart()
    random.Random(7).shuffle(documents)
    for document in documents:
        home.apply(document)
    home.wait_ready()
    assert home.status("Environment")["environmentStatus"] == "AVAILABLE"

    stack.emulator.clear_calls()
    home.apply(*documents)
    for document in documents:
        home.look(document["kind"])
        assert home.get(document["kind"])["metadata"]["generation"] == 1
    assert writes(stack) == []


def test_deleting_everything_at_once_leaves_only_the_kept_bucket(stack: Stack, home: Any) -> None:
    home.apply(*home.quickstart())
    home.wait_ready()
    (bucket,) = [name for name in home.owned() if name.startswith("mwaa-")]
    home.delete_all()
    assert home.owned() == [bucket]
    failed = [call for call in stack.emulator.calls() if call.code == "DependencyViolation"]
    assert failed == []


@pytest.mark.row("A1", "A15")
def test_an_environment_is_created_once_with_what_is_declared(stack: Stack, home: Any) -> None:
    home.apply(*home.quickstart())
    home.wait_ready()
    created = [call for call in stack.emulator.calls("mwaa", "CreateEnvironment") if call.params["Name"] == home.name]
    assert len(created) == 1
    sent, network = created[0].params, home.status("Network")
    assert sent["MaxWorkers"] == 2
    assert sent["WebserverAccessMode"] == "PUBLIC_ONLY"
    assert sorted(sent["NetworkConfiguration"]["SubnetIds"]) == sorted(network["privateSubnetIds"])
    assert sent["ExecutionRoleArn"] == home.status("ExecutionRole")["roleArn"]
    assert sent["SourceBucketArn"] == home.status("Bucket")["bucketArn"]
