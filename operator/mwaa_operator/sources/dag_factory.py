"""DAGs from definitions: what is written is a literal or a name that was checked, so that a definition runs no code."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from graphlib import CycleError, TopologicalSorter
from typing import Any

import yaml

from ..core.finding import Finding
from .files import Source

ID = re.compile(r"[A-Za-z0-9_.-]{1,250}")
FILE = re.compile(r"([A-Za-z0-9_.-]+)[.](ya?ml|json)")
ARGUMENT = re.compile(r"[a-z][a-z0-9_]{0,99}")
OF_DAG = frozenset({"dagId", "description", "schedule", "startDate", "catchup", "tags", "tasks"})
OF_TASK = frozenset({"id", "operator", "arguments", "after"})
OURS = frozenset({"task_id", "dag"})
"""Arguments that follow from the definition itself."""
DEPTH = 20
SINCE = date(2024, 1, 1)
HEAD = '''"""DAG {dag_id}, made from a definition by mwaa-operator: change that."""

from __future__ import annotations

from datetime import datetime, timezone

{imports}

try:
    from airflow.sdk import DAG
except ImportError:
    from airflow import DAG

with DAG(
'''


class BadDefinition(Exception):  # noqa: N818 - it reads as what was found
    """A definition is not as it must be; the message says where, and what to do."""


def generated(where: str, definitions: Mapping[str, bytes], operators: Mapping[str, str], path: str = "") -> Source:
    """Make a DAG file of each definition.

    Args:
        where: what has them.
        definitions: by their names, such as `etl.yaml`.
        operators: the classes that there are, by the words that definitions have for them.
        path: where the files go.
    """
    files, findings, refused = dict[str, bytes](), list[Finding](), set[str]()
    for name, content in sorted(definitions.items()):
        named = FILE.fullmatch(name)
        file = f"{named[1] if named else name}.py"
        try:
            if not named:
                raise BadDefinition("its name must end in .yaml, .yml or .json")
            if file in files or file in refused:
                raise BadDefinition(f"another definition is called {named[1]} too")
            files[file] = text(_read(content), operators).encode()
        except BadDefinition as error:
            told = f"{error}. Correct it; until then the last good DAG of it stays"
            findings.append(Finding("DefinitionInvalid", f"{where}[{name}]", told))
            files.pop(file, None)
            refused.add(file)
    return Source(where, files, path, tuple(findings), frozenset(refused))


def _read(content: bytes) -> Mapping[str, Any]:
    try:
        said = content.decode()
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(said, yaml.SafeLoader)):
            raise BadDefinition("it has an alias (`*name`), which may stand for very much. Write it out")
        found = yaml.safe_load(said)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        raise BadDefinition(f"it is no YAML{'' if line is None else f', see line {line + 1}'}") from error
    if not isinstance(found, Mapping):
        raise BadDefinition("it must be a mapping with dagId and tasks")
    try:
        repr(found)
    except ValueError as error:  # YAML reads hexadecimal numbers that are longer than Python writes any
        raise BadDefinition("a number in it is too long. Write it in quotes") from error
    return found


def text(definition: Mapping[str, Any], operators: Mapping[str, str]) -> str:
    """Write the DAG file of a definition.

    Raises:
        BadDefinition: it says something that there is not, or is not sound.
    """
    _only(definition, OF_DAG, "the definition")
    dag_id, tasks = _id(definition.get("dagId"), "dagId"), definition.get("tasks")
    if not isinstance(tasks, list) or not tasks or not all(isinstance(each, Mapping) for each in tasks):
        raise BadDefinition("tasks must be a list of mappings, with one at least")
    names = [_id(each.get("id"), "the id of a task") for each in tasks]
    if twice := sorted({each for each in names if names.count(each) > 1}):
        raise BadDefinition(f"two tasks have the id {twice[0]}")
    variables = {name: f"task_{number}" for number, name in enumerate(names)}
    lines = [_task(each, variables, operators) for each in tasks]
    needs = {str(each["id"]): _after(each, variables) for each in tasks}
    _sorted(needs)
    lines += [f"    {variables[before]} >> {variables[name]}" for name, after in needs.items() for before in after]
    paths = [(name, operators[name].rpartition(".")) for name in sorted({str(each["operator"]) for each in tasks})]
    imports = "\n".join(f"from {module} import {last} as {name}_operator" for name, (module, _, last) in paths)
    head = HEAD.format(dag_id=dag_id, imports=imports) + "\n".join(_settings(definition, dag_id))
    return "\n".join([head, ") as dag:", *lines, ""])


def _settings(definition: Mapping[str, Any], dag_id: str) -> Iterator[str]:
    start, schedule = definition.get("startDate", SINCE), definition.get("schedule")
    tags, catchup = definition.get("tags", []), definition.get("catchup", False)
    try:
        # a datetime is a date as well, and its time would be lost without a word
        begins = start if type(start) is date else date.fromisoformat(str(start))
    except ValueError as error:
        raise BadDefinition("startDate must be a date without a time, such as 2024-01-31") from error
    if schedule is not None and not isinstance(schedule, str):
        raise BadDefinition("schedule must be a text, such as `0 5 * * *`, or be left out")
    if not isinstance(tags, list) or not all(isinstance(each, str) for each in tags) or not isinstance(catchup, bool):
        raise BadDefinition("tags must be a list of texts, and catchup true or false")
    yield f"    dag_id={dag_id!r},"
    yield f"    description={str(definition.get('description', ''))!r},"
    yield f"    schedule={schedule!r},"
    yield f"    start_date=datetime({begins.year}, {begins.month}, {begins.day}, tzinfo=timezone.utc),"
    yield f"    catchup={catchup!r},"
    yield f"    tags={tags!r},"


def _task(task: Mapping[str, Any], variables: Mapping[str, str], operators: Mapping[str, str]) -> str:
    name, operator, arguments = str(task["id"]), task.get("operator"), task.get("arguments", {})
    _only(task, OF_TASK, f"task {name}")
    if not isinstance(operator, str) or operator not in operators:
        raise BadDefinition(f"task {name}: operator must be one of {', '.join(sorted(operators))}")
    if not isinstance(arguments, Mapping):
        raise BadDefinition(f"task {name}: arguments must be a mapping")
    for key, value in arguments.items():
        if not isinstance(key, str) or not ARGUMENT.fullmatch(key) or key in OURS:
            raise BadDefinition(f"task {name}: {key!r} is no argument that can be given")
        _plain(value, f"task {name}, argument {key}")
    return f"    {variables[name]} = {operator}_operator(task_id={name!r}, **{dict(arguments)!r})"


def _after(task: Mapping[str, Any], variables: Mapping[str, str]) -> list[str]:
    after = task.get("after", [])
    if not isinstance(after, list) or not all(isinstance(each, str) and each in variables for each in after):
        raise BadDefinition(f"task {task['id']}: after must be a list of the ids of other tasks")
    return [str(each) for each in after]


def _sorted(needs: Mapping[str, list[str]]) -> None:
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        raise BadDefinition(f"tasks wait for each other: {' after '.join(error.args[1])}") from error


def _plain(value: Any, where: str, depth: int = 0) -> None:
    """Let only those values pass whose literal in Python is themselves."""
    if depth > DEPTH:
        raise BadDefinition(f"{where}: it is nested too deep")
    if isinstance(value, Mapping):
        for key, each in value.items():
            if not isinstance(key, str):
                raise BadDefinition(f"{where}: a key is no text. Write it in quotes")
            _plain(each, where, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _plain(each, where, depth + 1)
    elif not (value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))):
        raise BadDefinition(f"{where}: {type(value).__name__} is no text, number or word of JSON. Write it in quotes")


def _only(given: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    if unknown := sorted(str(key) for key in given if key not in known):
        raise BadDefinition(f"{what} has no {unknown[0]}. There are {', '.join(sorted(known))}")


def _id(value: Any, what: str) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise BadDefinition(f"{what} must be a text of letters, digits, '-', '_' and '.'")
    return value
