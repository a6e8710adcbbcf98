"""A requirements.txt, or a wheel, as it lies somewhere: read with what is known of those who install it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ..core.catalogue import BUILT_IN
from ..core.finding import Finding
from .lint_requirements import Installer, installers, judged
from .lint_requirements_places import wheel_tags
from .requirement_lines import read
from .rule import Rule
from .rules import OF_REQUIREMENTS

SIZE_LIMIT = 512 * 1024
"""Bytes that are read of a file, which is more than anybody writes by hand."""


def of_requirements(content: bytes, where: str, versions: Collection[str], *, private: bool) -> Sequence[Finding]:
    """Name what is wrong with a requirements.txt.

    Args:
        content: of the file.
        where: its path in messages.
        versions: of the Airflows that install it.
        private: whether a web server that installs it is private.
    """
    lines = list(read(content[:SIZE_LIMIT].decode("utf-8", errors="replace"), where))
    return judged(lines, (), _installers(versions, private), OF_REQUIREMENTS)


def of_wheel(name: str, where: str, versions: Collection[str]) -> Sequence[Finding]:
    """Name what is wrong with a wheel, by its name."""
    return judged((), [(where, name)], _installers(versions, False), [Rule(wheel_tags)])


def _installers(versions: Collection[str], private: bool) -> Sequence[Installer]:
    return [replace(each, is_private=private) for each in installers(versions, BUILT_IN)]
