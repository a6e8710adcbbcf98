"""Wheels that a provided DAG builds, and the environment that takes them for its plugins.zip."""

from __future__ import annotations

import io
import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pip
import pytest

from mwaa_emulator.airflow.install import locate
from mwaa_emulator.airflow.versions import PINNED, PinnedAirflow
from mwaa_operator.api.dag_source import DagSourceSpec
from mwaa_operator.sources import samples

KEY = "wheels/plugins.zip"


def sample(**parameters: str) -> bytes:
    declared = {"bucketRef": {"name": "b"}, "samples": [{"name": "BuildWheels", "parameters": parameters}]}
    [source] = samples.dags(DagSourceSpec.model_validate(declared).samples)
    [content] = source.files.values()
    return content


def wheel(folder: Path, name: str, version: str) -> None:
    """Make a wheel, as an index has it."""
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as out:
        out.writestr(f"{name}.py", f"version = {version!r}\n")
        out.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        out.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        out.writestr(f"{about}/RECORD", "")


@pytest.mark.row("B148")
def test_the_dag_has_the_bucket_and_the_key_that_are_declared() -> None:
    text = sample(bucket="team-dags", key="built/wheels.zip").decode()
    [line] = [each for each in text.splitlines() if each.startswith("PARAMETERS")]
    found: dict[str, Any] = {}
    exec(line, found)
    assert found["PARAMETERS"] == {
        "bucket": "team-dags",
        "key": "built/wheels.zip",
        "requirements": "/usr/local/airflow/requirements/requirements.txt",
    }
    compile(text, "dag", "exec")


@pytest.fixture(params=PINNED, ids=lambda pinned: pinned.version)
def run_dag(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Run what the DAG's task does in a real Airflow, with the real pip: on MWAA it is there."""
    pinned: PinnedAirflow = request.param
    (tmp_path / "index").mkdir()
    (tmp_path / "installed").mkdir()
    (tmp_path / "installed" / "pip").symlink_to(Path(pip.__file__).parent)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"--no-index\n--find-links {tmp_path / 'index'}\nours\ntheirs\n")
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "it.py").write_bytes(sample(bucket="my-bucket", key=KEY, requirements=str(requirements)))
    code = "import it, pathlib, tempfile\nwith tempfile.TemporaryDirectory() as folder:\n"
    code += "    print('UPLOADED', it.uploaded(it.built(pathlib.Path(folder))))"

    def run() -> str:
        aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        own = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AIRFLOW_HOME": str(tmp_path)}
        paths = {"PYTHONPATH": os.pathsep.join(map(str, (dags, tmp_path / "installed")))}
        command = [str(locate(pinned).python), "-W", "ignore", "-c", code]
        done = subprocess.run(command, env={**aws, **own, **paths}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return run


@pytest.mark.airflow
@pytest.mark.row("B148", "D33")
async def test_its_archive_becomes_the_plugins_of_the_environment(
    new_stack: Callable[..., Any], run_dag: Callable[[], str], tmp_path: Path
) -> None:
    wheel(tmp_path / "index", "ours", "1.0")
    wheel(tmp_path / "index", "theirs", "2.0")
    stack = new_stack()
    await stack.settle()
    assert "UPLOADED True" in run_dag()
    there = boto3.client("s3").get_object(Bucket="my-bucket", Key=KEY)
    names = zipfile.ZipFile(io.BytesIO(there["Body"].read())).namelist()
    assert names == ["ours-1.0-py3-none-any.whl", "theirs-2.0-py3-none-any.whl"], "flat, as --find-links wants them"
    stack.change(pluginsS3Path=KEY)
    await stack.settle()
    wanted = {"PluginsS3Path": KEY, "PluginsS3ObjectVersion": there["VersionId"]}
    [update] = stack.requests("UpdateEnvironment")
    assert {name: update.get(name) for name in wanted} == wanted

    assert "UPLOADED False" in run_dag(), "the same wheels are no new version"
    await stack.settle()
    assert len(stack.requests("UpdateEnvironment")) == 1
    wheel(tmp_path / "index", "ours", "1.1")
    assert "UPLOADED True" in run_dag()
    await stack.settle()
    newest = boto3.client("s3").head_object(Bucket="my-bucket", Key=KEY)["VersionId"]
    assert [each["PluginsS3ObjectVersion"] for each in stack.requests("UpdateEnvironment")] == [there["VersionId"], newest]
