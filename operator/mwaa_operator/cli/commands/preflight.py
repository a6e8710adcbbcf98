"""`kubectl mwaa preflight`: what AWS would refuse late, looked for now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from .. import planning
from ..checking import checked
from ..options import Options, kind_option, maybe_name_argument, subcommand
from ..output import show, wrapped
from ..planning import Planned
from ..session import Session, session

HELP = """Run every check that stands before the parts of an object, or of documents that are not applied yet.

All findings are printed, each with its fix; `kubectl mwaa explain CODE` says more. A check that cannot be made says so and
is no failure. Nothing is written to AWS. Exits 0 when nothing is wrong, 2 on errors, and 1 when the checks could not begin.
"""


@subcommand(HELP)
@maybe_name_argument
@click.option("-f", "--filename", "files", multiple=True, metavar="FILE", help="Documents to check; - for stdin.")
@kind_option
async def command(options: Options, name: str | None, files: tuple[str, ...], kind: str) -> int:
    """Print the findings."""
    planning.expect_one(name, files)
    async with session(options) as at:
        results = [await _result(at, planned) for planned in await planning.asked(at, name, kind, files)]
    show(results if files else results[0], options.output, lambda: [line for each in results for line in lines(each)])
    wrong = any(found["severity"] == "Error" for each in results for found in each["findings"])
    return 2 if wrong else 0


async def _result(at: Session, planned: Planned) -> dict[str, Any]:
    obj = planned.obj
    return {"kind": obj.kind, "namespace": obj.namespace, "name": obj.name, **await checked(at.registry, planned)}


def lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Write the findings for people."""
    yield f"{result['kind']} {result['namespace']}/{result['name']}"
    for each in result["findings"]:
        yield f"  {each['severity']} {each['code']}"
        yield from wrapped(f"{each['where']}: {each['message']}", " " * 6, " " * 6)
    for each in result["notMade"]:
        yield from wrapped(f"not made: {each['check']}: {each['message']}", " " * 2, " " * 6)
    if not result["findings"]:
        yield "  the checks find nothing"
