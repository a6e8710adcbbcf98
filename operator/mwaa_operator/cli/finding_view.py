"""Findings in files, as people and programs read them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote

from ..checks import catalogue
from ..core.finding import Finding, Severity

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def count(findings: Sequence[Finding], severity: Severity) -> int:
    """Count those of one severity."""
    return sum(each.severity is severity for each in findings)


def data(findings: Sequence[Finding]) -> dict[str, Any]:
    """Give all that is known of them, and how many there are."""
    totals = {f"{severity.value.lower()}s": count(findings, severity) for severity in LEVELS}
    return {**totals, "findings": [_described(each) for each in findings]}


def _described(finding: Finding) -> dict[str, Any]:
    entry = catalogue.ENTRIES.get(finding.code)
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "file": finding.where,
        "line": finding.line,
        "message": finding.message,
        **({"why": entry.why, "fix": entry.fix, "guide": entry.source} if entry else {}),
    }


def lines(findings: Sequence[Finding], looked_at: str) -> Iterator[str]:
    """Write them for people, file by file.

    Args:
        findings: in the order of their files.
        looked_at: what they were looked for in.
    """
    for where, group in groupby(findings, lambda each: each.where):
        yield where
        for each in group:
            yield f"  {each.line or '-':>4}  {each.severity} {each.code}"
            yield f"        {each.message}"
    if findings:
        totals = ", ".join(_said(findings, severity) for severity in LEVELS if count(findings, severity))
        yield f"{totals} in {looked_at}; `kubectl mwaa explain CODE` says more of each"
    else:
        yield f"nothing to be said of {looked_at}"


def _said(findings: Sequence[Finding], severity: Severity) -> str:
    number = count(findings, severity)
    return f"{number} {severity.value.lower()}{'s' * (number != 1)}"


def sarif(findings: Sequence[Finding], version: str) -> dict[str, Any]:
    """Write them as a log of SARIF 2.1.0, which code hosts show beside the lines.

    Args:
        findings: what was found.
        version: of this program.
    """
    codes = sorted({each.code for each in findings})
    driver = {"name": "kubectl-mwaa", "version": version, "rules": [_rule(code) for code in codes]}
    results = [_result(each, codes.index(each.code)) for each in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SARIF, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    entry = catalogue.ENTRIES.get(code)
    if entry is None:
        return {"id": code}
    texts = {"shortDescription": entry.title, "fullDescription": entry.meaning, "help": f"{entry.why} {entry.fix}"}
    return {"id": code, "name": code, **{name: {"text": text} for name, text in texts.items()}}


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.where)}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
    }
