"""What to do about a call that AWS has refused: its words, looked up in the catalogue of codes."""

from __future__ import annotations

import re

from ..checks.catalogue import ENTRIES

KNOWN: tuple[tuple[str, str], ...] = (
    (r"BlockPublicAccess|public access", "PublicAccessNotBlocked"),
    (r"bucket.*versioning|versioning.*bucket", "VersioningOff"),
    (r"bucket is in region", "BucketInOtherRegion"),
    (r"bucket does not exist|bucket.*not accessible", "BucketNotFound"),
    (r"DAG folder", "DagFolderMissing"),
    (r"read version .* of file", "FileVersionNotFound"),
    (r"subnets?.*availability zone", "SameAvailabilityZone"),
    (r"subnets?.*same VPC", "DifferentVpcs"),
    (r"security groups?.*not in the VPC", "SecurityGroupOutsideVpc"),
    (r"multi-region key", "KeyMultiRegion"),
    (r"key is not enabled|KMSInvalidState", "KeyDisabled"),
    (r"key does not exist", "KeyNotFound"),
    (r"airflow ?version .*not supported", "UnknownAirflowVersion"),
    (r"environment ?class .*not valid", "UnknownEnvironmentClass"),
    (r"(Min|Max)Webservers", "WebserversOutOfRange"),
    (r"Schedulers must be", "SchedulersOutOfRange"),
    (r"(Min|Max)Workers must not exceed", "WorkersAboveQuota"),
)
"""Words of AWS, and the code under which the catalogue explains them. Which texts are assumed: docs/fidelity.md."""
OTHERWISE = "Correct what AWS names, in the spec or in AWS; it is asked again every few minutes, and when the spec changes."


def advice(said: str) -> str:
    """Say what to do about a refusal: the fix of the first code whose words it has, else where to look."""
    for pattern, code in KNOWN:
        if re.search(pattern, said, re.IGNORECASE | re.DOTALL):
            return f"{ENTRIES[code].fix} (`kubectl mwaa explain {code}`)"
    return OTHERWISE
