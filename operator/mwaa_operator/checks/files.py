"""Do the named plugins, requirements and startup script exist in the bucket, and in the named versions?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Protocol

from ..core.errors import OutsideError, Trouble
from ..core.finding import Finding
from ..core.part import Late
from ..resources.mwaa import Environment
from .asking import Asking


class Presence(Enum):
    """What a bucket has of an object."""

    THERE = "there"
    NO_VERSION = "no such version"
    NO_OBJECT = "no such object"


@dataclass(frozen=True)
class Named:
    """A file that an environment names."""

    field: str
    key: str
    version: str | None


class FileFacts(Protocol):
    """Knows objects. May raise `OutsideError`."""

    async def presence(self, region: str, bucket: str, key: str, version: str | None) -> Presence:
        """Say whether an object exists, in a version where one is named."""
        ...


class FilesCheck:
    """Looks for the files that an environment names."""

    NAME: ClassVar[str] = "files"

    def __init__(self, facts: FileFacts) -> None:
        self._facts = facts

    async def findings(self, model: Environment, region: str) -> Sequence[Finding]:
        """Name every file or version that is missing.

        Raises:
            OutsideError: S3 could not be asked.
        """
        asking, bucket = Asking(), str(model.source_bucket_arn).rpartition(":::")[2]

        async def look(file: Named) -> Sequence[Finding]:
            where = f"spec.{file.field}S3Path"
            try:
                question = self._facts.presence(region, bucket, file.key, file.version)
                presence = await asking.answer(question, where, f"{file.key} in the bucket {bucket}")
            except OutsideError as error:
                if error.problem.trouble is not Trouble.NOT_FOUND:
                    raise
                return ()  # no bucket: its own check says so
            return tuple(_faults(file, presence, bucket)) if presence else ()

        found = await asyncio.gather(*(look(file) for file in named(model)))
        return (*(finding for findings in found for finding in findings), *asking.notices)


def named(model: Environment) -> Iterator[Named]:
    """Give the files that an environment names and that are known by now."""
    for field, key, version in (
        ("plugins", model.plugins_s3_path, model.plugins_s3_object_version),
        ("requirements", model.requirements_s3_path, model.requirements_s3_object_version),
        ("startupScript", model.startup_script_s3_path, model.startup_script_s3_object_version),
    ):
        if isinstance(key, str) and key and not isinstance(version, Late):
            yield Named(field, key.lstrip("/"), version or None)


def _faults(file: Named, presence: Presence, bucket: str) -> Iterator[Finding]:
    if presence is Presence.NO_OBJECT:
        yield Finding(
            "FileNotFound",
            f"spec.{file.field}S3Path",
            f"there is no object {file.key} in the bucket {bucket}. Upload it, or correct the path.",
        )
    elif presence is Presence.NO_VERSION:
        yield Finding(
            "FileVersionNotFound",
            f"spec.{file.field}S3ObjectVersion",
            f"{file.key} in the bucket {bucket} has no version {file.version}: S3 knows another id, or it was deleted. "
            "Name a version that there is (`aws s3api list-object-versions`), or upload the file again.",
        )
    elif file.version is None:
        yield Finding(
            "FileVersionMissing",
            f"spec.{file.field}S3ObjectVersion",
            f"{file.key} is named without its version, and MWAA takes a file by path and version only. Name the version.",
        )
