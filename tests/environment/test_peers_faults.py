"""The thirteen faults that AWS's own controller of environments (ACK mwaa-controller 1.1) has, each of them absent here."""

from __future__ import annotations

from typing import Any

import boto3

from mwaa_operator.core.condition import Truth
from mwaa_operator.core.observed import Observed, State
from mwaa_operator.core.report import Next, Report, report

MINUTE = 60.0


def said(run: Any) -> Report:
    return report(run.found(), True, Truth.UNKNOWN, "all is well")


def environment(run: Any) -> Observed:
    sight = run.sights["environment"]
    assert isinstance(sight, Observed), sight
    return sight


async def fail_an_update(stack: Any, how: str) -> Any:
    """Let AWS fail to apply one change of class."""
    await stack.settle()
    stack.emulator.outcome("update", how, code="INCORRECT_CONFIGURATION", message="does not start")
    stack.change(environmentClass="mw1.large")
    await stack.once()
    stack.emulator.advance(120 * MINUTE)
    return await stack.once()


async def test_fault_1_after_a_failed_update_it_can_be_updated_and_deleted(stack: Any) -> None:
    run = await fail_an_update(stack, "failed-available")
    assert environment(run).state is State.READY
    stack.change(environmentClass="mw1.medium")
    await stack.settle()
    assert [request["EnvironmentClass"] for request in stack.requests("UpdateEnvironment")] == ["mw1.large", "mw1.medium"]
    stack.deleting = True
    await stack.once()
    assert len(stack.requests("DeleteEnvironment")) == 1


async def test_fault_2_update_failed_is_no_dead_end(stack: Any) -> None:
    run = await fail_an_update(stack, "failed")
    assert environment(run).outputs["status"] == "UPDATE_FAILED"
    stack.change(environmentClass="mw1.medium")
    run = await stack.settle()
    assert environment(run).fields["environment_class"] == "mw1.medium"


async def test_fault_3_a_failed_creation_can_be_deleted(stack: Any) -> None:
    stack.emulator.outcome("create", "failed", code="INCORRECT_CONFIGURATION", message="no route")
    await stack.once()
    stack.emulator.advance(40 * MINUTE)
    assert environment(await stack.once()).reason == "CreateFailed"
    stack.deleting = True
    await stack.once()
    assert len(stack.requests("DeleteEnvironment")) == 1


async def test_fault_4_a_deletion_while_aws_creates_is_carried_out_when_aws_lets_it(stack: Any) -> None:
    await stack.once()
    stack.deleting = True
    run = await stack.once()
    assert run.plan.steps, "it is not let go"
    for _ in range(6):
        stack.emulator.advance(30 * MINUTE)
        run = await stack.once()
    assert (run.sights["environment"], run.plan.steps) == (None, ())


async def test_fault_5_a_creation_survives_a_role_that_is_not_known_everywhere_yet(stack: Any) -> None:
    words = "The execution role cannot be assumed by Amazon MWAA"
    stack.emulator.fault("mwaa", "CreateEnvironment", code="ValidationException", message=words, status=400, count=2)
    for _ in range(2):
        run = await stack.once()
        assert run.problems["environment"].reason == "RoleNotReady"
        assert said(run).next is Next.POLL
    await stack.settle()


async def test_fault_6_it_is_let_go_only_when_aws_has_deleted_it(stack: Any) -> None:
    await stack.settle()
    stack.deleting = True
    run = await stack.once()
    assert environment(run).state is State.GOING
    assert run.plan.steps, "AWS has only accepted the deletion"
    for _ in range(4):
        stack.emulator.advance(20 * MINUTE)
        run = await stack.once()
    assert run.plan.steps == ()


async def test_fault_7_it_is_not_ready_while_aws_updates_and_is_looked_at_again_soon(stack: Any) -> None:
    await stack.settle()
    stack.change(maxWorkers=9)
    for run in (await stack.once(), await stack.once()):
        (ready,) = [each for each in said(run).conditions if each.type == "Ready"]
        assert (ready.status, said(run).next) == (Truth.UNKNOWN, Next.POLL)


async def test_fault_8_a_version_that_is_not_declared_is_no_difference(new_stack: Any) -> None:
    stack = new_stack({"requirementsS3Path": "requirements.txt"})
    stack.account.s3.put_object(Bucket=stack.account.bucket, Key="requirements.txt", Body=b"pandas==2.2.3\n")
    await stack.settle()
    for _ in range(3):
        assert (await stack.once()).plan.steps == ()
    assert stack.requests("UpdateEnvironment") == []


async def test_fault_9_a_plain_option_that_was_changed_in_aws_is_put_back(new_stack: Any) -> None:
    stack = new_stack({"airflowConfigurationOptions": {"core.parallelism": "9"}})
    await stack.settle()
    mwaa = boto3.client("mwaa")
    mwaa.update_environment(Name="first", AirflowConfigurationOptions={"core.parallelism": "99"})
    stack.emulator.advance(40 * MINUTE)
    run = await stack.settle()
    assert environment(run).fields["airflow_configuration_options"] == {"core.parallelism": "9"}


async def test_fault_10_an_update_carries_only_what_changed(stack: Any) -> None:
    await stack.settle()
    stack.change(maxWorkers=9)
    await stack.once()
    assert stack.requests("UpdateEnvironment") == [{"Name": "first", "MaxWorkers": 9}]


async def test_fault_11_one_look_asks_aws_for_the_environment_once(stack: Any) -> None:
    await stack.settle()
    stack.calls.clear()
    await stack.once()
    assert [call.operation for call in stack.calls].count("get_environment") == 1


async def test_fault_12_what_pending_waits_for_stands_in_the_status_with_its_deadline(new_stack: Any) -> None:
    stack = new_stack({"endpointManagement": "CUSTOMER"})
    await stack.once()
    for _ in range(10):
        stack.emulator.advance(3 * MINUTE)
        run = await stack.once()
        if environment(run).reason == "AwaitingEndpoints":
            break
    assert "vpce-svc-" in stack.facts(run)["databaseVpcEndpointService"]
    (ready,) = [each for each in said(run).conditions if each.type == "Ready"]
    assert (ready.status, "at the latest" in ready.message) == (Truth.FALSE, True)


async def test_fault_13_a_field_that_is_taken_out_causes_no_update_after_update(stack: Any) -> None:
    stack.change(maxWorkers=9)
    await stack.settle()
    stack.change(maxWorkers=None)
    for _ in range(3):
        assert (await stack.once()).plan.steps == ()
    assert stack.requests("UpdateEnvironment") == []
