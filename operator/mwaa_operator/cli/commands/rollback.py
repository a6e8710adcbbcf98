"""`kubectl mwaa rollback`: let an earlier revision of a DagSource stand, or what its source has again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from ...api.meta import ROLLBACK_TO
from ...engine.ports import Body
from ..options import Options, confirm, subcommand, yes_option
from ..output import show, table
from ..session import MANAGER, session

HELP = """Go back to an earlier revision of the DagSource NAME, and stay there.

Without --to it is the newest earlier revision that was proven; where none was, the newest that has not failed. The operator
copies its files out of the versions in the bucket: the source need not be there. It delivers nothing else until --resume.
"""
Revision = Mapping[str, Any]


@subcommand(HELP)
@click.argument("name", metavar="NAME")
@click.option("--to", metavar="REVISION", help="The revision, or how it begins. --list shows them.")
@click.option("--resume", is_flag=True, help="Deliver what the source has.")
@click.option("--list", "listed", is_flag=True, help="Show the revisions, and change nothing.")
@yes_option
async def command(options: Options, name: str, to: str | None, resume: bool, listed: bool, yes: bool) -> None:
    """Set the annotation, or take it off."""
    if sum((to is not None, resume, listed)) > 1:
        raise click.UsageError("--to, --resume and --list exclude each other.")
    async with session(options) as at:
        body = await at.find(f"dagsource/{name.rpartition('/')[2]}")
        if listed:
            history = body.get("status", {}).get("history", [])
            show(history, options.output, lambda: lines(body))
            return
        goal = None if resume else chosen(body, to)
        confirm(_question(body, goal), yes)
        await at.cluster.put_annotation(body, ROLLBACK_TO, goal, MANAGER)
    meta = body["metadata"]
    done = {"kind": body["kind"], "namespace": meta["namespace"], "name": meta["name"], "rollbackTo": goal}
    show(done, options.output, lambda: [said(body, goal)])


def chosen(body: Body, to: str | None) -> str:
    """Find the revision that is meant.

    Args:
        body: the DagSource.
        to: what the user has named; None for the best earlier one.

    Raises:
        ClickException: there is none, or several begin so.
    """
    status = body.get("status", {})
    history: Sequence[Revision] = status.get("history", ())
    names = [str(each["revision"]) for each in history]
    if to is not None:
        found = [each for each in names if each == to] or [each for each in names if each.startswith(to)]
        if len(found) != 1:
            some = f"{len(found)} revisions begin with {to!r}" if found else f"there is no revision {to!r} in status.history"
            raise click.ClickException(f"{some}. There are: {', '.join(names) or 'none'}.")
        return found[0]
    present = status.get("revision")
    earlier = history[names.index(present) + 1 :] if present in names else history
    usable = [each for each in earlier if each.get("proven")] or [each for each in earlier if not each.get("failure")]
    if not usable:
        why = "it has no earlier revision" if not earlier else "every earlier revision has failed: name one with --to"
        raise click.ClickException(f"DagSource {body['metadata']['name']} cannot go back: {why}.")
    return str(usable[0]["revision"])


def lines(body: Body) -> list[str]:
    """Show the revisions as a table."""
    status = body.get("status", {})
    rows = [
        (
            "*" if each["revision"] == status.get("revision") else "",
            each["revision"],
            each.get("deliveredAt"),
            each.get("fileCount"),
            "proven" if each.get("proven") else "failed" if each.get("failure") else "not proven",
            each.get("sourceRevision"),
        )
        for each in status.get("history", ())
    ]
    return table(("", "REVISION", "DELIVERED", "FILES", "STATE", "SOURCE"), rows) if rows else ["no revision is recorded"]


def said(body: Body, goal: str | None) -> str:
    """Say what comes of it."""
    name, namespace = body["metadata"]["name"], body["metadata"]["namespace"]
    paused = "; it is suspended: that comes when spec.suspend is taken back" if body["spec"].get("suspend") else ""
    if goal is None:
        return f"DagSource {name}: what its source has is delivered again{paused}"
    resume = f"`kubectl mwaa rollback {name} --resume -n {namespace}`"
    return f"DagSource {name} goes back to revision {goal} and stays there until {resume}{paused}"


def _question(body: Body, goal: str | None) -> str:
    name, present = body["metadata"]["name"], body.get("status", {}).get("revision") or "nothing"
    if goal is None:
        return f"Deliver what the source of {name} has, in place of revision {present}?"
    return f"Let revision {goal} of {name} stand in place of {present}?"
