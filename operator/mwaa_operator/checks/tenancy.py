"""Who shares an environment, a role or a bucket (guide part 4, sections 7.7, 7.8 and 9.2; part 1, section 15.1). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..core.finding import Finding, Severity
from ..core.wording import some

TEAM, HEALTH_DATA = "team", "phi"
"""What labels and tags are called that name the team, and that mark protected health information."""
HIPAA_SINCE = "2022-11-14"
"""Environments that are older are not covered (guide part 4, section 9.2)."""
NO = frozenset({"false", "no"})
SHOWN = 5


def teams(marks: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """Look at whose an environment is, by its labels and tags: Airflow keeps teams apart from each other nowhere."""
    named = sorted({value for key, value in marks if _word(key) == TEAM and value})
    if len(named) > 1:
        yield Finding(
            "SeveralTeams",
            "metadata.labels",
            f"labels and tags name several teams: {', '.join(named)}. Whoever writes DAGs in an environment can read all "
            "of its connections and change its rights. Give each team an environment of its own.",
            Severity.WARNING,
        )


def health_data(marks: Sequence[tuple[str, str]], created_at: str) -> Iterator[Finding]:
    """Look at the age of an environment that is marked to hold protected health information.

    Args:
        marks: labels and tags.
        created_at: when AWS has created it (RFC 3339, in UTC); empty when it does not exist yet.
    """
    marked = any(_word(key) == HEALTH_DATA and value.lower() not in NO for key, value in marks)
    if marked and created_at and created_at[: len(HIPAA_SINCE)] < HIPAA_SINCE:
        yield Finding(
            "HipaaNotCovered",
            "metadata.labels",
            f"it is marked `{HEALTH_DATA}`, and was created on {created_at[:10]}. MWAA is HIPAA eligible for environments "
            f"since {HIPAA_SINCE}, and under a business associate addendum with AWS. Make a new environment, and move the "
            "DAGs there.",
            Severity.WARNING,
        )


def shared_role(names: Iterable[str]) -> Iterator[Finding]:
    """Look at who takes on a role: what one environment may do, the others may as well."""
    serves = sorted(set(names))
    if len(serves) > 1:
        yield Finding(
            "RoleShared",
            "spec",
            f"{len(serves)} environments share this role: {some(serves, SHOWN)}. AWS's guide gives each a role of its own: "
            "DAGs of one may read the bucket and the logs of the others. Declare an ExecutionRole for each, or leave "
            "`executionRoleRef` out: an environment then makes its own.",
            Severity.WARNING,
        )


def same_role(arn: str, others: Mapping[str, str]) -> Iterator[Finding]:
    """Look for other environments of the region that have the same role, by their names."""
    if those := _alike(arn, others):
        why = f"DAGs of one may read the bucket and the logs of the other{_s(those)}."
        yield Finding("RoleShared", "spec.executionRoleArn", f"{_have(those, 'role', arn)}: {why}", Severity.WARNING)


def same_bucket(arn: str, others: Mapping[str, str]) -> Iterator[Finding]:
    """Look for other environments of the region that have the same bucket, by their names."""
    if those := _alike(arn, others):
        why = f"used by nothing else: whoever writes DAGs for one can change those of the other{_s(those)}."
        yield Finding("BucketShared", "spec.sourceBucketArn", f"{_have(those, 'bucket', arn)}, {why}", Severity.WARNING)


def _alike(arn: str, others: Mapping[str, str]) -> list[str]:
    return sorted(name for name, other in others.items() if other == arn)


def _have(those: Sequence[str], what: str, arn: str) -> str:
    who = f"the environments {some(those, SHOWN)} have" if _s(those) else f"the environment {some(those, SHOWN)} has"
    return f"{who} the {what} {arn} as well. AWS's guide gives each a {what} of its own"


def _s(names: Sequence[str]) -> str:
    return "s" if len(names) > 1 else ""


def foreign_objects(bucket: str, found: Iterable[str], own: Iterable[str]) -> Iterator[Finding]:
    """Look for what else lies in the bucket.

    Args:
        bucket: its name.
        found: the names at its top: keys, and folders with a slash behind.
        own: the folders and files of the environment.
    """
    roots = {path.partition("/")[0] for path in own if path}
    if foreign := sorted(name for name in found if name.rstrip("/") not in roots):
        yield Finding(
            "ForeignObjects",
            "spec.sourceBucketArn",
            f"in the bucket {bucket} lies what is not the environment's: {some(foreign, SHOWN)}. AWS's guide wants nothing "
            "else in it. Move it to another bucket.",
            Severity.WARNING,
        )


def _word(key: str) -> str:
    """Take the prefix away that labels may have."""
    return key.rpartition("/")[2].lower()
