"""`kubectl mwaa variables`: set variables of a running Airflow, from where its web server can be reached."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ...airflow.variables import set_variables, text
from ...core.errors import OutsideError
from ..options import Options, confirm, name_argument, subcommand, yes_option
from ..output import show
from ..session import Session, environment_name, session

HELP = """Set variables of the Airflow of an environment, by its command line: one call for each.

They come from a file with one JSON object, or from a ConfigMap whose keys they are. What Airflow has under these keys is
overwritten. It is done from here, with your own credentials (airflow:CreateCliToken), and the web server must be within
reach. No value is printed.
"""


@subcommand(HELP)
@name_argument
@click.option("--from-file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A JSON file.")
@click.option("--from-config-map", "config_map", metavar="NAME", help="A ConfigMap of the namespace.")
@yes_option
async def command(options: Options, name: str, file: Path | None, config_map: str | None, yes: bool) -> None:
    """Set them."""
    if (file is None) == (config_map is None):
        raise click.ClickException("give one of --from-file and --from-config-map.")
    async with session(options) as at:
        body = await at.find(name)
        await at.expect_account(body)
        values = read(file.read_bytes(), str(file)) if file else await _of_config_map(at, str(config_map))
        environment, region = environment_name(body), at.region_of(body)
        confirm(f"Set {len(values)} variables in the Airflow of {environment}, over those that are there?", yes)
        done: list[str] = []
        try:
            async for key in set_variables(at.aws, region, environment, values):
                done.append(key)
        except OutsideError:
            left = [key for key in values if key not in done]
            click.echo(f"set {len(done)} of {len(values)}; not set: {', '.join(left)}", err=True)
            raise
    show({"environment": environment, "set": done}, options.output, lambda: [f"{key} is set" for key in done])


def read(content: bytes, where: str) -> dict[str, Any]:
    """Read one JSON object. No message has any of it.

    Raises:
        ClickException: it is none, or has nothing in it.
    """
    try:
        found = json.loads(content)
    except ValueError as error:
        place = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise click.ClickException(f'{where}{place}: it is no JSON. Write one object: {{"key": "value"}}.') from None
    if not isinstance(found, dict) or not found or not all(found):
        raise click.ClickException(f'{where}: it is no JSON object with keys. Write one: {{"key": "value"}}.')
    return found


async def _of_config_map(at: Session, name: str) -> dict[str, Any]:
    data = await at.cluster.config_map(at.namespace, name)
    if not data:
        lacks = "has no keys" if data is not None else "does not exist"
        raise click.ClickException(f"ConfigMap {name} {lacks} in namespace {at.namespace}.")
    try:
        return {key: text(content.decode()) for key, content in data.items()}
    except UnicodeDecodeError as error:
        raise click.ClickException(f"ConfigMap {name}: a value is no text (UTF-8). A variable is one.") from error
