"""Binaries in plugins.zip that the startup script puts on the library path: both in one update. Real S3."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from .test_artefacts_of_sources import Source, updates

FOLDER = "/usr/local/airflow/plugins/instantclient_18_5"


@pytest.mark.row("B105")
async def test_binaries_and_the_path_to_them_reach_the_environment_together(new_stack: Callable[..., Any]) -> None:
    stack = new_stack({"dagSourceRefs": [{"name": "etl"}]})
    source = Source(stack, {"files": {"a.py": "x = 1\n"}})
    source.show()
    await source.deliver()
    await stack.settle()
    source.change(
        plugins={"files": {"instantclient_18_5/libclntsh.so": "ELF"}},
        startupScript={"env": {"LD_LIBRARY_PATH": FOLDER, "ORACLE_HOME": FOLDER}},
    )
    await stack.once()
    assert updates(stack) == [], "it waits for both"
    await source.deliver()
    await stack.settle()
    [update] = updates(stack)
    assert update["PluginsS3ObjectVersion"] == source.version("plugins")
    assert update["StartupScriptS3ObjectVersion"] == source.version("startupScript")
    s3 = boto3.client("s3")
    archive = s3.get_object(Bucket="my-bucket", Key=update["PluginsS3Path"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(archive)) as plugins:
        entry = plugins.getinfo("instantclient_18_5/libclntsh.so")
        assert (plugins.read(entry), entry.external_attr >> 16 & 0o777) == (b"ELF", 0o755)
    script = s3.get_object(Bucket="my-bucket", Key=update["StartupScriptS3Path"])["Body"].read().decode()
    assert f"export LD_LIBRARY_PATH={FOLDER}\n" in script
