"""Sets variables of a running Airflow by its command line, one call a variable (guide 03, section 18.1)."""

from __future__ import annotations

import json
import shlex
from collections.abc import AsyncIterator, Mapping
from typing import Any

from ..core.errors import OutsideError, Problem, Trouble
from .command import Post, post, run
from .rest import Calls


def text(value: Any) -> str:
    """Write a value as Airflow keeps it: a text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def command(key: str, value: str) -> str:
    """Write the command that sets a variable. What looks like an option is none behind `--`."""
    words = ("--", key, value) if key.startswith("-") or value.startswith("-") else (key, value)
    return shlex.join(("variables", "set", *words))


async def set_variables(
    calls: Calls, region: str, environment: str, values: Mapping[str, Any], send: Post = post
) -> AsyncIterator[str]:
    """Set each variable, with a token of its own since one is good for a minute, and give its key once that is done.

    Raises:
        OutsideError: no token, no way to the web server, or Airflow did not take it. No message has a value.
    """
    for key, value in values.items():
        said = f"variables set {key}"
        answer = await run(calls, region, environment, command(key, text(value)), send, said=said)
        if f"Variable {key} created" not in answer:
            problem = (
                f"Airflow of {environment}: `airflow {said}` did not say that it was done. Look at its web server's log."
            )
            raise OutsideError(Problem(Trouble.REFUSED, "AirflowRefused", problem))
        yield key
