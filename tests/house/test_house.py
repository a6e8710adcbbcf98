"""The rules of the house that no linter knows: sizes, names of files, and words that are written in two places."""

from __future__ import annotations

import ast
import re
import subprocess
from enum import StrEnum
from pathlib import Path

import pytest

from mwaa_operator.api import meta, shared
from mwaa_operator.core import annotation, owner, policy
from mwaa_operator.engine import reconcile
from mwaa_operator.kube import cluster

REPOSITORY = Path(__file__).parents[2]
LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 60
SAYS_NOTHING = re.compile(r"utils?|helpers?|common|manager\w*")
# in two parts: this file is looked at too
OF_ONE_MACHINE = re.compile(rb"(?<![\w}])/(?:wo" + rb"rk|ro" + rb"ot)/")


def committed(pattern: str = "*") -> list[Path]:
    """Give the files that git knows and that are there."""
    names = subprocess.run(["git", "ls-files", "-z", pattern], cwd=REPOSITORY, capture_output=True, check=True, text=True)
    return [path for name in names.stdout.split("\0") if name and (path := REPOSITORY / name).is_file()]


def where(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def long_functions(path: Path) -> list[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, functions)]
    sizes = [(node, (node.end_lineno or node.lineno) - node.lineno + 1) for node in found]
    return [f"{where(path)}:{node.lineno} {node.name} {size}" for node, size in sizes if size > LINES_OF_A_FUNCTION]


def test_no_python_file_is_too_long() -> None:
    sizes = {where(path): len(path.read_bytes().splitlines()) for path in committed("*.py")}
    assert sizes
    assert {name: size for name, size in sizes.items() if size > LINES_OF_A_FILE} == {}


def test_no_function_is_too_long() -> None:
    assert [line for path in committed("*.py") for line in long_functions(path)] == []


def test_every_file_is_named_after_what_is_in_it() -> None:
    assert [where(path) for path in committed("*.py") if SAYS_NOTHING.fullmatch(path.stem)] == []


def test_no_path_of_one_machine_is_committed() -> None:
    assert [where(path) for path in committed() if OF_ONE_MACHINE.search(path.read_bytes())] == []


def test_the_group_is_the_same_everywhere() -> None:
    assert meta.GROUP == owner.GROUP
    assert (cluster.GROUP, cluster.VERSION) == (meta.GROUP, meta.VERSION)


@pytest.mark.parametrize(
    ("written", "acted_on"), [(shared.Adoption, policy.Adoption), (shared.DriftPolicy, policy.DriftPolicy)]
)
def test_what_can_be_written_is_what_is_acted_on(written: type[StrEnum], acted_on: type[StrEnum]) -> None:
    assert {each.name: each.value for each in written} == {each.name: each.value for each in acted_on}


def test_the_engine_reads_the_annotations_that_the_api_names() -> None:
    names = (meta.RECONCILE_AT, meta.FLUX_RECONCILE_AT, meta.APPROVE, meta.RESTART_AT, meta.ROLLBACK_TO)
    assert names == annotation.ASKING
    assert reconcile.FINALIZER == meta.FINALIZER
