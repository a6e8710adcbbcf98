from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from devcluster import Cluster, ControlPlane, ensure

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TABLE: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / "samples.yaml").read_text())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give `good`, `bad` and `change` every sample of that sort; rows are proven by the API server's answer."""
    on_server = metafunc.definition.get_closest_marker("cluster") is not None
    for argument, entries in (
        ("good", [each for each in TABLE["specs"] if not each.get("faults")]),
        ("bad", [each for each in TABLE["specs"] if each.get("faults")]),
        ("change", TABLE["changes"]),
    ):
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, [_param(each, on_server) for each in entries])


def _param(entry: dict[str, Any], on_server: bool) -> Any:
    marks = [pytest.mark.row(*entry["rows"])] if on_server and "rows" in entry else []
    return pytest.param(entry, id=f"{entry['kind']}: {entry['title']}", marks=marks)


@pytest.fixture(scope="session")
def table() -> dict[str, list[dict[str, Any]]]:
    return TABLE


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A real API server, empty at the start."""
    with ControlPlane.started(tmp_path_factory.mktemp("control-plane")) as plane:
        yield plane


Kubectl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def kubectl(control_plane: Cluster) -> Kubectl:
    """Run kubectl as administrator: `kubectl("get", "mwaa", stdin="")`. It never raises."""
    program = ensure("kubectl")["kubectl"]

    def run(*arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
        argv = [str(program), "--kubeconfig", str(control_plane.kubeconfig), *map(str, arguments)]
        return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def crds(kubectl: Kubectl) -> None:
    """The CRDs as they lie in the repository."""
    applied = kubectl("apply", "--server-side", "-f", ROOT / "crds")
    assert applied.returncode == 0, applied.stderr
    established = kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    assert established.returncode == 0, established.stderr
