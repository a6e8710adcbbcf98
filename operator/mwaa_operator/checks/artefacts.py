"""What plugins.zip, requirements.txt and the startup script of an environment are like, as they lie in the bucket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import ClassVar, Protocol, TypeVar

from ..core.errors import OutsideError, Trouble
from ..core.finding import Finding, Severity, harmless
from ..resources.mwaa import Environment
from ..sources.lint_plugins import too_large
from ..sources.requirement_lines import read
from .asking import Asking
from .files import Named, named

HEAVY, MANY = 300_000_000, 40
"""From so many bytes of plugins, or so many requirements, ten minutes may have been too little."""
OURS = ("mwaa/", ".mwaa-operator/")
"""Where the operator puts what it makes: a DAG source looks into that before it delivers it."""
T = TypeVar("T")
Lint = Callable[[bytes, bool], Iterable[Finding]]
"""Judges a startup script, for a private web server or not."""


class ArtefactFacts(Protocol):
    """Reads objects. May raise `OutsideError`, with NOT_FOUND when one is not there."""

    async def size(self, region: str, bucket: str, key: str, version: str | None) -> int:
        """Give the bytes of an object."""
        ...

    async def text(self, region: str, bucket: str, key: str, version: str | None) -> str:
        """Give the text of an object, at least its first 100,000 characters."""
        ...


class ArtefactsCheck:
    """Looks into the files that an environment names. It only warns."""

    NAME: ClassVar[str] = "artefacts"

    def __init__(self, facts: ArtefactFacts, lint: Lint) -> None:
        self._facts = facts
        self._lint = lint

    async def findings(self, model: Environment, region: str) -> Sequence[Finding]:
        """Name what is too large, wrong in the script, and what may have timed out."""
        asking, bucket = Asking(warns=True), str(model.source_bucket_arn).rpartition(":::")[2]
        files = {each.field: each for each in named(model)}
        found: list[Finding] = []
        size = requirements = 0
        if plugins := files.get("plugins"):
            size = await _there(asking, plugins, self._facts.size(region, bucket, plugins.key, plugins.version)) or 0
            found += too_large(size, "spec.pluginsS3Path")
        if model.update_failed and (listed := files.get("requirements")):
            text = await _there(asking, listed, self._facts.text(region, bucket, listed.key, listed.version)) or ""
            requirements = await asyncio.to_thread(_packages, text)
        if (script := files.get("startupScript")) and not script.key.startswith(OURS):
            text = await _there(asking, script, self._facts.text(region, bucket, script.key, script.version)) or ""
            private = model.webserver_access_mode in (None, "PRIVATE_ONLY")
            found += await asyncio.to_thread(self._said, text.encode(), private)
        if model.update_failed:
            found += timed_out(size, requirements)
        return (*found, *asking.notices)

    def _said(self, script: bytes, private: bool) -> list[Finding]:
        """Judge a script, in a thread: it may be long, and all objects wait for the loop."""
        return list(map(harmless, self._lint(script, private)))


def _packages(text: str) -> int:
    return sum(line.is_package for line in read(text))


async def _there(asking: Asking, file: Named, question: Awaitable[T]) -> T | None:
    """Give an answer about a file; None where it is not there, which the check of the files says."""
    try:
        return await asking.answer(question, f"spec.{file.field}S3Path", f"what {file.key} is like")
    except OutsideError as error:
        if error.problem.trouble is not Trouble.NOT_FOUND:
            raise
        return None


def timed_out(size: int, requirements: int) -> Iterator[Finding]:
    """Say after a failed update that installing may have taken too long.

    Args:
        size: of plugins.zip, in bytes.
        requirements: packages that requirements.txt names.
    """
    what = [f"plugins.zip has {size / 1e6:,.0f} MB"] if size >= HEAVY else []
    what += [f"requirements.txt names {requirements} packages"] if requirements >= MANY else []
    if what:
        yield Finding(
            "InstallTimedOut",
            "spec.pluginsS3Path" if size >= HEAVY else "spec.requirementsS3Path",
            f"AWS could not finish the last update, and {' and '.join(what)}: what is not installed within 10 minutes is "
            "given up, and the environment goes back to what it was. Install less: pin all versions, so that pip tries no "
            "others, bring wheels, and leave out what no DAG imports.",
            Severity.WARNING,
        )
