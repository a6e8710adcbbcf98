"""What takes long is done beside the loop that all objects share."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from mwaa_operator.checks.artefacts import ArtefactsCheck
from mwaa_operator.checks.requirements import RequirementsCheck
from mwaa_operator.core.finding import Finding
from mwaa_operator.resources.mwaa import Environment


class Text(str):
    """A text that remembers who took it apart."""

    by = threading.main_thread()

    def splitlines(self, keepends: bool = False) -> list[str]:
        Text.by = threading.current_thread()
        return super().splitlines(keepends)


class Facts:
    async def size(self, region: str, bucket: str, key: str, version: str | None) -> int:
        return 1

    async def text(self, region: str, bucket: str, key: str, version: str | None) -> str:
        return Text("pandas\n")


def environment() -> Environment:
    return Environment(
        name="one",
        execution_role_arn="arn:aws:iam::123456789012:role/one",
        source_bucket_arn="arn:aws:s3:::one",
        dag_s3_path="dags",
        subnet_ids=("subnet-1", "subnet-2"),
        security_group_ids=("sg-1",),
        requirements_s3_path="requirements.txt",
        startup_script_s3_path="startup.sh",
    )


async def test_requirements_are_judged_in_a_thread() -> None:
    found = await RequirementsCheck(Facts()).findings(environment(), "eu-central-1")
    assert "RequirementsNotPinned" in {each.code for each in found}
    assert Text.by is not threading.main_thread()


async def test_a_startup_script_is_judged_in_a_thread() -> None:
    by = list[threading.Thread]()

    def lint(script: bytes, private: bool) -> Iterator[Finding]:
        by.append(threading.current_thread())
        yield Finding("SudoMissing", "", "it needs root")

    found = await ArtefactsCheck(Facts(), lint).findings(environment(), "eu-central-1")
    assert [each.code for each in found] == ["SudoMissing"]
    assert by[0] is not threading.main_thread()
