"""The chart brings the definitions of this operator, and never takes them away."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from mwaa_operator.api import KINDS
from mwaa_operator.api.crd import crd

ROOT = Path(__file__).resolve().parents[2]
Render = Callable[..., list[dict[str, Any]]]


def _definitions(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == "CustomResourceDefinition"}


def test_they_come_out_as_the_models_say(render: Render) -> None:
    rendered = copy.deepcopy(_definitions(render()))
    for each in rendered.values():
        each["metadata"] = {"name": each["metadata"]["name"]}
    assert rendered == {made["metadata"]["name"]: made for made in map(crd, KINDS)}


def test_they_are_kept_when_the_release_goes(render: Render) -> None:
    definitions = _definitions(render())
    assert definitions
    assert {each["metadata"]["annotations"]["helm.sh/resource-policy"] for each in definitions.values()} == {"keep"}


def test_they_can_be_left_to_others(render: Render) -> None:
    assert not _definitions(render(crds={"enabled": False}))


def test_the_manifest_for_those_without_helm_is_current() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "helm" / "render.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_manifest_is_complete_and_puts_the_namespace_first() -> None:
    objects = [each for each in yaml.safe_load_all((ROOT / "manifests" / "install.yaml").read_text()) if each]
    first, *others = objects
    assert (first["kind"], first["metadata"]["name"]) == ("Namespace", "mwaa-system")
    assert {each["metadata"].get("namespace", "mwaa-system") for each in others} == {"mwaa-system"}
    assert {"CustomResourceDefinition", "ServiceAccount", "ClusterRole", "Role", "Deployment"} <= {
        each["kind"] for each in others
    }


def test_chart_and_operator_have_one_version(chart: Path) -> None:
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    project = tomllib.loads((ROOT / "operator" / "pyproject.toml").read_text())["project"]
    assert about["version"] == about["appVersion"] == project["version"]


def test_the_image_installs_only_what_is_locked_with_hashes() -> None:
    for name in ("operator", "build"):
        text = (ROOT / "locks" / f"{name}.txt").read_text()
        pinned = re.findall(r"^[\w.-]+==\S+", text, re.MULTILINE)
        assert pinned and len(pinned) <= text.count("--hash=sha256:")
    dockerfile = (ROOT / "Dockerfile").read_text()
    installs = [line for line in dockerfile.splitlines() if " install " in line]
    assert installs and all("--require-hashes" in line or "--no-index" in line for line in installs)
    assert "\nUSER 65532:65532\n" in dockerfile
