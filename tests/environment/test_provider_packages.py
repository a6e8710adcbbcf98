"""The provider packages that come with a version, in the status of an environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mwaa_operator.api.environment_status import EnvironmentStatus
from mwaa_operator.core.catalogue import BUILT_IN

OF_2_0_2 = ["databricks", "docker", "oracle", "postgres", "presto", "sftp", "ssh", "tableau"]


def named(providers: Any) -> dict[str, str]:
    return {name.removeprefix("apache-airflow-providers-"): version for name, version in (providers or {}).items()}


@pytest.mark.row("B1")
def test_the_packages_of_the_declared_version_are_listed(new_stack: Callable[..., Any]) -> None:
    def listed(version: str) -> dict[str, str]:
        stack = new_stack({"airflowVersion": version})
        return named(stack.kind.facts(stack.obj, stack.context, {})["providers"])

    newest = listed("2.8.1")
    assert (len(newest), newest["amazon"], newest["common-sql"]) == (8, "8.16.0", "1.10.0")
    assert (len(listed("2.2.2")), "common-sql" in listed("2.2.2")) == (7, False)
    assert (sorted(listed("2.0.2")), listed("2.0.2")["tableau"], listed("2.0.2")["sftp"]) == (OF_2_0_2, "1.0.0", "1.2.0")
    assert {listed(each)["amazon"] for each in ("2.7.2", "2.6.3", "2.5.1", "2.4.3")} == {"8.7.1", "8.2.0", "7.1.0", "6.0.0"}
    assert listed("9.9.9") == {}


@pytest.mark.row("B1")
async def test_what_runs_counts_and_a_user_may_add_to_what_is_known(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"airflowVersion": "2.8.1"})
    facts = stack.facts(await stack.settle())
    assert facts["providers"]["apache-airflow-providers-amazon"] == "8.16.0"
    assert EnvironmentStatus.model_validate({"providers": facts["providers"]}).providers == facts["providers"]
    known = BUILT_IN.extended('{"airflowVersions": {"2.8.1": {"python": "3.11", "providers": {"amazon": "9.0.0"}}}}')
    stack.context = replace(stack.context, catalogue=known)
    assert named(stack.facts(await stack.once())["providers"]) == {"amazon": "9.0.0"}
