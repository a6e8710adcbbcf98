"""Values that are wrong are refused by name; none is silently ignored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

CHART = Path(__file__).resolve().parents[2] / "helm" / "mwaa-operator"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
#: Maps whose keys are the user's own, and structures of Kubernetes that the API server checks.
OPEN = {
    "global",
    "catalogue",
    "commonLabels",
    "serviceAccount.annotations",
    "metrics.service.annotations",
    "metrics.serviceMonitor.labels",
    "podAnnotations",
    "podLabels",
    "nodeSelector",
}


def _maps(values: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _maps(value, (*path, key))


CLOSED = [path for path in _maps(VALUES) if ".".join(path) not in OPEN]


@pytest.mark.parametrize("path", CLOSED, ids=lambda path: ".".join(path) or "top")
def test_an_unknown_key_is_refused_by_name(path: tuple[str, ...], refusal: Callable[..., str]) -> None:
    values: dict[str, Any] = {"replicaCount": 1}
    for key in reversed(path):
        values = {key: values}
    assert "replicaCount" in refusal(**values)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"workers": 0}, "workers"),
        ({"workers": "many"}, "workers"),
        ({"pollSeconds": 0}, "pollSeconds"),
        ({"drainSeconds": -1}, "drainSeconds"),
        ({"region": "Frankfurt"}, "region"),
        ({"watchNamespaces": "team-a"}, "watchNamespaces"),
        ({"watchNamespaces": ["Team A"]}, "watchNamespaces"),
        ({"watchNamespaces": ["a", "a"]}, "watchNamespaces"),
        ({"capabilities": {"iam": "yes"}}, "iam"),
        ({"logFormat": "xml"}, "logFormat"),
        ({"logLevel": "info"}, "logLevel"),
        ({"catalogue": {"versions": {}}}, "versions"),
        ({"image": {"digest": "latest"}}, "digest"),
        ({"image": {"pullPolicy": "Sometimes"}}, "pullPolicy"),
        ({"listen": {"port": 0}}, "port"),
        ({"resources": {"limits": {"memory": "much"}}}, "memory"),
        ({"podSecurityContext": {"runAsUser": 0}}, "runAsUser"),
        ({"extraEnv": [{"name": "A", "values": "b"}]}, "values"),
        ({"replicas": 2, "leaderElection": False}, "leaderElection"),
        ({"metrics": {"service": {"enabled": False}, "serviceMonitor": {"enabled": True}}}, "service"),
        ({"networkPolicy": {"metricsFrom": [{"selector": {}}]}}, "selector"),
    ],
    ids=str,
)
def test_a_bad_value_is_refused_by_name(values: dict[str, Any], named: str, refusal: Callable[..., str]) -> None:
    assert named in refusal(**values)


def test_every_value_has_a_schema_and_every_schema_a_default() -> None:
    def compare(values: dict[str, Any], schema: dict[str, Any], path: str = "") -> None:
        known = set(schema.get("properties", {})) - {"global"}
        if known and path not in ("resources.requests", "resources.limits", "affinity"):
            assert set(values) == known, path
        for key, value in values.items():
            if isinstance(value, dict) and known:
                below = f"{path}.{key}".strip(".")
                compare(value, schema["properties"][key], below)

    compare(VALUES, SCHEMA)


def test_helm_finds_nothing_to_complain_about(helm: Callable[..., Any]) -> None:
    done = helm("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout + done.stderr
