"""What people read is short: each thing is said once, and no line is longer than a screen is wide."""

from __future__ import annotations

from typing import Any

from mwaa_operator.api import parse
from mwaa_operator.cli.commands.import_environment import manifest
from mwaa_operator.cli.commands.status import lines as status_lines
from mwaa_operator.cli.output import WIDTH
from mwaa_operator.cli.plan_view import lines

from .test_rendering import ENVIRONMENT, NOW

TAGGED = ["     tags                 InPlace", "       team   none -> x"]
ASKS = "plan abc waits for approval: update them. Approve it"


def step(part: str, *waits: str, **more: Any) -> dict[str, Any]:
    change = {"path": "tags", "observed": "{}", "desired": '{"team": "x"}', "effect": "InPlace"}
    needs = {"waitsFor": list(waits)} if waits else {}
    return {"part": part, "action": "Update", "call": "logs:TagResource", "changes": [change], **needs, **more}


def plan(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "Environment", "namespace": "team", "name": "first", "hash": "abc", "steps": list(steps), **more}


def test_steps_that_do_the_same_are_one_line() -> None:
    assert list(
        lines(plan(step("logs/Task"), step("logs/Worker"), step("role", lastTime="3 s"), step("logs/Scheduler")))
    ) == [
        "Environment team/first: 4 steps, plan abc",
        "",
        "1-2. Update logs/Task, logs/Worker   logs:TagResource",
        *TAGGED,
        "",
        "3. Update role   logs:TagResource   the last time 3 s",
        *TAGGED,
        "",
        "4. Update logs/Scheduler   logs:TagResource",
        *TAGGED,
    ]


def test_that_all_of_it_waits_for_approval_is_said_once_with_the_command() -> None:
    said = list(lines(plan(step("a", ASKS), step("b", ASKS, "b waits for a"))))
    assert said[1] == "all of it waits for approval: kubectl mwaa approve environment/first -n team"
    assert "\n".join(said).count("approval") == 1
    assert "     after: a" in said
    some = list(lines(plan(step("a", ASKS), step("b"))))
    assert [each for each in some if "approval" in each] == ["     waits for approval"]


def test_a_wait_that_has_two_causes_is_said_once() -> None:
    assert list(lines(plan(step("a", "no such network", "no such network"))))[-1:] == ["     waits: no such network"]
    assert sum("no such network" in each for each in lines(plan(step("a", "no such network", "no such network")))) == 1


def test_no_line_is_longer_than_the_screen() -> None:
    long = "what is wrong, where, and what to do about it: " * 8
    finding = {"severity": "Warning", "code": "Code", "where": "spec.x", "message": long}
    stands = {"reason": "Reason", "message": long, "stalled": True}
    fields = [{"path": f"field{number}", "value": None, "origin": "AWS's default"} for number in range(40)]
    shown = plan(step("a", long), {"part": "b", "action": "Create", "fields": fields}, findings=[finding], standing=[stands])
    assert max(map(len, lines(shown))) <= WIDTH


def test_a_status_says_a_message_once() -> None:
    about = {"observedGeneration": 1, "lastTransitionTime": NOW.isoformat()}
    said = [
        {"type": type_, "status": "False", "reason": "X", "message": "no such bucket", **about}
        for type_ in ("Ready", "Stalled")
    ]
    body = {
        "kind": "Bucket",
        "metadata": {"namespace": "team", "name": "b", "generation": 1},
        "status": {"conditions": said},
    }
    text = list(status_lines(body, NOW))
    assert [each for each in text if "no such bucket" in each] == ["      no such bucket"]
    assert [each.split()[0] for each in text[1:] if "=" in each] == ["Ready=False", "Stalled=False"]


def test_a_manifest_leaves_out_what_is_so_anyway() -> None:
    logs = {"TaskLogs": {"Enabled": True, "LogLevel": "INFO"}, "WorkerLogs": {"Enabled": False, "LogLevel": "ERROR"}}
    about = {"EndpointManagement": "SERVICE", "LoggingConfiguration": logs, "MinWorkers": 1}
    spec = manifest({**ENVIRONMENT, **about}, "eu-west-1", "team").document["spec"]
    assert "endpointManagement" not in spec and "dagS3Path" not in spec
    assert spec["loggingConfiguration"] == {
        "taskLogs": {"enabled": True},
        "workerLogs": {"enabled": False, "logLevel": "ERROR"},
    }
    assert spec["minWorkers"] == 1
    full: Any = parse("Environment", spec, "old-one")
    assert (str(full.dag_s3_path), full.logging_configuration.task_logs.log_level) == ("dags", "INFO")
    other = manifest({**ENVIRONMENT, "DagS3Path": "pipelines"}, "eu-west-1", "team").document["spec"]
    assert other["dagS3Path"] == "pipelines"
