"""`kubectl mwaa list --unmanaged` and `import`: an environment is taken over without a single write to AWS."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.cluster
OPTIONS = {"core.default_timezone": "utc", "celery.worker_autoscale": "5,5"}


@pytest.fixture
def legacy(shell: Any) -> dict[str, Any]:
    """Give an environment that somebody has made in the console, with only one of its five logs."""
    return dict(
        shell.create_in_aws(
            f"Legacy_{shell.namespace}",
            MaxWorkers=4,
            AirflowConfigurationOptions=OPTIONS,
            LoggingConfiguration={"TaskLogs": {"Enabled": True, "LogLevel": "WARNING"}},
            WeeklyMaintenanceWindowStart="TUE:03:30",
            WebserverAccessMode="PUBLIC_ONLY",
            Tags={"team": "reports"},
        )
    )


@pytest.mark.row("A166")
def test_an_environment_that_nobody_manages_is_found_and_taken_over_without_a_write(
    shell: Any, legacy: dict[str, Any]
) -> None:
    name = legacy["Name"]
    (found,) = [each for each in shell.json("list", "--unmanaged") if each["name"] == name]
    assert (found["status"], found["airflowVersion"]) == ("AVAILABLE", legacy["AirflowVersion"])
    assert found["url"] == f"https://{legacy['WebserverUrl']}"
    assert found["created"].startswith(f"{legacy['CreatedAt']:%Y-%m-%d}")

    shell.stack.emulator.clear_calls()
    text = shell.mwaa("import", name).stdout
    document = yaml.safe_load(text)
    object_name = document["metadata"]["name"]
    assert document["spec"]["airflowConfigurationOptions"] == OPTIONS
    assert document["spec"]["tags"] == {"team": "reports"}
    assert "nothing to do" in shell.mwaa("plan", "-f", "-", given=text).stdout

    shell.stack.kubectl("apply", "-f", "-", given=text)
    shell.wait_ready(object_name)
    assert shell.writes() == []
    assert shell.get(object_name)["status"]["environmentArn"] == legacy["Arn"]
    assert "mwaa-operator.dev/owner" not in shell.aws("mwaa").get_environment(Name=name)["Environment"]["Tags"]
    assert name not in [each["name"] for each in shell.json("list", "--unmanaged")]

    # the first change of a field is the first write, and brings the marks with it
    shell.stack.kubectl(
        "-n", shell.namespace, "patch", "mwaaenv", object_name, "--type=merge", "-p", '{"spec":{"maxWorkers":6}}'
    )
    shell.stack.wait(lambda: "mwaa:UpdateEnvironment" in shell.writes(), "the update")
    assert [call.params for call in shell.stack.emulator.calls("mwaa", "UpdateEnvironment")] == [
        {"Name": name, "MaxWorkers": 6}
    ]
    shell.wait_ready(object_name)
    assert shell.aws("mwaa").get_environment(Name=name)["Environment"]["Tags"]["mwaa-operator.dev/owner"]


def test_what_was_taken_over_stays_when_its_object_goes(shell: Any, legacy: dict[str, Any]) -> None:
    text = shell.mwaa("import", legacy["Name"]).stdout
    shell.stack.kubectl("apply", "-f", "-", given=text)
    shell.wait_ready(yaml.safe_load(text)["metadata"]["name"])
    shell.stack.emulator.clear_calls()
    shell.stack.kubectl("delete", "-f", "-", given=text)
    assert shell.writes() == []
    assert shell.aws("mwaa").get_environment(Name=legacy["Name"])["Environment"]["Status"] == "AVAILABLE"


def test_an_environment_that_is_not_there_is_not_imported(shell: Any) -> None:
    said = shell.mwaa("import", "nowhere", code=1).stderr
    assert "there is no environment nowhere in us-east-1" in said
