"""What a process holds in memory before any object asks for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mwaa_operator.app.registry import registry
from mwaa_operator.aws.session import Aws
from mwaa_operator.core.errors import OutsideError
from mwaa_operator.core.origin import Origin

LIBRARIES = {"dulwich", "paramiko"}
READERS = {"mwaa_operator.fetch.git", "mwaa_operator.fetch.oci", "mwaa_operator.fetch.cosign", "pysequoia"}
STARTED = """
import sys
from mwaa_operator.app.main import Operator
from mwaa_operator.app.settings import Settings
from mwaa_operator.app.registry import registry
from mwaa_operator.aws.session import Aws
made = registry(Aws("test"))
for fetcher in made.fetchers.values():
    fetcher.close()
print(*sys.modules)
"""


def test_what_speaks_git_is_not_loaded_before_an_object_asks_for_git() -> None:
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True, env=environment)
    loaded = set(done.stdout.split())
    assert "boto3" in loaded
    assert loaded & (LIBRARIES | READERS) == set()


def test_it_is_loaded_by_the_first_look_at_a_repository() -> None:
    fetcher = registry(Aws("test")).fetchers["git"]
    # nobody listens there
    origin = Origin("git", "spec.git", "https://127.0.0.1:1/dags.git")
    with pytest.raises(OutsideError, match=r"spec\.git: https://127\.0\.0\.1:1/dags\.git does not answer"):
        fetcher.look(origin, {})
    fetcher.close()
    assert sys.modules.keys() >= LIBRARIES
