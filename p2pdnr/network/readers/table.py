"""Network tables: the JSON form of a network that people write, that results carry and that every other reader fills.

{"name": "...", "base_mva": 1.0, "vm_min_pu": 0.9, "vm_max_pu": 1.1,       all optional, as are description and source
 "buses": [{"vn_kv": 12.66, "p_kw": 100, "q_kvar": 60, "substation_voltage_pu": null, "x": null, "y": null}],
 "lines": [{"from": 1, "to": 2, "r_ohm": 0.1, "x_ohm": 0.05, "limit_a": null, "switchable": true, "closed": true}]}

Buses and lines are numbered from 1 in the order they stand. An id is a text that people call a bus or a line by; it
comes back in messages and results, and the id of a bus may stand in from and to. Where an id is a number it must be the
place. A bus with substation_voltage_pu is a substation; when none has one, bus 1 is a substation at 1.0 p.u. Voltages
are line to line, loads those of the three phases together, impedances those of one phase. A line with "transformer":
true may connect two voltage levels, the short-circuit impedance and the current limit as seen from its "from" side.
Closed lines between the same two buses are operated together, unless one says "apart": true or it alone says
"switchable": true. Optional too: ratio, charging and magnetising admittance of lines, shunts of buses, tap changers,
switched capacitors and generators that hold a voltage (docs/formats.md), see :mod:`.table_shunts`,
:mod:`.table_levers` and :mod:`.table_generators`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.levers import without
from p2pdnr.network.readers.columns import Rows, problem, scalar
from p2pdnr.network.readers.foreign import by_content
from p2pdnr.network.readers.json_text import load
from p2pdnr.network.readers.parallel import apart
from p2pdnr.network.readers.table_generators import generator_fields, read_generators, settled
from p2pdnr.network.readers.table_levers import lever_fields, read_levers
from p2pdnr.network.readers.table_shunts import LINES, SHUNTS, line_arrays, line_fields, shunt_arrays, shunt_fields
from p2pdnr.network.readers.undivided import undivided
from p2pdnr.network.topology import unreachable_buses

_DOCUMENT = {"name", "description", "source", "switchable_by", "base_mva", "vm_min_pu", "vm_max_pu", "buses", "lines"}
_BUS = {"id", "vn_kv", "p_kw", "q_kvar", "substation_voltage_pu", "x", "y", "tap", "capacitor", "generator", *SHUNTS}
_BELOW_ZERO = ("is below 0", "Correct the sign or the value")
_ROUNDING = 1e-9
"""Of resistances in a sum, as a share of one of them."""
_LINE = {"id", "from", "to", "r_ohm", "x_ohm", "limit_a", "switchable", "closed", "transformer", "apart", "tap", *LINES}


def read_table(path: Path) -> Network:
    """Read a network table from a JSON file; raises :class:`NetworkError` with every problem."""
    return from_table(load(path), name=path.stem)


def from_table(table: object, name: str = "network") -> Network:
    """The network a table describes; ``name`` is for tables that have none.

    Raises :class:`NetworkError` with every problem: fields that are missing, unknown, of the wrong type, not finite or
    out of range, lines that end nowhere, at their own start or at another voltage level, impedances that are negative
    or zero, buses that no substation can supply.
    """
    if not isinstance(table, Mapping):
        raise NetworkError([problem("", "is not an object with buses and lines", "Give {buses: [...], lines: [...]}")])
    if told := by_content(table):
        raise NetworkError([problem("source", *told, name)])
    problems = [problem(str(key), "is not known", "Remove it") for key in table if key not in _DOCUMENT]
    buses = Rows("bus", table.get("buses"), _BUS, problems)
    lines = Rows("line", table.get("lines"), _LINE, problems)
    if not buses.rows:
        problems.append(problem("buses", "is missing or empty", "A network needs at least one bus"))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # absurd values are told as problems below
        network = read_generators(read_levers(_network(table, buses, lines, name), buses, lines), buses)
    transformer = lines.booleans("transformer", default=False)
    _stop(problems)
    _stop(_network_problems(network, transformer))
    return settled(network)


def to_table(network: Network) -> dict[str, Any]:
    """The table of a network; reading it gives the network back, its numbers identical if they came from a table."""
    return {
        "name": network.name,
        "base_mva": network.stated_base_mva or network.base_mva,
        "vm_min_pu": network.vm_min_pu,
        "vm_max_pu": network.vm_max_pu,
        **({"switchable_by": network.switchable_by} if network.switchable_by else {}),
        **_rows(network),
    }


def _rows(network: Network) -> dict[str, list[dict[str, Any]]]:
    """Buses and lines: as they are without levers, and the levers beside them."""
    plain, (at_buses, at_lines) = without(network), lever_fields(network)
    return {
        "buses": [
            row | held | own
            for row, held, own in zip(_bus_rows(plain), generator_fields(network), at_buses, strict=True)
        ],
        "lines": [row | own for row, own in zip(_line_rows(plain), at_lines, strict=True)],
    }


def base_ohm(vn_kv: Floats, base_mva: float) -> Floats:
    """Impedance of one per unit, in ohm: Vn^2 / S."""
    return np.asarray(vn_kv**2 / base_mva, dtype=np.float64)


def _network(table: Mapping[str, Any], buses: Rows, lines: Rows, name: str) -> Network:
    """The arrays; wherever a value is wrong a placeholder stands and a problem is noted, so that all are found."""
    problems = buses.problems
    base_mva = scalar(table, "base_mva", 1.0, problems)
    vn_kv = buses.numbers("vn_kv", above=0.0)
    register = buses.register()
    from_bus, to_bus = (lines.indices(end, register, len(vn_kv)) for end in ("from", "to"))
    z_ohm = base_ohm(vn_kv[from_bus] if len(vn_kv) else np.ones(len(from_bus)), base_mva)
    voltage = _substation_voltage(buses)
    substations = np.flatnonzero(~np.isnan(voltage))
    return Network(
        name=_text(table, "name", name, problems),
        base_mva=base_mva,
        vn_kv=vn_kv,
        p_kw=buses.numbers("p_kw", default=0.0),
        q_kvar=buses.numbers("q_kvar", default=0.0),
        from_bus=from_bus,
        to_bus=to_bus,
        r_pu=_impedance(lines, "r_ohm") / z_ohm,
        x_pu=_impedance(lines, "x_ohm") / z_ohm,
        limit_a=lines.numbers("limit_a", default=np.inf, above=0.0),
        switchable=lines.booleans("switchable", default=True),
        closed=lines.booleans("closed", default=True),
        apart=apart(lines, from_bus, to_bus),
        switchable_by=_text(table, "switchable_by", "", problems),
        substations=substations,
        substation_vm_pu=voltage[substations],
        vm_min_pu=scalar(table, "vm_min_pu", 0.9, problems),
        vm_max_pu=scalar(table, "vm_max_pu", 1.1, problems),
        coordinates=_coordinates(buses),
        bus_ids=buses.ids,
        line_ids=lines.ids,
        **shunt_arrays(buses, 1000.0 * base_mva),
        **line_arrays(lines, z_ohm),
    )


def _text(table: Mapping[str, Any], field: str, default: str, problems: list[Problem]) -> str:
    text = table.get(field)
    if text is None:
        return default
    if not isinstance(text, str):
        problems.append(problem(field, "is not a text", "Put it in quotes"))
    return str(text)


def _impedance(lines: Rows, field: str) -> Floats:
    """(m,) ohm; below zero in a transformer alone, where it may be a leg of one with three windings."""
    ohm = lines.numbers(field)
    transformer = np.array([row.get("transformer") is True for row in lines.rows], dtype=np.bool_)
    lines.note(field, np.flatnonzero((ohm < 0.0) & ~transformer), *_BELOW_ZERO)
    return ohm


def _substation_voltage(buses: Rows) -> Floats:
    """(n,) voltage held at substations, NaN elsewhere."""
    voltage = buses.numbers("substation_voltage_pu", default=np.nan, above=0.0)
    if len(voltage) and np.isnan(voltage).all():
        voltage[0] = 1.0
    return voltage


def _coordinates(buses: Rows) -> Floats | None:
    """(n, 2) positions, or None when no bus has one."""
    positions = np.column_stack([buses.numbers("x", default=np.nan), buses.numbers("y", default=np.nan)])
    missing = np.isnan(positions).any(axis=1)
    if missing.any() and not np.isnan(positions).all():
        buses.note("x", np.flatnonzero(missing), "or y is missing", "Give x and y at every bus or at none")
    return None if missing.any() or not len(positions) else positions


def _network_problems(network: Network, transformer: Bools) -> list[Problem]:
    """What is wrong with the network as a whole, its single values being fine."""
    problems = _line_problems(network, transformer)
    if network.vm_min_pu >= network.vm_max_pu:
        problems.append(problem("vm_min_pu", "is not below vm_max_pu", "Correct the voltage limits"))
    if dark := unreachable_buses(network):
        ids = tuple(network.bus_name(bus) for bus in dark)
        message = "cannot be reached from a substation even with every line closed that may be closed"
        problems.append(Problem("bus", "", ids, message, "Add a line, make one switchable or mark a substation"))
    return problems


def _line_problems(network: Network, transformer: Bools) -> list[Problem]:
    here, there = network.from_bus, network.to_bus
    checks: list[tuple[str, Bools, str, str]] = [
        ("r_ohm", _gains(network), *_BELOW_ZERO),
        ("to", here == there, "is the bus the line starts from", "Connect two different buses or remove the line"),
        (
            "r_ohm",
            (network.r_pu == 0.0) & (network.x_pu == 0.0),
            "and x_ohm are both zero",
            "Give the line its impedance (a coupler 0.001 ohm) or make its two ends one bus",
        ),
        (
            "vn_kv",
            (network.vn_kv[here] != network.vn_kv[there]) & ~transformer,
            "differs between the two ends of a line that is no transformer",
            "Correct vn_kv, or say transformer: true if that is what it is",
        ),
    ]
    return [
        Problem("line", field, tuple(network.line_names(np.flatnonzero(wrong) + 1)), message, remedy)
        for field, wrong, message, remedy in checks
        if wrong.any()
    ]


def _gains(network: Network) -> Bools:
    """(m,) transformers with a resistance below zero that are no leg of one with three windings: there two legs
    together, as between any two windings, have none below zero."""
    wrong = network.r_pu < 0.0
    for line in np.flatnonzero(wrong).tolist():
        own = network.r_pu[line]
        for star in (network.from_bus[line], network.to_bus[line]):
            legs = (network.from_bus == star) | (network.to_bus == star)
            others = network.r_pu[legs & (np.arange(network.n_lines) != line)]
            if len(others) in (1, 2) and (others + own >= -_ROUNDING * abs(own)).all():
                wrong[line] = False
    return wrong


def _stop(problems: list[Problem]) -> None:
    if problems:
        raise NetworkError(problems)


def _bus_rows(network: Network) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"vn_kv": vn, "p_kw": p, "q_kvar": q}
        for vn, p, q in zip(network.vn_kv.tolist(), network.p_kw.tolist(), network.q_kvar.tolist(), strict=True)
    ]
    _with_ids(rows, network.bus_ids)
    for bus, voltage in zip(network.substations.tolist(), network.substation_vm_pu.tolist(), strict=True):
        rows[bus]["substation_voltage_pu"] = voltage
    for row, extra in zip(rows, shunt_fields(network), strict=True):
        row |= extra
    if network.coordinates is not None:
        for row, (x, y) in zip(rows, network.coordinates.tolist(), strict=True):
            row |= {"x": x, "y": y}
    return rows


def _line_rows(network: Network) -> list[dict[str, Any]]:
    z_ohm = base_ohm(network.vn_kv[network.from_bus], network.base_mva)
    r_ohm, x_ohm = undivided(network.r_pu, z_ohm), undivided(network.x_pu, z_ohm)
    leg = (network.x_pu < 0.0) | (network.r_pu < 0.0)
    transformer = (network.vn_kv[network.from_bus] != network.vn_kv[network.to_bus]) | leg
    extra = line_fields(network, z_ohm)
    rows: list[dict[str, Any]] = [
        {
            "from": int(network.from_bus[line]) + 1,
            "to": int(network.to_bus[line]) + 1,
            "r_ohm": float(r_ohm[line]),
            "x_ohm": float(x_ohm[line]),
            "limit_a": float(network.limit_a[line]) if np.isfinite(network.limit_a[line]) else None,
            "switchable": bool(network.switchable[line]),
            "closed": bool(network.closed[line]),
            **({"transformer": True} if transformer[line] else {}),
            **({"apart": True} if network.apart[line] else {}),
            **extra[line],
        }
        for line in range(network.n_lines)
    ]
    return _with_ids(rows, network.line_ids)


def _with_ids(rows: list[dict[str, Any]], ids: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows, those that have an id with it."""
    for row, own in zip(rows, ids, strict=False):
        row |= {"id": own} if own else {}
    return rows
