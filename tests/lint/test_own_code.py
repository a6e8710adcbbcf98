"""Code that is surely right: what we ship, and the examples that come with a real Airflow."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from mwaa_emulator.airflow.install import install
from mwaa_emulator.airflow.versions import PINNED, PinnedAirflow
from mwaa_operator.api.dag_source import ProvidedDag
from mwaa_operator.cli.commands.lint import of_folder
from mwaa_operator.sources.lint import lint
from mwaa_operator.sources.lint_imports import OWN
from mwaa_operator.sources.provided import provided

ROOT = Path(__file__).parents[2]


def test_nothing_is_said_of_what_we_ship() -> None:
    assert lint(provided(each.value for each in ProvidedDag).files, "dags") == ()
    samples = [each for path in ROOT.glob("manifests/samples/*.yaml") for each in yaml.safe_load_all(path.read_text())]
    texts = [each.get("data") or each.get("spec", {}).get("files") or {} for each in samples]
    files = {f"{number}/{name}": text.encode() for number, some in enumerate(texts) for name, text in some.items()}
    assert files
    assert lint(files, "dags") == ()


@pytest.mark.airflow
@pytest.mark.parametrize("airflow", PINNED, ids=lambda airflow: airflow.version)
def test_of_airflows_own_examples_only_a_queue_is_named(airflow: PinnedAirflow, tmp_path: Path) -> None:
    (package,) = install(airflow).root.glob("venv/lib/python*/site-packages/airflow")
    (tmp_path / "examples").symlink_to(package / "example_dags")
    findings, _ = of_folder(str(tmp_path / "examples"), airflow.version)
    assert {(each.code, Path(each.where).name) for each in findings} == {
        ("QueueArgument", "example_local_kubernetes_executor.py")
    }


@pytest.mark.airflow
@pytest.mark.parametrize("airflow", PINNED, ids=lambda airflow: airflow.version)
def test_what_is_said_of_imports_is_what_python_says(airflow: PinnedAirflow, tmp_path: Path) -> None:
    """Of each name Airflow itself is asked whether it can be imported."""
    names = [
        *(f"airflow.{folder}.{name}" for folder, own in OWN.items() for name in own),
        "airflow.contrib.hooks.aws_hook",
        "airflow.operators.my_plugin",
        "airflow.sdk",
    ]
    asked = "import importlib, sys\nfor name in sys.argv[1:]:\n"
    asked += "    try: importlib.import_module(name)\n    except ImportError: print(name)\n"
    done = subprocess.run(
        [str(install(airflow).python), "-c", asked, *names],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AIRFLOW_HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    missing = {line for line in done.stdout.splitlines() if line in names}
    said = {name for name in names if lint({"a.py": f"import {name}\n".encode()}, "dags", [airflow.version])}
    assert missing - said == set(), "the linter lets them pass, and they fail"
    # Airflow 2 knows some of the old paths still, and warns itself
    assert said - missing == ({"airflow.contrib.hooks.aws_hook"} if airflow.major == 2 else set())
