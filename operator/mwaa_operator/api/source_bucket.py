"""The source bucket in any of the spellings that people use: AWS's API takes its ARN alone."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from .rule import Rule, matching

_IP_ADDRESS = "([0-9]+[.]){3}[0-9]+"

SourceBucket = Annotated[
    str,
    Field(max_length=1224),
    matching(
        r"(arn:aws(-[a-z]+)*:s3:::|s3://)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?/?",
        "must be one bucket, and no folder in it: `arn:aws:s3:::my-bucket`, `my-bucket` or `s3://my-bucket`",
    ),
    Rule(
        "!self.endsWith('/')",
        "has a slash at its end, which AWS takes for a part of the name: write `s3://my-bucket`, without the slash",
        lambda text: not text.endswith("/"),
    ),
    Rule(
        rf"!self.contains('..') && !self.matches('(^|:|/){_IP_ADDRESS}$')",
        "the name of a bucket has no two dots in a row and is not written like an IP address",
        lambda text: ".." not in text and not re.search(f"(^|:|/){_IP_ADDRESS}$", text),
    ),
]


def bucket_arn(written: str, partition: str) -> str:
    """Give the ARN that a bucket's ARN, name or S3 URI means.

    Args:
        written: any of the three, as `SourceBucket` allows.
        partition: of the account, for the spellings that name none: `aws`, `aws-cn`.
    """
    if written.startswith("arn:"):
        return written
    return f"arn:{partition}:s3:::{written.removeprefix('s3://')}"
