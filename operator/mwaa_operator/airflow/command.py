"""Airflow's command line, through the web server of an environment (guide 01, section 19: CreateCliToken)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable

import aiohttp

from ..core.errors import OutsideError, Problem, Trouble
from .rest import Calls

TIMEOUT = aiohttp.ClientTimeout(total=60)
Post = Callable[[str, str, str], Awaitable[tuple[int, str]]]
"""Sends a command: host, token and text give status and body."""


async def post(host: str, token: str, command: str) -> tuple[int, str]:
    """Send a command over https.

    Raises:
        aiohttp.ClientError: nobody answers in HTTP.
        TimeoutError: nobody answers in time.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
    async with (
        aiohttp.ClientSession(timeout=TIMEOUT) as session,
        session.post(f"https://{host}/aws_mwaa/cli", data=command, headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status, await answer.text()


async def run(calls: Calls, region: str, environment: str, command: str, send: Post = post, *, said: str = "") -> str:
    """Run one command, and give what it prints.

    Args:
        calls: asks for the token.
        region: of the environment.
        environment: its name in AWS.
        command: without the leading word `airflow`.
        send: sends it.
        said: what messages have in place of a command with a secret in it; they then have no answer of Airflow's either.

    Raises:
        OutsideError: no token, no way to the web server, or the command failed.
    """
    grant = await calls.call(region, "mwaa", "create_cli_token", Name=environment)
    try:
        status, body = await send(str(grant["WebServerHostname"]), str(grant["CliToken"]), command)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        text = f"the web server of {environment} does not answer ({type(error).__name__}), and "
        text += f"`airflow {said or command}` needs it. A private one can only be reached from its VPC"
        raise OutsideError(Problem(Trouble.UNAVAILABLE, "AirflowUnavailable", text)) from error
    shown = "its answer is not shown" if said else body[:300]
    if status >= 500:
        text = f"Airflow of {environment}: `airflow {said or command}`: {status}. It is asked again."
        raise OutsideError(Problem(Trouble.UNAVAILABLE, "AirflowUnavailable", text))
    if status >= 300:
        text = f"Airflow of {environment}: `airflow {said or command}`: {status}: {shown}"
        raise OutsideError(Problem(Trouble.REFUSED, "AirflowRefused", text))
    try:
        return base64.b64decode(json.loads(body)["stdout"]).decode(errors="replace")
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        text = f"Airflow of {environment}: `airflow {said or command}`: an answer that nobody understands: {shown}"
        raise OutsideError(Problem(Trouble.REFUSED, "AirflowRefused", text)) from error
