"""What is printed: names of a scenario or a file may hold characters that a terminal takes for commands."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Kinds of characters (Unicode, general category) that steer what is shown and are not seen themselves."""

_KEPT = "\n\t"


def plain(text: str) -> str:
    """The text with every unseen character written out, "\\x1b" for an escape; a return at either end is ours, which
    rewrites a line."""
    if text.isascii() and text.isprintable():
        return text
    body = text.strip("\r")
    before, after = text[: len(text) - len(text.lstrip("\r"))], text[len(text.rstrip("\r")) :]
    return before + "".join(map(_seen, body)) + (after if body else "")


def _seen(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _UNSEEN:
        return character
    return character.encode("unicode_escape").decode()


class _Plain:
    """A stream that prints plain text to another one, and is that one in all else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Print a text."""
        self._stream.write(plain(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def plain_output() -> Iterator[None]:
    """Inside, whatever is printed is plain."""
    out, err = (cast(TextIO, _Plain(stream)) for stream in (sys.stdout, sys.stderr))
    with redirect_stdout(out), redirect_stderr(err):
        yield
