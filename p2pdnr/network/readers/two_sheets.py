"""A network from sheets: lines, buses and, if there are any, cable types, each a CSV file or a sheet of a workbook.

Lines: from, to, and either length and type or resistance and reactance (ohm, or ohm per km and a length); optionally
charging, current limit, systems in parallel, open or closed, switchable, id. Buses: id, load (kW and kvar, kVA, or
cos phi), nominal voltage, substation or its voltage, place. Rows of the same bus are added up; buses without a row have
no load. A transformer is a line whose type is one of pandapower's transformers.

What a sheet leaves open is asked for, never guessed in silence: the nominal voltage, a unit that could be several. One
thing is decided: where nothing says which bus is the substation, it is the one whose name says so, or the only one that
has no row among the buses; the report says it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from p2pdnr.errors import InputError, NetworkError, Problem
from p2pdnr.network.arrays import Network
from p2pdnr.network.names import tidy
from p2pdnr.network.readers.report import Imported, Note, remarks
from p2pdnr.network.readers.sheet_buses import BusSheet, bus_sheet, substations
from p2pdnr.network.readers.sheet_cables import Types, own_types
from p2pdnr.network.readers.sheet_kinds import BUSES, CABLES, LINES
from p2pdnr.network.readers.sheet_lines import line_rows, with_names
from p2pdnr.network.readers.sheet_rows import without_notes
from p2pdnr.network.readers.table import from_table
from p2pdnr.sheets.columns import Table, fold, table
from p2pdnr.sheets.sheet import Sheet, printable

EXAMPLE = "columns such as from, to, length_km, type (or r_ohm, x_ohm), status"


@dataclass(frozen=True)
class Choices:
    """What the sheets may leave open: nominal voltage in kV, and the substations by name with the voltage they hold."""

    vn_kv: float | None = None
    substations: tuple[str, ...] = ()
    substation_voltage_pu: float = 1.0


@dataclass
class _Parts:
    """The tables by what they hold."""

    lines: Table | None = None
    buses: list[Table] = field(default_factory=list)
    cables: Table | None = None


def from_sheets(sheets: Sequence[Sheet], name: str, choices: Choices | None = None) -> Imported:
    """The network that sheets describe, in any order, told apart by their columns.

    Raises :class:`NetworkError` with every problem, by file, row and column.
    """
    choices = choices or Choices()
    parts = _parts(sheets)
    if parts.lines is None:
        known = "; ".join(f"{sheet.name} has {_first(sheet)}" for sheet in sheets[:4])
        remedy = f"Give a sheet of lines with {EXAMPLE}; {known}"
        raise NetworkError([Problem("file", "", (name,), "has no sheet with the two ends of lines", remedy)])
    problems = list[Problem]()
    types = Types(own_types(parts.cables, problems) if parts.cables else {})
    as_types, aside = without_notes(parts.lines)
    parts.lines = with_names(as_types, types)
    if parts.lines is not as_types:
        parts.lines, aside = without_notes(parts.lines)
    problems += _doubtful(parts)
    lines = line_rows(parts.lines, types, problems)
    buses = bus_sheet(parts.buses, _ends(lines), problems)
    held = substations(buses, choices.substations, choices.substation_voltage_pu, problems)
    levels = _levels(buses, lines, choices.vn_kv, problems)
    if problems:
        raise NetworkError(grouped(problems))
    document = {"name": name, "buses": _bus_rows(buses, held.voltages, levels), "lines": _line_rows(lines)}
    notes = (
        *_notes(parts, lines, buses, types),
        *_named(as_types, parts.lines),
        *held.notes,
        *aside,
        *_unread(parts, sheets),
    )
    return Imported(_read(document, name, lines).with_(remarks=remarks(notes)), notes)


def has_lines(sheets: Sequence[Sheet]) -> bool:
    """Whether a sheet has the two ends of lines."""
    return _parts(sheets).lines is not None


def _parts(sheets: Sequence[Sheet]) -> _Parts:
    """What each sheet holds: both ends of lines, types without ends, else buses."""
    parts = _Parts()
    for sheet in sheets:
        lines = table(sheet, LINES)
        if lines is not None and {"from", "to"} <= lines.columns.keys():
            parts.lines = parts.lines or lines
            continue
        cables = table(sheet, CABLES)
        if cables is not None and "type" in cables.columns and {"r", "x"} & cables.columns.keys():
            parts.cables = parts.cables or cables
            continue
        buses = table(sheet, BUSES)
        if buses is not None and "id" in buses.columns:
            parts.buses.append(buses)
    return parts


def _first(sheet: Sheet) -> str:
    return ", ".join(printable(str(cell)[:20]) for cell in sheet.rows[0][:8] if cell is not None)


def _ends(lines: Iterable[dict[str, Any]]) -> list[str]:
    """The buses that lines name, in their order."""
    return list(dict.fromkeys(line[end] for line in lines for end in ("from", "to") if line[end]))


def _levels(
    buses: BusSheet, lines: list[dict[str, Any]], given_kv: float | None, problems: list[Problem]
) -> dict[str, float]:
    """Nominal voltage of every bus: its own, that of a transformer there, that of its neighbours over lines, or the one
    that is given for all others."""
    known = dict(buses.vn_kv)
    for line in lines:
        for end, kv in zip(("from", "to"), line.get("levels", ()), strict=False):
            known.setdefault(line[end], kv)
    beside: dict[str, list[str]] = {}
    for line in lines:
        if not line.get("transformer"):
            beside.setdefault(line["from"], []).append(line["to"])
            beside.setdefault(line["to"], []).append(line["from"])
    new = list(known)
    while new:
        here = new.pop()
        for there in beside.get(here, ()):
            if there not in known:
                known[there] = known[here]
                new.append(there)
    left = [bus for bus in buses.names if bus not in known]
    if left and given_kv is None:
        remedy = "Give the buses a column vn_kv, or say it for all: --kv 20"
        problems.append(Problem("bus", "vn_kv", tuple(left[:12]), "has no nominal voltage", remedy))
    return known | dict.fromkeys(left, given_kv or 1.0)


def _bus_rows(buses: BusSheet, held: dict[str, float], levels: dict[str, float]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in buses.names:
        row: dict[str, Any] = {"id": name, "vn_kv": levels[name], "p_kw": buses.p_kw.get(name, 0.0)}
        row["q_kvar"] = buses.q_kvar.get(name, 0.0)
        if name in held:
            row["substation_voltage_pu"] = held[name]
        if name in buses.places and len(buses.places) == len(buses.names):
            row |= dict(zip("xy", buses.places[name], strict=True))
        rows.append(row)
    return rows


def _line_rows(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a network table; names of buses are looked up here, as some may look like numbers."""
    places = {name: place for place, name in enumerate(_ends(lines), 1)}
    rows = [{key: value for key, value in line.items() if key not in ("levels", "row")} for line in lines]
    return [row | {end: places[row[end]] for end in ("from", "to")} for row in rows]


def _read(document: dict[str, Any], name: str, lines: list[dict[str, Any]]) -> Network:
    """The network; problems of lines are told with the rows of their sheet."""
    try:
        return from_table(document, name)
    except InputError as error:
        rows = {str(line.get("id") or place): _row(line) for place, line in enumerate(lines, 1)}
        told = [replace(one, ids=tuple(rows.get(own, own) for own in one.ids)) for one in error.problems]
        others = {id(one) for one in error.problems if one.component != "line"}
        mixed = [old if id(old) in others else new for old, new in zip(error.problems, told, strict=True)]
        raise NetworkError([*mixed, *_alike(lines)]) from None


def _alike(lines: list[dict[str, Any]]) -> Iterable[Problem]:
    """Buses whose names differ in capitals, accents or signs alone, where the network cannot be used as it is."""
    spelled: dict[str, list[str]] = {}
    for name in _ends(lines):
        spelled.setdefault(fold(name), []).append(name)
    for names in spelled.values():
        if len(names) > 1:
            remedy = "If they are one bus, spell it the same way in every row"
            yield Problem(
                "bus", "id", tuple(names[:12]), "are spelled nearly alike, and count as different buses", remedy
            )


def _row(line: dict[str, Any]) -> str:
    return f"{line['id']} (row {line['row']})" if line.get("id") else f"row {line['row']}"


def grouped(problems: Iterable[Problem]) -> list[Problem]:
    """The problems, those that say the same of different rows of a column as one."""
    found = dict[tuple[str, str, str, str], list[str]]()
    for problem in problems:
        key = (problem.component, problem.field, problem.message, problem.remedy)
        found.setdefault(key, []).extend(problem.ids)
    return [
        Problem(component, where, tuple(ids), message, remedy)
        for (component, where, message, remedy), ids in found.items()
    ]


def _again(lines: list[dict[str, Any]]) -> Iterable[str]:
    """Rows that say of the same two buses what one before says."""
    seen = set[tuple[Any, ...]]()
    for line in lines:
        said = {key: value for key, value in line.items() if key not in ("row", "from", "to")}
        key = (frozenset((line["from"], line["to"])), *(f"{name}={value}" for name, value in sorted(said.items())))
        if key in seen:
            yield _row(line)
        seen.add(key)


def _named(as_types: Table, lines: Table) -> Iterable[Note]:
    """What is said where a column of cables holds names."""
    if lines is not as_types:
        said = "names of the lines and not types, as each stands once and no type is called so"
        yield Note("taken", "column", (tidy(as_types.columns["type"].header),), said)


def _doubtful(parts: _Parts) -> Iterable[Problem]:
    """Sheets in which every number with a mark could have it before decimals or between thousands."""
    for part in (parts.lines, *parts.buses, parts.cables):
        if part is not None and part.doubtful:
            row, header, text = part.doubtful_cell()
            whole = text.replace(".", "").replace(",", "")
            told = f"is one of numbers that all could be in thousands: {text} is {whole} or a thousandth of it"
            remedy = f"Write thousands without a mark, or one of the numbers with other decimals, such as {text}0"
            yield Problem(part.sheet.name, header, (row,), told, remedy)


def _unread(parts: _Parts, sheets: Sequence[Sheet]) -> Iterable[Note]:
    """Sheets of which nothing was taken."""
    read = {id(part.sheet) for part in (parts.lines, *parts.buses, parts.cables) if part is not None}
    for sheet in sheets:
        if id(sheet) not in read:
            yield Note("left out", "sheet", (printable(sheet.name),), f"has no two columns known here: {_first(sheet)}")


def _notes(parts: _Parts, lines: list[dict[str, Any]], buses: BusSheet, types: Types) -> Iterable[Note]:
    opened = sum(not line["closed"] for line in lines)
    yield Note("taken", "line", (), f"{len(lines)}, {opened or 'none'} of them open")
    yield Note("taken", "bus", (), f"{len(buses.names)} with {sum(buses.p_kw.values()):,.6g} kW in all")
    named = Counter(line["id"] for line in lines if "id" in line)
    if alike := tuple(name for name, count in named.items() if count > 1):
        yield Note("approximated", "line", alike, "several lines have this name; their numbers tell them apart")
    if same := tuple(_again(lines)):
        said = "has the ends and values of a row above and was taken as a line beside it; remove it if it is the same"
        yield Note("approximated", "line", same, said)
    if types.used:
        yield Note("taken", "type", tuple(sorted(types.used)), "values of pandapower's standard library")
    if buses.added:
        yield Note("taken", "bus", buses.added, "several rows, which were added up")
    for part in (parts.lines, *parts.buses, parts.cables):
        if part is not None and part.unknown:
            said = f"columns of {part.sheet.name} that say nothing to a power flow"
            yield Note("left out", "column", tuple(tidy(name) for name in part.unknown), said)
    if buses.left_out:
        yield Note("left out", "bus", buses.left_out, "no line leads there, and no load stands there")
