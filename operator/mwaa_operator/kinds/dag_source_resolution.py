"""Whether the requirements of a DAG source can be installed together: what is asked, and what follows from the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..api.dag_source import DagSourceSpec
from ..core.finding import Finding
from ..core.kind import Context, Neighbour, Object
from ..core.need import EndsBy, Need
from ..core.origin import Origin
from ..resources.s3 import sha256
from ..sources.files import Files
from ..sources.lint_requirements import Installer, Requirements, installer
from ..sources.lint_requirements_places import AMAZON_LINUX_2023_SINCE
from ..sources.requirement_lines import Line
from ..sources.resolution import Resolution, not_resolved, question
from .dag_source_providers import ON_MWAA, Edited

WHERE = "spec.requirements"
AGAIN = timedelta(minutes=10)
"""After how long at most a question is asked again that nobody has answered."""


@dataclass(frozen=True)
class Verdict:
    """What is known of one file."""

    need: Need | None = None
    """Why it may not be uploaded now."""
    findings: tuple[Finding, ...] = ()
    resolved_for: str = ""
    """The hash of what was asked, where the answer is that all can be installed together."""


@dataclass(frozen=True)
class Asked:
    """One file, and for whom it is."""

    lines: Sequence[Line]
    content: bytes
    version: str
    """The only version of Airflow that it is for; empty for all."""
    edited: Edited | None = None
    """The constraints that are made for it."""


def origins(
    obj: Object[DagSourceSpec], context: Context, files: Files, asked: Asked, listing: Sequence[Neighbour]
) -> Iterator[Origin]:
    """Give the questions: one for each Airflow that installs the file. None when the answer is known from before."""
    questions = list(_questions(obj, context, files, asked, listing))
    if not _was_resolved(obj, asked, _digest(questions)):
        yield from (_origin(each) for each in questions if isinstance(each, Resolution))


def verdict(
    obj: Object[DagSourceSpec], context: Context, files: Files, asked: Asked, listing: Sequence[Neighbour]
) -> Verdict:
    """Say whether a file may be uploaded. Where nobody asks, as on the command line, it may."""
    if not obj.spec.requirements or not obj.spec.requirements.resolution.enabled:
        return Verdict()
    questions = list(_questions(obj, context, files, asked, listing))
    digest = _digest(questions)
    if _was_resolved(obj, asked, digest):
        return Verdict(resolved_for=digest)
    findings: dict[Finding, None] = {}
    answers = [(each, context.fetched.get(_origin(each))) for each in questions if isinstance(each, Resolution)]
    for why in (each for each in questions if isinstance(each, str)):
        findings[not_resolved(WHERE, asked.version or "of each environment", why)] = None
    for each, there in answers:
        if there is None:
            continue
        if there.known:
            findings.update(dict.fromkeys(there.findings))
        elif there.fault:
            findings[not_resolved(WHERE, each.airflow, there.fault.message)] = None
        else:
            text = f"{WHERE}: it is being found out whether the packages can be installed together on Airflow {each.airflow}"
            return Verdict(Need("ResolvingRequirements", text, EndsBy.TIME))
    wrong = [finding for finding in findings if finding.code == "RequirementsConflict"]
    need = Need(wrong[0].code, f"{WHERE}: {wrong[0].message}", EndsBy.USER, "Preflight") if wrong else None
    good = bool(answers) and not findings and all(there and there.known for _, there in answers)
    return Verdict(need, tuple(findings), digest if good else "")


def _questions(
    obj: Object[DagSourceSpec], context: Context, files: Files, asked: Asked, listing: Sequence[Neighbour]
) -> Iterator[Resolution | str]:
    block = obj.spec.requirements
    if block is None or not block.resolution.enabled:
        return

    def read(path: str) -> str | None:
        """Read constraints that lie among the source's own files."""
        if asked.edited and path == asked.edited.path:
            return asked.edited.text
        for folder in sorted({str(each.spec.dag_s3_path) for each in listing} or {obj.spec.path}):
            ours = f"{folder}/{path.removeprefix(ON_MWAA)}".removeprefix(f"{obj.spec.path}/")
            if path.startswith(ON_MWAA) and ours in files.content:
                return files.content[ours].decode(errors="replace")
        return None

    for each in _installers(obj.spec, context, asked.version, listing):
        is_old = each.is_before(AMAZON_LINUX_2023_SINCE)
        found = question(Requirements(asked.lines, each), read, block.resolution.index_url, is_old)
        if found is not None:
            yield found


def _installers(spec: DagSourceSpec, context: Context, version: str, listing: Sequence[Neighbour]) -> Iterator[Installer]:
    block = spec.requirements
    assert block
    known = {each.spec.airflow_version or each.facts.get("airflowVersion") for each in listing}
    versions = {version or block.airflow_version} - {"", None} or known - {"", None}
    for each in sorted(map(str, versions)):
        yield installer(each, context.catalogue)


def _digest(questions: Sequence[Resolution | str]) -> str:
    """Give a hash of all that is asked: of the constraints too, and of each Airflow that installs the file."""
    return sha256("\n".join(each.text() if isinstance(each, Resolution) else each for each in questions).encode())


def _was_resolved(obj: Object[DagSourceSpec], asked: Asked, digest: str) -> bool:
    """Tell whether these very bytes lie in the bucket, and the same was asked before that: then nobody is asked again."""
    entries: Sequence[Mapping[str, Any]] = obj.facts.get("artefacts") or ()
    wanted = ("requirements", sha256(asked.content), asked.version, digest)
    return any(
        (entry["file"], entry["sha256"], entry.get("airflowVersion", ""), entry.get("resolvedFor")) == wanted
        for entry in entries
    )


def _origin(asked: Resolution) -> Origin:
    return Origin(type="resolution", where=WHERE, url=asked.index_url, text=asked.text(), interval=AGAIN)
