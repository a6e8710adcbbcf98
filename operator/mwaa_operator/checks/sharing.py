"""Has another environment the same role or bucket, and what else is in the bucket (guide part 4, section 7.7)?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from ..core.errors import OutsideError, Trouble
from ..core.finding import Finding
from ..resources.mwaa import FILES, Environment
from . import tenancy
from .asking import Asking

OPERATORS = ".mwaa-operator"
"""The operator's own folder: lists of delivered files, and empty files that stand where AWS needs one."""


@dataclass(frozen=True)
class Used:
    """What another environment stands on."""

    role_arn: str
    bucket_arn: str


class SharingFacts(Protocol):
    """Knows the environments of an account. Both methods may raise `OutsideError`."""

    async def others(self, region: str, name: str) -> Mapping[str, Used]:
        """Give what the other environments of the account in the region stand on, by their names."""
        ...

    async def top(self, region: str, bucket: str) -> Sequence[str]:
        """Name what lies at the top of a bucket: keys, and folders with a slash behind."""
        ...


class SharingCheck:
    """Looks who else uses the role and the bucket. All of it are warnings."""

    NAME: ClassVar[str] = "sharing"

    def __init__(self, facts: SharingFacts) -> None:
        self._facts = facts

    async def findings(self, model: Environment, region: str) -> Sequence[Finding]:
        """Name what is shared.

        Raises:
            OutsideError: AWS does not answer.
        """
        asking, bucket = Asking(), str(model.source_bucket_arn)
        name = bucket.rpartition(":::")[2]
        others, top = await asyncio.gather(
            asking.answer(self._facts.others(region, model.name), "spec", "who else uses the role and the bucket"),
            self._top(region, name),
        )
        used = others or {}
        dags = model.dag_s3_path.partition("/")[0]
        paths = [model.dag_s3_path, OPERATORS, *(str(getattr(model, f"{file}_s3_path") or "") for file in FILES)]
        return (
            *tenancy.same_role(str(model.execution_role_arn), {each: one.role_arn for each, one in used.items()}),
            *tenancy.same_bucket(bucket, {each: one.bucket_arn for each, one in used.items()}),
            # where the DAG folder is missing, what is there instead may be meant to be it
            *(tenancy.foreign_objects(name, top, paths) if f"{dags}/" in top else ()),
            *asking.notices,
        )

    async def _top(self, region: str, bucket: str) -> Sequence[str]:
        """Look into the bucket. Why that may not be possible, the check of the bucket says."""
        try:
            return await self._facts.top(region, bucket)
        except OutsideError as error:
            if error.problem.trouble in (Trouble.UNAVAILABLE, Trouble.THROTTLED):
                raise
            return ()
