"""The languages of the page: one file each in ``data/languages``, by the English sentence that it stands for.

English stands in the code, so that a page in English reads no file and whoever reads the code reads what is said. A
file ``xx.json`` holds ``language`` (its name in itself), ``locale`` (for dates and numbers in the browser), ``decimal``
and ``thousands`` (marks of numbers made here), ``capitals`` where nouns keep theirs within a sentence, and sentences
with ``{0}``, ``{1}`` for values: ``script`` of assets/, ``server`` of p2pdnr/ and its data, ``told`` of problems,
remarks and reasons, which the page puts into its language. What a file does not know stays English. What stands behind
a "|" in a sentence tells two meanings of one English word apart and is not shown. A sentence of ``script`` that depends
on a count may be a table by plural category ("one", "few", "other") of its value ``{0}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from p2pdnr.resources import DATA

FOLDER = DATA / "languages"
"""Where the files are."""

_PLACE = re.compile(r"\{(\d+)\}")


@dataclass(frozen=True)
class Language:
    """A language: ``key`` as in ``?lang=``, its ``name`` in itself, and what it says for English sentences."""

    key: str
    name: str
    locale: str
    decimal: str = "."
    thousands: str = ","
    capitals: bool = False
    server: Mapping[str, str] = field(default_factory=dict)
    script: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str, *values: object) -> str:
        """The sentence in this language, with values in its places."""
        told = self.server.get(text, text).split("|")[0]
        return _PLACE.sub(lambda found: str(values[int(found[1])]), told) if values else told

    def inside(self, text: str) -> str:
        """A label of the page within a sentence: in lower case, but for a language whose nouns keep their capital."""
        return self(text) if self.capitals else self(text).lower()

    def number(self, value: float, digits: int = 0) -> str:
        """A number with the marks of the language and a true minus sign."""
        return self.marks(f"{value:,.{digits}f}")

    def marks(self, text: str) -> str:
        """A number that is written in English, with the marks of the language and a true minus sign."""
        marks = {ord(","): self.thousands, ord("."): self.decimal, ord("-"): "−"}
        return text.translate(marks)


def sentence(text: str) -> str:
    """The text itself: a sentence of a table, which is said in another language where it is shown."""
    return text


ENGLISH = Language("en", "English", "en-GB")
"""The language of the code."""


def read(folder: Path = FOLDER) -> dict[str, Language]:
    """All languages by key, English first; a file whose name is no key of letters is passed over."""
    paths = [path for path in sorted(folder.glob("*.json")) if path.stem.isalpha() and path.stem != ENGLISH.key]
    return {ENGLISH.key: ENGLISH} | {path.stem: _language(path) for path in paths}


@lru_cache(maxsize=1)
def known() -> Mapping[str, Language]:
    """The languages of the package's own folder, read once."""
    return read()


def _language(path: Path) -> Language:
    told = json.loads(path.read_text(encoding="utf-8"))
    return Language(
        path.stem,
        told["language"],
        told["locale"],
        told["decimal"],
        told["thousands"],
        bool(told.get("capitals", False)),
        server=told["server"],
        script=told["script"],
        told=told.get("told", {}),
    )
