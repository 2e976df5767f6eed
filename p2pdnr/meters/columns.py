"""What the columns of a table of readings hold: time, meter, and values with their direction and unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from p2pdnr.meters.day_rows import one_reading_a_row
from p2pdnr.meters.headers import in_one_row
from p2pdnr.sheets.columns import Kind, find, fold
from p2pdnr.sheets.numbers import number_of
from p2pdnr.sheets.sheet import Cell, Sheet, printable

Role = Literal["load", "feed", "pv", "net"]
"""What a value counts: what was drawn, what was fed in, what was generated, or all in one with a sign."""

UNITS = {"kw": 1.0, "w": 1e-3, "mw": 1e3}
ENERGIES = {"kwh": 1.0, "wh": 1e-3, "mwh": 1e3}
"""Of powers in kW, and of energies in kWh."""

_TIMES: tuple[Kind, ...] = (
    Kind("stamp", ("timestamp", "time", "datetime", "zeitstempel", "zeitpunkt", "messzeitpunkt", "datumzeit", "ts",
                   "datumuhrzeit", "dateandtime", "datetimestart", "startdatetime", "intervalstart", "utctimestamp",
                   "cettimestamp", "readingdatetime", "local15min", "tstp",
                   "periodstart", "timeutc", "localtime", "beginn", "start", "ab")),
    Kind("date", ("date", "datum", "tag", "abdatum", "day", "vondatum", "startdate", "readingdate")),
    Kind("clock", ("uhrzeit", "zeit", "von", "starttime", "abzeit", "vonzeit", "hour", "stunde", "clock", "from",
                   "zeitvon", "uhrzeitvon")),
    Kind("end", ("bis", "end", "ende", "endtime", "biszeit", "bisdatum", "to", "zeitbis", "enddate", "enddatetime",
                 "intervalend", "periodend", "uhrzeitbis")),
    Kind("meter", ("meter", "meterid", "id", "home", "house", "haus", "zaehler", "zaehlpunkt", "zaehlernummer", "mpan",
                   "zaehlpunktbezeichnung", "malo", "melo", "marktlokation", "messlokation", "customer",
                   "kunde", "household", "haushalt", "dataid",
                   "prosumer", "name", "site", "lclid", "meteringpoint", "malos")),
    Kind("kind", ("kind", "direction", "richtung", "type", "typ", "obis", "obiskennzahl", "register", "obiscode",
                  "category", "art", "consumptioncategory", "energyflow", "zaehlwerk", "channel")),
    Kind("unit", ("unit", "units", "einheit")),
    Kind("bus", ("bus", "node", "knoten", "station", "netzknoten", "trafostation", "onr")),
)  # fmt: skip
_IGNORED = re.compile(
    r"cost|kosten|price|preis|status|notes?|quality|qualitaet|tariff|tarif|temperatur|hinweis|bemerkung|flag|"
    r"reactive|blindleistung|blindarbeit|kvarh?$|qload$|capacity|postcode|"
    r"%$|prozent|percent|"
    r"^(type|no|nr|index|row|lfdnr|unnamed0?|unix)$"
)
_ROLES: tuple[tuple[Role, str], ...] = (
    ("net", r"^grid$|\b(net|netto|saldo|bilanz|balance|signed)\b"),
    ("feed", r"\b(exports?|exported|feed[- ]?in|einspeisung|lieferung|rueckspeisung|rückspeisung|überschuss|surplus|"
             r"to grid|sold|energy returned)\b|(?<![\w+-])-A\b|\b(?:1-\d:)?2\.(?:8|29|7|9|5)\.\d\b"),
    ("pv", r"\b(GG|pv|solar|photovoltaik|generation|generated|erzeugung|production|produktion|produced)\b"),
    ("load", r"\b(pload|GC|imports?|imported|consumption|consumed|consumer|bezug|verbrauch|load|last|demand|usage|used|"
             r"from grid|entnahme|lastgang|wirkarbeit|wirkleistung)\b|\+A\b|\b(?:1-\d:)?1\.(?:8|29|7|9|5)\.\d\b"),
)  # fmt: skip
_PATTERNS: tuple[tuple[Role, re.Pattern[str]], ...] = tuple((role, re.compile(text, re.I)) for role, text in _ROLES)
_COUNTER = re.compile(
    r"\b(zählerstand|zaehlerstand|meter reading|counter|cumulative|stand|index)\b|\b[12]\.8\.\d\b", re.I
)
_UNIT = re.compile(r"(?<![a-z])(kwh|mwh|wh|kw|mw|w)(?![a-z])", re.I)
_BESIDE, _PER_STEP = re.compile(r"\bgrid\b", re.I), re.compile(r"\bhh\b|\bper (half )?hour\b", re.I)
"""What is no part of a home's name: beside a direction, and behind a unit."""
_PLAIN = re.compile(
    r"value|wert|messwert|energy|energie|arbeit|power|leistung|reading|ablesung|kwh|kw|menge|profilwert"
)


@dataclass(frozen=True)
class ValueColumn:
    """A column of values: its ``place`` and ``header``, whose they are ("" where the rows say it, or the file), their
    ``role`` (None: not stated), ``unit`` ("" for none) and whether it is a ``counter`` that only grows."""

    place: int
    header: str
    meter: str
    role: Role | None
    unit: str
    counter: bool = False


@dataclass(frozen=True)
class Layout:
    """The columns of a table: ``places`` of those that are no values, the values, and the rows below the names."""

    sheet: Sheet
    head: int
    places: dict[str, int]
    values: tuple[ValueColumn, ...]
    texts: tuple[str, ...] = ()
    """Column names of those that hold no number, beside others that do."""

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """Number in the file and cells of every row below the column names."""
        yield from zip(self.sheet.numbers[self.head + 1 :], self.sheet.rows[self.head + 1 :], strict=True)

    def body(self) -> tuple[tuple[tuple[Cell, ...], ...], tuple[int, ...]]:
        """The same rows, and their numbers."""
        return self.sheet.rows[self.head + 1 :], self.sheet.numbers[self.head + 1 :]

    def cell(self, row: tuple[Cell, ...], key: str) -> Cell:
        """The cell of a row in a column that is no value, None where there is none."""
        place = self.places.get(key, -1)
        return row[place] if 0 <= place < len(row) else None


def role_of(text: str) -> Role | None:
    """What a text such as "export", "Bezug" or "2.8.0" says about the direction."""
    spoken = text.replace("_", " ")
    return next((role for role, pattern in _PATTERNS if pattern.search(spoken)), None)


def unit_of(text: str) -> str:
    """The unit in a column name or a cell, "" where there is none."""
    found = _UNIT.findall(text.replace("_", " "))
    return found[-1].lower() if found else ""


def layout_of(sheet: Sheet) -> Layout | None:
    """The columns of a sheet; None where no row names a time and something else."""
    sheet = one_reading_a_row(sheet)
    for head, row in enumerate(sheet.rows[:30]):
        places = _places(row)
        if "stamp" in places or "date" in places:
            sheet, head = in_one_row(sheet, head, places.values(), _is_only_said)
            row = sheet.rows[head]
            values = tuple(_values(row, places))
            kept = tuple(column for column in values if _holds_numbers(sheet, head, column.place)) or values
            texts = tuple(column.header for column in values if column not in kept)
            return Layout(sheet, head, places, kept, texts) if values else None
    return None


def _is_only_said(text: str) -> bool:
    """Whether a text says a unit or a direction, and no more."""
    return bool(unit_of(text) or role_of(text)) and not _meter(text)


def _holds_numbers(sheet: Sheet, head: int, place: int) -> bool:
    """Whether one of the first cells of a column is a number."""
    cells = (row[place] for row in sheet.rows[head + 1 : head + 1 + _LOOKED_AT] if place < len(row))
    return any(number_of(cell, mark) is not None for cell in cells if cell is not None for mark in ".,")


_LOOKED_AT = 400
"""Rows in which a column has to show a number."""


def _places(row: tuple[Cell, ...]) -> dict[str, int]:
    found = dict[str, int]()
    for place, cell in enumerate(row):
        said = find(cell, _TIMES) if isinstance(cell, str) and len(cell) <= 60 and not unit_of(cell) else None
        if said is not None:
            found.setdefault(said[0].key, place)
    if "stamp" in found and "date" in found and "clock" not in found:
        found["clock"] = found.pop("stamp")
    if "clock" in found and "date" not in found and "stamp" not in found:
        found["stamp"] = found.pop("clock")
    return found


def _values(row: tuple[Cell, ...], places: dict[str, int]) -> Iterator[ValueColumn]:
    taken = set(places.values())
    for place, cell in enumerate(row):
        header = printable(str(cell)) if cell is not None else ""
        if place in taken or not header or _IGNORED.search(fold(header)):
            continue
        yield ValueColumn(
            place, header, _meter(header), role_of(header), unit_of(header), bool(_COUNTER.search(header))
        )


def _meter(header: str) -> str:
    """Whose values a column has: its name without direction and unit, "" where nothing else is left."""
    text = header.replace("_", " ")
    for _, pattern in _PATTERNS:
        text = pattern.sub(" ", text)
    text = _UNIT.sub(" ", _COUNTER.sub(" ", text))
    text = _BESIDE.sub(" ", text) if role_of(header) else _PER_STEP.sub(" ", text)
    text = " ".join(re.sub(r"[\[\]()/:;,]|(?<!\w)[-+.](?!\w)", " ", text).split()).strip("-.: ")
    return "" if _PLAIN.fullmatch(fold(text)) or not fold(text) else text[:60]
