"""Old versions in a bucket: rules that delete them, which of them are needed, and when a rule would take one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from ..core.part import Effect, Late, Model, attr

Rule = Mapping[str, Any]
"""A rule as S3 writes it."""
ENABLED, DISABLED = "Enabled", "Disabled"
MARGIN = timedelta(days=2)
"""How long before a rule of ours would take a needed version it is switched off: S3 rounds to midnight."""


SIZES = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")


@dataclass(frozen=True)
class Needed:
    """A version that somebody still needs, or all older ones below a prefix."""

    key: str
    """A key; or a prefix, where there is no version."""
    by: str
    """Who needs it, and for what."""
    version: str = ""
    since: str = ""
    """Where there is no version: since when what is needed has not been the newest at the earliest (RFC 3339)."""


@dataclass(frozen=True)
class Risk:
    """A rule that will delete a version that is needed."""

    rule: str
    needed: Needed
    when: datetime


@dataclass(frozen=True)
class Lifecycle(Model):
    """Rules of ours among those of a bucket, known by their ids. Rules of others stay.

    One that would soon delete a needed version is there but switched off (`Disabled`), and observed as it is wanted.
    Without any rule it is only looked at, for what rules of others do to what is needed.
    """

    TYPE: ClassVar[str] = "s3/lifecycle"

    bucket: str | Late = attr(Effect.REFUSED)
    rules: Mapping[str, Rule] = attr()
    """By id, without `Status`."""
    tags: Mapping[str, str] = attr(subset=True)
    """The owner's mark alone, or nothing without rules. S3 has no place for it: what is remembered as ours carries it."""
    needed: tuple[Needed, ...] = attr(compare=False, default=())


@dataclass(frozen=True)
class VersionCounts(Model):
    """How many old versions and delete markers a bucket has.

    Outputs: `noncurrent_versions`, `noncurrent_bytes`, `delete_markers`, `complete`.
    """

    TYPE: ClassVar[str] = "s3/version-counts"
    READ_ONLY: ClassVar[bool] = True

    bucket: str | Late = attr(compare=False)


@dataclass(frozen=True)
class Unwanted(Model):
    """Versions that are to be deleted for good, unless somebody needs one."""

    TYPE: ClassVar[str] = "s3/unwanted-versions"

    bucket: str | Late = attr(Effect.REFUSED)
    versions: tuple[tuple[str, str], ...] = attr(compare=False)
    left: tuple[tuple[str, str], ...] = attr(default=())
    """Those that are still there, by key and version: none is wanted."""
    needed: tuple[Needed, ...] = attr(compare=False, default=())
    manifests: tuple[str, ...] = attr(compare=False, default=())
    """Keys of manifests of trees: what their records name is needed too."""


def rule(
    id_: str,
    prefix: str,
    *,
    noncurrent_days: int | None = None,
    newer_noncurrent_versions: int | None = None,
    expired_object_delete_marker: bool = False,
    abort_incomplete_multipart_upload_days: int | None = None,
) -> Rule:
    """Write a rule as S3 has it, without its status."""
    written: dict[str, Any] = {"ID": id_, "Filter": {"Prefix": prefix}}
    if noncurrent_days:
        newer = {"NewerNoncurrentVersions": newer_noncurrent_versions} if newer_noncurrent_versions else {}
        written["NoncurrentVersionExpiration"] = {"NoncurrentDays": noncurrent_days, **newer}
    if expired_object_delete_marker:
        written["Expiration"] = {"ExpiredObjectDeleteMarker": True}
    if abort_incomplete_multipart_upload_days:
        written["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": abort_incomplete_multipart_upload_days}
    return written


def prefix_of(written: Rule) -> str | None:
    """Give which keys a rule is for; None where tags decide, which objects of ours do not have. Sizes may fit."""
    filter_: Mapping[str, Any] = written.get("Filter") or {}
    both: Mapping[str, Any] = filter_.get("And") or filter_
    if any(name not in ("Prefix", *SIZES) for name in both):
        return None
    return str(both.get("Prefix", ""))


def expires(written: Rule, needed: Needed, since: datetime | None, newer: int) -> datetime | None:
    """Say when a rule deletes a needed version; None when it does not.

    Args:
        written: the rule, whatever its status.
        needed: what is needed.
        since: since when that has not been the newest; None while it is.
        newer: how many versions that are not the newest either are newer than it.
    """
    ends: Mapping[str, Any] = written.get("NoncurrentVersionExpiration") or {}
    days, kept, prefix = ends.get("NoncurrentDays"), int(ends.get("NewerNoncurrentVersions", 0)), prefix_of(written)
    if not days or since is None or prefix is None or (needed.version and newer < kept):
        return None
    overlaps = needed.key.startswith(prefix) or (not needed.version and prefix.startswith(needed.key))
    return since + timedelta(days=int(days)) if overlaps else None


def risks(rules: Iterable[Rule], ages: Sequence[tuple[Needed, datetime | None, int]]) -> Iterator[Risk]:
    """Name what rules will delete although somebody needs it, the soonest first."""
    found = [
        Risk(str(each.get("ID", "")), needed, when)
        for each in rules
        for needed, since, newer in ages
        if (when := expires(each, needed, since, newer))
    ]
    yield from sorted(found, key=lambda risk: (risk.when, risk.rule, risk.needed.key))
