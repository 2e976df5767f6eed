"""The words of MATLAB's language: comments left out, continued lines joined, statements told apart.

The work is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<number>(?:\d+(?:\.(?![*/^'\\])\d*)?|\.\d+)(?:[eEdD][+-]?\d+)?)
    |(?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)
    |(?P<matrix>\[(?>(?:[\s,;]|[%#][^\n]*\n)*+[-+]?(?:\d++(?:\.\d*+)?|\.\d++|Inf\b)(?:[eE][-+]?\d++)?(?=[\s,;\]%#]))*+
        (?:[\s,;]|[%#][^\n]*\n)*+\])
    |(?P<on>\.\.\.[^\n]*\n?)
    |(?P<comment>[%#][^\n]*)
    |(?P<sign>\.[*/^']|==|~=|!=|<=|>=|&&|\|\||[-+*/^=<>&|~!:;,()\[\]{}@\\.])
    |(?P<newline>\n)
    |(?P<blank>[^\S\n]+)
    |(?P<quote>['"])
    """,
    re.VERBOSE | re.ASCII,
)
_OPENING, _CLOSING = "([{", ")]}"


class Token(NamedTuple):
    """``kind`` is number, name, text, sign, newline, or matrix for one of plain numbers; ``spaced`` whether a blank
    stands before it; ``start`` and ``end`` its place in the file."""

    kind: str
    text: str
    spaced: bool
    start: int
    end: int

    @property
    def deeper(self) -> int:
        """1 for a bracket that opens, -1 for one that closes, else 0."""
        if self.kind != "sign" or not self.text:
            return 0
        return (self.text in _OPENING) - (self.text in _CLOSING)


@dataclass(frozen=True)
class Statement:
    """One statement: the number of its first line, its text as written, its words, and whether its brackets close."""

    line: int
    text: str
    tokens: tuple[Token, ...]
    closed: bool = True


def statements(text: str) -> Iterator[Statement]:
    """Statements in order. Raises ValueError for a character that MATLAB does not know."""
    text = without_block_comments(text.replace("\r\n", "\n").replace("\r", "\n"))
    current, depth, line, seen = list[Token](), 0, 1, 0
    for token in chain(tokens(text), [Token("newline", "\n", False, len(text), len(text))]):
        depth += token.deeper
        ends = token.kind == "newline" or (token.kind == "sign" and token.text in ";,")
        if not (ends and (depth <= 0 or token.end == len(text))):
            current.append(token)
            continue
        if current:
            line, seen = line + text.count("\n", seen, current[0].start), current[0].start
            yield Statement(line, text[current[0].start : current[-1].end], tuple(current), depth <= 0)
        current, depth = [], 0


def tokens(text: str) -> Iterator[Token]:
    """The words of a text without comments and blanks."""
    position, spaced, before = 0, False, ""
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"'{text[position]}' was not expected")
        kind, end = str(match.lastgroup), match.end()
        if kind == "quote":
            kind, end = _quoted(text, position, transposes=before != "" and not spaced)
        if kind in ("blank", "comment", "on"):
            spaced = True
        else:
            yield Token(kind, text[position:end], spaced, position, end)
            before = kind if kind in ("number", "name", "matrix") or text[position:end] in _AFTER else ""
            spaced = False
        position = end


_AFTER = frozenset((")", "]", "}", "'", ".'"))
"""Behind these, as behind names and numbers, a quote transposes."""


def _quoted(text: str, position: int, transposes: bool) -> tuple[str, int]:
    """Whether a quote transposes or opens a text, and where that ends."""
    mark = text[position]
    if mark == "'" and transposes:
        return "sign", position + 1
    end = position + 1
    while True:
        stop = text.find(mark, end)
        newline = text.find("\n", end, stop if stop >= 0 else len(text))
        if stop < 0 or newline >= 0:
            raise ValueError("a quote is not closed")
        if text[stop + 1 : stop + 2] != mark:
            return "text", stop + 1
        end = stop + 2


def plain_rows(matrix: str) -> list[list[str]]:
    """The numbers of a matrix token, as they are written."""
    inside = re.sub(r"[%#][^\n]*", "", matrix[1:-1])
    rows = (row.replace(",", " ").split() for row in re.split(r"[;\n]", inside))
    return [row for row in rows if row]


def without_block_comments(text: str) -> str:
    """The text with the lines between %{ and %} (or #{ and #}) empty."""
    depth, kept = 0, []
    for row in text.split("\n"):
        depth += row.strip() in ("%{", "#{")
        kept.append("" if depth else row)
        depth -= depth > 0 and row.strip() in ("%}", "#}")
    return "\n".join(kept)
