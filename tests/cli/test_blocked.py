"""What a plan says of an environment that is blocked: never that all is done."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.cluster


def stalled(reason: str) -> Any:
    """Tell whether the operator says so of the newest spec."""

    def good(body: dict[str, Any]) -> bool:
        generation = body["metadata"]["generation"]
        return any(
            (each["type"], each["reason"], each["observedGeneration"]) == ("Stalled", reason, generation)
            for each in body.get("status", {}).get("conditions", ())
        )

    return good


def test_what_blocks_an_environment_is_said_in_the_words_of_its_condition(shell: Any) -> None:
    shell.apply(shell.environment_document())
    shell.wait_ready()
    assert shell.json("plan", "first")["standing"] == []

    shell.apply(shell.environment_document(requirementsS3Path="nowhere.txt"))
    body = shell.wait(lambda each: each if stalled("ObjectNotFound")(each) else None, "the missing object to be named")
    said = next(each["message"] for each in body["status"]["conditions"] if each["type"] == "Stalled")
    text = " ".join(shell.mwaa("plan", "first", code=3).stdout.split())
    assert "nothing can be done" in text and f"blocked: ObjectNotFound: {said}" in text

    name = f"{shell.namespace}-first"
    shell.apply(shell.environment_document())
    shell.wait_ready()
    shell.stack.emulator.set_state(name, "UNAVAILABLE")
    assert "blocked: Unavailable: environment: " in shell.mwaa("plan", "first", code=3).stdout


def test_a_vpc_that_is_not_there_is_said_beside_the_steps(shell: Any, write: Any) -> None:
    document = shell.environment_document(subnetIds=None, securityGroupIds=None, vpcId="vpc-0a1b2c3d4e5f60718")
    path = write(document)
    said = "blocked: TooFewPrivateSubnets: "
    assert said in shell.mwaa("plan", "-f", path, code=2).stdout
    assert shell.writes() == []


def test_the_plan_of_what_a_check_has_stopped_says_which(shell: Any) -> None:
    shell.apply(shell.environment_document(subnetIds=["subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb"]))
    shell.wait(stalled("PreflightFailed"), "the checks to fail")
    text = " ".join(shell.mwaa("plan", "first", code=2).stdout.split())
    assert "blocked: PreflightFailed: " in text and "subnet-0aaaaaaaaaaaaaaaa" in text


def test_a_private_web_server_is_mentioned_once(shell: Any) -> None:
    shell.apply(shell.environment_document(webserverAccessMode="PRIVATE_ONLY"))
    shell.wait_ready()
    view = shell.json("preflight", "first")
    codes = [each["code"] for each in view["findings"]]
    assert codes.count("PrivateWebServer") == 1
    assert shell.mwaa("plan", "first").stdout.count("PrivateWebServer") == 1
