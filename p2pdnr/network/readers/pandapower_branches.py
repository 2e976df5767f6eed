"""Lines, transformers and impedances of a pandapower net as rows of a network table.

Impedances, ratios and admittances are those of :mod:`.pandapower_model`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from p2pdnr.network.names import MOST_CHARACTERS, tidy
from p2pdnr.network.readers.pandapower_model import Branches, Model
from p2pdnr.network.readers.pandapower_switches import Operable
from p2pdnr.network.readers.pandapower_taps import with_tap

# pandapower marks a line without a limit by 99999 kA.
_NO_LIMIT_KA = 9999.0
_COUPLER_PU = 1e-8
"""Reactance of such couplers in the network, at 1 MVA: 4 micro-ohm at 20 kV, which drops 4e-7 p.u. at 40 Mvar."""
_COUPLER_DROP_PU = 1e-6
"""Most that a coupler would drop if all load of a net went through it: theirs is less where that is large."""
SHIFT = "shift_degree"
"""Of rows alone: networks hold no phase shifts."""
_SWITCHED = {"line": "l", "trafo": "t"}


def branch_rows(
    net: Any, model: Model, place: dict[int, int], operated: Operable
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What every branch between nodes of ``place`` (node -> index) is called, and its row: lines in order of their
    index, then transformers, those of three windings as three that meet in a bus of their own, impedances, couplers."""
    for table, branches in model.branches.items():
        states = list(_states(net, table, operated))
        limits = list(_limits(net, table))
        shapes = _shapes(model, branches)
        movable = list(net.trafo.itertuples()) if table == "trafo" else []
        for number, (nodes, shape) in enumerate(zip(branches.ends.tolist(), shapes, strict=True)):
            start, end = (place.get(node) for node in nodes)
            name, state = states[number % len(states)]
            if start is not None and end is not None and not (table == "switch" and start == end):
                limit = limits[number] if limits else {}
                row = {"from": start + 1, "to": end + 1, **shape, **state, **limit}
                yield name, with_tap(row, movable[number]) if table == "trafo" else row


def _couplers(net: Any, couplers: dict[int, bool]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and state of every coupler."""
    drawn_mva = float(np.hypot(net.load.p_mw, net.load.q_mvar).sum())
    x_pu = min(_COUPLER_PU, _COUPLER_DROP_PU / max(drawn_mva, 1.0))
    for index, closed in couplers.items():
        switch = net.switch.loc[index]
        state: dict[str, Any] = {"closed": closed, "apart": True}
        if not switch.z_ohm > 0:
            state |= {"r_ohm": 0.0, "x_ohm": x_pu * float(net.bus.vn_kv[switch.bus]) ** 2}
        if float(switch.get("in_ka", np.nan)) > 0:
            state["limit_a"] = 1000.0 * float(switch.in_ka)
        yield element_id("switch", index, switch.get("name")), state


def _shapes(model: Model, branches: Branches) -> Iterator[dict[str, Any]]:
    """Impedance, ratio and admittance of every branch, in ohm and microsiemens as seen from its from end."""
    kv = model.vn_kv[branches.ends].reshape(-1, 2)
    ohm = kv[:, 0] ** 2 / model.base_mva
    z, y, y_to = branches.z * ohm, branches.y / ohm * 1e6, branches.y_more / 2.0 / ohm * 1e6
    columns = (kv[:, 0] != kv[:, 1], z, branches.ratio, branches.shift, y, y_to)
    for wound, impedance, ratio, shift, whole, more in zip(*(column.tolist() for column in columns), strict=True):
        row: dict[str, Any] = {"r_ohm": impedance.real, "x_ohm": impedance.imag}
        if wound:
            row["transformer"] = True
        if ratio not in (0.0, 1.0):
            row["ratio"] = ratio
        parts = (
            (SHIFT, shift),
            ("g_us", whole.real),
            ("b_us", whole.imag),
            ("g_to_us", more.real),
            ("b_to_us", more.imag),
        )
        yield row | {name: value for name, value in parts if value}


def _states(net: Any, table: str, operated: Operable) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and state of every element, in the order of the table; coupler switches in their own."""
    if table == "switch":
        yield from _couplers(net, operated.couplers)
        return
    if table == "trafo3w":
        yield from _windings(net)
        return
    switches = _switches(net, table)
    for element in net[table].itertuples():
        ends = switches.get(element.Index, {})
        opened = [bus for bus, closed in ends.items() if not closed]
        state: dict[str, Any] = {"closed": bool(element.in_service) and not opened}
        sides = _sides(element, table)
        # a line that one switch opens, now or whenever it is opened, hangs on its other end
        alone = opened if opened and element.in_service else list(ends) if element.in_service else []
        if len(alone) == 1 and alone[0] in sides:
            state["opened_at"] = sides[alone[0]]
        if table == "trafo":
            state["transformer"] = True
        if table != "line" or (operated.any and element.Index not in operated.lines):
            state["switchable"] = False
        yield element_id(table, element.Index, element.name), state


def _windings(net: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and state of every leg of transformers with three windings: those to the upper side first. One with an open
    switch stays charged from the star in which the legs meet."""
    opened = net.switch[(net.switch.et == "t3") & ~net.switch.closed.astype(bool)]
    cut = set(zip(opened.element.astype(int), opened.bus.astype(int), strict=True))
    for side, far in (("hv", "from"), ("mv", "to"), ("lv", "to")):
        for unit in net.trafo3w.itertuples():
            is_open = (int(unit.Index), int(getattr(unit, f"{side}_bus"))) in cut
            state: dict[str, Any] = {"closed": bool(unit.in_service) and not is_open}
            if unit.in_service and is_open:
                state["opened_at"] = far
            yield element_id("trafo3w", unit.Index, unit.name), state | {"transformer": True, "switchable": False}


def element_id(table: str, index: object, name: object) -> str:
    """The id of an element: its table and index, and its name where it has one."""
    said = "" if name is None or name != name else tidy(name)  # NaN is no name
    own = f"{table} {index}"
    room = MOST_CHARACTERS - len(own) - len(" ()")
    return f"{own} ({said[:room].rstrip()})" if said else own


def _switches(net: Any, table: str) -> dict[int, dict[int, bool]]:
    """Bus and state of the switches of every element of a table."""
    found: dict[int, dict[int, bool]] = {}
    if table in _SWITCHED:
        for switch in net.switch[net.switch.et == _SWITCHED[table]].itertuples():
            ends = found.setdefault(int(switch.element), {})
            ends[int(switch.bus)] = bool(switch.closed) and ends.get(int(switch.bus), True)
    return found


def _sides(element: Any, table: str) -> dict[int, str]:
    ends = ("hv_bus", "lv_bus") if table == "trafo" else ("from_bus", "to_bus")
    return {int(getattr(element, ends[0])): "from", int(getattr(element, ends[1])): "to"}


def _limits(net: Any, table: str) -> Iterator[dict[str, float]]:
    """The current limit of every branch at the nominal voltage of its from end, where it has one."""
    rows = list(net[table].itertuples()) if table in ("line", "trafo", "trafo3w") else []
    if table == "line":
        for line in rows:
            limited = np.isfinite(line.max_i_ka) and line.max_i_ka < _NO_LIMIT_KA
            amps = 1000.0 * line.max_i_ka * line.df * line.parallel * _most_loading(line)
            yield {"limit_a": float(amps)} if limited else {}
    if table == "trafo":
        for trafo in rows:
            rated_kva = 1000.0 * trafo.sn_mva * trafo.parallel * trafo.df * _most_loading(trafo)
            yield {"limit_a": float(rated_kva / (np.sqrt(3.0) * trafo.vn_hv_kv))}
    for side in ("hv", "mv", "lv") if table == "trafo3w" else ():
        for trafo in rows:  # the star stands at the level of the upper side
            rated_kva = 1000.0 * getattr(trafo, f"sn_{side}_mva") * _most_loading(trafo)
            yield {"limit_a": float(rated_kva / (np.sqrt(3.0) * trafo.vn_hv_kv))}


def _most_loading(element: Any) -> float:
    """The share of its rating that an element may carry: ``max_loading_percent``, or all where none is stated."""
    percent = float(getattr(element, "max_loading_percent", np.nan))
    return percent / 100.0 if np.isfinite(percent) and percent > 0.0 else 1.0
