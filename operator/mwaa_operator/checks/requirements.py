"""requirements.txt as it lies in the bucket, by the rules of the linter: for the version and access mode of an environment.

Whether everything can be installed together is not asked here: that needs the whole index.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Protocol

from ..core.catalogue import BUILT_IN
from ..core.errors import OutsideError, Trouble
from ..core.finding import Finding
from ..resources.mwaa import Environment
from ..sources.lint_requirements import installer, judged, placed
from ..sources.requirement_lines import read
from ..sources.rules import OF_REQUIREMENTS
from .asking import Asking
from .files import named
from .upgrade import VersionChange, before

WHERE = "spec.requirementsS3Path"


class RequirementFacts(Protocol):
    """Reads requirements.txt. May raise `OutsideError`, with NOT_FOUND when it is not there."""

    async def text(self, region: str, bucket: str, key: str, version: str | None) -> str:
        """Give the text of an object, at least its first 100,000 characters."""
        ...


class RequirementsCheck:
    """Reads the requirements file that an environment names."""

    NAME: ClassVar[str] = "requirements"

    def __init__(self, facts: RequirementFacts) -> None:
        self._facts = facts

    async def findings(self, model: Environment, region: str) -> Sequence[Finding]:
        """Name what the version of Airflow or the access mode makes of the file.

        Raises:
            OutsideError: S3 could not be asked.
        """
        file = next((file for file in named(model) if file.field == "requirements"), None)
        if file is None:
            return ()
        asking, bucket = Asking(), str(model.source_bucket_arn).rpartition(":::")[2]
        try:
            question = self._facts.text(region, bucket, file.key, file.version)
            text = await asking.answer(question, WHERE, "what requirements.txt says")
        except OutsideError as error:
            if error.problem.trouble is not Trouble.NOT_FOUND:
                raise
            return ()  # the check of the files says so
        said = await asyncio.to_thread(_said, model, text or "")  # it may be long, and all objects wait for the loop
        change = VersionChange(model.running_version, model.airflow_version or "", model.mismatches_accepted)
        return (*before(change, said), *asking.notices)


def _said(model: Environment, text: str) -> Sequence[Finding]:
    # without a mode AWS takes the private one
    is_private = model.webserver_access_mode in (None, "PRIVATE_ONLY")
    reader = installer(model.airflow_version or "", BUILT_IN, is_private=is_private)
    found = judged(list(read(text)), (), [reader], OF_REQUIREMENTS)
    return [placed(each, WHERE) for each in found]
