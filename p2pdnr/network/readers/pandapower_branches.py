"""Lines, transformers and impedances of a pandapower net as rows of a network table.

Impedances, ratios and admittances are those that pandapower itself gives to its solver (transformers: the T model
turned into a pi), read from a copy of the net with everything closed and nothing connected.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.network.names import tidy
from p2pdnr.network.readers.pandapower_switches import Operable
from p2pdnr.network.readers.pandapower_taps import with_tap

# pandapower marks a line without a limit by 99999 kA.
_NO_LIMIT_KA = 9999.0
_ANY_OHM = 1e-2
"""Of couplers without impedance while the solver is asked for its branches."""
_COUPLER_PU = 1e-8
"""Reactance of such couplers in the network, at 1 MVA: 4 micro-ohm at 20 kV, which drops 4e-7 p.u. at 40 Mvar."""
_COUPLER_DROP_PU = 1e-6
"""Most that a coupler would drop if all load of a net went through it: theirs is less where that is large."""
SHIFT = "shift_degree"
"""Of rows alone: networks hold no phase shifts."""
_OFF = ("load", "sgen", "gen", "storage", "shunt", "ward", "xward", "motor", "asymmetric_load", "asymmetric_sgen")
_SWITCHED = {"line": "l", "trafo": "t"}


@dataclass(frozen=True, eq=False)
class Model:
    """A net as pandapower's solver sees it: ``bus`` (buses,) its node by bus index, -1 for none; ``branch`` its rows
    and ``span`` the first and last of each table; ``base_mva``; ``vn_kv`` (nodes,)."""

    bus: Ints
    branch: Floats
    span: dict[str, tuple[int, int]]
    base_mva: float
    vn_kv: Floats


def solver_model(net: Any, couplers: Iterable[int]) -> Model:
    """Branches of a net with all of them closed, the couplers named (indices of switches) among them."""
    import pandapower as pp

    model = copy.deepcopy(net)
    for table in _OFF:
        if table in model and len(model[table]):
            model[table]["in_service"] = False
    model.gen["in_service"] = net.gen.in_service.astype(bool) & net.gen.slack.astype(bool)
    for table in ("line", "trafo", "trafo3w", "impedance"):
        model[table]["in_service"] = True
    model.switch.loc[model.switch.et != "b", "closed"] = True
    model.switch["z_ohm"] = model.switch.z_ohm.astype(float)
    for index in couplers:
        model.switch.loc[index, "closed"] = True
        model.switch.loc[index, "z_ohm"] = max(_ANY_OHM, float(model.switch.z_ohm[index]))
    with suppress(pp.LoadflowNotConverged, np.linalg.LinAlgError, FloatingPointError):  # branches are made before
        pp.runpp(model, numba=False, calculate_voltage_angles=True, init="flat", max_iteration=1)
    bus = np.asarray(model._pd2ppc_lookups["bus"], dtype=np.int64)
    span = dict(model._pd2ppc_lookups["branch"])
    return Model(bus, np.real(model._ppc["branch"]), span, float(model._ppc["baseMVA"]), model._ppc["bus"][:, 9].real)


def branch_rows(
    net: Any, model: Model, place: dict[int, int], operated: Operable
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What every branch between nodes of ``place`` (node -> index) is called, and its row: lines in order of their
    index, then transformers, those of three windings as three that meet in a bus of their own, impedances, couplers."""
    from pandapower.pypower.idx_brch import F_BUS, T_BUS

    for table in ("line", "trafo", "trafo3w", "impedance", "switch"):
        first, last = model.span.get(table, (0, 0))
        states = list(_states(net, table, operated)) if last > first else []
        for number, values in enumerate(model.branch[first:last]):
            ends = [place.get(int(values[end])) for end in (F_BUS, T_BUS)]
            name, state = states[number % len(states)]
            if None not in ends and not (table == "switch" and ends[0] == ends[1]):
                row = _row(model, values, ends) | state | _limit(net, table, number)
                yield name, with_tap(row, net.trafo.iloc[number]) if table == "trafo" else row


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


def _row(model: Model, values: Floats, ends: list[Any]) -> dict[str, Any]:
    """Ends, impedance, ratio and admittance of a branch, in ohm and microsiemens as seen from its from end."""
    from pandapower.pypower import idx_brch as at

    kv = model.vn_kv[[int(values[at.F_BUS]), int(values[at.T_BUS])]]
    ohm = float(kv[0] ** 2 / model.base_mva)
    row: dict[str, Any] = {"from": ends[0] + 1, "to": ends[1] + 1}
    row |= {"r_ohm": float(values[at.BR_R] * ohm), "x_ohm": float(values[at.BR_X] * ohm)}
    if kv[0] != kv[1]:
        row["transformer"] = True
    if values[at.TAP] not in (0.0, 1.0):
        row["ratio"] = float(values[at.TAP])
    if values[at.SHIFT]:
        row[SHIFT] = float(values[at.SHIFT])
    for kind, whole, uneven in (("g", at.BR_G, at.BR_G_ASYM), ("b", at.BR_B, at.BR_B_ASYM)):
        if values[whole]:
            row[f"{kind}_us"] = float(values[whole] / ohm * 1e6)
        if values[uneven]:
            row[f"{kind}_to_us"] = float(values[uneven] / 2.0 / ohm * 1e6)
    return row


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
    return tidy(f"{table} {index} ({said})" if said else f"{table} {index}")


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


def _limit(net: Any, table: str, number: int) -> dict[str, float]:
    """The current limit of a branch at the nominal voltage of its from end, where it has one."""
    if table == "line":
        line = net.line.iloc[number]
        limited = np.isfinite(line.max_i_ka) and line.max_i_ka < _NO_LIMIT_KA
        amps = 1000.0 * line.max_i_ka * line.df * line.parallel * _most_loading(line)
        return {"limit_a": float(amps)} if limited else {}
    if table == "trafo":
        trafo = net.trafo.iloc[number]
        rated_kva = 1000.0 * trafo.sn_mva * trafo.parallel * trafo.df * _most_loading(trafo)
        return {"limit_a": float(rated_kva / (np.sqrt(3.0) * trafo.vn_hv_kv))}
    if table == "trafo3w":
        side = ("hv", "mv", "lv")[number // len(net.trafo3w)]
        trafo = net.trafo3w.iloc[number % len(net.trafo3w)]
        # the star stands at the level of the upper side
        rated_kva = 1000.0 * trafo[f"sn_{side}_mva"] * _most_loading(trafo)
        return {"limit_a": float(rated_kva / (np.sqrt(3.0) * trafo.vn_hv_kv))}
    return {}


def _most_loading(element: Any) -> float:
    """The share of its rating that an element may carry: ``max_loading_percent``, or all where none is stated."""
    percent = float(element.get("max_loading_percent", np.nan))
    return percent / 100.0 if np.isfinite(percent) and percent > 0.0 else 1.0
