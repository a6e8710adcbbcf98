"""How a check asks for its facts: what the operator may not see is said, and is no fault of the environment."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar

from ..core.errors import OutsideError, Problem, Trouble
from ..core.finding import Finding, Severity

T = TypeVar("T")


@dataclass
class Asking:
    """Collects what could not be asked while a check reads its facts."""

    warns: bool = False
    """The check gives warnings only: nothing that AWS answers may hold up the step that it stands before."""
    notices: list[Finding] = field(default_factory=list)

    async def answer(self, question: Awaitable[T], where: str, what: str) -> T | None:
        """Give the answer; None when AWS does not give it to the operator, which is noted.

        Args:
            question: the call.
            where: the field of the spec that the answer is about.
            what: what stays unchecked without it.

        Raises:
            OutsideError: AWS knows no such thing, which the check must say itself; or it does not answer, and the check
                must be made again since it may find errors.
        """
        try:
            return await question
        except OutsideError as error:
            passing = self.warns and error.problem.trouble is not Trouble.NOT_FOUND
            if not passing and not withheld(error.problem):
                raise
            self.notices.append(not_checked(where, what, cause(error.problem)))
            return None


def withheld(problem: Problem) -> bool:
    """Tell a call that the operator may not make, or that this AWS does not have, from one that failed."""
    return (problem.trouble is Trouble.DENIED and bool(problem.action)) or (
        (problem.trouble, problem.reason) == (Trouble.REFUSED, "AwsRefused")
    )


NOT_OFFERED = re.compile(r"NotImplemented|EmulatorFailure|UnsupportedOperation|InvalidAction|Unknown(Operation|Action)")
"""Words of an AWS that does not have a call: an emulator, or a region or partition that lacks it."""
NOT_HELD_UP = "Nothing is held up: if something is wrong there, AWS says so itself, later."


def cause(problem: Problem) -> str:
    """Say why there was no answer, and what is to be done about that: most of the time nothing."""
    said = problem.plain or problem.message
    if problem.trouble is Trouble.DENIED:
        return f"{problem.message} {NOT_HELD_UP}"
    if problem.trouble in (Trouble.UNAVAILABLE, Trouble.THROTTLED, Trouble.NOT_YET):
        return f"{said} It is asked again when the checks are made the next time. {NOT_HELD_UP}"
    if NOT_OFFERED.search(said):
        return f"{said} This AWS does not have the call, as an emulator may not: there is nothing to do. {NOT_HELD_UP}"
    return f"{said} {NOT_HELD_UP}"


def not_checked(where: str, what: str, why: str) -> Finding:
    """Say that a check could not be made. `why` says the cause, and what is to be done where that helps."""
    return Finding("NotChecked", where, f"{what}: this could not be checked. {why}", Severity.NOTICE)
