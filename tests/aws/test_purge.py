"""What S3 says of single objects when a bucket is emptied: it answers 200 even when it deletes nothing."""

from __future__ import annotations

from typing import Any, cast

import pytest

from mwaa_operator.aws.s3_purge import delete_objects
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.errors import OutsideError, Trouble


class Refusing:
    """Answers DeleteObjects with one error."""

    def __init__(self, **error: str) -> None:
        self.error = error

    async def call(self, region: str, service: str, operation: str, **params: Any) -> dict[str, Any]:
        return {"Errors": [self.error]}


@pytest.mark.parametrize(
    ("error", "trouble", "hint"),
    [
        ({"Code": "AccessDenied"}, Trouble.DENIED, "Allow s3:DeleteObject to the operator's role."),
        ({"Code": "AccessDenied", "VersionId": "1"}, Trouble.DENIED, "Allow s3:DeleteObjectVersion to the operator's role."),
        ({"Code": "InternalError"}, Trouble.UNAVAILABLE, "InternalError: We stopped."),
    ],
)
async def test_an_object_that_stays_is_named_with_what_would_help(
    error: dict[str, str], trouble: Trouble, hint: str
) -> None:
    aws = cast(Aws, Refusing(Key="dags/a.py", Message="We stopped.", **error))
    with pytest.raises(OutsideError) as caught:
        await delete_objects(aws, "us-east-1", "team", [{"Key": "dags/a.py"}])
    found = caught.value.problem
    assert found.trouble is trouble
    assert "objects of bucket team stay, the first is dags/a.py" in found.message
    assert found.message.endswith(hint)
