"""`kubectl mwaa lint`: in a folder without any cluster, as a pipeline runs it, and of a DagSource."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

from mwaa_operator.api.dag_source import DagSourceSpec
from mwaa_operator.cli.commands.lint import refuse_unread

from .conftest import Lint

OLD = "from airflow.contrib.hooks.aws_hook import AwsHook\n"
BAD = "x = 1\ndef f(:\n"


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    """A folder with an error, warnings, and files that no rule looks into."""
    dags = tmp_path / "dags"
    (dags / "team").mkdir(parents=True)
    (dags / "good.py").write_text("x = 1\n")
    (dags / "old.py").write_text(f"import os\n{OLD}{OLD}")
    (dags / "team" / "bad.py").write_text(BAD)
    (dags / "airflow.cfg").write_text("[core]\n")
    for name in (".venv", "venv/lib", "__pycache__", ".git"):
        (dags / name).mkdir(parents=True)
        (dags / name / "x.py").write_text(BAD)
    (dags / "venv" / "pyvenv.cfg").write_text("")
    (dags / "gone.py").symlink_to("nowhere.py")
    return dags


def test_findings_stand_below_their_file_with_the_line(lint: Lint, dags: Path) -> None:
    lines = lint("dags", code=1).stdout.splitlines()
    assert [line for line in lines if not line.startswith("        ")] == [
        "dags/airflow.cfg",
        "     -  Warning AirflowCfgInDagFolder",
        "dags/old.py",
        "     2  Warning ImportOfAirflowOne",
        "     3  Warning ImportOfAirflowOne",
        "dags/team/bad.py",
        "     2  Error DagSyntaxError",
        "1 error, 3 warnings in 3 Python files in dags; `kubectl mwaa explain CODE` says more of each",
    ]
    assert "Import it from its provider" in lines[5]


def test_the_exit_code_is_for_pipelines(lint: Lint, dags: Path) -> None:
    lint("dags", code=1)
    (dags / "team" / "bad.py").unlink()
    lint("dags")
    lint("dags", "--strict", code=1)
    (dags / "old.py").unlink()
    (dags / "airflow.cfg").unlink()
    assert lint("dags", "--strict").stdout == "nothing to be said of 1 Python file in dags\n"


def test_a_newer_python_than_this_one_decides_itself(lint: Lint, dags: Path) -> None:
    place = dags / "new.py"
    place.write_text("x = 1\ntype X = int\n")
    for version in ("3.3.1", "3"):
        found = lint(str(place), "--airflow-version", version).stdout
        assert "2  Warning SyntaxOfNewerPython" in found and "Airflow has Python 3.12" in found
    for known in ((), ("--airflow-version", "2.8.1")):
        assert "Python 3.12 may well compile it" in lint(str(place), *known, code=1).stdout
    place.write_text(BAD)
    assert "2  Error DagSyntaxError" in lint(str(place), "--airflow-version", "3.3.1", code=1).stdout


def test_a_folder_is_known_by_its_path_from_here(lint: Lint, dags: Path) -> None:
    for place in ("dags/old.py", str(dags / "old.py"), "./dags/old.py"):
        assert lint(place).stdout.startswith("dags/old.py\n     2  Warning")
    assert "dags/old.py" in lint(str(dags), code=1).stdout.splitlines()
    assert "dags/old.py" in lint(".", code=1).stdout.splitlines()


def test_the_version_decides(lint: Lint, dags: Path) -> None:
    (dags / "sdk.py").write_text("from airflow.sdk import DAG\n")
    assert "ImportOfAirflowThree" in lint("dags/sdk.py", "--airflow-version", "2.11.2").stdout
    assert "ImportOfAirflowThree" not in lint("dags/sdk.py", "--airflow-version", "3.3.1").stdout
    assert "ImportOfAirflowThree" not in lint("dags/sdk.py").stdout
    assert "ImportOfAirflowOne" not in lint("dags/old.py", "--airflow-version", "1.10.12").stdout
    (dags / "etl.py").write_text("from airflow import DAG\nDAG('a', schedule_interval='@daily')\n")
    there = lint("dags/etl.py", "--airflow-version", "3.3.1").stdout
    assert "     2  Warning ArgumentGoneWithAirflowThree" in there and "the environment" not in there
    assert "ArgumentGone" not in lint("dags/etl.py", "--airflow-version", "2.11.2").stdout
    assert "is no version of Airflow" in lint("dags", "--airflow-version", "new", code=1).stderr


def test_what_is_not_there_is_said(lint: Lint, dags: Path) -> None:
    assert "there is no folder and no file dags/nothing" in lint("dags/nothing", code=1).stderr
    (dags.parent / "empty").mkdir()
    assert "empty has no file in it" in lint("empty", code=1).stderr
    assert "--airflow-version is for a DIR" in lint("etl", "--airflow-version", "3", code=1).stderr


@pytest.mark.row("B3", "B141", "B152", "D24", "D25", "D27", "D32")
def test_requirements_are_checked_beside_the_files(lint: Lint, tmp_path: Path) -> None:
    url = "https://raw.githubusercontent.com/apache/airflow/constraints-2.7.2/constraints-3.11.txt"
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "a-1-cp37-cp37m-manylinux2014_x86_64.whl").write_bytes(b"")
    (tmp_path / "requirements.txt").write_text(f"-c {url}\nboto3==1.17.54\nwatchtower==1.0.6\nnumpy\n")
    found = json.loads(lint(".", "--airflow-version", "2.8.1", "-o", "json").stdout)["findings"]
    assert [(each["code"], each["file"], each["line"]) for each in found] == [
        ("WheelTagUnfit", "plugins/a-1-cp37-cp37m-manylinux2014_x86_64.whl", None),
        ("ConstraintOfOtherVersion", "requirements.txt", 1),
        ("AlreadyInBaseImage", "requirements.txt", 2),
        ("WatchtowerReplaced", "requirements.txt", 3),
        ("RequirementsNotPinned", "requirements.txt", 4),
    ]
    assert all(each["fix"] and each["guide"] for each in found)
    [run] = json.loads(lint(".", "--airflow-version", "2.8.1", "-o", "sarif").stdout)["runs"]
    shown = {each["ruleId"]: each["locations"][0]["physicalLocation"] for each in run["results"]}
    assert shown["AlreadyInBaseImage"] == {"artifactLocation": {"uri": "requirements.txt"}, "region": {"startLine": 2}}
    (tmp_path / "requirements.txt").write_text("pandas==2.2.0\n")
    text = lint("requirements.txt", "--airflow-version", "2.8.1").stdout
    assert text.startswith("requirements.txt\n     1  Warning ConstraintMissing\n")
    assert "1 warning in requirements.txt;" in text
    lint(".", "--strict", code=1)
    assert "PrivateWebserverNoInternet" in lint(".", "--private").stdout
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "requirements.txt").write_text("numpy\n")
    assert "team/requirements.txt" not in lint(".").stdout, "that is for something else"


def test_a_folder_without_python_is_no_success(lint: Lint, dags: Path) -> None:
    other = dags.parent / "manifests"
    other.mkdir()
    (other / "a.yaml").write_text("a: 1\n")
    one = lint("manifests", code=1).stderr
    assert "manifests has no Python file among its 1 file: nothing was checked." in one
    (other / "b.yaml").write_text("b: 1\n")
    assert "no Python file among its 2 files" in lint("manifests", code=1).stderr
    assert "manifests/a.yaml is no Python file" in lint("manifests/a.yaml", code=1).stderr
    (other / "c.py").write_text("x = 1\n")
    assert lint("manifests").stdout == "nothing to be said of 1 Python file in manifests\n"


def test_a_name_that_cannot_be_printed_does_no_harm(lint: Lint, dags: Path) -> None:
    (dags / os.fsdecode(b"caf\xe9.py")).write_text("x = 1\n")
    assert "BadPath" in lint("dags", code=1).stdout


def test_json_has_all_that_is_known(lint: Lint, dags: Path) -> None:
    found = json.loads(lint("dags", "-o", "json", code=1).stdout)
    assert (found["errors"], found["warnings"], found["notices"]) == (1, 3, 0)
    last = found["findings"][-1]
    assert {name: last[name] for name in ("code", "severity", "file", "line")} == {
        "code": "DagSyntaxError",
        "severity": "Error",
        "file": "dags/team/bad.py",
        "line": 2,
    }
    assert all(last[name] for name in ("message", "why", "fix", "guide"))


SARIF = json.loads((Path(__file__).parent / "sarif.schema.json").read_text())


def test_sarif_is_as_the_standard_wants_it(lint: Lint, dags: Path) -> None:
    (dags / "with space.py").write_text(OLD)
    log = json.loads(lint("dags", "-o", "sarif", code=1).stdout)
    jsonschema.Draft7Validator(SARIF).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    places = {
        (each["level"], place["artifactLocation"]["uri"], place.get("region", {}).get("startLine"))
        for each in run["results"]
        for place in [each["locations"][0]["physicalLocation"]]
    }
    assert places == {
        ("error", "dags/team/bad.py", 2),
        ("warning", "dags/airflow.cfg", None),
        ("warning", "dags/old.py", 2),
        ("warning", "dags/old.py", 3),
        ("warning", "dags/with%20space.py", 1),
    }


def test_sarif_of_nothing_is_a_log_too(lint: Lint, dags: Path) -> None:
    log = json.loads(lint("dags/good.py", "-o", "sarif").stdout)
    jsonschema.Draft7Validator(SARIF).validate(log)
    assert log["runs"][0]["results"] == []


def test_a_file_is_parsed_once_for_all_rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from mwaa_operator.cli.commands.lint import of_folder
    from mwaa_operator.sources.lint import dag_files

    parsed: list[bytes] = []
    parse = ast.parse

    def counted(source: bytes, *arguments: Any, **more: Any) -> ast.AST:
        parsed.append(source)
        return parse(source, *arguments, **more)

    monkeypatch.setattr(ast, "parse", counted)
    texts = [f"from airflow import DAG\nDAG('only-here-{number}')\n" for number in range(20)]
    for number, text in enumerate([*texts, *texts]):
        (tmp_path / f"a{number}.py").write_text(text)
    findings, _ = of_folder(str(tmp_path))
    assert {each.code for each in findings} == {"DuplicateDagId"} and len(findings) == 20
    of_folder(str(tmp_path), "2.11.2")
    assert len(dag_files({"a.py": texts[0].encode()})) == 1
    assert sorted(parsed) == sorted(text.encode() for text in texts)


@pytest.mark.cluster
def test_the_files_of_a_dag_source_are_checked_without_a_call_to_aws(shell: Any) -> None:
    shell.stack.kubectl("-n", shell.namespace, "create", "configmap", "more", f"--from-literal=old.py={OLD}")
    spec = {"bucketRef": {"name": "b"}, "files": {"bad.py": BAD}, "configMapRefs": [{"name": "more"}], "suspend": True}
    shell.apply(shell.document("DagSource", "etl", **spec))
    no_aws = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    for name in ("etl", "dagsource/etl", "mwaadags/etl"):
        found = shell.json("lint", name, code=1, **no_aws)
        assert [(each["code"], each["file"], each["line"]) for each in found["findings"]] == [
            ("DagSyntaxError", "dags/bad.py", 2),
            ("ImportOfAirflowOne", "dags/old.py", 1),
        ]
    assert "in DagSource etl" in shell.mwaa("lint", "etl", code=1, **no_aws).stdout
    assert "there is no DagSource nothing" in shell.mwaa("lint", "nothing", code=1).stderr


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"git": {"url": "https://host/etl.git"}}, "https://host/etl.git, which the operator fetches"),
        ({"oci": {"url": "oci://host/etl", "tag": "v1"}}, "oci://host/etl, which the operator fetches"),
        ({"fluxRef": {"kind": "GitRepository", "name": "etl"}}, "GitRepository etl, which the operator fetches"),
        ({"s3": {"bucket": "s3://builds", "prefix": "out"}}, "builds/out, which S3 copies"),
        ({"s3": {"prefix": "out"}}, "its bucket/out, which S3 copies"),
    ],
)
def test_files_outside_are_refused_and_not_taken_for_none(given: dict[str, Any], place: str) -> None:
    spec = DagSourceSpec.model_validate({"bucketRef": {"name": "b"}, **given})
    with pytest.raises(click.ClickException, match="nothing was checked") as refused:
        refuse_unread("etl", spec)
    assert f"DagSource etl has files in {place}" in refused.value.message
    assert refused.value.exit_code == 1
    refuse_unread("etl", DagSourceSpec.model_validate({"bucketRef": {"name": "b"}, "files": {"a.py": "x"}}))


@pytest.mark.cluster
def test_a_repository_is_not_fetched_by_the_command_line_which_says_so(shell: Any, write: Callable[..., str]) -> None:
    spec = {"bucketRef": {"name": "dags"}, "files": {"a.py": "a = 1\n"}, "git": {"url": "https://127.0.0.1:9/etl.git"}}
    shell.apply(shell.document("DagSource", "etl", **spec, suspend=True), shell.document("Bucket", "dags"))
    no_aws = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    done = shell.mwaa("lint", "etl", code=1, **no_aws)
    assert done.stdout == ""
    assert "DagSource etl has files in https://127.0.0.1:9/etl.git" in done.stderr
    assert "nothing was checked" in done.stderr
    shell.wait_ready("dags", "Bucket")
    for arguments in (["dagsource/etl"], ["-f", write(shell.document("DagSource", "new", **spec))]):
        assert "not known: NotFetched" in shell.mwaa("plan", *arguments, code=3).stdout
