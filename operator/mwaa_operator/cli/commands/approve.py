"""`kubectl mwaa approve`: let the plan that stands in status be carried out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ...api.meta import APPROVE
from ...engine.ports import Body, ConflictError, Registry
from ..options import Options, confirm, kind_option, name_argument, subcommand, yes_option
from ..output import show
from ..plan_view import asks_approval, lines, said_of_the_end
from ..session import MANAGER, Session, session

HELP = """Approve the plan in the status of an object (`approval: Manual`).

The plan is shown first. It is approved by its hash, so another plan that takes its place meanwhile is not.
"""


@subcommand(HELP)
@name_argument
@kind_option
@yes_option
async def command(options: Options, name: str, kind: str, yes: bool) -> None:
    """Set the annotation."""
    async with session(options) as at:
        body = await at.find(name, kind)
        hash_ = _waiting(body)
        if said := already(body):
            show(_done(body, hash_), options.output, lambda: [said])
            return
        for line in lines(view(at.registry, body)):
            click.echo(line, err=True)
        confirm(f"Approve plan {hash_}?", yes)
        await _approve(at, body, hash_)
    show(_done(body, hash_), options.output, lambda: [f"{_called(body)}: plan {hash_} is approved"])


def _called(body: Body) -> str:
    return f"{body['kind']} {body['metadata']['name']}"


def _done(body: Body, hash_: str) -> dict[str, str]:
    meta = body["metadata"]
    return {"kind": body["kind"], "namespace": meta["namespace"], "name": meta["name"], "approved": hash_}


def already(body: Body) -> str:
    """Say of a plan that is approved that it is; empty where another approval would change something."""
    status, annotations = body["status"], body["metadata"].get("annotations", {})
    waits = asks(status) or any(asks_approval(step) for step in status["plan"]["steps"])
    if waits and annotations.get(APPROVE) != status["plan"]["hash"]:
        return ""
    stalled = any(each["type"] == "Stalled" for each in status.get("conditions", ()))
    how = "`kubectl mwaa status` says what stops it" if stalled and not waits else "on its way"
    return f"{_called(body)}: plan {status['plan']['hash']} is approved already, {how}"


def asks(status: Mapping[str, Any]) -> bool:
    """Tell whether an object asks for an approval."""
    return any(each["type"] == "AwaitingApproval" for each in status.get("conditions", ()))


async def _approve(at: Session, body: Body, hash_: str) -> None:
    """Write the hash on the very object that was read; one that changed meanwhile must still have the same plan."""
    try:
        await at.cluster.put_annotation(body, APPROVE, hash_, MANAGER)
    except ConflictError:
        fresh = await at.find(f"{body['kind']}/{body['metadata']['name']}")
        if _waiting(fresh) != hash_ or fresh["metadata"]["uid"] != body["metadata"]["uid"]:
            raise click.ClickException("the plan has changed meanwhile. Look at it again.") from None
        await at.cluster.put_annotation(fresh, APPROVE, hash_, MANAGER)


def _waiting(body: Body) -> str:
    called, status = _called(body), body.get("status", {})
    if status.get("observedGeneration") != body["metadata"]["generation"]:
        raise click.ClickException(f"{called}: the operator has not looked at the newest spec yet. Try again in a moment.")
    if body["spec"].get("approval") != "Manual" and not asks(status):
        raise click.ClickException(f"{called} needs no approval: spec.approval is not Manual.")
    if "plan" not in status:
        raise click.ClickException(f"{called} has no plan: there is nothing to do.")
    return str(status["plan"]["hash"])


def view(registry: Registry, body: Body) -> dict[str, object]:
    """Give the plan that stands in the status of an object, and whether it is the end of it."""
    meta, plan = body["metadata"], body["status"]["plan"]
    found = {"kind": body["kind"], "namespace": meta["namespace"], "name": meta["name"], **plan}
    if "deletionTimestamp" in meta:
        default = registry.kinds[body["kind"]].SPEC.model_fields["deletion_policy"].default
        retain = body["spec"].get("deletionPolicy", default) == "Retain"
        found["deleting"] = said_of_the_end(plan["steps"], retain=retain)
    return found
