"""Bucket: the source bucket of environments (part 1, section 7; part 2, section 10.1)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..api.bucket import BucketSpec
from ..core.change import changes
from ..core.finding import Finding, Severity
from ..core.kind import Context, Object, Reference
from ..core.observed import Observed, Sight
from ..core.part import Graph, Part
from ..resources.s3 import Bucket, Folder
from . import bucket_lifecycle, bucket_uploaders

NAME_LIMIT = 63
ACCOUNT_NUMBER = re.compile(r"[0-9]{12}")


class BucketKind:
    """A bucket with versions and without public access, and the folders that must be in it."""

    NAME: ClassVar[str] = "Bucket"
    PLURAL: ClassVar[str] = "buckets"
    SPEC: ClassVar[type[Any]] = BucketSpec
    REFERENCES: ClassVar[Mapping[str, str]] = {"kmsKeyRef": "EncryptionKey"}
    REFERRERS: ClassVar[tuple[str, ...]] = ()
    SEES: ClassVar[tuple[str, ...]] = ("DagSource", "Environment")
    """Who needs which versions. There may be a thousand: their changes wake no bucket."""
    OWN_FACTS: ClassVar[frozenset[str]] = frozenset({"versions"})

    def references(self, spec: BucketSpec) -> Sequence[Reference]:
        """Name the key, where there is one: else a bucket stands alone."""
        ref = spec.kms_key_ref
        return (Reference("EncryptionKey", ref.name, "kmsKeyRef", ref.namespace or ""),) if ref else ()

    def documents(self, spec: BucketSpec) -> Sequence[str]:
        """Name no ConfigMap."""
        return ()

    def secrets(self, spec: BucketSpec) -> Sequence[str]:
        """Name no Secret."""
        return ()

    def desired(self, obj: Object[BucketSpec], context: Context) -> Graph:
        """Say which parts should exist."""
        model = self._bucket(obj, context)
        folders = (
            Part(f"folder/{prefix}", Folder(bucket=model.name, prefix=prefix), after=frozenset({"bucket"}), keep=True)
            for prefix in obj.spec.folders
        )
        old = bucket_lifecycle.parts(obj, context, model.name)
        uploaders = bucket_uploaders.parts(obj.spec, context, model.name, model.kms_key)
        return Graph.of(Part("bucket", model), *folders, *old, *uploaders, findings=_findings(model.name))

    def facts(self, obj: Object[BucketSpec], context: Context, sights: Mapping[str, Sight]) -> Mapping[str, Any]:
        """Publish the bucket once it is ours and an environment could be created on it."""
        sight, model = sights.get("bucket"), self._bucket(obj, context)
        # files that came before versioning is on would have no version to go back to
        settled = isinstance(sight, Observed) and sight.owner == obj.uid and not _lacks(model, sight)
        outputs = sight.outputs if isinstance(sight, Observed) and settled else {}
        known = {"bucketName": outputs.get("name"), "bucketArn": outputs.get("arn"), "region": outputs.get("region")}
        return {**known, **bucket_lifecycle.facts(sights)}

    def summary(self, facts: Mapping[str, Any]) -> str:
        """Say what is ready."""
        if not facts["bucketName"]:
            return "the bucket is there, but not as declared"
        return f"bucket {facts['bucketName']} keeps versions and blocks public access"

    def _bucket(self, obj: Object[BucketSpec], context: Context) -> Bucket:
        name = obj.spec.name or derived_name(context, obj.namespace, obj.name)
        return Bucket(
            name=name,
            region=context.region,
            tags={"Name": name, **obj.spec.tags, **obj.owner.tags("bucket")},
            kms_key=next((context.fact(each, "keyArn") for each in self.references(obj.spec)), None),
            purge=obj.spec.purge_on_delete,
        )


def derived_name(context: Context, namespace: str, name: str) -> str:
    """Name a bucket that the spec does not name.

    The hash is of where and what it is, and not of the object's uid: the bucket is kept when the object is deleted, and
    the same manifest must find it again. Dots go, since TLS certificates of S3 do not cover them.
    """
    text = f"{context.account}/{context.region}/{namespace}/{name}"
    suffix = hashlib.sha256(text.encode()).hexdigest()[:6]
    head = f"mwaa-{namespace}-{name}".replace(".", "-")[: NAME_LIMIT - 1 - len(suffix)]
    return f"{head.rstrip('-')}-{suffix}"


def _lacks(model: Bucket, sight: Observed) -> bool:
    """Tell whether something differs that an environment depends on: tags do not count."""
    return any(change.path != "tags" for change in changes(model, sight))


def _findings(name: str) -> tuple[Finding, ...]:
    if not ACCOUNT_NUMBER.search(name):
        return ()
    return (
        Finding(
            "AccountNumberInName",
            "spec.name",
            f"{name} looks as if it had an account number in it. Names of buckets show in URLs: choose one without.",
            Severity.WARNING,
        ),
    )
