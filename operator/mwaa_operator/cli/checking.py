"""What is wrong with an object, or with a document that is not applied yet: the same for a plan and for the preflight."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from ..core.errors import OutsideError
from ..core.finding import Finding
from ..core.part import Missing, Model, Part
from ..engine.ports import Registry
from .outside import told
from .planning import Planned


async def checked(registry: Registry, planned: Planned) -> dict[str, Any]:
    """Give all that is wrong with an object: what follows from its spec, and what its checks find, which are named.

    Returns:
        `findings`, each once, and in `notMade` the checks that could not be made. Nothing is checked of an object that goes.
    """
    run = planned.run
    found = dict.fromkeys(run.graph.findings, "")
    skipped = list[dict[str, str]]()
    for part in () if planned.obj.deleting else run.graph.parts.values():
        answers = await asyncio.gather(*(_ask(registry, check, part, planned) for check in part.checks))
        for check, answer in zip(part.checks, answers, strict=True):
            if isinstance(answer, str):
                skipped.append({"check": check, "message": answer})
            else:
                # a check may find what is found at every look
                found |= {each: check for each in answer if each not in found}
    return {"findings": [_shown(each, check) for each, check in found.items()], "notMade": skipped}


def _shown(finding: Finding, check: str) -> dict[str, str]:
    shown = {"code": finding.code, "severity": finding.severity.value, "where": finding.place, "message": finding.message}
    return {**shown, "check": check} if check else shown


async def _ask(registry: Registry, check: str, part: Part, planned: Planned) -> Sequence[Finding] | str:
    model = planned.run.plan.models.get(part.name, part.model)
    try:
        return await registry.checks[check].findings(guarded(model), planned.run.region)
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
