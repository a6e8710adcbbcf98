"""Whether a file that does not compile here may compile with a newer Python, by its tokens."""

from __future__ import annotations

import keyword
import tokenize
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from tokenize import TokenInfo

Version = tuple[int, ...]

TYPES: Version = (3, 12)
"""`type X = int`, and type parameters of functions and classes."""
NESTED: Version = (3, 12)
"""Within `{}` of an f-string its own quotes, backslashes and line breaks."""
TEMPLATES: Version = (3, 14)
"""t-strings, and `except A, B` without parentheses."""
NOT_KNOWN: Version = (3, 15)
"""The first Python of whose grammar nobody here knows what is new."""
_STRINGS = {"f": NESTED, "fr": NESTED, "rf": NESTED, "t": TEMPLATES, "tr": TEMPLATES, "rt": TEMPLATES}
_PAIRS = {")": "(", "]": "[", "}": "{"}
_IGNORED = frozenset({tokenize.NL, tokenize.COMMENT, tokenize.ENCODING})


class _BrokenError(Exception):
    """No Python makes tokens of the file."""


class _StringError(Exception):
    """A string that only a newer Python can read: what follows it are no tokens."""

    def __init__(self, since: Version) -> None:
        super().__init__()
        self.since = since


def since(content: bytes, fits: Callable[[str], bool]) -> Version | None:
    """Give the first Python that may compile a file which does not compile here; None where none ever will.

    It rather names one. A file in which nothing is new up to `NOT_KNOWN` may compile with that, unless its brackets, strings
    or indentation are such as no Python takes.

    Args:
        content: the file.
        fits: tells whether a piece of code compiles here.
    """
    found = set[Version]()
    try:
        for version in _news(_balanced(_tokens(content)), fits):
            found.add(version)
    except _StringError as error:
        return max(found | {error.since})
    except _BrokenError:
        return None
    return max(found, default=NOT_KNOWN)


def _tokens(content: bytes) -> Iterator[TokenInfo]:
    try:
        yield from tokenize.tokenize(BytesIO(content).readline)
    except (SyntaxError, tokenize.TokenError, ValueError, LookupError, RecursionError, MemoryError) as error:
        raise _BrokenError from error


def _balanced(tokens: Iterable[TokenInfo]) -> Iterator[TokenInfo]:
    opened: list[str] = []
    stray = False
    for token in tokens:
        # only after the stray character itself was looked at: a string may begin with it
        if stray:
            raise _BrokenError
        if token.type == tokenize.OP and token.string in _PAIRS.values():
            opened.append(token.string)
        elif token.type == tokenize.OP and token.string in _PAIRS and (not opened or opened.pop() != _PAIRS[token.string]):
            raise _BrokenError
        yield token
        stray = token.type == tokenize.ERRORTOKEN and not token.string.isspace()


def _news(tokens: Iterable[TokenInfo], fits: Callable[[str], bool]) -> Iterator[Version]:
    """Give the Python that brought each thing which older ones do not know."""
    before = first = TokenInfo(tokenize.NEWLINE, "", (0, 0), (0, 0), "")
    excepting: int | None = None
    for token in tokens:
        if token.type in _IGNORED:
            continue
        text, named = token.string, before.type == tokenize.NAME
        if of_string := _string(before, token, fits):
            raise _StringError(of_string)
        if named and before.string == "type" and token.type == tokenize.NAME and not keyword.iskeyword(text):
            yield TYPES
        if named and text == "[" and first.string in ("def", "class"):
            yield TYPES
        if text == "except":
            excepting = 0
        elif excepting is not None:
            excepting += (text in _PAIRS.values()) - (text in _PAIRS)
            if text == "," and not excepting:
                yield TEMPLATES
            if text == ":" and not excepting:
                excepting = None
        first, before = before, token


def _string(before: TokenInfo, token: TokenInfo, fits: Callable[[str], bool]) -> Version | None:
    """Give the Python that can read a string which cannot be read here."""
    if token.type == tokenize.STRING and token.string[:1] not in ("'", '"'):
        prefix = token.string[: 1 + (token.string[1] not in ("'", '"'))].lower()
        return _STRINGS.get(prefix) if not fits(token.string) else None
    if before.type == tokenize.NAME and before.end == token.start and token.string[:1] in ("'", '"'):
        # its prefix is none here, or it does not end in its line
        return _STRINGS.get(before.string.lower())
    return None
