"""AWS's own word for what went wrong, where an adapter must tell two refusals apart."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ..core.errors import OutsideError


def error_code(error: OutsideError) -> str:
    """Give the error code of AWS, such as `BucketAlreadyExists`; empty when AWS did not answer at all."""
    cause = error.__cause__
    return str(cause.response["Error"].get("Code", "")) if isinstance(cause, ClientError) else ""
