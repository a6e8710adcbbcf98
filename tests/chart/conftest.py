"""What the tests of the chart share: Helm itself, and what it makes of the chart."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from devcluster import ensure

CHART = Path(__file__).resolve().parents[2] / "helm" / "mwaa-operator"


@pytest.fixture(scope="session")
def chart() -> Path:
    return CHART


@pytest.fixture(scope="session")
def helm() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Helm, built first where there is none; values come in whole."""
    binary = ensure("helm")["helm"]

    def run(*arguments: str, values: dict[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
        argv = [str(binary), *arguments, "--values=-"]
        return subprocess.run(argv, input=json.dumps(values or {}), capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def render(helm: Callable[..., Any]) -> Callable[..., list[dict[str, Any]]]:
    """Render the chart to objects. Values are keyword arguments."""

    def run(release: str = "mwaa-operator", namespace: str = "mwaa-system", **values: Any) -> list[dict[str, Any]]:
        done = helm("template", release, str(CHART), f"--namespace={namespace}", values=values)
        assert done.returncode == 0, done.stderr
        return [each for each in yaml.safe_load_all(done.stdout) if each]

    return run


@pytest.fixture(scope="session")
def refusal(helm: Callable[..., Any]) -> Callable[..., str]:
    """Expect the values to be refused, and return what Helm says."""

    def run(**values: Any) -> str:
        done = helm("template", "mwaa-operator", str(CHART), values=values)
        assert done.returncode != 0, f"accepted: {values}"
        return str(done.stderr)

    return run


@pytest.fixture(scope="session")
def only() -> Callable[..., dict[str, Any]]:
    """Pick the one object of a kind, or of a kind and name."""

    def pick(objects: list[dict[str, Any]], kind: str, name: str = "") -> dict[str, Any]:
        (found,) = [each for each in objects if each["kind"] == kind and name in ("", each["metadata"]["name"])]
        return found

    return pick
