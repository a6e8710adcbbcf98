"""`kubectl mwaa plan`: what the operator would do, by the code that does it."""

from __future__ import annotations

import click

from .. import planning
from ..checking import checked
from ..options import Options, kind_option, maybe_name_argument, subcommand
from ..output import show
from ..plan_view import is_broken, is_standing, lines, view, would_change
from ..session import session

HELP = """Show what the operator would do to an object, or to the documents of a file that is not applied yet.

What is wrong with it comes first, as `kubectl mwaa preflight` says it. Nothing is written, neither to AWS nor to Kubernetes.
Exits 0 when all is as declared, 2 when something would change, 3 when there is nothing to do and yet it is not as declared
(it is blocked, all its steps if it has any, or AWS is at work) or it cannot be told (it refers to an object that does not
exist, or to a Git repository, which only the operator fetches), and 1 on errors.
"""


@subcommand(HELP)
@maybe_name_argument
@click.option("-f", "--filename", "files", multiple=True, metavar="FILE", help="Documents to plan; - for stdin.")
@kind_option
async def command(options: Options, name: str | None, files: tuple[str, ...], kind: str) -> int:
    """Print the plans."""
    planning.expect_one(name, files)
    async with session(options) as at:
        found = await planning.asked(at, name, kind, files)
        views = [view(planned, at.registry, await checked(at.registry, planned)) for planned in found]

    def text() -> list[str]:
        return [line for each in views for line in (*lines(each), "")][:-1]

    show(views if files else views[0], options.output, text)
    if any(map(is_broken, views)):
        return 1
    return 2 if any(map(would_change, views)) else 3 if any(map(is_standing, views)) else 0
