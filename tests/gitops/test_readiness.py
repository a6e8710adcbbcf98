"""Whether an object is ready, as Flux and Helm judge it (kstatus itself) and Argo CD (our script, by its own Lua)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from devcluster import ensure
from mwaa_operator.api import KINDS
from mwaa_operator.api.crd import crd

from .phases import CUSTOMIZATION, Phase, new, phases, test_data

PHASES = list(phases())
Judge = Callable[..., list[dict[str, str]]]


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Ask the program that has the libraries of Flux, Helm and Argo CD in it."""
    program = str(ensure("health")["health"])

    def ask(bodies: list[dict[str, Any]], *arguments: str) -> list[dict[str, str]]:
        given = json.dumps(bodies)
        done = subprocess.run([program, *arguments], input=given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, str]] = json.loads(done.stdout)
        return answers

    return ask


@pytest.fixture(scope="module")
def by_kstatus(judge: Judge) -> dict[str, dict[str, str]]:
    return dict(zip((phase.name for phase in PHASES), judge([phase.body for phase in PHASES], "kstatus"), strict=True))


@pytest.fixture(scope="module")
def by_argo_cd(judge: Judge) -> dict[str, dict[str, str]]:
    answers = judge([phase.body for phase in PHASES], "argo-cd", str(CUSTOMIZATION / "health.lua"))
    return dict(zip((phase.name for phase in PHASES), answers, strict=True))


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.name)
def test_kstatus_says_how_it_is(phase: Phase, by_kstatus: dict[str, dict[str, str]]) -> None:
    assert by_kstatus[phase.name]["status"] == phase.kstatus


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.name)
def test_argo_cd_says_how_it_is_and_why(phase: Phase, by_argo_cd: dict[str, dict[str, str]]) -> None:
    answer = by_argo_cd[phase.name]
    assert answer["status"] == phase.argo_cd
    assert phase.said in answer["message"]
    assert answer["message"]


def test_nothing_counts_as_ready_before_the_first_look(judge: Judge) -> None:
    """The definitions of all kinds fill in the status that kstatus takes for work ahead."""
    bodies = []
    for kind in KINDS:
        (version,) = crd(kind)["spec"]["versions"]
        default = version["schema"]["openAPIV3Schema"]["properties"]["status"]["default"]
        assert default == {"observedGeneration": -1}
        bodies.append({**new(status=default), "kind": kind.kind})
    script = str(CUSTOMIZATION / "health.lua")
    assert {answer["status"] for answer in judge(bodies, "kstatus")} == {"InProgress"}
    assert {answer["status"] for answer in judge(bodies, "argo-cd", script)} == {"Progressing"}


def test_every_word_of_both_is_met() -> None:
    assert {phase.kstatus for phase in PHASES} == {"InProgress", "Current", "Failed", "Terminating"}
    assert {phase.argo_cd for phase in PHASES} == {"Progressing", "Healthy", "Degraded", "Suspended"}


def test_the_test_data_for_argo_cd_is_what_the_product_writes() -> None:
    """`python tests/gitops/phases.py` writes it anew."""
    files = {str(path.relative_to(CUSTOMIZATION)): path.read_text() for path in CUSTOMIZATION.rglob("*.yaml")}
    assert files == test_data()


def test_the_config_map_has_the_script_as_it_is() -> None:
    sample = CUSTOMIZATION.parents[3] / "samples" / "gitops" / "argo-cd-health.yaml"
    given = yaml.safe_load(yaml.safe_load(sample.read_text())["data"]["resource.customizations"])
    assert given == {"mwaa-operator.dev/*": {"health.lua": (CUSTOMIZATION / "health.lua").read_text()}}
