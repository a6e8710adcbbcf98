"""`kubectl mwaa status`: conditions and parts of one object, once or until it is Ready or stuck."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain

import click

from ...aws.metrics import counted
from ...aws.mwaa_restart import RESTARTED, SENT
from ...core.annotation import APPROVE, FLUX_RECONCILE_AT, RECONCILE_AT, RESTART_AT
from ...core.duration import whole
from ...engine.ports import Body
from ...resources.mwaa import Environment
from ..counts import lines as count_lines
from ..options import Options, kind_option, name_argument, subcommand
from ..output import age, show, suspended, table, wrapped
from ..session import Session, environment_name, session
from ..span import Span

PAUSE_SECONDS = 1.0
INDENT = " " * 6
GRACE_SECONDS = 3.0
"""How long a watch looks on before it takes for stuck what was stuck when it began: it may have been mended just now."""
HELP = """Show how an object is: its conditions, its parts, and what it waits for.

With --watch each change is printed until the object is Ready or gone (exit code 0), or stuck or suspended (exit code 1).
What waits for another object, such as one that does not exist, waits for ever: --timeout ends the watch (exit code 1).
With --counts CloudWatch is asked how many schedulers, workers and web servers of an environment run.
"""


@subcommand(HELP)
@name_argument
@kind_option
@click.option("--watch", "-w", is_flag=True, help="Print each change until it is Ready or stuck.")
@click.option("--timeout", type=Span(), help="Of a watch: end it after this time, such as 45m. Default: none.")
@click.option("--counts", is_flag=True, help="Ask CloudWatch how many containers run, beside how many are declared.")
async def command(options: Options, name: str, kind: str, watch: bool, timeout: timedelta | None, counts: bool) -> int:
    """Print the status."""
    if timeout is not None and not watch:
        raise click.UsageError("--timeout is for a --watch.")
    async with session(options) as at:
        body = await at.find(name, kind)
        if watch:
            return await watched(at, body, timeout)
        now = datetime.now(UTC)
        found = await _counted(at, body, now) if counts else None
    more = {} if found is None else {"counts": found}
    counts_shown = () if found is None else count_lines(body, found)
    show({**body, **more}, options.output, lambda: chain(lines(body, now), counts_shown))
    return 0


async def watched(at: Session, body: Body, timeout: timedelta | None) -> int:
    """Print each change until nothing more will happen, or until an object that is being deleted is gone.

    Raises:
        ClickException: the time is over.
    """
    said, begun = "", time.monotonic()
    key = at.key(body["metadata"]["name"], body["kind"])
    while True:
        if (news := summary(body)) != said:
            heard = [f"{datetime.now(UTC):%H:%M:%S}  {news}"]
            show(body, at.options.output, lambda heard=heard: heard)  # type: ignore[misc]
            said = news
        ended = outcome(body)
        if ended == 0 or (ended is not None and time.monotonic() - begun >= GRACE_SECONDS):
            return ended
        left = float("inf") if timeout is None else timeout.total_seconds() - (time.monotonic() - begun)
        if left <= 0:
            raise click.ClickException(f"{key.kind} {key.name} is not Ready after {whole(timeout or timedelta())}: {said}")
        await asyncio.sleep(min(PAUSE_SECONDS, left))
        if (fresh := await at.cluster.get(key)) is None:
            click.echo(f"{datetime.now(UTC):%H:%M:%S}  it is gone", err=at.options.output != "table")
            return 0
        body = {**fresh, "kind": key.kind}


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
    """Tell whether there is nothing to wait for any more: 0 when it is Ready, 1 when it is stuck or suspended.

    What is said of an earlier spec, or from before something that was asked for since, is no verdict; nor is it stuck while
    something of it goes on.
    """
    generation, held = body["metadata"].get("generation"), dict[str, str]()
    for each in body.get("status", {}).get("conditions", ()):
        if each["status"] == "True" and each.get("observedGeneration") == generation:
            held[each["type"]] = each.get("reason", "")
    if "Suspended" in held:
        return 1
    if _unheard(body):
        return None
    if "Ready" in held:
        return None if _restart_is_due(body) else 0
    return 1 if "Stalled" in held and held.get("Reconciling") != "Progressing" else None


def _unheard(body: Body) -> bool:
    """Tell whether the user has asked for a look, or approved, and the operator has not taken notice yet."""
    status, asked = body.get("status", {}), body["metadata"].get("annotations", {})
    look = next((asked[name] for name in (RECONCILE_AT, FLUX_RECONCILE_AT) if name in asked), None)
    waits = any(each["type"] == "AwaitingApproval" for each in status.get("conditions", ()))
    approved = waits and asked.get(APPROVE) == status.get("plan", {}).get("hash")
    return approved or look not in (None, status.get("lastHandledReconcileAt"))


def _restart_is_due(body: Body) -> bool:
    """Tell whether a restart is asked for that has not begun."""
    asked = body["metadata"].get("annotations", {}).get(RESTART_AT)
    parts = (each for each in body.get("status", {}).get("parts", ()) if each["type"] == Environment.TYPE)
    begun = [each.get("remember", {}).get(word) for each in parts for word in (RESTARTED, SENT)]
    return bool(asked and begun and asked not in begun)


def summary(body: Body) -> str:
    """Say in one line how an object is."""
    status = body.get("status", {})
    if suspended(body):
        return "Suspended: spec.suspend is true: nothing is read or written"
    for each in status.get("conditions", ()):
        if each["type"] == "Ready":
            return f"Ready={each['status']} {each['reason']}: {each['message']}"
    return "the operator has not looked at it yet"


def lines(body: Body, now: datetime) -> Iterator[str]:
    """Write the status for people."""
    meta, status = body["metadata"], body.get("status", {})
    yield f"{body['kind']} {meta['namespace']}/{meta['name']}{' (suspended)' * suspended(body)}"
    said = set[str]()
    for each in status.get("conditions", ()):
        stale = " (of an earlier spec)" if each.get("observedGeneration") != meta.get("generation") else ""
        yield f"  {each['type']}={each['status']} {each['reason']}, for {age(each['lastTransitionTime'], now)}{stale}"
        # Stalled, Reconciling and the part's own condition mostly say what Ready has said
        if each["message"] not in said:
            said.add(each["message"])
            yield from wrapped(each["message"], INDENT, INDENT)
    if not status.get("conditions"):
        yield f"  {summary(body)}"
    if parts := status.get("parts", ()):
        yield ""
        rows = [(each["name"], each.get("state", "Missing"), each.get("id", ""), each.get("message", "")) for each in parts]
        yield from table(("PART", "STATE", "ID", "MESSAGE"), rows, indent="  ")
    if plan := status.get("plan"):
        yield ""
        yield f"  plan {plan['hash']}: {', '.join(each['action'].lower() + ' ' + each['part'] for each in plan['steps'])}"
