"""Small networks drawn as text, for examples and tests.

    S1 2 r=0.1 x=0.05       a line from substation 1 to bus 2, in ohm
    2 3 limit=100           with a current limit in A
    3 1 open                a tie line, open at the start
    2 4 fixed               a line that may not change state
    bus 3 p=250 q=100       a load in kW and kvar; v=1.02 gives a substation its voltage in p.u.; x= and y= place a bus

One entry per row or separated by commas; # begins a comment. Buses are numbered from 1 without gaps. Lines have 0.5 ohm
and 0.25 ohm unless said, buses 100 kW and 60 kvar, substations nothing; where no S stands, bus 1 is the substation.
"""

from __future__ import annotations

from typing import Any

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers.table import from_table

_LINE = {"r": "r_ohm", "x": "x_ohm", "limit": "limit_a"}
_BUS = {"p": "p_kw", "q": "q_kvar", "v": "substation_voltage_pu", "vn": "vn_kv", "x": "x", "y": "y"}
_FLAGS = {"open": ("closed", False), "fixed": ("switchable", False)}


def from_text(text: str, vn_kv: float = 12.66, name: str = "drawing") -> Network:
    """The network a text draws; raises :class:`NetworkError` naming every entry that cannot be understood."""
    problems: list[Problem] = []
    lines: list[dict[str, Any]] = []
    buses: dict[int, dict[str, Any]] = {}
    for entry in _entries(text):
        try:
            _add(entry.split(), lines, buses)
        except ValueError as error:
            remedy = "Write entries such as '1 2 r=0.1 x=0.05 open' or 'bus 2 p=100 q=60'"
            problems.append(Problem("network", "entry", (entry[:60],), str(error), remedy))
    if problems:
        raise NetworkError(problems)
    return from_table({"name": name, "buses": _bus_rows(buses, vn_kv), "lines": lines})


def _entries(text: str) -> list[str]:
    rows = [row.split("#")[0] for row in text.splitlines()]
    return [entry.strip() for row in rows for entry in row.split(",") if entry.strip()]


def _add(words: list[str], lines: list[dict[str, Any]], buses: dict[int, dict[str, Any]]) -> None:
    """Add one entry's line or bus."""
    if words[0] == "bus":
        if len(words) < 2:
            raise ValueError("names no bus")
        buses[_bus(words[1], buses)].update(_values(words[2:], _BUS))
        return
    if len(words) < 2:
        raise ValueError("names one bus only")
    ends = {"from": _bus(words[0], buses), "to": _bus(words[1], buses)}
    lines.append({**ends, "r_ohm": 0.5, "x_ohm": 0.25, **_values(words[2:], _LINE)})


def _bus(word: str, buses: dict[int, dict[str, Any]]) -> int:
    """The number of a bus, which is entered among the buses; S before it makes it a substation."""
    digits = word.removeprefix("S")
    if not digits.isdecimal() or int(digits) < 1:
        raise ValueError(f"'{word}' is no bus number")
    row = buses.setdefault(int(digits), {})
    if word.startswith("S"):
        row.setdefault("substation_voltage_pu", 1.0)
    return int(digits)


def _values(words: list[str], fields: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for word in words:
        key, _, value = word.partition("=")
        if word in _FLAGS and fields is _LINE:
            field, state = _FLAGS[word]
            values[field] = state
        elif key in fields and value:
            values[fields[key]] = float(value)
        else:
            raise ValueError(f"'{word}' is not known")
    return values


def _bus_rows(buses: dict[int, dict[str, Any]], vn_kv: float) -> list[dict[str, Any]]:
    count = max(buses, default=0)
    if missing := [number for number in range(1, min(count, 10_000)) if number not in buses][:20]:
        ids = tuple(map(str, missing))
        raise NetworkError([Problem("bus", "", ids, "is never named", "Number the buses from 1 without gaps")])
    if count and not any("substation_voltage_pu" in row for row in buses.values()):
        buses[1]["substation_voltage_pu"] = 1.0
    return [_bus_row(buses[number], vn_kv) for number in range(1, count + 1)]


def _bus_row(row: dict[str, Any], vn_kv: float) -> dict[str, Any]:
    load = {"p_kw": 0.0, "q_kvar": 0.0} if "substation_voltage_pu" in row else {"p_kw": 100.0, "q_kvar": 60.0}
    return {"vn_kv": vn_kv, **load, **row}
