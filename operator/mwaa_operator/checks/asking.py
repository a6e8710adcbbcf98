"""How a check asks for its facts: what the operator may not see is said, and is no fault of the environment."""

from __future__ import annotations

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
            self.notices.append(not_checked(where, what, error.problem.message))
            return None


def withheld(problem: Problem) -> bool:
    """Tell a call that the operator may not make, or that this AWS does not have, from one that failed."""
    return (problem.trouble is Trouble.DENIED and bool(problem.action)) or (
        (problem.trouble, problem.reason) == (Trouble.REFUSED, "AwsRefused")
    )


def not_checked(where: str, what: str, why: str) -> Finding:
    """Say that a check could not be made. `why` names the action that IAM must allow."""
    return Finding("NotChecked", where, f"{what}: this could not be checked. {why}", Severity.NOTICE)
