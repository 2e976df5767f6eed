"""What a phone may send as a move: its shape, judged without a solver; everything wrong is told at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from p2pdnr.errors import InputError, Problem

MARGIN_EUR_PER_KWH = 0.3
"""The highest margin a player may ask for."""

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_MOST_LINES = 10_000


def move_id(value: Any) -> str:
    """The id that the phone made for a move; raises InputError."""
    if isinstance(value, str) and _ID.fullmatch(value):
        return value
    raise InputError([_wrong("id", "has to be 8 to 64 of A-Z, a-z, 0-9, _ and -", "Send a new id with every move")])


def switch_move(value: Any, n_open: int) -> dict[str, Any]:
    """A topology by its open lines, ascending; raises InputError.

    Whether it is radial is the referee's to say; that there are as many open lines as loops is seen here.
    """
    opened = value.get("open") if isinstance(value, Mapping) and set(value) == {"open"} else None
    if not isinstance(opened, list) or len(opened) > _MOST_LINES or not all(map(_is_line, opened)):
        raise InputError([_wrong("open", "is no list of line numbers", 'Send {"open": [7, 9, 14]}')])
    numbers = sorted(set(opened))
    if len(numbers) != n_open:
        message = f"has {len(numbers)} lines, and a radial topology of this grid has {n_open} open"
        raise InputError([_wrong("open", message, "Open one line of every loop and none that a bus depends on")])
    return {"open": numbers}


def trade_move(value: Any, about: Mapping[str, Any]) -> dict[str, Any]:
    """What a home offers; ``about`` says which controls there are. Raises InputError with every problem."""
    controls = about["controls"]
    if not isinstance(value, Mapping) or set(value) != set(controls):
        raise InputError(
            [_wrong("", f"has to have the fields {', '.join(controls)} and no others", "Send all of them")]
        )
    problems: list[Problem] = []
    for name in controls:
        low, high = {"battery_plan": (-1.0, 1.0), "margin_eur_per_kwh": (0.0, MARGIN_EUR_PER_KWH)}.get(name, (0.0, 1.0))
        given = value[name] if name == "battery_plan" else [value[name]]
        many = about["blocks"] if name == "battery_plan" else 1
        if not isinstance(given, list) or len(given) != many or not all(_within(item, low, high) for item in given):
            what = f"{many} numbers" if name == "battery_plan" else "a number"
            problems.append(_wrong(name, f"is not {what} from {low:g} to {high:g}", "Move it back between these"))
    if problems:
        raise InputError(problems)
    return {
        name: [float(item) for item in value[name]] if name == "battery_plan" else float(value[name])
        for name in controls
    }


def _is_line(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1_000_000


def _within(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _wrong(field: str, message: str, remedy: str) -> Problem:
    return Problem("move", field, (), message, remedy)
