"""Trees that S3 copies by itself from another prefix (CopyObject): no byte passes through the operator."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.adapter import ReadOnly, Target, in_graph, one_by_one
from ..core.call import Calls
from ..core.errors import OutsideError, Problem, Trouble
from ..core.observed import Observed, State
from ..core.origin import shown
from ..resources.s3 import Tree, revision
from ..resources.s3_copies import ARTEFACTS, FILES, IDENTITY, LARGEST, RECORDS, Copies, Prefix
from ..resources.s3_tree import Entry, key
from ..sources.files import path_fault
from .s3_objects import OWNER, SHA256, Head, Place
from .s3_supply import Supply
from .s3_tree import Trees
from .session import Aws

SHOWN = 5


class Prefixes(ReadOnly[Prefix]):
    """Lists; changes nothing."""

    TYPE: ClassVar[str] = Prefix.TYPE

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, targets: Sequence[Target[Prefix]]) -> Mapping[str, Observed]:
        """List each place. One that cannot be used says so in its state: what was copied earlier stays."""
        return await one_by_one(in_graph(targets), self._look)

    async def _look(self, target: Target[Prefix]) -> Observed:
        want = target.want
        there = f"s3://{want.bucket}/{want.prefix}".rstrip("/")
        lead = f"{want.prefix}/" if want.prefix else ""
        if want.bucket != want.into_bucket and not want.allowed:
            text = (
                f"{there} is in another bucket than {want.into_bucket}, which the operator's administrator does not allow "
            )
            text += f"(`sourceBuckets`). Copy from {want.into_bucket}, or have {want.bucket} allowed."
            return _unusable(want, there, "SourceBucketNotAllowed", text)
        if want.bucket == want.into_bucket and f"{want.into_prefix}/".startswith(lead):
            text = f"{there} is copied into itself. Name another prefix, or another `path`."
            return _unusable(want, there, "SourceHoldsTarget", text)
        try:
            found = await self._aws.pages(
                target.region, "s3", "list_objects_v2", "Contents", Bucket=str(want.bucket), Prefix=lead
            )
        except OutsideError as error:
            if error.problem.trouble is not Trouble.NOT_FOUND:
                raise
            return _unusable(want, there, "SourceNotFound", f"there is no bucket {want.bucket}. Correct it, or create it.")
        return _listed(want, there, {item["Key"].removeprefix(lead): item for item in found})


def _listed(want: Prefix, there: str, found: Mapping[str, Mapping[str, Any]]) -> Observed:
    # what ends with a slash stands for a folder, and what operators keep in buckets is no file of anybody's
    files = {path: item for path, item in found.items() if path and path[-1] != "/" and not _is_kept(want, item["Key"])}
    bad = {path: fault for path, item in sorted(files.items()) if (fault := path_fault(path) or _too_large(item))}
    wanted = {path: f"{IDENTITY}{item['ETag'].strip(chr(34))}" for path, item in files.items() if path not in bad}
    if len(wanted) > FILES:
        text = f"{there} has {len(wanted)} files, and at most {FILES} are copied. Name a smaller prefix."
        return _unusable(want, there, "SourceTooLarge", text)
    if not wanted and not want.allow_empty:
        text = f"{there} has no file. Correct it, put files there, or say `allowEmpty: true`."
        return _unusable(want, there, "SourceEmpty", text)
    named = revision(wanted)
    python = {path: "" for path in wanted if path.endswith(".py")}
    outputs: dict[str, object] = {"files": wanted, "revision": shown(f"{there}@etags:{named}")}
    outputs |= {f"python/{lead}": {f"{lead}{path}": "" for path in python} for lead in want.leads}
    reason, message = "", f"{len(wanted)} files of {there}"
    if bad:
        some = ", ".join(f"{path!r} {fault}" for path, fault in list(bad.items())[:SHOWN])
        reason, message = (
            "SourceFilesLeftOut",
            f"{want.where}: {there}: left out are {len(bad)} objects: {some}. Rename them.",
        )
    return Observed(there, outputs=outputs, reason=reason, message=message)


def _is_kept(want: Prefix, whole: str) -> bool:
    """Tell by its whole key whether an operator keeps an object there, about whosever sources."""
    return whole.startswith((RECORDS, ARTEFACTS) if want.bucket == want.into_bucket else RECORDS)


def _too_large(item: Mapping[str, Any]) -> str:
    return "has more than 5 GiB, which S3 does not copy in one call" if item.get("Size", 0) > LARGEST else ""


def _unusable(want: Prefix, there: str, reason: str, text: str) -> Observed:
    told = f"{want.where}: {text} Until then what was copied earlier stays, and nothing is deleted."
    return Observed(there, state=State.FAILED, reason=reason, message=told)


class CopiedTrees(Trees):
    """As other trees, but that an upload is a copy which S3 makes, and that content is told by the ETag of its source.

    What is there under our mark with the ETag of its source is as wanted. What is there without it is somebody else's,
    whether it holds the same bytes or not: nobody has read them.
    """

    TYPE: ClassVar[str] = Copies.TYPE
    CALLS: ClassVar[Calls] = {
        "create": "s3:PutObject",
        "update": {
            "files": "s3:CopyObject, s3:DeleteObjects",
            "tags": "s3:PutObject",
            "revision": "s3:CopyObject, s3:PutObject, s3:DeleteObjects",
        },
        "delete": "s3:DeleteObjects",
    }

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)
        self._aws = aws

    def _supply(self, target: Target[Tree]) -> Supply:
        want = target.want
        assert isinstance(want, Copies)
        return _Elsewhere(self._aws, want, target.owner.uid)


@dataclass(frozen=True)
class _Elsewhere:
    """Objects in another place, copied as they were listed."""

    aws: Aws
    want: Copies
    uid: str

    def has(self, path: str, head: Head) -> bool:
        """Go by our mark and the ETag that it names."""
        return head.owner == self.uid and head.sha256 == self.want.files[path]

    def entry(self, path: str, head: Head) -> Entry:
        """Record it."""
        return Entry(head.sha256, head.etag, head.version_id, head.size, self.is_dag(path))

    def is_dag(self, path: str) -> bool:
        """Take Python for DAGs: what is none comes first, since DAGs may read it."""
        return path.endswith(".py")

    async def check(self, place: Place, prefix: str, paths: Collection[str]) -> None:
        """Do nothing: they were listed a moment ago."""

    async def put(self, place: Place, prefix: str, path: str, *, owner: str, new: bool) -> Entry:
        """Copy it."""
        want, identity = self.want, self.want.files[path]
        try:
            answer = await self.aws.call(
                place.region,
                "s3",
                "copy_object",
                Bucket=place.bucket,
                Key=key(prefix, path),
                CopySource={"Bucket": want.source_bucket, "Key": key(want.source_prefix, path)},
                # what was listed, and nothing that has come since
                CopySourceIfMatch=identity.removeprefix(IDENTITY),
                MetadataDirective="REPLACE",
                Metadata={OWNER: owner, SHA256: identity},
                # to copy tags too would ask for a right to read them
                TaggingDirective="REPLACE",
                **({"IfNoneMatch": "*"} if new else {}),
            )
        except OutsideError as error:
            if error.problem.trouble is not Trouble.NOT_FOUND:
                raise
            text = f"s3://{want.source_bucket}/{key(want.source_prefix, path)} went away while it was copied"
            raise OutsideError(Problem(Trouble.NOT_YET, "Vanished", text)) from error
        copied = answer["CopyObjectResult"]
        return Entry(identity, copied["ETag"].strip('"'), answer.get("VersionId", ""), 0, self.is_dag(path))
