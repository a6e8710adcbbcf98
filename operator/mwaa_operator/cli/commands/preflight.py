"""`kubectl mwaa preflight`: what AWS would refuse late, looked for now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from ...core.errors import OutsideError
from ...core.finding import Finding
from ...core.part import Missing, Model, Part
from .. import planning
from ..options import Options, kind_option, maybe_name_argument, subcommand
from ..output import show, wrapped
from ..outside import told
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
        results = [await checked(at, planned) for planned in await planning.asked(at, name, kind, files)]
    show(results if files else results[0], options.output, lambda: [line for each in results for line in lines(each)])
    wrong = any(found["severity"] == "Error" for each in results for found in each["findings"])
    return 2 if wrong else 0


async def checked(at: Session, planned: Planned) -> dict[str, Any]:
    """Run the checks of one object."""
    found, skipped = list(planned.run.graph.findings), list[dict[str, str]]()
    for part in planned.run.graph.parts.values():
        answers = await asyncio.gather(*(_ask(at, check, part, planned) for check in part.checks))
        for check, answer in zip(part.checks, answers, strict=True):
            if isinstance(answer, str):
                skipped.append({"check": check, "message": answer})
            else:
                found += answer
    return {
        "kind": planned.obj.kind,
        "namespace": planned.obj.namespace,
        "name": planned.obj.name,
        "findings": [
            {"code": each.code, "severity": each.severity.value, "where": each.place, "message": each.message}
            # a check may find what is found at every look
            for each in dict.fromkeys(found)
        ],
        "notMade": skipped,
    }


async def _ask(at: Session, check: str, part: Part, planned: Planned) -> Sequence[Finding] | str:
    model = planned.run.plan.models.get(part.name, part.model)
    try:
        return await at.registry.checks[check].findings(guarded(model), planned.run.region)
    except NotKnownError as error:
        return str(error)
    except OutsideError as error:
        return told(error.problem)


class NotKnownError(Exception):
    """A check asks for a value that another part or object has still to give."""


def guarded(model: Model) -> Model:
    """Give a model that refuses to be asked for what is not known yet, so that checks that need none of it can be made."""
    waits = {
        field: late.need.message if isinstance(late, Missing) else f"waits for {late.part}" for field, late in model.late()
    }

    class Guarded(type(model)):  # type: ignore[misc]
        def __getattribute__(self, name: str) -> Any:
            if name in waits:
                raise NotKnownError(waits[name])
            return super().__getattribute__(name)

    made: Model = object.__new__(Guarded)
    vars(made).update(vars(model))
    return made


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
