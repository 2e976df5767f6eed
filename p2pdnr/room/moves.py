"""What a phone may send as a move: its shape, judged without a solver; everything wrong is told at once."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from p2pdnr.errors import InputError, Problem

MARGIN_EUR_PER_KWH = 0.3
"""The highest margin a player may ask for."""

MARGINS = ("buy_margin_eur_per_kwh", "sell_margin_eur_per_kwh")
"""Fields of a move: by how much better than the retailer a kWh has to be, to buy it from a neighbour and to sell it."""

MARGIN = "margin_eur_per_kwh"
"""One for both."""

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
    """What a home offers; ``about`` says which controls there are. Raises InputError with every problem.

    One ``margin_eur_per_kwh`` stands for both price limits.
    """
    controls = about["controls"]
    if isinstance(value, Mapping) and MARGIN in value and MARGIN not in controls:
        value = {name: item for name, item in value.items() if name != MARGIN} | dict.fromkeys(MARGINS, value[MARGIN])
    if not isinstance(value, Mapping) or set(value) != set(controls):
        raise InputError(
            [_wrong("", f"has to have the fields {', '.join(controls)} and no others", "Send all of them")]
        )
    if problems := [problem for name in controls for problem in _out_of_bounds(name, value[name], about)]:
        raise InputError(problems)
    buy, sell = margins_of(value)
    apart = about.get("margins_apart_eur_per_kwh", math.inf)
    if buy - sell > apart + 1e-9:
        message = f"is more than {apart:g} EUR/kWh above the one for selling"
        raise InputError([_wrong(MARGINS[0], message, "Bring the two nearer together")])
    return {
        name: [float(item) for item in value[name]] if name == "battery_plan" else float(value[name])
        for name in controls
    }


def margins_of(move: Mapping[str, Any]) -> tuple[float, float]:
    """By how much a kWh has to be better than the retailer, EUR, to buy it from a neighbour, and to sell it to one."""
    buy, sell = (move.get(name, move.get(MARGIN, 0.0)) for name in MARGINS)
    return float(buy), float(sell)


def _out_of_bounds(name: str, value: Any, about: Mapping[str, Any]) -> list[Problem]:
    margins = dict.fromkeys((MARGIN, *MARGINS), (0.0, MARGIN_EUR_PER_KWH))
    low, high = (margins | {"battery_plan": (-1.0, 1.0)}).get(name, (0.0, 1.0))
    given = value if name == "battery_plan" else [value]
    many = about["blocks"] if name == "battery_plan" else 1
    if isinstance(given, list) and len(given) == many and all(_within(item, low, high) for item in given):
        return []
    what = f"{many} numbers" if name == "battery_plan" else "a number"
    return [_wrong(name, f"is not {what} from {low:g} to {high:g}", "Move it back between these")]


def _is_line(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1_000_000


def _within(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _wrong(field: str, message: str, remedy: str) -> Problem:
    return Problem("move", field, (), message, remedy)
