"""`kubectl mwaa logs`: what an environment writes to CloudWatch Logs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from ...aws.session import Aws
from ...checks import logs
from ...core.errors import OutsideError, Trouble
from ...core.finding import Finding
from ...engine.ports import Body
from ...resources.mwaa import log_group_name
from ..options import Options, name_argument, subcommand
from ..output import ready, to_yaml
from ..session import Session, environment_name, session
from ..span import Span

CATEGORIES: Mapping[str, str] = {
    "scheduler": "SchedulerLogs",
    "worker": "WorkerLogs",
    "webserver": "WebserverLogs",
    "dag-processor": "DagProcessingLogs",
    "task": "TaskLogs",
}
PAUSE_SECONDS = 2.0
OVERLAP = timedelta(minutes=1)
"""How much is read again while following: streams come in late and side by side."""
FAR_BACK = timedelta(days=1)
"""What is advised to those who looked back for less."""

HELP = """Print what a component of an environment writes to CloudWatch Logs, the oldest line first.

A log that loggingConfiguration switches off has no lines. What is known among the lines, or that an enabled log has none,
is explained at the end; `kubectl mwaa explain CODE` says more. With -o json each line is an object of its own.
"""


@subcommand(HELP)
@name_argument
@click.option("--component", "-c", type=click.Choice(list(CATEGORIES)), default="scheduler", show_default=True)
@click.option("--since", type=Span(), default="10m", show_default=True, help="How far to look back.")
@click.option("--follow", is_flag=True, help="Go on until interrupted.")
async def command(options: Options, name: str, component: str, since: timedelta, follow: bool) -> None:
    """Print the lines."""
    async with session(options) as at:
        body = await at.find(name)
        await at.expect_account(body)
        group, region = log_group_name(environment_name(body), CATEGORIES[component]), at.region_of(body)
        begin, known, told = datetime.now(UTC) - since, set[str](), False
        while True:
            events = await _events(at, region, group, begin)
            for event in events:
                if event["eventId"] not in known:
                    click.echo(line(event) if options.output == "table" else record(event, options.output))
            if not follow:
                if not events:
                    click.echo(nothing(body, component, group, begin, since), err=True)
                for finding in await findings(at.aws, region, body, group, events, datetime.now(UTC)):
                    click.echo(f"{finding.severity} {finding}", err=True)
                return
            if not events and not known and not told:
                told = True
                click.echo(f"{nothing(body, component, group, begin, since)} Waiting for lines.", err=True)
            # only what will be read again can be met again
            known = {event["eventId"] for event in events}
            last = max((event["timestamp"] for event in events), default=0) / 1000
            begin = max(begin, datetime.fromtimestamp(last, UTC) - OVERLAP)
            await asyncio.sleep(PAUSE_SECONDS)


async def findings(
    aws: Aws, region: str, body: Body, group: str, events: Sequence[Mapping[str, Any]], now: datetime
) -> list[Finding]:
    """Explain what is known of some lines, or why there are none in all of the log."""
    if events:
        return list(logs.told(group, (str(event["message"]) for event in events)))
    status, known = body.get("status", {}), ready(body)
    # tasks may not have run yet
    if known.get("status") != "True" or group not in status.get("logGroups", ()) or group.endswith("-Task"):
        return []
    answer = await aws.call(region, "logs", "filter_log_events", logGroupName=group, limit=1)
    if answer["events"] or answer.get("nextToken"):
        return []
    running = now - datetime.fromisoformat(known["lastTransitionTime"])
    return list(logs.silent(group, str(status.get("executionRoleArn", "the execution role")), running))


async def _events(at: Session, region: str, group: str, begin: datetime) -> list[dict[str, Any]]:
    start = int(begin.timestamp() * 1000)
    try:
        events = await at.aws.pages(region, "logs", "filter_log_events", "events", logGroupName=group, startTime=start)
    except OutsideError as error:
        if error.problem.trouble is Trouble.NOT_FOUND:
            raise click.ClickException(
                f"there is no log group {group} in {region}. Enable the log in spec.loggingConfiguration."
            ) from error
        raise
    return sorted(events, key=lambda event: event["timestamp"])


def nothing(body: Body, component: str, group: str, begin: datetime, since: timedelta) -> str:
    """Say that there is no line, since when, and what that may mean.

    Args:
        body: the environment.
        component: whose log it is.
        group: the log group.
        begin: from when on there is no line.
        since: how far the user looked back.
    """
    lead = f"there are no lines in {group} since {begin:%Y-%m-%dT%H:%M:%SZ}"
    status, spec = body.get("status", {}), body.get("spec", {})
    declared = (spec.get("loggingConfiguration") or {}).get(_camel(CATEGORIES[component])) or {}
    if group not in status.get("logGroups", (group,)):
        field = f"spec.loggingConfiguration.{_camel(CATEGORIES[component])}"
        return f"{lead}: the log is switched off: enable it in {field}."
    if not status.get("environmentArn"):
        return f"{lead}: the environment does not exist yet."
    reasons = ["no task wrote anything" if component == "task" else "nothing was written"]
    if (level := declared.get("logLevel")) and level != "INFO":
        reasons.append(f"what was written is below the log level {level}")
    reasons.append("it has not arrived in CloudWatch Logs yet")
    advice = f" Look further back with --since {FAR_BACK.days}d." if since < FAR_BACK else ""
    return f"{lead}, which may mean that {', or that '.join(reasons)}.{advice}"


def _camel(category: str) -> str:
    return category[0].lower() + category[1:]


def record(event: Mapping[str, Any], output: str) -> str:
    """Write one event as a line of JSON, or as a YAML document."""
    shown = {"time": _time(event["timestamp"]), "stream": event["logStreamName"], "message": event["message"]}
    return json.dumps(shown, ensure_ascii=False) if output == "json" else f"---\n{to_yaml(shown).rstrip()}"


def line(event: Mapping[str, Any]) -> str:
    """Write one event."""
    return f"{_time(event['timestamp'])}  {event['logStreamName']}  {str(event['message']).rstrip()}"


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
