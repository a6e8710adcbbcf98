"""`kubectl mwaa status`: conditions and parts of one object, once or until it is Ready or stuck."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain

import click

from ...aws.metrics import counted
from ...engine.ports import Body
from ..counts import lines as count_lines
from ..options import Options, kind_option, name_argument, subcommand
from ..output import age, show, table
from ..session import Session, environment_name, session

PAUSE_SECONDS = 1.0
WIDTH = 110
HELP = """Show how an object is: its conditions, its parts, and what it waits for.

With --watch each change is printed until the object is Ready (exit code 0) or stuck (exit code 1). With --counts CloudWatch
is asked how many schedulers, workers and web servers of an environment run.
"""


@subcommand(HELP)
@name_argument
@kind_option
@click.option("--watch", "-w", is_flag=True, help="Print each change until it is Ready or stuck.")
@click.option("--counts", is_flag=True, help="Ask CloudWatch how many containers run, beside how many are declared.")
async def command(options: Options, name: str, kind: str, watch: bool, counts: bool) -> int:
    """Print the status."""
    async with session(options) as at:
        body = await at.find(name, kind)
        if not watch:
            now = datetime.now(UTC)
            found = await _counted(at, body, now) if counts else None
            more = {} if found is None else {"counts": found}
            counts_shown = () if found is None else count_lines(body, found)
            show({**body, "kind": body["kind"], **more}, options.output, lambda: chain(lines(body, now), counts_shown))
            return 0
        said = ""
        while True:
            if (news := summary(body)) != said:
                click.echo(f"{datetime.now(UTC):%H:%M:%S}  {news}")
                said = news
            if (ended := outcome(body)) is not None:
                return ended
            await asyncio.sleep(PAUSE_SECONDS)
            body = await at.find(name, kind)


async def _counted(at: Session, body: Body, now: datetime) -> Mapping[str, int]:
    """Ask CloudWatch.

    Raises:
        ClickException: the object is no environment.
    """
    if body["kind"] != "Environment":
        raise click.ClickException(f"--counts is for an Environment, and not for a {body['kind']}.")
    await at.expect_account(body)
    return await counted(at.aws, at.region_of(body), environment_name(body), now)


def outcome(body: Body) -> int | None:
    """Tell whether there is nothing to wait for any more: 0 when it is Ready, 1 when it is stuck."""
    generation, held = body["metadata"].get("generation"), {}
    for each in body.get("status", {}).get("conditions", ()):
        held[each["type"]] = each["status"] == "True" and each.get("observedGeneration") == generation
    return 0 if held.get("Ready") else 1 if held.get("Stalled") else None


def summary(body: Body) -> str:
    """Say in one line how an object is."""
    status = body.get("status", {})
    for each in status.get("conditions", ()):
        if each["type"] == "Ready":
            return f"Ready={each['status']} {each['reason']}: {each['message']}"
    return "the operator has not looked at it yet"


def _wrapped(message: str) -> list[str]:
    """Break a message into lines, and leave addresses whole."""
    wrapper = textwrap.TextWrapper(WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
    wrapper.break_on_hyphens = wrapper.break_long_words = False
    return wrapper.wrap(message)


def lines(body: Body, now: datetime) -> Iterator[str]:
    """Write the status for people."""
    meta, status = body["metadata"], body.get("status", {})
    yield f"{body['kind']} {meta['namespace']}/{meta['name']}"
    for each in status.get("conditions", ()):
        stale = " (of an earlier spec)" if each.get("observedGeneration") != meta.get("generation") else ""
        yield f"  {each['type']}={each['status']} {each['reason']}, for {age(each['lastTransitionTime'], now)}{stale}"
        yield from _wrapped(each["message"])
    if not status.get("conditions"):
        yield f"  {summary(body)}"
    if parts := status.get("parts", ()):
        yield ""
        rows = [(each["name"], each.get("state", "Missing"), each.get("id", ""), each.get("message", "")) for each in parts]
        yield from table(("PART", "STATE", "ID", "MESSAGE"), rows, indent="  ")
    if plan := status.get("plan"):
        yield ""
        yield f"  plan {plan['hash']}: {', '.join(each['action'].lower() + ' ' + each['part'] for each in plan['steps'])}"
