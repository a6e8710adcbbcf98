"""Reads an environment's bucket in moto, for the Airflow runtime."""

from __future__ import annotations

from collections.abc import Sequence

from botocore.exceptions import ClientError

from mwaa_emulator.mwaa.prerequisites import Clients
from mwaa_emulator.runtime import ObjectInfo


class MotoBucket:
    """One bucket, read as the environment's account."""

    def __init__(self, clients: Clients, account: str, region: str, bucket: str) -> None:
        self._s3 = clients.client("s3", account, region)
        self._bucket = bucket

    def list(self, prefix: str) -> Sequence[ObjectInfo]:
        """All objects below the prefix, in key order."""
        try:
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            return [
                ObjectInfo(item["Key"], item["ETag"], item["Size"]) for page in pages for item in page.get("Contents", ())
            ]
        except ClientError as error:
            raise LookupError(str(error)) from error

    def read(self, key: str, version: str | None = None) -> bytes:
        """The bytes of one object, of its newest version unless one is named."""
        named = {"VersionId": version} if version else {}
        try:
            body: bytes = self._s3.get_object(Bucket=self._bucket, Key=key, **named)["Body"].read()
        except ClientError as error:
            raise LookupError(str(error)) from error
        return body
