"""`kubectl mwaa access`: the IAM policy with which people may open the web server."""

from __future__ import annotations

import click

from ...checks.role_name import room
from ...resources.access import AIRFLOW_ROLES, web_server_policy
from ..options import Options, name_argument, subcommand
from ..output import show
from ..session import session

HELP = """Print the IAM policy that lets people open the web server of an environment.

It allows a login in one of Airflow's roles. Attach it to a group, a role or a permission set:

\b
    kubectl mwaa access prod --role Viewer > viewer.json
    aws iam put-role-policy --role-name analysts --policy-name airflow --policy-document file://viewer.json

With --see it allows also to look at this environment. Nothing hides the names of the others from those who may call
airflow:ListEnvironments: IAM knows no resource for that.
"""


@subcommand(HELP)
@name_argument
@click.option(
    "--role", metavar="ROLE", default="Viewer", show_default=True, help="Admin, Op, User, Viewer, Public or your own."
)
@click.option("--see", is_flag=True, help="Allow also to look at this environment (airflow:GetEnvironment), and no other.")
@click.option("--iam-role", metavar="NAME", help="The IAM role that gets the policy: tell whether its name is too long.")
async def command(options: Options, name: str, role: str, see: bool, iam_role: str | None) -> None:
    """Print the policy: nobody is asked but the cluster."""
    async with session(options) as at:
        body = await at.find(name)
    arn = body.get("status", {}).get("environmentArn")
    if not arn:
        raise click.ClickException(f"Environment {body['metadata']['name']} does not exist in AWS yet: wait until it does.")
    if role not in AIRFLOW_ROLES:
        click.echo(
            f"{role} is none of Airflow's own roles ({', '.join(AIRFLOW_ROLES)}): make sure that it exists.", err=True
        )
    for finding in room("--iam-role", iam_role or ""):
        click.echo(f"warning: {finding}", err=True)
    # IAM takes JSON, so that is what it is unless something else is asked for
    show(web_server_policy(str(arn), role, see=see), "yaml" if options.output == "yaml" else "json", list)
