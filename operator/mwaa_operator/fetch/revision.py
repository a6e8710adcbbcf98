"""How a fetch stands, read as a part, so that it is said in status and in a condition like everything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..core.adapter import ReadOnly, Target
from ..core.errors import PASSING
from ..core.observed import Observed, State
from ..core.origin import shown
from ..resources.source import SourceRevision


class SourceRevisions(ReadOnly[SourceRevision]):
    """Nothing is called: all of it is known already."""

    TYPE: ClassVar[str] = SourceRevision.TYPE

    async def read(self, targets: Sequence[Target[SourceRevision]]) -> Mapping[str, Observed]:
        """Say what is served, and what keeps it from being the newest.

        What nobody answers for is no reason to doubt what is served, until that has lasted.
        """
        return {target.name: _seen(target.want) for target in targets if target.model}


def _seen(want: SourceRevision) -> Observed:
    revision = shown(want.revision)
    outputs = {"revision": revision}
    if want.fault is None:
        return Observed(revision, outputs=outputs, message=f"{revision} of {want.url}")
    passing = want.fault.trouble in PASSING
    state = State.READY if passing and not want.lasting else State.WAITING if passing else State.FAILED
    message = f"{want.fault.message} Until then {revision} is served, and nothing is deleted."
    return Observed(revision, outputs=outputs, state=state, reason=want.fault.reason, message=message)
