"""`kubectl mwaa completion`: scripts for shells. `kubectl` itself asks `kubectl_complete-mwaa`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from ..options import Options, subcommand

HELP = """Print a completion script for `kubectl-mwaa`.

`kubectl mwaa` needs none: kubectl's own completion asks `kubectl_complete-mwaa`, which is installed beside it.
"""


@subcommand(HELP)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(options: Options, shell: str) -> None:
    """Print the script."""
    from ..main import COMPLETE_VAR, cli

    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(cli, {}, "kubectl-mwaa", COMPLETE_VAR).source())
