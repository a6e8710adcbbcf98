"""The startup script from declared parts: variables, and commands for some of the components (guide 02, section 8)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

COMPONENT = "MWAA_AIRFLOW_COMPONENT"
"""The variable that says in which component the script runs."""


@dataclass(frozen=True)
class Command:
    """Some lines of shell."""

    run: str
    components: tuple[str, ...] = ()
    """Where they run: `scheduler`, `worker`, `webserver`. Empty: in each."""


def script(env: Mapping[str, str], commands: Sequence[Command], index: Sequence[str] = ()) -> bytes:
    """Write the script: all variables first, since commands may use them, then the commands in their order.

    Args:
        env: variables. Their values arrive as they are: nothing in them is expanded.
        commands: what to run.
        index: lines that let pip into an index.
    """
    lines = ["#!/bin/bash", *(f"export {name}={shlex.quote(env[name])}" for name in sorted(env)), *index]
    for command in commands:
        lines += _limited(command)
    return ("\n".join(lines) + "\n").encode()


def _limited(command: Command) -> Iterator[str]:
    run = command.run.rstrip("\n")
    if not command.components:
        yield run
        return
    tests = (f'"${{{COMPONENT}}}" == "{component}"' for component in command.components)
    yield f"if [[ {' || '.join(tests)} ]]; then"
    yield run
    # a branch must hold a command, and a comment is none
    yield ":"
    yield "fi"
