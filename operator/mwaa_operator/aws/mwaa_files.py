"""Files that the last update brought: AWS shows none of them any more once it has restored what was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.change import Change
from ..resources.mwaa import FILES, Environment
from .mwaa_options import is_settled, moment

FILE, AFTER, WITH = "file/", "filesSentAfter", "filesSentWith"
"""What is remembered of an update: version and key of each file in it, the moment of the update before, and what else AWS
had to change."""
HARMLESS = frozenset({"tags", "restart_at"})
"""What nobody blames for a failed update."""


def sent(changes: Sequence[Change], want: Environment, last_update: object) -> dict[str, str]:
    """Say what to remember of an update that is about to be sent.

    Args:
        changes: what it changes.
        want: the environment that is asked for.
        last_update: the moment of the update before, as the outputs have it: only a later one tells how this one ended.
    """
    fields = {name: (f"{name}_s3_path", f"{name}_s3_object_version") for name in FILES}
    changed = {change.path for change in changes} - HARMLESS
    files = {
        f"{FILE}{name}": f"{getattr(want, version)} {getattr(want, path)}"
        for name, (path, version) in fields.items()
        if changed & {path, version}
    }
    others = changed.difference(*fields.values())
    if not files:
        return {}
    return {**files, AFTER: str(last_update or ""), **({WITH: " ".join(sorted(others))} if others else {})}


def kept(remembered: Mapping[str, str]) -> dict[str, str]:
    """Give what goes on being remembered of it, until the next update is sent."""
    return {name: value for name, value in remembered.items() if _ours(name)}


def others(remembered: Mapping[str, str]) -> dict[str, str]:
    """Give all else that is remembered."""
    return {name: value for name, value in remembered.items() if not _ours(name)}


def _ours(name: str) -> bool:
    return name.startswith(FILE) or name in (AFTER, WITH)


def failed(environment: Mapping[str, Any], remembered: Mapping[str, str]) -> dict[str, object]:
    """Give the outputs for the files with which the last update failed; none where it did not, or is not that one."""
    last = environment.get("LastUpdate") or {}
    ended = is_settled(environment) and last.get("Status") == "FAILED"
    if not ended or AFTER not in remembered or remembered[AFTER] == (moment(last.get("CreatedAt")) or ""):
        return {}
    found: dict[str, dict[str, str]] = {}
    for name in FILES:
        if told := remembered.get(f"{FILE}{name}"):
            version, _, key = told.partition(" ")
            found[name] = {"key": key, "version": version}
    return {"failed_files": found, "failed_with_others": WITH in remembered}
