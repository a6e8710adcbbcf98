"""Imports that were right in Airflow 1 (guide part 2, sections 10.2 and 11.1)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ..core.finding import Finding, Severity
from .module import Module, last_name, walked

OF_VERSION_ONE = re.compile(
    r"airflow\.(contrib\b|(operators|sensors|hooks)\.(?!time_sensor\b)\w+_(operator|sensor|hook)s?\b"
    r"|operators\.(sensors|\w+_to_\w+)\b|macros\.hive\b|utils\.decorators\.apply_defaults\b)"
)
GONE_WITH_THREE = re.compile(
    r"airflow\.(operators\.(dummy|sql|subdag)|sensors\.(smart_sensor|sql)|hooks\.dbapi|utils\.dates\.days_ago)\b"
)
OF_PLUGINS = re.compile(r"airflow\.(operators|sensors|hooks)\.(\w+)")
OWN = {
    folder: frozenset(names.split())
    for folder, names in {
        "operators": "bash branch datetime dummy email empty generic_transfer latest_only python smooth sql subdag "
        "trigger_dagrun weekday",
        "sensors": "base bash date_time external_task filesystem python smart_sensor sql time_delta time_sensor weekday",
        "hooks": "base dbapi filesystem package_index subprocess",
    }.items()
}
"""What Airflow 2 itself has there; Airflow 3 has most of it in its standard provider."""
CATCHES = frozenset({"ImportError", "ModuleNotFoundError", "Exception"})
"""What a failed import is caught by."""


def version_one(module: Module) -> Iterator[Finding]:
    """Find modules that moved with Airflow 2."""
    for name, line in module.imports:
        if OF_VERSION_ONE.match(name):
            yield Finding(
                "ImportOfAirflowOne",
                "",
                f"{name} is a path of Airflow 1. Airflow 2 knows some of these paths with a warning, Airflow 3 none. Import "
                "it from its provider (`airflow.providers...`), and put that into requirements.txt.",
                Severity.WARNING,
                line=line,
            )


def plugin_paths(module: Module) -> Iterator[Finding]:
    """Find imports of plugins through Airflow's own packages."""
    for name, line in module.imports:
        found = OF_PLUGINS.match(name)
        if not found or OF_VERSION_ONE.match(name) or found[2] in OWN[found[1]] or found[2].startswith("_"):
            continue
        yield Finding(
            "PluginImportedByOldPath",
            "",
            f"{name} is no module of Airflow, and since Airflow 2 plugins are not imported through airflow.{found[1]}. "
            f"Import it as it lies in plugins.zip or in the DAG folder, such as `from {found[1]}.{found[2]} import ...`.",
            Severity.WARNING,
            line=line,
        )


def gone_with_three(module: Module) -> Iterator[Finding]:
    """Find what Airflow 3 has no more."""
    for name, line in _certain(module):
        if GONE_WITH_THREE.match(name):
            yield Finding(
                "ImportGoneWithAirflowThree",
                "",
                f"{name} is gone with Airflow 3: there the import fails. Take what is in its place: "
                "EmptyOperator, the provider common.sql, TaskGroup, or a fixed start_date.",
                Severity.WARNING,
                line=line,
            )


def sdk(module: Module) -> Iterator[Finding]:
    """Find what only Airflow 3 has."""
    for name, line in _certain(module):
        if name == "airflow.sdk" or name.startswith("airflow.sdk."):
            yield Finding(
                "ImportOfAirflowThree",
                "",
                f"{name} comes with Airflow 3: in an older one the import fails. Import it from `airflow`, "
                "`airflow.decorators` or `airflow.models`.",
                Severity.WARNING,
                line=line,
            )


def _certain(module: Module) -> Iterator[tuple[str, int]]:
    """Give the imports without those of a `try` that catches their failure: a file for two versions has such."""
    tried = {
        inner.lineno
        for each in module.all(ast.Try)
        if any(map(_catches, each.handlers))
        for statement in (*each.body, *(one for handler in each.handlers for one in handler.body))
        for inner in walked(statement)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    }
    yield from ((name, line) for name, line in module.imports if line not in tried)


def _catches(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or last_name(each) in CATCHES for each in caught)
