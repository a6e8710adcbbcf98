"""The CLI commands that MWAA lets through, from its user guide."""

from __future__ import annotations

import shlex

_SINGLE = frozenset({"cheat-sheet", "version"})
_GROUPS = {
    "connections": "add delete",
    "dags": "backfill delete list list-import-errors list-jobs list-runs next-execution pause report reserialize show "
    "state test trigger unpause",
    "db": "clean",
    "providers": "behaviours get hooks links list notifications secrets triggerer widgets",
    "roles": "add-perms create del-perms list",
    "tasks": "clear failed-deps list render state states-for-dag-run test",
    "variables": "delete get list set",
}
ALLOWED = _SINGLE | {f"{group} {verb}" for group, verbs in _GROUPS.items() for verb in verbs.split()}


class CommandRefusedError(ValueError):
    """The command line cannot be read, or MWAA does not support the command."""


def parse(command: str) -> list[str]:
    """Split a command line as a shell would and check that its command is allowed."""
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise CommandRefusedError(f"the command line cannot be read: {error}") from error
    if not argv:
        raise CommandRefusedError("the command line is empty")
    name = argv[0] if argv[0] in _SINGLE else " ".join(argv[:2])
    if name not in ALLOWED:
        raise CommandRefusedError(f"MWAA does not support the Airflow CLI command `{name}`")
    return argv
