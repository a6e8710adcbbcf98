"""The lines of a requirements.txt as pip reads them: the one reader, for what is made and for what is checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

_COMMENT = re.compile(r"(^|\s)#.*$")
_NAMED = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*([^;]*)(?:;(.*))?$")
_PIN = re.compile(r"===?\s*([^\s,*;]+)\s*$")
_OPTION = re.compile(r"(--?[a-z][a-z-]*)(?:[\s=]+(\"[^\"]*\"|'[^']*'|[^\s\"'-]\S*))?")
_OWN_OPTIONS = re.compile(r"\s--?[a-z][a-z-]*[\s=].*$")
"""Options of a single package, such as `--hash`."""
_WHEEL = re.compile(r"(?<![^/\\\s])([^/\\\s]+\.whl)(?=[\s#?;\"']|$)")
"""It begins where a name may begin only: to try each letter of a long word takes the square of its length."""
_PLACE = re.compile(r"[./]|[A-Za-z][A-Za-z0-9+.-]*://|file:")
_SECRETS = re.compile(r"(?<=//)[^/]*@|[?#].*$")
LONGEST = 4096
"""Characters of a line that is looked into."""
_SHORT = {"-c": "--constraint", "-i": "--index-url", "-f": "--find-links", "-r": "--requirement", "-e": "--editable"}


@dataclass(frozen=True)
class Line:
    """One line, with those that a backslash continues."""

    raw: str
    """As it stands."""
    text: str
    """What pip reads of it; empty for a comment."""
    number: int | None = None
    """The first is 1; None where what it is from has no lines."""
    where: str = ""
    """What it is from: a file, or a field of a spec."""
    is_too_long: bool = False
    """pip would read it, and nobody does here: `text` is empty."""

    @cached_property
    def options(self) -> tuple[tuple[str, str], ...]:
        """Give the options of pip that it consists of, by their long names, without quotes."""
        if not self.text.startswith("-"):
            return ()
        found = ((match[1], match[2] or "") for match in _OPTION.finditer(self.text))
        return tuple((_SHORT.get(name, name), value.strip("\"'")) for name, value in found)

    @property
    def name(self) -> str:
        """Give the name of the package, as an index writes it; empty where there is none."""
        return self._parsed[0]

    @property
    def extras(self) -> tuple[str, ...]:
        """Give the extras, in order."""
        return self._parsed[1]

    @property
    def wanted(self) -> str:
        """Give the versions that it takes, without spaces, or the place after an `@`; empty: any."""
        return self._parsed[2]

    @property
    def marker(self) -> str:
        """Give the condition after the semicolon."""
        return self._parsed[3]

    @property
    def pin(self) -> str:
        """Give the one version that it takes; empty where there may be others."""
        found = _PIN.match(self.wanted)
        return found[1] if found else ""

    @property
    def is_package(self) -> bool:
        """Tell a package by its name from an option, a path, a URL and nothing."""
        return bool(self.name)

    @property
    def is_placed(self) -> bool:
        """Tell whether it names the very file, by path or URL, of whatever version."""
        return bool(self.wheel) or self.wanted.startswith("@") or (bool(self.text) and not self.options and not self.name)

    @property
    def wheel(self) -> str:
        """Give the name of the wheel that it is or has; empty where it has none."""
        found = None if self.options else _WHEEL.search(self.text)
        return found[1] if found else ""

    @property
    def shown(self) -> str:
        """Give it for messages: of a place nothing but file and host, since a URL may have a password in it."""
        if self.name:
            return self.name if self.is_placed else f"{self.name}{self.wanted}"
        return self.wheel or _SECRETS.sub("", self.text)

    @cached_property
    def canonical(self) -> str:
        """Write it so that two that mean the same are the same."""
        if self.options:
            return " ".join(word for option in self.options for word in option if word)
        if not self.name or "://" in self.text:
            return self.text
        return f"{self.name}[{','.join(self.extras)}]{self.wanted};{self.marker}"

    @cached_property
    def _parsed(self) -> tuple[str, tuple[str, ...], str, str]:
        place = _PLACE.match(self.text) or _WHEEL.match(self.text)
        found = None if self.options or place else _NAMED.match(_OWN_OPTIONS.sub("", self.text))
        if found is None:
            return "", (), "", ""
        extras = tuple(sorted(extra.strip() for extra in (found[2] or "").split(",") if extra.strip()))
        return canonical_name(found[1]), extras, "".join(found[3].split()), (found[4] or "").strip()


def read(text: str, where: str = "") -> Iterator[Line]:
    """Give all lines, comments and empty ones too.

    Args:
        text: of the file.
        where: what each line shall say that it is from.
    """
    whole: list[str] = []
    begins = 1
    for number, line in enumerate(text.splitlines(), 1):
        whole.append(line.rstrip())
        if not line.rstrip().endswith("\\") or line.lstrip().startswith("#"):
            yield _joined(whole, begins, where)
            whole, begins = [], number + 1
    if whole:
        yield _joined(whole, begins, where)


def canonical_name(name: str) -> str:
    """Write the name of a package as an index does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _joined(lines: Sequence[str], number: int, where: str) -> Line:
    text = _COMMENT.sub("", " ".join(line.removesuffix("\\") for line in lines)).strip()
    # many short lines may be one together: each package may have dozens of hashes
    is_too_long = len(text) > LONGEST and max(map(len, lines)) > LONGEST
    return Line("\n".join(lines), "" if is_too_long else text, number, where, is_too_long)
