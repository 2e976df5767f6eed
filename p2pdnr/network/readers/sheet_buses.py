"""Sheets of buses: loads, nominal voltages, substations, places."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from p2pdnr.errors import Problem
from p2pdnr.network.names import tidy
from p2pdnr.network.readers.report import Note
from p2pdnr.network.readers.sheet_cables import MOST_LOOKED_FOR
from p2pdnr.network.readers.sheet_kinds import CLOSED, OPENED
from p2pdnr.sheets.columns import Table, fold, text_of
from p2pdnr.sheets.summary import is_summary

_SAYS_SO = re.compile(
    r"\b(uw|umspannwerk|substation|sub ?station|grid|slack|primary|source|hv|einspeisung|netz)\b", re.I
)
_MOST_COMPARED = 2_000
_OTHERWISE = "Write it as the lines do, or add the line"


@dataclass
class BusSheet:
    """``names`` of all buses as the lines have them, in their order; what is known about each of them."""

    names: list[str]
    p_kw: dict[str, float] = field(default_factory=dict)
    q_kvar: dict[str, float] = field(default_factory=dict)
    vn_kv: dict[str, float] = field(default_factory=dict)
    held: dict[str, float] = field(default_factory=dict)
    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    added: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Held:
    """Voltage of the substations in p.u., and how they were found."""

    voltages: dict[str, float]
    notes: tuple[Note, ...] = ()


def bus_sheet(tables: Sequence[Table], names: list[str], problems: list[Problem]) -> BusSheet:
    """What sheets say about the buses ``names`` of the lines; notes what is wrong."""
    sheet = BusSheet(names)
    known = {name: name for name in names} | {fold(name): name for name in reversed(names)}
    exact, rows, left = set(names), dict[str, int](), list[str]()
    for table in tables:
        for row in range(len(table.rows)):
            text = tidy(table.text(row, "id"))
            name = text if text in exact else known.get(fold(text))
            reader = _Row(table, row, text, problems)
            if name is None:
                if not reader.is_idle() and not is_summary(text):
                    near = _near(text, names) if len(left) < MOST_LOOKED_FOR else _OTHERWISE
                    reader.wrong("id", "is the end of no line, so its load hangs on nothing", near)
                left += [text] if text else []
                continue
            rows[name] = rows.get(name, 0) + 1
            reader.add_to(sheet, name)
    sheet.listed = set(rows)
    sheet.added = tuple(name for name, count in rows.items() if count > 1)
    sheet.left_out = tuple(left)
    return sheet


def _near(text: str, names: list[str]) -> str:
    near = difflib.get_close_matches(text[:100], names[:_MOST_COMPARED], n=2, cutoff=0.6)
    return f"Did you mean {' or '.join(near)}?" if near else _OTHERWISE


LEAST_PERCENT = 30.0
"""A power factor from here on is in percent; one between 1 and this is none."""


class _Row:
    """One row of a sheet of buses."""

    def __init__(self, table: Table, row: int, name: str, problems: list[Problem]) -> None:
        self._table, self._row, self._name, self._problems = table, row, name, problems

    def wrong(self, key: str, message: str, remedy: str) -> None:
        """Note what is wrong in a column."""
        ids = (self._table.row(self._row, self._name),)
        self._problems.append(Problem(self._table.sheet.name, self._table.column(key), ids, message, remedy))

    def value(self, key: str) -> float | None:
        """The number in a column, None where there is none; notes what is wrong."""
        try:
            return self._table.number(self._row, key)
        except ValueError as error:
            remedy = "Write the unit behind the column's name" if "unit" in str(error) else "Correct it"
            self.wrong(key, str(error), remedy)
            return None

    def is_idle(self) -> bool:
        """Whether the row states no load."""
        return not any(self._table.text(self._row, key) not in ("", "0") for key in ("p", "q", "s", "feed"))

    def add_to(self, sheet: BusSheet, name: str) -> None:
        """Enter what the row says."""
        p_kw, q_kvar = self._load()
        sheet.p_kw[name] = sheet.p_kw.get(name, 0.0) + p_kw
        sheet.q_kvar[name] = sheet.q_kvar.get(name, 0.0) + q_kvar
        kv = self.value("kv")
        if kv is not None and kv <= 0.0:
            self.wrong("kv", "is not above 0", "Correct it")
        elif kv is not None:
            sheet.vn_kv[name] = kv
        held = self._held()
        if held is not None:
            sheet.held[name] = held
        x, y = self.value("x"), self.value("y")
        if x is not None and y is not None:
            sheet.places[name] = (x, y)

    def _load(self) -> tuple[float, float]:
        p, q, s, cosphi = (self.value(key) for key in ("p", "q", "s", "cosphi"))
        if cosphi is not None and LEAST_PERCENT <= abs(cosphi) <= 100.0:
            cosphi /= 100.0
        if cosphi is not None and not 0.0 < abs(cosphi) <= 1.0:
            self.wrong("cosphi", "is not between 0 and 1", "Correct it")
            cosphi = None
        if p is None and s is not None:
            p = s * abs(cosphi) if cosphi is not None else math.sqrt(max(s**2 - (q or 0.0) ** 2, 0.0))
        if q is None and p is not None and cosphi is not None:
            q = math.copysign(p * math.sqrt(1.0 / cosphi**2 - 1.0), cosphi * p)
        return (p or 0.0) - (self.value("feed") or 0.0), q or 0.0

    def _held(self) -> float | None:
        """The voltage that a substation holds: a number near 1; nan for yes alone."""
        cell = self._table.cell(self._row, "substation")
        word = fold(text_of(cell))
        if cell is None or cell is False or word in OPENED:
            return None
        if cell is True or word in CLOSED or word in ("substation", "slack", "source", "grid", "uw", "umspannwerk"):
            return math.nan
        value = self.value("substation")
        if value is not None and not 0.8 <= value <= 1.2:
            self.wrong("substation", "is no voltage in p.u.", "Write yes, or a voltage such as 1.02")
            return None
        return value


def substations(sheet: BusSheet, given: tuple[str, ...], voltage_pu: float, problems: list[Problem]) -> Held:
    """Which buses are substations: those that are given, those a sheet marks, the one whose name says so, or the only
    one that no sheet of buses lists."""
    if given:
        folded = {fold(name): name for name in sheet.names}
        unknown = tuple(name for name in given if fold(name) not in folded)
        if unknown:
            problems.append(
                Problem("bus", "--substation", unknown, "is the end of no line", _near(unknown[0], sheet.names))
            )
        return Held({folded[fold(name)]: voltage_pu for name in given if fold(name) in folded})
    if sheet.held:
        return Held({name: voltage_pu if math.isnan(value) else value for name, value in sheet.held.items()})
    named = [name for name in sheet.names if _SAYS_SO.search(name.replace("_", " "))]
    unlisted = [name for name in sheet.names if name not in sheet.listed] if sheet.listed else []
    for found, why in ((named, "by its name"), (unlisted, "the only bus without a row of its own")):
        if len(found) == 1:
            said = f"taken as the substation at {voltage_pu:g} p.u., {why}"
            return Held({found[0]: voltage_pu}, (Note("approximated", "bus", (found[0],), said),))
    choice = named or unlisted or sheet.names
    remedy = 'Mark it in a column substation, or say it: --substation "UW Nord"'
    problems.append(
        Problem("bus", "substation", tuple(choice[:12]), "could be the substation, and nothing says it", remedy)
    )
    return Held({})
