"""What the checks that ask AWS have found stands in status until they are made again: most looks make none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..core.finding import Finding, Severity
from .ports import Body
from .run import Run
from .situations import asked_anew
from .status import finding_view


def standing(body: Body, run: Run) -> tuple[Finding, ...]:
    """Give what checks have found: in this run, or where none was made, the last time.

    What stopped a step is found again as long as that step is due, and is not kept; neither is what the graph says by now.
    """
    before = {_key(each): each for each in _kept(body)}
    if run.checked:
        now = run.now.isoformat(timespec="seconds")
        return tuple(replace(each, since=before[key].since if (key := _key(each)) in before else now) for each in run.checks)
    if run.policy.deleting or run.graph.retired:
        return tuple(run.checks)
    said = {_key(each) for each in (*run.graph.findings, *run.checks)}
    kept = (each for key, each in before.items() if key not in said and each.severity is not Severity.ERROR)
    return (*run.checks, *kept)


def asked_again(body: Body) -> bool:
    """Tell whether somebody asks for a look at an object of which checks have found something to mend."""
    return asked_anew(body) and any(finding.severity is not Severity.NOTICE for finding in _kept(body))


def _key(finding: Finding) -> tuple[object, ...]:
    """Give what a finding is known again by: status has no more of it."""
    return tuple(finding_view(replace(finding, since="")).values())


def _kept(body: Body) -> Iterator[Finding]:
    found: Mapping[str, Any] = body.get("status", {}).get("findings") or {}
    for each in found.get("items", ()):
        if each.get("since"):
            severity, line, since = Severity(each["severity"]), each.get("line"), each["since"]
            yield Finding(each["code"], each["where"], each["message"], severity, line=line, since=since)
