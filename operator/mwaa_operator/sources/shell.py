"""A shell script as the rules see it: its commands, with their lines, and which of them the web server runs.

Only what the rules need is understood: words, quotes, comments, here-documents, `if`, `case`, and tests of the component.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

COMPONENT = re.compile(r"\$\{?MWAA_+AIRFLOW_+COMPONENT\b")
WEBSERVER = "webserver"
OPENING = frozenset({"if", "elif", "while", "until"})
PASSED_OVER = frozenset({"do", "done", "time", "{", "}", "for", "in", "function", "esac", "fi", "then", "else", "!"})
DEPTH = 50
"""So many branches in each other are followed."""
TOKEN = re.compile(
    r"""
    (?P<space>[ \t]+|\\\n)
    |(?P<comment>\#[^\n]*)
    |(?P<single>'[^']*'?)
    |(?P<double>"(?:[^"\\]|\\.)*"?)
    |(?P<escape>\\.?)
    |(?P<here><<-?[ \t]*\\?(?P<mark>['"]?)(?P<name>[A-Za-z_]\w*)(?P=mark))
    |(?P<plain>[<>]+&?|&>+|[^\s'"\\<>&;()|\#]+)
    |(?P<end>&&|\|\||[\n;()&|])
    |(?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
CONTENT: Mapping[str, Callable[[str], str]] = {
    "single": lambda text: text[1:].removesuffix("'"),
    "double": lambda text: re.sub(r"\\(.)", r"\1", text[1:].removesuffix('"'), flags=re.DOTALL),
    "escape": lambda text: text[1:],
    "plain": str,
    "other": str,
}
"""What a word is made of, and what it says without its quotes."""


@dataclass(frozen=True)
class Command:
    """One command: its words without quotes, the line where it begins, and whether the web server may run it."""

    words: tuple[str, ...]
    line: int
    on_webserver: bool = True


@dataclass
class _Piece:
    """Words between two ends of commands, and what stood before them: `&&`, `||`, or nothing."""

    words: list[str] = field(default_factory=list)
    line: int = 0
    joint: str = ""


@dataclass
class _Branch:
    """An `if` or `case` that is open, and whether the web server takes the branch; None: nobody knows."""

    taken: bool | None = None
    condition: list[_Piece] = field(default_factory=list)
    in_condition: bool = True


def commands(text: str) -> Iterator[Command]:
    """Read a script, in one pass: it may be large, and need not be a script at all."""
    reader = _Reader()
    for piece in _pieces(text.replace("\r\n", "\n")):
        yield from reader.read(piece)


class _Reader:
    """Follows the branches."""

    def __init__(self) -> None:
        self.branches: list[_Branch] = []
        self.deep = 0
        """How many are open beyond those that are followed."""
        self.ended = False
        self.before: bool | None = None
        """What the command before says of the web server, where the next one depends on it."""

    def read(self, piece: _Piece) -> Iterator[Command]:
        begin = 0
        for word in piece.words:
            if word == "case":
                self._case(piece.words[begin:])
                return
            if word not in OPENING and word not in PASSED_OVER:
                break
            if word == "!" and self.branches and self.branches[-1].in_condition:
                break
            self._keyword(word)
            begin += 1
        words = piece.words[begin:]
        if not words:
            return
        if self.branches and self.branches[-1].in_condition:
            self.branches[-1].condition.append(_Piece(words, piece.line, piece.joint))
        taken = self.before if piece.joint == "&&" else _not(self.before) if piece.joint == "||" else None
        self.before = said(words) if not piece.joint or said(words) is not None else self.before
        alone = [branch.taken for branch in self.branches if not branch.in_condition]
        if words[0] in ("exit", "return") and (taken or (any(alone) and False not in alone and taken is None)):
            self.ended = True
        yield Command(tuple(words), piece.line, not (self.ended or taken is False or False in alone))

    def _case(self, words: list[str]) -> None:
        """Take a `case` of the component for a test by itself: whoever writes one thinks of the web server."""
        if len(self.branches) >= DEPTH:
            self.deep += 1
        else:
            self.branches.append(_Branch(False if any(map(COMPONENT.search, words)) else None, in_condition=False))

    def _keyword(self, word: str) -> None:
        if word in ("if", "while", "until", "for") and len(self.branches) >= DEPTH:
            self.deep += 1
        elif self.deep:
            self.deep -= word in ("fi", "esac", "done")
        elif word in ("if", "while", "until"):
            self.branches.append(_Branch())
        elif not self.branches:
            return
        elif word in ("fi", "esac", "done"):
            self.branches.pop()
        elif word in ("then", "do") and self.branches[-1].in_condition:
            self.branches[-1].taken = _all(self.branches[-1].condition)
            self.branches[-1].in_condition = False
        elif word == "else":
            self.branches[-1].taken = _not(self.branches[-1].taken)
        elif word == "elif":
            self.branches[-1] = _Branch()
        elif word == "for":
            self.branches.append(_Branch(in_condition=False))


def said(words: list[str]) -> bool | None:
    """Tell what a test of the component gives on a web server; None where it is none."""
    negated = words[0] == "!"
    for name, operator, value in zip(words, words[1:], words[2:], strict=False):
        if COMPONENT.search(name) and operator in ("=", "==", "!="):
            return ((value == WEBSERVER) is (operator != "!=")) is not negated
    return None


def _all(condition: list[_Piece]) -> bool | None:
    """Put the tests of a condition together, from left to right."""
    result: bool | None = None
    for number, piece in enumerate(condition):
        one = said(piece.words)
        if number == 0 or not piece.joint:
            result = one
        elif piece.joint == "&&":
            result = False if False in (result, one) else None if None in (result, one) else True
        else:
            result = True if True in (result, one) else None if None in (result, one) else False
    return result


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _pieces(text: str) -> Iterator[_Piece]:
    """Cut a script into words, and these into pieces at the ends of commands."""
    piece, word, line, at = _Piece(), list[str](), 1, 0
    here = list[str]()
    while token := TOKEN.match(text, at):
        kind, found = str(token.lastgroup), token[0]
        begun, line, at = line, line + found.count("\n"), token.end()
        if kind == "comment" and word:
            kind = "plain"
        if kind in CONTENT:
            if not word and not piece.words:
                piece.line = begun
            word.append(CONTENT[kind](found))
            continue
        if kind == "comment" or found == "\\\n":
            continue
        if word:
            piece.words.append("".join(word))
            word = []
        if kind == "here":
            here.append(token["name"])
        elif kind == "end":
            if piece.words:
                yield piece
                piece = _Piece()
            if found != "\n":
                piece.joint = found if found in ("&&", "||") else ""
            elif here:
                end, here = _after(text, at, here), []
                line, at = line + text.count("\n", at, end), end
    if word:
        piece.words.append("".join(word))
    if piece.words:
        yield piece


def _after(text: str, at: int, ends: list[str]) -> int:
    """Pass over here-documents: give where the script goes on."""
    for end in ends:
        while at < len(text):
            stop = text.find("\n", at)
            stop = len(text) if stop < 0 else stop
            content, at = text[at:stop], min(stop + 1, len(text))
            if content.strip("\t ") == end:
                break
    return at
