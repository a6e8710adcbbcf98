"""The options that every command has, before or behind its name."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Options:
    """Where to look, and how to print."""

    namespace: str | None = None
    """None: that of the context."""
    kubeconfig: str | None = None
    context: str | None = None
    region: str | None = None
    """For objects that name none and that AWS does not know yet."""
    output: str = "table"


_FLAGS: Sequence[Callable[[Any], Any]] = (
    click.option("-n", "--namespace", metavar="NAME", help="Namespace. Default: that of the context."),
    click.option("--kubeconfig", metavar="FILE", help="Default: KUBECONFIG, else ~/.kube/config."),
    click.option("--context", metavar="NAME", help="Context of the kubeconfig."),
    click.option("--region", metavar="REGION", help="AWS region where nothing names one. Default: AWS_REGION."),
)
OUTPUTS = ("table", "json", "yaml")


def common(function: F, outputs: Sequence[str] = OUTPUTS) -> F:
    """Give a command the common options, joined with those that stand before its name."""

    @functools.wraps(function)
    def joined(**given: Any) -> Any:
        context = click.get_current_context()
        mine = {name: value for name in Options.__dataclass_fields__ if (value := given.pop(name, None)) is not None}
        before = context.parent.obj if context.parent and isinstance(context.parent.obj, Options) else Options()
        context.obj = replace(before, **mine)
        answer = function(context.obj, **given)
        return asyncio.run(answer) if asyncio.iscoroutine(answer) else answer

    wrapped: Any = click.option("-o", "--output", type=click.Choice(outputs), help="Format of the output.")(joined)
    for flag in reversed(_FLAGS):
        wrapped = flag(wrapped)
    result: F = wrapped
    return result


def subcommand(
    help_: str, outputs: Sequence[str] = OUTPUTS
) -> Callable[[Callable[..., Coroutine[Any, Any, int | None] | int | None]], click.Command]:
    """Make a command of a function that takes `Options` first and gives the exit code."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        return click.command(help=help_)(common(function, outputs))

    return decorate


def _names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of an object; whatever goes wrong, a shell must not be told of it in the middle of a line."""
    from .session import names  # not before it is needed: it brings boto3 along

    before = context.parent.params if context.parent else {}
    given = {**before, **{name: value for name, value in context.params.items() if value is not None}}
    options = Options(**{name: given[name] for name in ("namespace", "kubeconfig", "context") if given.get(name)})
    kind, slash, _ = incomplete.rpartition("/")
    with contextlib.suppress(Exception):
        found = asyncio.run(names(options, kind or given.get("kind", DEFAULT_KIND)))
        return [f"{kind}{slash}{name}" for name in found if f"{kind}{slash}{name}".startswith(incomplete)]
    return []


def _kinds(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from ..api import KINDS

    return [each.singular for each in KINDS if each.singular.startswith(incomplete)]


DEFAULT_KIND = "environment"
name_argument = click.argument("name", metavar="NAME", shell_complete=_names)
maybe_name_argument = click.argument("name", metavar="[NAME]", required=False, shell_complete=_names)
kind_option = click.option(
    "--kind",
    metavar="KIND",
    default=DEFAULT_KIND,
    show_default=True,
    help="Its kind; NAME may also be KIND/NAME.",
    shell_complete=_kinds,
)
all_namespaces_option = click.option("-A", "--all-namespaces", is_flag=True, help="Look in all namespaces.")
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


def confirm(question: str, yes: bool) -> None:
    """Ask, unless told not to.

    Raises:
        ClickException: there is nobody to ask.
        Abort: the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.ClickException(f"there is no terminal to ask on: {question} Give --yes to go on without being asked.")
    click.confirm(question, abort=True, err=True)
