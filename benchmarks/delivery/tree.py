"""DAG files as a team has them: thousands of small ones in folders. Nothing of them is random."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.dag_source.git.served import Repository, git

A_FOLDER = 100
"""How many files are in each folder."""
DAG = '''"""DAG {number} of the benchmark, which loads what was sold on one day."""

from __future__ import annotations

from datetime import datetime

from airflow.decorators import dag, task

LIMIT = {limit}


@dag(dag_id="sales_{number:05}", schedule="@daily", start_date=datetime(2025, 1, 1), catchup=False, tags=["sales"])
def sales() -> None:
    """Read, add up and write."""

    @task
    def read() -> list[int]:
        return [number for number in range(LIMIT) if number % 7 == {rest}]

    @task
    def write(numbers: list[int]) -> int:
        return sum(numbers)

    write(read())


sales()
'''


def dag(number: int, limit: int = 1000) -> str:
    """Give one DAG file; every limit of four digits gives as many bytes."""
    return DAG.format(number=number, limit=limit, rest=number % 7)


def dags(count: int, team: str = "team") -> dict[str, str]:
    """Give so many, by path."""
    return {f"{team}-{number // A_FOLDER:03}/dag_{number:05}.py": dag(number) for number in range(count)}


def written(directory: Path, files: dict[str, str]) -> None:
    """Write files into a folder."""
    for path, content in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(content)


@dataclass
class Team:
    """One tree twice: in a repository, and in a folder that a pipeline would copy from."""

    root: Path
    """Where the Git server looks."""
    name: str
    files: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.repository = Repository.made(self.root, self.name)
        self.folder = self.root / "folders" / self.name

    def commit(self, files: dict[str, str], *, keep_times: bool = False) -> str:
        """Make both trees have these files and no others, and push; gives the commit."""
        self.change(files, keep_times=keep_times)
        return self.repository.push()

    def change(self, files: dict[str, str], *, keep_times: bool = False) -> None:
        """Make both trees have these files and no others, and push nothing yet.

        Args:
            files: text by path.
            keep_times: whatever is written has the time of last change that it had before, as after `cp -p` or `touch -r`.
        """
        gone = self.files.keys() - files.keys()
        news = {path: text for path, text in files.items() if self.files.get(path) != text}
        for directory in (self.folder, self.repository.work):
            times = {path: (directory / path).stat() for path in news if keep_times}
            written(directory, news)
            for path, about in times.items():
                os.utime(directory / path, ns=(about.st_atime_ns, about.st_mtime_ns))
            for path in gone:
                (directory / path).unlink()
            for folder in _emptied(directory, gone):
                shutil.rmtree(folder)
        self.files = dict(files)
        if gone or news:
            git(self.repository.work, "add", "-A")
            git(self.repository.work, "commit", "-q", "-m", "a change")


def _emptied(directory: Path, gone: Iterable[str]) -> Iterator[Path]:
    for folder in sorted({(directory / path).parent for path in gone}):
        if not any(folder.iterdir()):
            yield folder
