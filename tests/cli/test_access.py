"""`kubectl mwaa access`: a policy that IAM takes, for the very environment, in one of Airflow's roles."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.cluster


@pytest.mark.row("D151")
def test_the_policy_to_open_the_web_server_is_printed(shell: Any) -> None:
    shell.apply(shell.environment_document(approval="Manual"))
    shell.wait(lambda body: body.get("status", {}).get("plan"), "a plan of the environment")
    assert "does not exist in AWS yet" in shell.mwaa("access", "first", code=1).stderr

    shell.apply(shell.environment_document())
    shell.wait_ready()
    printed = shell.mwaa("access", "first", "--role", "Op").stdout
    name = f"{shell.namespace}-first"
    assert json.loads(printed)["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "airflow:CreateWebLoginToken",
            "Resource": f"arn:aws:airflow:us-east-1:123456789012:role/{name}/Op",
        }
    ]
    iam = shell.aws("iam")
    iam.create_group(GroupName=name)
    iam.put_group_policy(GroupName=name, PolicyName="airflow", PolicyDocument=printed)
    assert "role/" in json.dumps(iam.get_group_policy(GroupName=name, PolicyName="airflow")["PolicyDocument"])
    done = shell.mwaa("access", "first", "--role", "Analyst")
    assert "Analyst is none of Airflow's own roles" in done.stderr
    assert json.loads(done.stdout)["Statement"][0]["Resource"].endswith(f"role/{name}/Analyst")


@pytest.mark.row("D124", "D148")
def test_what_shows_the_environment_is_limited_to_its_arn_and_a_long_role_is_told_of(shell: Any) -> None:
    shell.apply(shell.environment_document())
    shell.wait_ready()
    arn = shell.get()["status"]["environmentArn"]
    done = shell.mwaa("access", "first", "--see", "--iam-role", "r" * 45)
    assert [each["Resource"] for each in json.loads(done.stdout)["Statement"]] == [
        f"{arn.replace(':environment/', ':role/')}/Viewer",
        arn,
    ]
    assert done.stderr == ""
    done = shell.mwaa("access", "first", "--iam-role", f"arn:aws:iam::123456789012:role/people/{'r' * 46}")
    assert "warning: RoleNameHashed: --iam-role: the name" in done.stderr
    assert "has 46 characters and leaves 18 to the name of a session" in done.stderr
    assert len(json.loads(done.stdout)["Statement"]) == 1, "it is a warning"
