"""`kubectl mwaa`: what the operator does and would do, seen and asked for from a shell."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Mapping

import click

from ..core.errors import OutsideError
from ..engine.ports import ConflictError
from .options import Options, common
from .outside import told

COMMANDS: Mapping[str, tuple[str, str]] = {
    "access": ("access_policy", "Print the IAM policy that lets people open the web server."),
    "approve": ("approve", "Approve the plan that an object waits with."),
    "completion": ("completion", "Print a completion script for a shell."),
    "explain": ("explain", "Explain a code of preflight, or a reason or type of a condition."),
    "import": ("import_environment", "Write the manifest of an environment that exists already."),
    "lint": ("lint", "Check DAG files, in a folder or of a DagSource."),
    "list": ("list_objects", "List all objects, or what nobody manages."),
    "logs": ("logs", "Print what an environment logs."),
    "open": ("open_web", "Print a URL that logs in to the web server."),
    "plan": ("plan", "Show what the operator would do."),
    "preflight": ("preflight", "Check what AWS would refuse late."),
    "restart": ("restart", "Restart the Airflow of an environment."),
    "rollback": ("rollback", "Go back to an earlier revision of a DagSource."),
    "samples": ("samples", "List what a DagSource can bring by name, and what each needs."),
    "service-role": ("service_role", "Show the service-linked role of MWAA, make or delete it."),
    "status": ("status", "Show how an object is."),
    "tree": ("tree", "Show the parts of an object and what they need."),
    "variables": ("variables", "Set variables of a running Airflow from a JSON file or a ConfigMap."),
}
"""Each command is a module of its own, read when it is used: a completion must not wait for boto3."""


COMPLETE_VAR = "_KUBECTL_MWAA_COMPLETE"
"""With this variable the program answers a shell's completion script."""


class Commands(click.Group):
    """The commands by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Read the module of one."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f".commands.{COMMANDS[name][0]}", __package__)
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without reading their modules."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@common
def cli(options: Options) -> None:
    """See what the mwaa-operator does and would do.

    Options such as -n stand before or behind the command. Kubernetes is reached as kubectl reaches it, AWS with your own
    credentials.
    """


def main() -> None:
    """Run the command `kubectl-mwaa`. Exits 1 on errors; 2 says what the command says of it."""
    # what goes wrong is said once, by the one who asked for it
    logging.disable(logging.CRITICAL)
    try:
        sys.exit(cli.main(prog_name="kubectl mwaa", standalone_mode=False, complete_var=COMPLETE_VAR) or 0)
    except click.Abort:
        _fail("stopped")
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(1)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"\nTry '{context.command_path} --help'." if context else ""
        _fail(f"{error.format_message()}{hint}")
    except OutsideError as error:
        _fail(told(error.problem))
    except ConflictError:
        _fail("the object was changed by somebody else at this moment. Look at it again, and repeat the command.")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        _fail(f"a fault of kubectl-mwaa itself: {type(error).__name__}: {error}. Please report it.")


def _fail(text: str) -> None:
    click.echo(f"error: {text}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
