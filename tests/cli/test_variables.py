"""Variables from a JSON file or a ConfigMap, through Airflow's command line."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import boto3
import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_emulator.airflow.install import locate
from mwaa_emulator.airflow.versions import PINNED, PinnedAirflow
from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import PreparedAccount
from mwaa_operator.airflow.variables import command, set_variables, text
from mwaa_operator.aws.session import Aws
from mwaa_operator.cli.commands.variables import read
from mwaa_operator.core.errors import OutsideError

VALUES = {
    "plain": "one",
    "blank": "two words",
    "quoted": 'it\'s "so" $HOME',
    "json": {"a": [1, None]},
    "minus": "-5",
    "empty": "",
}
SECRET = "canary-77e1"


class WebServer:
    """The emulator's web server over HTTP, and what it was sent: each with the token."""

    def __init__(self, url: str) -> None:
        self.url, self.received = url, list[tuple[str, str]]()

    async def post(self, host: str, token: str, said: str) -> tuple[int, str]:
        return await asyncio.to_thread(self._post, token, said)

    def _post(self, token: str, said: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(f"{self.url}/aws_mwaa/cli", said.encode(), headers)
            ) as answer:
                self.received.append((token, said))
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, f"{said}: {error.read().decode()}"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """The web server of an environment that runs."""
    with Emulator.started(speed=0.0) as emulator:
        for name, value in emulator.environment().items():
            monkeypatch.setenv(name, value)
        boto3.client("mwaa").create_environment(**PreparedAccount(boto3.client).request())
        emulator.advance(3600)
        yield WebServer(emulator.url)


async def imported(web: WebServer, values: Mapping[str, Any], name: str = "first") -> list[str]:
    aws = Aws("test", lambda call: None)
    try:
        return [key async for key in set_variables(aws, "us-east-1", name, values, web.post)]
    finally:
        aws.close()


@pytest.mark.row("C178")
async def test_each_key_is_one_command_with_a_token_of_its_own(web: WebServer) -> None:
    name = boto3.client("mwaa").list_environments()["Environments"][0]
    assert await imported(web, VALUES, name) == [*VALUES]
    words = [[word for word in shlex.split(said) if word != "--"] for _, said in web.received]
    assert words == [["variables", "set", key, text(value)] for key, value in VALUES.items()]
    assert web.received[0][1] == "variables set plain one"
    assert len({token for token, _ in web.received}) == len(VALUES)


async def test_no_message_has_a_value(web: WebServer) -> None:
    name = boto3.client("mwaa").list_environments()["Environments"][0]
    web.url += "/nowhere"
    with pytest.raises(OutsideError) as refused:
        await imported(web, {"a": SECRET}, name)
    assert "variables set a" in str(refused.value)
    assert SECRET not in str(refused.value)


@given(st.text(min_size=1), st.text())
def test_what_is_quoted_is_read_as_it_was(key: str, value: str) -> None:
    words = shlex.split(command(key, value))
    assert words[-2:] == [key, value]
    assert words[:-2] in (["variables", "set"], ["variables", "set", "--"])


@pytest.mark.parametrize("content", [b"{", b"[1]", b"{}", b'{"": 1}', b'"canary-77e1"', b"\xff"])
def test_what_is_no_object_is_refused_without_its_content(content: bytes) -> None:
    with pytest.raises(click.ClickException) as refused:
        read(content, "vars.json")
    assert refused.value.message.startswith("vars.json")
    assert SECRET not in refused.value.message


@pytest.mark.airflow
@pytest.mark.row("C178")
@pytest.mark.parametrize("pinned", PINNED, ids=lambda pinned: pinned.version)
def test_a_real_airflow_has_them_as_they_were(pinned: PinnedAirflow, tmp_path: Path) -> None:
    installed = locate(pinned)
    database = tmp_path / "airflow.db"
    database.write_bytes(installed.database.read_bytes())
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
    }

    def airflow(*words: str) -> str:
        done = subprocess.run([str(installed.python), "-m", "airflow", *words], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    for key in ("quoted", "json", "minus"):
        assert f"Variable {key} created" in airflow(*shlex.split(command(key, text(VALUES[key]))))
        assert airflow("variables", "get", key).rstrip("\n").endswith(text(VALUES[key]))


@pytest.mark.cluster
def test_the_command_reads_a_config_map_and_says_what_was_not_set(shell: Any) -> None:
    shell.apply(shell.environment_document())
    shell.wait_ready()
    shell.stack.kubectl("-n", shell.namespace, "create", "configmap", "vars", f"--from-literal=stage={SECRET}")
    said = shell.mwaa("variables", "first", "--from-config-map", "vars", "--yes", code=1)
    assert "set 0 of 1; not set: stage" in said.stderr
    assert "does not answer" in said.stderr, "nobody listens under the name of an emulated web server"
    assert SECRET not in said.stderr + said.stdout
    assert "does not exist" in shell.mwaa("variables", "first", "--from-config-map", "none", "--yes", code=1).stderr
    assert "give one of" in shell.mwaa("variables", "first", code=1).stderr
