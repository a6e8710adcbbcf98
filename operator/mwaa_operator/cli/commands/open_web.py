"""`kubectl mwaa open`: a URL that logs in to the web server, printed and kept nowhere."""

from __future__ import annotations

import click

from ...core.errors import OutsideError, Trouble
from ..options import Options, name_argument, subcommand
from ..output import show
from ..session import environment_name, session

HELP = """Print a URL that logs you in to the web server of an environment.

It is good for 60 seconds and for one login. Treat it as a password: it is printed to stdout, and kept nowhere.
"""


@subcommand(HELP)
@name_argument
async def command(options: Options, name: str) -> None:
    """Print the URL."""
    async with session(options) as at:
        body = await at.find(name)
        await at.expect_account(body)
        try:
            answer = await at.aws.call(at.region_of(body), "mwaa", "create_web_login_token", Name=environment_name(body))
        except OutsideError as error:
            if error.problem.trouble is not Trouble.NOT_FOUND:
                raise
            raise click.ClickException(
                f"Environment {name} does not exist in AWS yet. `kubectl mwaa status {name}` says what it waits for."
            ) from error
    version = str(body.get("status", {}).get("airflowVersion", ""))
    url = login_url(answer["WebServerHostname"], answer["WebToken"], version)
    click.echo("good for 60 seconds, to be treated as a password:", err=True)
    show({"url": url, "validSeconds": 60}, options.output, lambda: [url])


def login_url(host: str, token: str, version: str) -> str:
    """Give the address of the login page; what stands behind the # stays in the browser (guide, 01 section 18)."""
    folder = "aws_mwaa" if version.startswith(("1.", "2.")) else "pluginsv2/aws_mwaa"
    return f"https://{host}/{folder}/aws-console-sso?login=true#{token}"
