"""Has another environment the same role or bucket, and what else is in the bucket (guide part 4, section 7.7)?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from ..core.errors import OutsideError, Trouble
from ..core.finding import Finding
from ..core.wording import some
from ..resources.mwaa import FILES, Environment
from . import tenancy
from .asking import Asking, not_checked

WHO = "who else uses the role and the bucket"
OPERATORS = ".mwaa-operator"
"""The operator's own folder: lists of delivered files, and empty files that stand where AWS needs one."""


@dataclass(frozen=True)
class Used:
    """What another environment stands on."""

    role_arn: str
    bucket_arn: str


@dataclass(frozen=True)
class Others:
    """The other environments of an account in a region."""

    used: Mapping[str, Used]
    """What those stand on that were looked at, by their names."""
    unseen: Sequence[str] = ()
    """The names of those that were not looked at."""
    why: str = ""
    """Why they were not."""


class SharingFacts(Protocol):
    """Knows the environments of an account. Both methods may raise `OutsideError`."""

    async def others(self, region: str, name: str) -> Others:
        """Give the other environments of the account in the region, as far as few calls show them."""
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
        """Name what is shared. What AWS does not answer is a notice: a warning is worth no failed creation."""
        asking, bucket = Asking(warns=True), str(model.source_bucket_arn)
        name = bucket.rpartition(":::")[2]
        others, top = await asyncio.gather(
            asking.answer(self._facts.others(region, model.name), "spec", WHO),
            asking.answer(self._top(region, name), "spec.sourceBucketArn", "what else lies in the bucket"),
        )
        others, top = others or Others({}), top or ()
        if others.unseen:
            asking.notices.append(not_checked("spec", f"{WHO}, as for {some(others.unseen, tenancy.SHOWN)}", others.why))
        dags = model.dag_s3_path.partition("/")[0]
        paths = [model.dag_s3_path, OPERATORS, *(str(getattr(model, f"{file}_s3_path") or "") for file in FILES)]
        return (
            *tenancy.same_role(str(model.execution_role_arn), {each: one.role_arn for each, one in others.used.items()}),
            *tenancy.same_bucket(bucket, {each: one.bucket_arn for each, one in others.used.items()}),
            # where the DAG folder is missing, what is there instead may be meant to be it
            *(tenancy.foreign_objects(name, top, paths) if f"{dags}/" in top else ()),
            *asking.notices,
        )

    async def _top(self, region: str, bucket: str) -> Sequence[str]:
        """Look into the bucket. Why that is not possible for good, the check of the bucket says."""
        try:
            return await self._facts.top(region, bucket)
        except OutsideError as error:
            if error.problem.trouble in (Trouble.UNAVAILABLE, Trouble.THROTTLED):
                raise
            return ()
