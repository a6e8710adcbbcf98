"""`--help`: what is to be pasted stays as it is written."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from mwaa_operator.cli.main import COMMANDS, cli


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_of_an_example_has_a_line_of_its_own(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command and command.help
    examples = [line.strip() for line in command.help.splitlines() if line.startswith(" ")]
    shown = [line.strip() for line in CliRunner().invoke(cli, [name, "--help"], terminal_width=60).output.splitlines()]
    assert [line for line in examples if line not in shown] == []
    assert examples or name != "access"
