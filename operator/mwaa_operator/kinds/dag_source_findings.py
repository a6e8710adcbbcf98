"""What a DagSource's findings do to its delivery, as `spec.lint` says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..api.dag_source import DagSourceSpec
from ..api.dag_source_lint import Refuses
from ..core.finding import Finding, Severity, harmless
from ..core.kind import Context, Object
from ..core.need import EndsBy, Need
from ..core.wording import some
from ..resources.s3_tree import key
from ..sources.files import Files, without
from ..sources.lint import lint

STOPS = {
    Refuses.NEVER: frozenset[Severity](),
    Refuses.ERROR: frozenset({Severity.ERROR}),
    Refuses.WARNING: frozenset({Severity.ERROR, Severity.WARNING}),
}
SHOWN = 5
OF_REVISION = "Nothing is delivered before it is mended (spec.lint.refuseRevision)."


def judged(files: Files, obj: Object[DagSourceSpec], context: Context) -> Files:
    """Leave out the files that are refused, and hold all of them where a finding refuses the revision."""
    spec = obj.spec
    versions = sorted(set(_versions(context)))
    found = lint(files.content, spec.path, versions, context.catalogue.pythons(versions))
    everything, stops = (*files.findings, *found), STOPS[spec.lint.refuse_revision]
    if whole := [each for each in everything if each.severity in stops]:
        said = tuple(_stopping(each, OF_REVISION) if each.severity in stops else each for each in everything)
        return replace(files, findings=said, held=named(whole))
    stops = STOPS[spec.lint.refuse_file]
    paths = {each: _path(each, files, spec) for each in found if each.severity in stops}
    said = tuple(_stopping(each, _of_file(paths[each], obj)) if paths.get(each) else harmless(each) for each in found)
    refused = frozenset(filter(None, paths.values()))
    return Files(without(files.content, refused), (*files.findings, *said), files.refused | refused)


def named(findings: Sequence[Finding]) -> str:
    """Name the first of some findings, and count the rest."""
    return some([f"{each.code} in {each.place}" for each in findings], SHOWN)


def refusal(files: Files) -> Iterator[Need]:
    """Hold the delivery of a revision that is refused, and what is asked of it."""
    if files.held:
        yield Need(
            "RevisionRefused", f"this revision is not delivered: {files.held}. Mend it, or change spec.lint", EndsBy.USER
        )


def as_before(facts: Mapping[str, Any], published: Mapping[str, Any]) -> dict[str, Any]:
    """Go on publishing what was delivered last."""
    return {name: published.get(name) for name in facts}


def _versions(context: Context) -> Iterator[str]:
    for each in context.referrers:
        if each.kind == "Environment":
            yield str(each.facts.get("airflowVersion") or (each.spec and each.spec.airflow_version) or "")


def _path(finding: Finding, files: Files, spec: DagSourceSpec) -> str:
    """Give the file that a finding is in; empty where it is in none."""
    path = finding.where.removeprefix(f"{spec.path}/")
    return path if path in files.content else ""


def _of_file(path: str, obj: Object[DagSourceSpec]) -> str:
    """Say what comes of a file that is refused. Status names those delivered DAG files that it has room for."""
    if any(each.get("key") == key(obj.spec.path, path) for each in obj.facts.get("dags") or ()):
        return "It is not delivered, and its last good version stays; the other files are delivered."
    if not obj.facts.get("revision"):
        return "It is not delivered; the other files are delivered."
    return "It is not delivered, and what was delivered of it before, if anything, stays; the other files are delivered."


def _stopping(finding: Finding, text: str) -> Finding:
    return replace(finding, severity=Severity.ERROR, message=f"{finding.message} {text}")
