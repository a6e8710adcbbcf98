"""Places in the source bucket, in any of the spellings that people use."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from .rule import Rule, matching, quoted

_FILE = r"(s3://[a-z0-9.-]+/|/)?[^/]+(/[^/]+)*"


class S3Path(str):
    """A place in the source bucket, without slashes at its ends; written `dags`, `/dags/` or `s3://bucket/dags`."""

    bucket: str | None
    """The bucket, where it was written as an S3 URI."""
    written: str
    """As it was written."""

    def __new__(cls, text: str) -> Self:
        """Read any of the three spellings."""
        bucket, path = None, text
        if text.startswith("s3://"):
            bucket, _, path = text.removeprefix("s3://").partition("/")
        place = super().__new__(cls, path.strip("/"))
        place.bucket, place.written = bucket, text
        return place

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic check it as a string, and read it then."""
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(min_length=1, max_length=1024))


Folder = Annotated[
    S3Path,
    matching(r"(s3://[a-z0-9.-]+/|/)?[^/]+(/[^/]+)*/?", "must be a folder in the bucket: `dags`, or `s3://bucket/dags`"),
]
File = Annotated[
    S3Path,
    Rule(
        f"self.matches({quoted(f'^(?:{_FILE})$')})",
        "must be a file in the bucket: `requirements.txt`, or `s3://bucket/requirements.txt`",
        # the slash at the end, by which a folder is known, is gone by now
        lambda path: re.fullmatch(_FILE, path.written) is not None,
    ),
]
ObjectVersion = Annotated[str, Field(min_length=1, max_length=1024)]
"""The id of one version of an object, as S3 gives it."""
