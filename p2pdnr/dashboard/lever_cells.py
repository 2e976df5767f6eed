"""What a person types about tap changers and capacitors: which there are, and which of them move."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from p2pdnr.dashboard import cells
from p2pdnr.network.lever_names import NONE

_LONGEST = 4000

MOVING = {NONE: "none", "taps": "tap changers", "capacitors": "capacitors", "all": "both"}
"""What the page says for groups of ``dso.levers``; names of single ones stand as they are."""


def moving(text: str) -> str:
    """A group as the page says it or as a document does, or names such as "bus:1,line:7"."""
    groups = {words: name for name, words in MOVING.items()}
    return groups.get(text.strip(), text.strip() or NONE)


def write_moving(value: str | None) -> str:
    """What :func:`moving` reads back."""
    return MOVING.get(value or NONE, value or NONE)


_TAP = re.compile(r"(\d+) ?: ?([+-]?\d{1,4}) ?\.\. ?([+-]?\d{1,4}) ?[, ] ?(\d[\d.]*(?:,\d+)?) ?%")
_CAPACITOR = re.compile(r"(\d+) ?: ?(?:(\d{1,3}) ?x )?(\d[\d.]*(?:,\d+)?)(?: ?kvar)?")
_POSITION, _NEUTRAL = re.compile(r"position ([+-]?\d{1,4})"), re.compile(r"neutral ([+-]?\d{1,4})")
_AS_TAPS = 'Write number: range, step, such as "1: -4..4, 1.25 %".'
_AS_CAPACITORS = 'Write bus: steps x kvar, such as "18: 2 x 150 kvar".'


def taps(text: str) -> dict[str, dict[str, Any]]:
    """Tap changers by number of their bus or line, as JSON keys are: "1: -4..4, 1.25 %; 7: -8..8, 0.625 %, position 2,
    neutral 1, side to"."""
    found: dict[str, dict[str, Any]] = {}
    for head, more in _entries(text, _TAP, _AS_TAPS):
        number, least, most, step = head
        tap: dict[str, Any] = {"min": int(least), "max": int(most), "step_percent": cells.positive(step)}
        for word in more:
            if is_at := _POSITION.fullmatch(word):
                tap["position"] = int(is_at[1])
            elif is_neutral := _NEUTRAL.fullmatch(word):
                tap["neutral"] = int(is_neutral[1])
            elif word in ("side to", "side from"):
                tap["side"] = word.removeprefix("side ")
            else:
                raise cells.CellError(_AS_TAPS)
        _put(found, number, tap)
    return found


def bus_taps(text: str) -> dict[str, dict[str, Any]]:
    """The same of substations, which have no sides."""
    found = taps(text)
    if any("side" in tap for tap in found.values()):
        raise cells.CellError(_AS_TAPS)
    return found


def write_taps(value: Mapping[str, Any] | None) -> str:
    """What :func:`taps` reads back."""
    return "; ".join(f"{number}: {_tap_text(tap)}" for number, tap in (value or {}).items())


def _tap_text(tap: Mapping[str, Any]) -> str:
    said = [f"{tap['min']}..{tap['max']}", f"{cells.write(tap['step_percent'])} %"]
    said += [] if tap.get("position") is None else [f"position {tap['position']}"]
    said += [f"neutral {tap['neutral']}"] if tap.get("neutral") else []
    return ", ".join(said + (["side to"] if tap.get("side") == "to" else []))


def capacitors(text: str) -> dict[str, dict[str, Any]]:
    """Capacitors by bus, as JSON keys are: "18: 2 x 150 kvar, position 1; 33: 300 kvar"."""
    found: dict[str, dict[str, Any]] = {}
    for (number, steps, kvar), more in _entries(text, _CAPACITOR, _AS_CAPACITORS):
        capacitor: dict[str, Any] = {"step_kvar": cells.positive(kvar)} | ({"steps": int(steps)} if steps else {})
        for word in more:
            is_at = _POSITION.fullmatch(word)
            if is_at is None:
                raise cells.CellError(_AS_CAPACITORS)
            capacitor["on"] = cells.whole(is_at[1])
        _put(found, number, capacitor)
    return found


def write_capacitors(value: Mapping[str, Any] | None) -> str:
    """What :func:`capacitors` reads back."""
    return "; ".join(f"{number}: {_capacitor_text(item)}" for number, item in (value or {}).items())


def _capacitor_text(item: Mapping[str, Any]) -> str:
    said = f"{item.get('steps', 1)} x {cells.write(item['step_kvar'])} kvar"
    return f"{said}, position {item['on']}" if item.get("on") else said


def _entries(text: str, form: re.Pattern[str], remedy: str) -> Iterator[tuple[tuple[Any, ...], list[str]]]:
    """What ``form`` finds at the beginning of every entry, and the words behind, which commas part."""
    if len(text) > _LONGEST:
        raise cells.CellError("This is too long.")
    for entry in filter(None, (part.strip().lower() for part in text.translate(cells.MINUS).split(";"))):
        head = form.match(entry)
        more = [] if head is None else entry[head.end() :].split(",")
        if head is None or more[0].strip():
            raise cells.CellError(remedy)
        yield head.groups(), [" ".join(word.split()) for word in more[1:]]


def _put(found: dict[str, dict[str, Any]], number: str, row: dict[str, Any]) -> None:
    key = str(cells.bus(number))
    if key in found:
        raise cells.CellError(f"Number {key} stands here twice.")
    found[key] = row
