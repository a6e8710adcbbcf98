"""`kubectl mwaa service-role`: the service-linked role of MWAA, of which an account has one."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

import click

from ...aws.mwaa_service_role import ServiceRole, ServiceRoles
from ...aws.session import Aws
from ...resources.service_role import NAME
from ..options import Options, confirm, subcommand, yes_option
from ..output import show

HELP = """Show the service-linked role of MWAA, make it, describe it, or delete it.

AWS makes it with the first environment of an account, and works with it ever after: nothing has to be done. Make it
beforehand where nobody who creates environments may. Of what it has only its description can be changed. It can be deleted
when no environment is left in any region.
"""
WAIT = 2.0
"""Seconds between two questions how far the deletion is."""


@subcommand(HELP)
@click.option("--create", is_flag=True, help="Make it, unless it is there.")
@click.option("--description", metavar="TEXT", help="Give it another description.")
@click.option("--delete", is_flag=True, help="Delete it.")
@yes_option
async def command(options: Options, create: bool, description: str | None, delete: bool, yes: bool) -> None:
    """Do what is asked for, and show the role."""
    if delete and (create or description is not None):
        raise click.UsageError("--delete goes with nothing else.")
    aws = Aws(version("mwaa-operator"))
    try:
        if not (region := options.region or aws.default_region):
            raise click.ClickException("no AWS region: set AWS_REGION or give --region.")
        roles = ServiceRoles(aws, region)
        found = await roles.look()
        if delete and found:
            confirm("Delete MWAA's service-linked role of this account?", yes)
            await _delete(roles)
            found = None
        if create and not found:
            found = await roles.create()
        if description is not None:
            if not found:
                raise click.ClickException("there is no service-linked role of MWAA: make it with --create.")
            found = await roles.describe(description)
    finally:
        aws.close()
    shown = {"name": NAME, "present": found is not None}
    more = {"arn": found.arn, "description": found.description} if found else {}
    show({**shown, **more}, options.output, lambda: _lines(found))


async def _delete(roles: ServiceRoles) -> None:
    if names := await roles.environments():
        raise click.ClickException(
            f"there are environments: {', '.join(names)}. Without the role AWS could not clean up behind them. Delete them "
            "first, and wait until they are gone."
        )
    task = await roles.delete()
    while (why := await roles.deleted(task)) is None:
        await asyncio.sleep(WAIT)
    if why:
        raise click.ClickException(f"AWS keeps the role: {why}")


def _lines(role: ServiceRole | None) -> list[str]:
    if role is None:
        return [f"{NAME} is absent: AWS makes it with the next environment."]
    return [f"{role.name} is present: {role.arn}", f"description: {role.description or '-'}"]
