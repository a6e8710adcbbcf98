"""A startup script as the rules see it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from .shell import Command, commands

BEFORE = frozenset({"env", "nohup", "exec", "command", "builtin", "stdbuf"})
"""Programs that run another one."""
VERB = re.compile("[a-z0-9-]{1,20}")
SIZE_LIMIT = 512 * 1024
"""What is longer is no startup script, and is not looked into."""


@dataclass(frozen=True)
class Run:
    """One command without what stands before its name."""

    name: str
    """The program, without its folder."""
    words: tuple[str, ...]
    """What it is given."""
    line: int
    on_webserver: bool
    with_sudo: bool

    @property
    def plain(self) -> list[str]:
        """Give what is no option."""
        return [word for word in self.words if not word.startswith("-") and word != ">"]

    def __str__(self) -> str:
        """Give the program and its first word: what follows may be a password, and the line is known."""
        return " ".join([self.name, *(word for word in self.plain[:1] if VERB.fullmatch(word))])


@dataclass(frozen=True)
class StartupScript:
    """The script, and who will run it."""

    commands: tuple[Command, ...]
    runs: tuple[Run, ...]
    private: bool = False
    """An environment that takes it has a private web server."""


def read(text: str, *, private: bool = False) -> StartupScript:
    """Read a script."""
    found = tuple(commands(text)) if len(text) <= SIZE_LIMIT else ()
    return StartupScript(found, tuple(_runs(found)), private)


def is_assignment(word: str) -> bool:
    """Recognise `NAME=value`."""
    name, equals, _ = word.partition("=")
    return bool(equals) and name.removesuffix("+").isidentifier()


def _is_before(word: str) -> bool:
    return is_assignment(word) or word in BEFORE or word == "sudo" or word.startswith("-")


def _runs(found: Iterable[Command]) -> Iterable[Run]:
    for command in found:
        before = list(takewhile(_is_before, command.words))
        words, sudo = command.words[len(before) :], "sudo" in before
        if words:
            name = words[0].rpartition("/")[2]
            yield Run(name, words[1:], command.line, command.on_webserver, sudo)
