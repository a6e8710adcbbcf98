"""Who calls which service: read from a request's signature, never verified here.

SigV4 names region and service in the credential scope, in the Authorization header or, presigned, in the query.
Anything else (SigV2, unsigned) is S3 or one of STS's unsigned actions, and moto finds out itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

_SCOPE = re.compile(r"Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[^/,\s]+)/(?P<service>[^/,\s]+)/aws4_request")
_SIGV2 = re.compile(r"AWS (?P<key>[^:\s]+):")

#: botocore's signing names that differ from the service's own name.
SERVICE_OF_SIGNING_NAME = {"airflow": "mwaa", "monitoring": "cloudwatch"}

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Signature:
    """The parts of a signature that tell calls apart."""

    service: str
    region: str
    access_key: str | None


def read_signature(environ: dict[str, Any]) -> Signature | None:
    """The request's signature, or None when it has none."""
    header = environ.get("HTTP_AUTHORIZATION", "")
    if found := _SCOPE.search(header):
        return _signature(found["service"], found["region"], found["key"])
    if found := _SIGV2.match(header):
        return Signature("s3", DEFAULT_REGION, found["key"])
    query = environ.get("QUERY_STRING", "")
    if "X-Amz-Credential" in query:
        parts = parse_qs(query).get("X-Amz-Credential", [""])[0].split("/")
        if len(parts) == 5:
            return _signature(parts[3], parts[2], parts[0])
    if "AWSAccessKeyId=" in query:
        return Signature("s3", DEFAULT_REGION, parse_qs(query)["AWSAccessKeyId"][0])
    return None


def _signature(service: str, region: str, key: str) -> Signature:
    name = service.lower()
    return Signature(SERVICE_OF_SIGNING_NAME.get(name, name), region, key)
