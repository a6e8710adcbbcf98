"""requirements.txt against the version: what the file itself says (guide part 2, section 12; part 4, section 3).

Whether everything can be installed together is not asked here: that needs the whole index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Protocol

from ..core.catalogue import version_tuple
from ..core.errors import OutsideError, Trouble
from ..core.finding import Finding, Severity
from ..resources.mwaa import Environment
from .asking import Asking
from .files import named
from .upgrade import VersionChange, before

WHERE = "spec.requirementsS3Path"
CONSTRAINT_SINCE, WEBSERVER_SINCE = "2.7.2", "2.2.2"
"""From then on MWAA wants constraints, and the web server installs requirements too."""
CONSTRAINT = re.compile(r"(?:-c|--constraint)[\s=]+[\"']?([^\"'\s]+)")
OF_AIRFLOW = re.compile(r"/constraints-(\d[\w.]*)/")
EXTRAS = re.compile(r"apache-airflow\[[^\]]*\]\s*==\s*([\w.]+)", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
SHOWN = 5
ELSEWHERE = ("--no-index", "--find-links", "--index-url", "--extra-index-url", "-f ", "-i ")
"""Options of pip that let it find packages elsewhere than in the public index."""


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
        lines = list(read(text or ""))
        found = [finding for rule in RULES for finding in rule(model, lines)]
        change = VersionChange(model.running_version, model.airflow_version or "", model.mismatches_accepted)
        return (*before(change, found), *asking.notices)


def read(text: str) -> Iterator[str]:
    """Give the lines that pip reads: joined, without comments."""
    for line in text.replace("\\\n", " ").splitlines():
        if stripped := re.sub(r"(^|\s)#.*$", "", line).strip():
            yield stripped


def _before(running: str | None, other: str) -> bool:
    """Tell whether a version is known and older than another; without a version AWS takes its newest."""
    known = version_tuple(running or "")
    return bool(known) and known < version_tuple(other)


def _constraint(want: Environment, lines: Sequence[str]) -> Iterator[Finding]:
    files = [found[1] for line in lines if (found := CONSTRAINT.match(line))]
    running = want.airflow_version
    if lines and not files and "--no-index" not in lines and not _before(running, CONSTRAINT_SINCE):
        yield Finding(
            "NoConstraint",
            WHERE,
            f"it has no --constraint line, which Airflow {CONSTRAINT_SINCE} and later want: MWAA puts in one of its own. "
            "Begin "
            'the file with --constraint "https://raw.githubusercontent.com/apache/airflow/constraints-'
            f'{running or "<version>"}/constraints-<Python version>.txt", so that you know what is installed.',
            Severity.WARNING,
        )
    for url in files:
        found = OF_AIRFLOW.search(url)
        if found and running and version_tuple(found[1]) != version_tuple(running):
            yield Finding(
                "ConstraintOfOtherVersion",
                WHERE,
                f"its constraints are those of Airflow {found[1]}, and this is {running}: pip will find conflicts or "
                f"install what does not fit. Name the constraints of {running}.",
                Severity.WARNING,
            )


def _extras(want: Environment, lines: Sequence[str]) -> Iterator[Finding]:
    for line in lines:
        found = EXTRAS.match(line)
        if found and want.airflow_version and version_tuple(found[1]) != version_tuple(want.airflow_version):
            yield Finding(
                "ExtrasOfOtherVersion",
                WHERE,
                f"{line.split(';')[0].strip()} asks for extras of Airflow {found[1]}, and this is {want.airflow_version}. "
                "Pin them to the same version.",
                Severity.WARNING,
            )


def _pins(want: Environment, lines: Sequence[str]) -> Iterator[Finding]:
    loose = [found[0] for line in lines if (found := NAME.match(line)) and "==" not in line and "@" not in line]
    if loose and not any(CONSTRAINT.match(line) or line == "--no-index" for line in lines):
        more = f" and {len(loose) - SHOWN} more" if len(loose) > SHOWN else ""
        yield Finding(
            "RequirementsNotPinned",
            WHERE,
            f"{', '.join(loose[:SHOWN])}{more} have no fixed version: each start may install another one. Pin them with "
            "`==`.",
            Severity.WARNING,
        )


def _private(want: Environment, lines: Sequence[str]) -> Iterator[Finding]:
    private = want.webserver_access_mode in (None, "PRIVATE_ONLY")
    wheels = any(line.startswith(ELSEWHERE) for line in lines)
    plain = [found[0] for line in lines if (found := NAME.match(line)) and ".whl" not in line]
    if private and plain and not wheels and not _before(want.airflow_version, WEBSERVER_SINCE):
        yield Finding(
            "RequirementsNeedInternet",
            WHERE,
            f"{', '.join(plain[:SHOWN])} come from the public index, which a private web server does not reach. Put wheels "
            "into plugins.zip, and begin the file with --find-links /usr/local/airflow/plugins and --no-index.",
            Severity.WARNING,
        )


RULES: tuple[Callable[[Environment, Sequence[str]], Iterator[Finding]], ...] = (_constraint, _extras, _pins, _private)
