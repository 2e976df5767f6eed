"""What a person types in a cell, and the number it means. Text stays as typed; a parser answers or says why not.

Whatever is typed, or sent by somebody who types nothing, takes time in proportion to its length: patterns have no two
neighbours that can share a run of characters, and what a text spells out is counted before it is made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

from p2pdnr.scenario.field_types import MAX_HOURS, MAX_NAME, MAX_TEXT, is_id

MAX_NUMBER, MAX_CELL, MAX_NAMED = 100, 100_000, 20_000
"""Characters of a number and of any cell; lines or buses that one cell may name, each as often as it does."""

PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
MINUS = str.maketrans({"−": "-", "\u00a0": "", "\u202f": ""})

Parse = Callable[[str], Any]
"""From the text of a cell to its value; raises CellError."""


class CellError(ValueError):
    """What is wrong with the text of one cell, as a sentence for the person who typed it."""


def read(parse: Parse, text: str) -> Any:
    """What a parser makes of a text of bounded length; raises CellError."""
    return parse(_at_most(MAX_CELL, text))


def number(text: str) -> float | int:
    """A finite number; whole ones stay whole. A comma before the decimals is read where it can be nothing else."""
    plain = _plain(text)
    if COMMA.fullmatch(plain) and THOUSANDS.fullmatch(plain):
        raise CellError(f"Write {plain.replace(',', '')} or {plain.replace(',', '.')}: {plain} can be read as both.")
    return _number(plain.replace(",", ".") if COMMA.fullmatch(plain) else plain)


def _plain(text: str) -> str:
    if len(text) > MAX_NUMBER:
        raise CellError("This is not a number.")
    return text.strip().translate(MINUS)


def _number(plain: str) -> float | int:
    if not PLAIN.fullmatch(plain):
        raise CellError("This is not a number.")
    value = float(plain)
    if abs(value) > 1e9:
        raise CellError("This number is too large.")
    return int(value) if plain.lstrip("+-").isdigit() else value


def not_negative(text: str) -> float | int:
    """A number from 0."""
    value = number(text)
    if value < 0:
        raise CellError("This cannot be negative.")
    return value


def positive(text: str) -> float | int:
    """A number above 0."""
    value = number(text)
    if value <= 0:
        raise CellError("This must be above 0.")
    return value


def whole(text: str) -> int:
    """A whole number from 0."""
    value = not_negative(text)
    if value != int(value):
        raise CellError("This must be a whole number.")
    return int(value)


def bus(text: str) -> int:
    """A bus number, from 1."""
    value = whole(text)
    if value < 1:
        raise CellError("Buses are numbered from 1.")
    return value


def share(text: str) -> float | int:
    """A share from 0 to 1; "20 %" means 0.2."""
    plain = text.strip()
    percent = plain.endswith("%")
    value = number(plain.removesuffix("%"))
    value = round(value / 100, 12) if percent else value
    if not 0 <= value <= 1:
        raise CellError("This is a share from 0 to 1, or from 0 % to 100 %.")
    return value


def positive_share(text: str) -> float | int:
    """A share above 0."""
    value = share(text)
    if value == 0:
        raise CellError("This must be above 0.")
    return value


def prosumer_id(text: str) -> str:
    """An id; blanks around it do not count."""
    plain = unicodedata.normalize("NFC", text.strip())
    if not is_id(plain):
        raise CellError("Use 1 to 40 letters, digits, blanks, points, hyphens or underscores.")
    return plain


def name(text: str) -> str:
    """Any name that is not empty."""
    return text.strip()


def title(text: str) -> str:
    """A scenario's name."""
    return _at_most(MAX_NAME, text)


def prose(text: str) -> str:
    """Sentences about a scenario."""
    return _at_most(MAX_TEXT, text)


def _at_most(characters: int, text: str) -> str:
    plain = text.strip()
    if len(plain) > characters:
        raise CellError(f"Use at most {characters:,} characters; these are {len(plain):,}.")
    return plain


def series(text: str) -> list[float | int]:
    """Numbers with blanks or semicolons between them; "24 x 0.3" repeats one. A single number stands for all hours.

    Commas stand before decimals where blanks separate the numbers and none has a point, between numbers where there is
    no blank and some have a point.
    """
    repeated = re.fullmatch(r"\s*(\d{1,3})\s*[x×*]\s*(\S+)\s*", text)
    if repeated:
        return [number(repeated.group(2))] * int(repeated.group(1))
    words = [word for word in re.split(r"[;\s]+|,(?=\s)", text.strip()) if word]
    if len(words) == 1 and "," in text:
        words = _apart(words[0])
    if len(words) > MAX_HOURS:
        raise CellError(f"There are {len(words):,} values; a day has at most {MAX_HOURS} steps.")
    if _PLAIN_SERIES.fullmatch(text):
        return [_number(word) for word in words]
    commas = any(COMMA.fullmatch(_plain(word)) and not THOUSANDS.fullmatch(_plain(word)) for word in words)
    if commas and "." not in text:
        words = [word.replace(",", ".") if COMMA.fullmatch(_plain(word)) else word for word in words]
    return [number(word) for word in words]


_PLAIN_SERIES = re.compile(r"[-+.0-9eE\s]*", re.ASCII)
"""Numbers with points and blanks, as the page writes them: most of what is read."""


def _apart(word: str) -> list[str]:
    """Numbers with nothing but commas between them."""
    if "." not in word:
        raise CellError("Put blanks between the numbers; a comma can stand between two or before decimals.")
    return word.split(",")


def yes_no(text: str) -> bool:
    """yes or no."""
    plain = text.strip().lower()
    if plain not in ("yes", "no"):
        raise CellError("Write yes or no.")
    return plain == "yes"


ROLES = {
    "welfare": "one optimum with the market",
    "validate": "curtails what the market wants",
    "envelopes": "publishes limits of injections",
    "leader": "sets charges before the market",
}
"""What the operator may do, as the page says it."""


def role(text: str) -> str:
    """One of :data:`ROLES`, as the page says it or as a document does."""
    return _chosen(text, ROLES)


def write_role(value: str | None) -> str:
    """What the page says for a role."""
    return ROLES[value or "welfare"]


REACTIVE = {
    "none": "none",
    "dispatch": "as the operator chooses",
    "volt_var": "as the voltage has it",
}
"""Who decides reactive power, as the page says it."""


def reactive(text: str) -> str:
    """One of :data:`REACTIVE`, as the page says it or as a document does."""
    return _chosen(text, REACTIVE)


def write_reactive(value: str | None) -> str:
    """What the page says for reactive power."""
    return REACTIVE[value or "none"]


def _chosen(text: str, said: Mapping[str, str]) -> str:
    """The name of what was chosen among names and what the page says for them."""
    names = {words: name for name, words in said.items()} | {name: name for name in said}
    if text.strip() not in names:
        raise CellError(f"Choose one of: {', '.join(said.values())}.")
    return names[text.strip()]


def lines(text: str) -> list[int]:
    """Line numbers and ranges, such as "33-37 12"; "none" for no line."""
    plain = text.strip()
    if plain.lower() == "none":
        return []
    return sorted(set(_numbers(plain, "line")))


def switchable(text: str) -> str | list[int]:
    """ "all", or line numbers as :func:`lines` reads them."""
    return "all" if text.strip().lower() == "all" else lines(text)


def line_values(text: str) -> dict[str, float | int]:
    """Values of single lines, such as "6-37: 100, 3: 250", by line number as JSON keys are."""
    found: dict[str, float | int] = {}
    named = 0
    for entry in _ENTRIES.split(_tight(text)):
        which, colon, value = entry.strip().rstrip(",;").partition(":")
        if not colon:
            raise CellError('Write line: value, such as "6-37: 100, 3: 250".')
        lines = _range(which.strip())
        named = _counted(named, lines, "line")
        found |= dict.fromkeys(map(str, lines), not_negative(value))
    return found


def bus_groups(text: str) -> str | dict[str, list[int]]:
    """A profile for all buses, or profiles with their buses, such as "home: 2-18; shop: 19, 21-33"."""
    if ":" not in text:
        return text.strip()
    groups: dict[str, list[int]] = {}
    for group in filter(str.strip, text.split(";")):
        profile, colon, buses = group.rpartition(":")
        if not colon or not profile.strip() or not buses.strip():
            raise CellError('Write profile: buses, such as "home: 2-18; shop: 19, 21-33".')
        groups.setdefault(profile.strip(), []).extend(_numbers(buses, "bus"))
    return groups


_ENTRIES = re.compile(r"(?<![,; ])[,; ]++(?=\d+(?:-\d+)? ?:)")
"""What stands between two entries of a tight text: separators before the lines of the next."""


def _tight(text: str) -> str:
    """The text with single blanks for any, and none around hyphens."""
    return re.sub(r" ?[-–] ?", "-", " ".join(text.split()))


def _numbers(text: str, what: str) -> list[int]:
    named, numbers = 0, list[int]()
    for word in re.split(r"[,;\s]+", _tight(text)):
        if word:
            named = _counted(named, _range(word, what), what)
            numbers += _range(word, what)
    return numbers


def _counted(named: int, more: range, what: str) -> int:
    """How many lines or buses a text has named so far; raises CellError where they are too many."""
    if named + len(more) > MAX_NAMED:
        raise CellError(f"This names more than {MAX_NAMED:,} {what}{'es' if what == 'bus' else 's'}.")
    return named + len(more)


def steps(text: str) -> int:
    """How many steps a day has."""
    value = whole(text)
    if not 1 <= value <= MAX_HOURS:
        raise CellError(f"Give a whole number from 1 to {MAX_HOURS}.")
    return value


def step_length(text: str) -> float | int:
    """Hours of one step."""
    value = positive(text)
    if value > 24:
        raise CellError("A step has at most 24 hours.")
    return value


def _range(word: str, what: str = "line") -> range:
    """Numbers of "12" or "33-37"."""
    ends = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", word)
    first, last = (int(ends[1]), int(ends[2] or ends[1])) if ends else (0, 0)
    if not 1 <= first <= last or last - first > 10_000:
        raise CellError(f"{word[:20]} is no {what} number or range; write them as 12 or 33-37.")
    return range(first, last + 1)


def partners(text: str) -> str | int | list[list[str]]:
    """ "all", "none", how many, or pairs such as "A + B, A + C"."""
    plain = text.strip()
    if plain.lower() in ("all", "none"):
        return plain.lower()
    if "+" in plain[1:]:
        return [_pair(pair) for pair in plain.split(",") if pair.strip()]
    try:
        return whole(plain)
    except CellError:
        raise CellError("Write all, none, how many partners each has, or pairs such as A + B, A + C.") from None


def _pair(text: str) -> list[str]:
    ends = [prosumer_id(end) for end in text.split("+")]
    if len(ends) != 2:
        raise CellError(f"{text.strip()[:60]} is no pair; write A + B.")
    return ends


def write_partners(value: Any) -> str:
    """What :func:`partners` reads back."""
    return ", ".join(" + ".join(pair) for pair in value) or "none" if isinstance(value, list | tuple) else write(value)


def write(value: Any) -> str:
    """The text of a value, which its parser reads back as the same value; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _write_line_values(value)
    if isinstance(value, list | tuple):
        constant = len(value) > 1 and len(set(value)) == 1
        return f"{len(value)} x {write(value[0])}" if constant else " ".join(map(write, value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def write_lines(value: Any) -> str:
    """Line numbers as :func:`lines` reads them, neighbours as a range."""
    if value is None or isinstance(value, str):
        return value or ""
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in _runs(value)) or "none"


def write_bus_groups(value: Any) -> str:
    """What :func:`bus_groups` reads back."""
    if not isinstance(value, Mapping):
        return write(value)
    return "; ".join(f"{profile}: {write_lines(buses)}" for profile, buses in value.items())


def _write_line_values(values: Mapping[str, Any]) -> str:
    """ "6-37: 100, 3: 250", neighbours of one value together."""
    ordered = sorted((int(line), value) for line, value in values.items())
    groups = [(value, [line for line, _ in items]) for value, items in groupby(ordered, lambda item: item[1])]
    spans = [(first, last, value) for value, numbers in groups for first, last in _runs(numbers)]
    return ", ".join(
        f"{first}-{last}: {write(value)}" if last > first else f"{first}: {write(value)}"
        for first, last, value in spans
    )


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of each run of consecutive numbers."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
