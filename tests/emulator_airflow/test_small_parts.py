"""What needs no running Airflow: versions, settings, commands, the DAG copy."""

import threading
from pathlib import Path

import pytest

from mwaa_emulator.airflow.dags import DagFolder
from mwaa_emulator.airflow.settings import Home, Secrets, inherited, variables
from mwaa_emulator.airflow.versions import PINNED, PinnedAirflow, UnknownAirflowError, emulated_by

from .support import MemoryBucket


@pytest.mark.parametrize(("asked", "installed"), [("2.7.2", "2.11.2"), ("2.11.0", "2.11.2"), ("3.0.6", "3.3.1")])
def test_another_version_is_emulated_by_the_pinned_one_of_its_major(asked: str, installed: str) -> None:
    assert emulated_by(asked).version == installed


@pytest.mark.parametrize("asked", ["1.10.12", "4.0.0", "nonsense"])
def test_an_unknown_major_is_refused_with_what_there_is(asked: str) -> None:
    with pytest.raises(UnknownAirflowError, match=r"3\.3\.1 and 2\.11\.2"):
        emulated_by(asked)


@pytest.mark.parametrize("airflow", PINNED, ids=lambda airflow: airflow.version)
def test_the_lock_file_pins_this_release_with_hashes_and_names_no_registry(airflow: PinnedAirflow) -> None:
    text = airflow.constraints()
    assert f"\napache-airflow=={airflow.version} " in text
    assert "\napache-airflow-providers-amazon==" in text
    assert "://" not in text
    blocks = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert blocks and all(line.endswith("\\") for line in blocks)


def test_options_win_over_our_defaults_but_not_over_what_must_hold(tmp_path: Path) -> None:
    options = {
        "core.parallelism": "7",
        "core.executor": "CeleryExecutor",
        "email.from_email": "a@b.example",
        "CORE.Load_Examples": "True",
        "not an option": "x",
    }
    given = variables(emulated_by("3.0.6"), Home(tmp_path), Secrets.fresh(), 1234, options)
    assert given["AIRFLOW__CORE__PARALLELISM"] == "7"
    assert given["AIRFLOW__CORE__LOAD_EXAMPLES"] == "True"
    assert given["AIRFLOW__EMAIL__FROM_EMAIL"] == "a@b.example"
    assert given["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert not any(" " in name for name in given)


def test_airflow_learns_nothing_of_our_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "hush")
    assert "hush" not in inherited().values()


def copied(path: Path) -> dict[str, str]:
    return {str(file.relative_to(path)): file.read_text() for file in path.rglob("*") if file.is_file()}


def test_the_copy_follows_additions_changes_and_deletions(tmp_path: Path) -> None:
    bucket, folder = MemoryBucket(), DagFolder(tmp_path / "dags", tmp_path / "incoming")
    bucket.put("dags/a.py", "1")
    bucket.put("dags/deep/er/b.py", "2")
    bucket.put("dags-of-others/c.py", "3")
    assert folder.sync(bucket, "dags")
    assert copied(tmp_path / "dags") == {"a.py": "1", "deep/er/b.py": "2"}
    assert not folder.sync(bucket, "dags/")
    bucket.put("dags/a.py", "changed")
    bucket.delete("dags/deep/er/b.py")
    assert folder.sync(bucket, "dags")
    assert copied(tmp_path) == {"dags/a.py": "changed"}
    assert not (tmp_path / "dags" / "deep").exists()


def test_another_prefix_replaces_all(tmp_path: Path) -> None:
    bucket, folder = MemoryBucket(), DagFolder(tmp_path / "dags", tmp_path / "incoming")
    bucket.put("one/a.py", "1")
    bucket.put("two/b.py", "2")
    folder.sync(bucket, "one")
    folder.sync(bucket, "two")
    assert copied(tmp_path / "dags") == {"b.py": "2"}


@pytest.mark.parametrize("key", ["dags/../outside.py", "dags//etc/outside.py", "dags/", "dags/folder/"])
def test_no_key_writes_outside_or_makes_a_file_of_a_folder(tmp_path: Path, key: str) -> None:
    bucket, folder = MemoryBucket(), DagFolder(tmp_path / "dags", tmp_path / "incoming")
    bucket.put(key, "x")
    assert not folder.sync(bucket, "dags")
    assert copied(tmp_path) == {}


def test_a_key_that_is_file_and_folder_at_once_does_not_stop_the_rest(tmp_path: Path) -> None:
    bucket, folder = MemoryBucket(), DagFolder(tmp_path / "dags", tmp_path / "incoming")
    for key in ("dags/a", "dags/a/b.py", "dags/z.py"):
        bucket.put(key, key)
    folder.sync(bucket, "dags")
    assert copied(tmp_path / "dags") == {"a": "dags/a", "z.py": "dags/z.py"}
    bucket.delete("dags/a")
    folder.sync(bucket, "dags")
    assert copied(tmp_path / "dags") == {"a/b.py": "dags/a/b.py", "z.py": "dags/z.py"}


def test_a_file_is_never_seen_half_written(tmp_path: Path) -> None:
    bucket, folder = MemoryBucket(), DagFolder(tmp_path / "dags", tmp_path / "incoming")
    bucket.put("dags/a.py", "0" * 1_000_000)
    folder.sync(bucket, "dags")
    done, sizes = threading.Event(), set()

    def watch() -> None:
        while not done.is_set():
            sizes.add((tmp_path / "dags" / "a.py").stat().st_size)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for digit in "123456789":
        bucket.put("dags/a.py", digit * 1_000_000)
        folder.sync(bucket, "dags")
    done.set()
    watcher.join()
    assert sizes == {1_000_000}
