"""Is the source bucket as MWAA wants it (guide part 1, section 7; part 4, section 7.3), and is the DAG folder there?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from ..core.errors import OutsideError, Trouble
from ..core.finding import Finding, Severity
from ..resources.mwaa import Environment
from .asking import Asking

BUCKET, FOLDER = "spec.sourceBucketArn", "spec.dagS3Path"
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True)
class Place:
    """Where a bucket is and whose it is."""

    region: str
    owner: str
    """The account that was asked about."""
    ours: bool


@dataclass(frozen=True)
class Encryption:
    """How a bucket encrypts new objects; without `key`, with one of S3's own."""

    algorithm: str = "AES256"
    key: str | None = None


class BucketFacts(Protocol):
    """Knows buckets. Every method may raise `OutsideError`, with NOT_FOUND for a bucket that does not exist."""

    async def place(self, region: str, name: str) -> Place:
        """Say where a bucket is, and whether it is the operator's account that owns it."""
        ...

    async def versioning(self, region: str, name: str) -> str:
        """Say whether it keeps versions: `Enabled`, `Suspended`, or empty."""
        ...

    async def blocked(self, region: str, name: str) -> frozenset[str]:
        """Name the public-access flags that are on."""
        ...

    async def blocked_by_account(self, region: str) -> frozenset[str]:
        """Name the public-access flags that are on for all buckets of the account."""
        ...

    async def encryption(self, region: str, name: str) -> Encryption:
        """Say how it encrypts."""
        ...

    async def has_folder(self, region: str, name: str, prefix: str) -> bool:
        """Tell whether anything lies below a prefix."""
        ...


class BucketCheck:
    """Looks at the bucket and the DAG folder in it."""

    NAME: ClassVar[str] = "bucket"

    def __init__(self, facts: BucketFacts) -> None:
        self._facts = facts

    async def findings(self, model: Environment, region: str) -> Sequence[Finding]:
        """Name every fault of the bucket at once.

        Raises:
            OutsideError: S3 could not be asked.
        """
        asking, name = Asking(), str(model.source_bucket_arn).rpartition(":::")[2]
        try:
            place = await asking.answer(self._facts.place(region, name), BUCKET, f"the bucket {name}")
        except OutsideError as error:
            if error.problem.trouble is not Trouble.NOT_FOUND:
                raise
            message = f"there is no bucket {name}. Correct the name, or create it in {region}."
            return (Finding("BucketNotFound", BUCKET, message),)
        if place is None:
            return tuple(asking.notices)
        found = [*_placed(name, place, region)]
        if place.ours and place.region == region:
            found += await self._settings(model, region, name, asking)
        return (*found, *asking.notices)

    async def _settings(self, model: Environment, region: str, name: str, asking: Asking) -> list[Finding]:
        facts, prefix = self._facts, model.dag_s3_path.strip("/")
        versioning, blocked, encryption, has_folder = await asyncio.gather(
            asking.answer(facts.versioning(region, name), BUCKET, f"versioning of the bucket {name}"),
            asking.answer(facts.blocked(region, name), BUCKET, f"the public access block of the bucket {name}"),
            asking.answer(facts.encryption(region, name), BUCKET, f"the encryption of the bucket {name}"),
            asking.answer(facts.has_folder(region, name, f"{prefix}/"), FOLDER, f"the folder {prefix} in the bucket {name}"),
        )
        found: list[Finding] = []
        if versioning not in (None, "Enabled"):
            found.append(
                Finding(
                    "VersioningOff",
                    BUCKET,
                    f"the bucket {name} keeps no versions (versioning is {versioning or 'off'}), and MWAA refuses it. "
                    "Enable versioning.",
                )
            )
        if blocked is not None and blocked != frozenset(FLAGS):
            # only then: the block of the whole account makes up for what the bucket's own lacks
            whole = await asking.answer(facts.blocked_by_account(region), BUCKET, "the public access block of the account")
            found += _public(name, blocked | (whole or frozenset()))
        if encryption:
            found += _keys(name, encryption, str(model.kms_key or ""))
        if has_folder is False:
            message = f"nothing lies below {prefix}/ in the bucket {name}. Upload a DAG, or an empty object named {prefix}/."
            found.append(Finding("DagFolderMissing", FOLDER, message))
        return found


def _placed(name: str, place: Place, region: str) -> Iterator[Finding]:
    if not place.ours:
        yield Finding(
            "BucketOfOtherAccount",
            BUCKET,
            f"the bucket {name} belongs to another account than {place.owner}, in which the environment is to be. Name a "
            "bucket of this account.",
        )
    if place.region != region:
        yield Finding(
            "BucketInOtherRegion",
            BUCKET,
            f"the bucket {name} is in {place.region}, and the environment is to be in {region}. Both must be in one "
            "region: name another bucket, or change spec.region.",
        )


def _public(name: str, blocked: frozenset[str]) -> Iterator[Finding]:
    if open_ := [flag for flag in FLAGS if flag not in blocked]:
        yield Finding(
            "PublicAccessNotBlocked",
            BUCKET,
            f"the bucket {name} may become public: {', '.join(open_)} is off, on the bucket and on the account, and MWAA "
            "refuses it. Switch on all four flags of Block Public Access.",
        )


def _keys(name: str, encryption: Encryption, wanted: str) -> Iterator[Finding]:
    """A customer key of the bucket must be the environment's; keys of S3's own fit every environment."""
    key = encryption.key
    if not encryption.algorithm.startswith("aws:kms") or not key or key.endswith("alias/aws/s3"):
        return
    if ":alias/" in key or key.startswith("alias/"):
        yield Finding(
            "BucketKeyIsAlias",
            BUCKET,
            f"the bucket {name} encrypts with {key}, and MWAA supports no alias there. Give the bucket the key's ARN.",
            Severity.WARNING,
        )
    elif key.rpartition("/")[2] != wanted.rpartition("/")[2]:
        yield Finding(
            "BucketKeyDiffers",
            "spec.kmsKey",
            f"the bucket {name} encrypts with the key {key}, and the environment has "
            f"{f'the key {wanted}' if wanted else 'a key that AWS owns'}: both must be the same customer key. Set "
            "spec.kmsKey to the bucket's (an environment keeps its key for ever), or encrypt the bucket with aws/s3 or "
            "SSE-S3.",
        )
