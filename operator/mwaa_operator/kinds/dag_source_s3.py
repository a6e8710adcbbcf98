"""The place in S3 that a DAG source is copied from: two parts, one that looks and one that copies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from fnmatch import fnmatchcase
from typing import Any, cast

from ..api.dag_source import DagSourceSpec
from ..core.kind import Context
from ..core.observed import Observed, Sight, State
from ..core.part import Part, Ref
from ..resources.s3 import Tree
from ..resources.s3_copies import Copies, Prefix
from .dag_source_git import SOURCE


def source_bucket(spec: DagSourceSpec, bucket: Any) -> Any:
    """Name the bucket that is copied from; `bucket` is the one that the files go into."""
    assert spec.s3
    return spec.s3.bucket.removeprefix("s3://").rpartition(":")[2] if spec.s3.bucket else bucket


def listed(spec: DagSourceSpec, bucket: Any, leads: Iterable[str], context: Context) -> Iterator[Part]:
    """Look at what is there, where anything is to be copied.

    Args:
        spec: of the source.
        bucket: where the files go.
        leads: how the folder is called by each Airflow that is asked for proof.
        context: with the buckets that may be copied from, beside `bucket`.
    """
    if spec.s3:
        model = Prefix(
            where="spec.s3",
            bucket=source_bucket(spec, bucket),
            prefix=spec.s3.prefix or "",
            into_bucket=bucket,
            into_prefix=spec.path,
            allowed=_is_allowed(spec, context),
            allow_empty=spec.allow_empty,
            leads=frozenset(leads),
        )
        yield Part(SOURCE, model, condition="SourceFetched")


def _is_allowed(spec: DagSourceSpec, context: Context) -> bool:
    """Tell whether the administrator has named the bucket: what the operator may read is no measure for who asks it."""
    allowed = context.settings.get("sourceBuckets", "").split()
    return any(fnmatchcase(str(source_bucket(spec, "")), each) for each in allowed)


def copied(spec: DagSourceSpec, tree: Tree, bucket: Any) -> Tree:
    """Give the tree as one that S3 copies."""
    if not spec.s3:
        return tree
    known: dict[str, Any] = {each.name: getattr(tree, each.name) for each in fields(tree)}
    known["files"] = Ref(SOURCE, "files")
    return Copies(**known, source_bucket=source_bucket(spec, bucket), source_prefix=spec.s3.prefix or "")


def python(lead: str) -> Mapping[str, str]:
    """Give the Python files, once they are known, as the proof of their import takes them."""
    return cast(Mapping[str, str], Ref(SOURCE, f"python/{lead}"))


def listing(spec: DagSourceSpec, sights: Mapping[str, Sight]) -> Mapping[str, Any]:
    """Give what is known of the place; nothing while it cannot be used, or where nothing is copied."""
    sight = sights.get(SOURCE) if spec.s3 else None
    return sight.outputs if isinstance(sight, Observed) and sight.state is State.READY else {}
