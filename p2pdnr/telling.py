"""Problems, remarks and reasons in a language, by their patterns: what assets/page/told.js does for the page.

They are made in many places, with values in them, and are English everywhere; a language has their patterns (``told``,
"bus {0} does not exist"). A text may be several sentences, or a pattern with others as its values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from p2pdnr.languages import Language

_DEEPEST = 6
_PLACE = re.compile(r"\{(\d+)\}")
# Letters below which a pattern is taken only where its values can be told, too.
_WEAK = 8
_NAMED = "prosumer|profile|preference|bus|line|file|sheet|network|scenario|document|tariff|market|dso"
_NUMERAL = re.compile(r"-?\d{1,3}(,\d{3})*(\.\d+)?|-?\d+\.\d+")
_PLACED = re.compile(rf"((?:{_NAMED})\b[^:]{{0,90}}): ([\s\S]+)")


@dataclass(frozen=True)
class _Pattern:
    """A sentence with places: its parts, the form of a text that fits, and whether others stand before or after it."""

    english: str
    local: str
    literals: tuple[str, ...]
    form: re.Pattern[str]
    places: tuple[int, ...]
    before: bool
    after: bool

    @property
    def weight(self) -> int:
        return len(re.sub(r"[^A-Za-z]", "", "".join(self.literals)))

    @property
    def several(self) -> bool:
        return re.search(r"\. \S", self.english) is not None


def told(text: str, language: Language) -> str:
    """A text in a language; as it is where no pattern fits, and always in English."""
    return _teller(language.key, tuple(language.told.items()), language.thousands + language.decimal).told(text)


@lru_cache(maxsize=8)
def _teller(_key: str, book: tuple[tuple[str, str], ...], marks: str) -> _Teller:
    return _Teller(book, marks)


class _Teller:
    """The patterns of a language in the order in which they are tried."""

    def __init__(self, book: tuple[tuple[str, str], ...], marks: str) -> None:
        self._known = {_bare(english): _bare(local) for english, local in book}
        self._marks = {ord(","): marks[:1], ord("."): marks[1:]}
        found = sorted(map(_pattern, book), key=lambda one: (-one.weight, -len(one.english)))
        self._long = [one for one in found if not one.before and one.places and one.several]
        short = [one for one in found if (one.after if one.before else one.places and not one.several)]
        self._short, self._weak = ([one for one in short if (one.weight < _WEAK) == weak] for weak in (False, True))
        self._tails = [one for one in found if one.before and not one.after]
        self._empty = not book

    def told(self, text: str, deep: int = _DEEPEST) -> str:
        """A text of one or more sentences; ``deep`` patterns may stand within one another."""
        if self._empty:
            return text
        if not deep or not re.search("[A-Za-z]{2}", text):
            return text.translate(self._marks) if _NUMERAL.fullmatch(text) else text
        plain = _bare(text)
        end = text[len(plain) :]
        if whole := self._sentence(plain, self._long, deep - 1):
            return whole + end
        if cut := re.search(r"\. (?=\S)", text):
            at = cut.start()
            return f"{self.told(text[: at + 1], deep)} {self.told(text[at + 2 :], deep)}" if at else text
        if placed := _PLACED.fullmatch(text):
            return f"{self.told(placed[1], deep - 1)}: {self.told(placed[2], deep - 1)}"
        found = self._known.get(plain) or self._fitting(plain, self._tails, deep - 1)
        found = found or self._sentence(plain, self._short, deep - 1) or self._headed(plain, deep)
        found = found or self._sentence(plain, self._weak, deep - 1)
        return found + end if found else self._in_parts(text, deep)

    def _headed(self, text: str, deep: int) -> str | None:
        """A quantity of a known name and, behind a colon, where it is."""
        head, _, rest = text.partition(": ")
        if not rest or head not in self._known:
            return None
        said = self.told(rest, deep - 1)
        if said == rest:
            said = ", ".join(self.told(part, deep - 1) for part in rest.split(", "))
        return f"{self._known[head]}: {said}"

    def _in_parts(self, text: str, deep: int) -> str:
        mark = "; " if "; " in text else ": "
        return (
            mark.join(self.told(part, deep - 1) for part in text.split(mark, -1 if mark == "; " else 1))
            if mark in text
            else text
        )

    def _sentence(self, text: str, some: Iterable[_Pattern], deep: int) -> str | None:
        # Sentences begin with a capital where they stand alone, and with none as a part of others.
        found = self._known.get(text) or self._fitting(text, some, deep)
        if found or not re.match("[A-Z]", text):
            return found
        small = text[0].lower() + text[1:]
        other = self._known.get(small) or self._fitting(small, some, deep)
        return _capital(other) if other else None

    def _fitting(self, text: str, some: Iterable[_Pattern], deep: int) -> str | None:
        return next((said for one in some if (said := self._filled(one, text, deep)) is not None), None)

    def _filled(self, one: _Pattern, text: str, deep: int) -> str | None:
        """The text by a pattern; None where it does not fit, or where a pattern of little leaves much in English."""
        found = one.form.fullmatch(text) if all(part in text for part in one.literals) else None
        if found is None:
            return None
        values = [value or "" for value in found.groups()]
        said = [self.told(value, deep) for value in values]
        if one.weight < _WEAK and any(a == b and _is_words(a) for a, b in zip(values, said, strict=True)):
            return None
        closes = one.english.endswith(")")
        if one.before and not one.after and not closes and any(re.search(r"\s", value) for value in values[1:]):
            return None
        first = said.pop(0) if one.before else ""
        last = said.pop() if one.after else ""
        by_place = dict(zip(one.places, said, strict=False))
        inside = _PLACE.sub(lambda place: by_place.get(int(place[1]), ""), one.local)
        whole = first + (inside if one.before else inside.lstrip()) + last
        return _capital(whole) if one.local.startswith("{") and re.match("[A-Z]", text) else whole


def _pattern(pair: tuple[str, str]) -> _Pattern:
    english, local = pair
    # Values side by side cannot be told apart: the first stands for all of them.
    parts = _PLACE.split(re.sub(r"(\{\d+\})(\{\d+\})+", r"\1", _bare(english)))
    before, after = re.match("[ ;,]", english) is not None, english.endswith(" ")
    source = "".join(_sources(parts))
    # a hint in front of a sentence may be missing
    source = re.sub(r"^\(\[\\s\\S\]\*\?\)\\ (?=[A-Z])", lambda _: r"(?:([\s\S]*?) )?", source)
    form = ("([\\s\\S]*?)" if before else "") + source + ("([\\s\\S]*)" if after else "")
    literals = tuple(part.strip() for part in parts[::2] if part.strip())
    return _Pattern(english, _bare(local), literals, re.compile(form), tuple(map(int, parts[1::2])), before, after)


def _sources(parts: list[str]) -> Iterator[str]:
    for at, part in enumerate(parts):
        yield r"([\s\S]*?)" if at % 2 else re.escape(part)


def _bare(text: str) -> str:
    return re.sub(r"([^.])\.$", r"\1", text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _is_words(text: str) -> bool:
    return re.search("[a-z]{2,} [a-z]{2,}", text) is not None
