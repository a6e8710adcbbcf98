"""`kubectl mwaa list`: all objects of the group, or the environments in AWS that nobody manages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from ...core.owner import OWNER_TAG
from ...engine.ports import Body
from ..options import Options, all_namespaces_option, subcommand
from ..output import age, ready, show, suspended, table
from ..session import Session, session

HELP = """List all objects with their state.

With --unmanaged: the MWAA environments of the account and region that no object manages, neither in this cluster nor, by
their owner tags, in another one. `kubectl mwaa import NAME` writes a manifest for one.
"""


@subcommand(HELP)
@all_namespaces_option
@click.option("--unmanaged", is_flag=True, help="List environments in AWS that no object manages.")
async def command(options: Options, all_namespaces: bool, unmanaged: bool) -> None:
    """Print the list."""
    now = datetime.now(UTC)
    async with session(options) as at:
        if unmanaged:
            alone = await _unmanaged(at)
            show(alone, options.output, lambda: unmanaged_lines(alone))
            return
        namespaces = () if all_namespaces else (at.namespace,)
        found = [body for kind in at.registry.kinds for body in await at.cluster.list(kind, namespaces)]
    show([row(body) for body in found], options.output, lambda: lines(found, now, all_namespaces))


def row(body: Body) -> dict[str, Any]:
    """Give what the list says of an object."""
    said, meta = ready(body), body["metadata"]
    return {
        "kind": body["kind"],
        "namespace": meta["namespace"],
        "name": meta["name"],
        "ready": said.get("status", "Unknown"),
        "reason": said.get("reason", ""),
        "suspended": suspended(body),
        "message": said.get("message", ""),
        "created": meta["creationTimestamp"],
    }


def lines(found: Sequence[Body], now: datetime, all_namespaces: bool) -> list[str]:
    """Write the table."""
    if not found:
        return ["no objects found"]
    head = ("KIND", "NAME", "READY", "REASON", "AGE")
    rows = [
        (
            each["kind"],
            each["name"],
            each["ready"],
            "Suspended" if each["suspended"] else each["reason"],
            age(each["created"], now),
        )
        for each in map(row, found)
    ]
    if not all_namespaces:
        return table(head, rows)
    spaces = [body["metadata"]["namespace"] for body in found]
    return table(("NAMESPACE", *head), [(space, *cells) for space, cells in zip(spaces, rows, strict=True)])


async def _unmanaged(at: Session) -> list[dict[str, Any]]:
    region = at.options.region or at.aws.default_region
    if not region:
        raise click.ClickException("no AWS region: set AWS_REGION, or give --region.")
    names = await at.aws.pages(region, "mwaa", "list_environments", "Environments")
    answers = await asyncio.gather(*(at.aws.call(region, "mwaa", "get_environment", Name=name) for name in names))
    managed = {body.get("status", {}).get("environmentArn") for body in await at.cluster.list("Environment", ())}
    return [described(answer["Environment"]) for answer in answers if _is_alone(answer["Environment"], managed)]


def _is_alone(environment: Mapping[str, Any], managed: Iterable[str | None]) -> bool:
    """Tell whether neither an object of this cluster nor a tag claims an environment."""
    return environment["Arn"] not in managed and not (environment.get("Tags") or {}).get(OWNER_TAG)


def described(environment: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the console lists of an environment."""
    created, url = environment.get("CreatedAt"), str(environment.get("WebserverUrl") or "")
    return {
        "name": environment["Name"],
        "status": environment["Status"],
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(created, datetime) else None,
        "airflowVersion": environment.get("AirflowVersion"),
        "url": f"https://{url.removeprefix('https://')}" if url else None,
    }


def unmanaged_lines(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write the table."""
    if not found:
        return ["every environment is managed"]
    return table(("NAME", "STATUS", "CREATED", "AIRFLOW", "URL"), [tuple(each.values()) for each in found])
