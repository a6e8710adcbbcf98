"""Which Airflow CLI commands an environment accepts: the guide's table (01 section 18), by the version that brought them.

The guide lists what is supported; what it does not list is refused.
"""

from __future__ import annotations

import shlex

from mwaa_emulator.mwaa.catalogue import version_tuple

_SINCE: dict[tuple[int, int], tuple[str, ...]] = {
    (2, 0): (
        "cheat-sheet", "connections add", "connections delete", "dags delete", "dags list-jobs", "dags pause",
        "dags report", "dags show", "dags state", "dags test", "dags trigger", "dags unpause", "providers behaviours",
        "providers get", "providers hooks", "providers links", "providers list", "providers widgets", "roles list",
        "tasks clear", "tasks failed-deps", "tasks list", "tasks render", "tasks state", "tasks states-for-dag-run",
        "tasks test", "variables delete", "variables get", "variables set", "variables list", "version",
    ),
    (2, 2): ("dags backfill", "dags list", "dags list-runs", "dags next-execution"),
    (2, 4): ("dags reserialize", "db clean"),
    (2, 6): (
        "dags list-import-errors", "providers secrets", "roles add-perms", "roles del-perms", "roles create",
    ),
    (2, 7): ("providers triggerer",),
    (2, 8): ("providers notifications",),
}  # fmt: skip


def refusal(command: str, version: str) -> str | None:
    """Why the command is not run, or None."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        return f"The command cannot be read: {error}"
    if not words:
        return "The command is empty."
    known = version_tuple(version)[:2]
    for since, commands in _SINCE.items():
        if known >= since and (words[0] in commands or " ".join(words[:2]) in commands):
            return None
    return f"The command is not supported: {' '.join(words[:2])}"
