"""`kubectl mwaa lint` on startup scripts and plugins, in a folder without any cluster."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

from .conftest import Lint

SCRIPT = "#!/bin/bash\nsudo yum update -y\nexport AIRFLOW_HOME=/x\npip install y\n"


def codes(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str, int | None]]:
    return [(each["code"], each["file"], each["line"]) for each in json.loads(done.stdout)["findings"]]


def test_scripts_archives_and_plugins_of_a_folder_are_looked_into(lint: Lint, tmp_path: Path) -> None:
    for folder in ("dags", "plugins/operators", ".git"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "dags" / "a.py").write_text("x = 1\n")
    (tmp_path / "dags" / "task.sh").write_text(SCRIPT)
    (tmp_path / "plugins" / "operators" / "o.py").write_text("x = 1\n")
    for name in ("startup.sh", "prod-startup-script.sh", ".git/startup.sh"):
        (tmp_path / name).write_text(SCRIPT)
    with zipfile.ZipFile(tmp_path / "plugins.zip", "w") as archive:
        archive.writestr("plugins/p.py", "class P:\n    flask_blueprints = [1]\n")
    found = codes(lint(".", "-o", "json", "--airflow-version", "2.0.2", code=1))
    of_script = [("PythonMayBeUpdated", 2), ("ReservedVariable", 3)]
    assert sorted(found, key=str) == sorted(
        [
            *((code, "prod-startup-script.sh", line) for code, line in of_script),
            ("PluginsWrapped", "plugins.zip/plugins", None),
            ("PluginModesTooNarrow", "plugins.zip/plugins/p.py", None),
            ("UiPluginOfOldVersion", "plugins.zip/plugins/p.py", 1),
            ("PackageWithoutInit", "plugins/operators", None),
            *((code, "startup.sh", line) for code, line in of_script),
        ],
        key=str,
    )
    private = codes(lint(".", "-o", "json", "--private", code=1))
    assert [each[1:] for each in private if each[0] == "InstallOnPrivateWebserver"] == [
        (file, line) for file in ("prod-startup-script.sh", "startup.sh") for line in (2, 4)
    ]


def test_one_file_is_enough(lint: Lint, tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text(SCRIPT)
    lines = lint("run.sh", code=1).stdout.splitlines()
    assert [lines[0], lines[-1]] == ["run.sh", "1 error, 1 warning in run.sh; `kubectl mwaa explain CODE` says more of each"]
    (tmp_path / "plugins.zip").write_bytes(b"no archive")
    assert codes(lint("plugins.zip", "-o", "json", code=1)) == [("NotAnArchive", "plugins.zip", None)]


def test_sarif_has_the_lines_of_a_script(lint: Lint, tmp_path: Path) -> None:
    (tmp_path / "startup.sh").write_text(SCRIPT)
    (run,) = json.loads(lint("startup.sh", "-o", "sarif", code=1).stdout)["runs"]
    places = [each["locations"][0]["physicalLocation"] for each in run["results"]]
    assert [(each["artifactLocation"]["uri"], each["region"]["startLine"]) for each in places] == [
        ("startup.sh", 2),
        ("startup.sh", 3),
    ]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {"PythonMayBeUpdated", "ReservedVariable"}
