"""Nodes and branches of a pandapower net as its solver sees them, with everything closed and nothing connected.

They are worked out here for what nearly all nets hold, without loading pandapower; transformers:
:mod:`.pandapower_windings`. Where a net has tap changers by table, second tap changers, or buses of different voltages
that a switch makes one, pandapower itself is asked. Tests hold both against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from p2pdnr.network.admittance import Complexes
from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.network.readers.pandapower_tables import as_pandapower
from p2pdnr.network.readers.pandapower_windings import Windings, three_windings, two_windings

_ANY_OHM = 1e-2
"""Of couplers without impedance while branches are worked out."""
_SWITCH_R, _SWITCH_X = 2.0 / 5.0**0.5, 1.0 / 5.0**0.5
"""Shares of a switch's impedance; pandapower takes twice as much resistance as reactance."""
_OFF = ("load", "sgen", "gen", "storage", "shunt", "ward", "xward", "motor", "asymmetric_load", "asymmetric_sgen")
_TABLES = ("line", "trafo", "trafo3w", "impedance", "switch")


@dataclass(frozen=True, eq=False)
class Branches:
    """The branches of one table in p.u.: ``ends`` (m, 2) nodes, series impedance ``z`` (m,), admittance to earth ``y``
    (m,), half of it at each end, and how much more there is at the to end, ``y_more`` (m,), in halves too; ``ratio``
    (m,) and ``shift`` (m,) in degrees."""

    ends: Ints
    z: Complexes
    y: Complexes
    y_more: Complexes
    ratio: Floats
    shift: Floats


@dataclass(frozen=True, eq=False)
class Model:
    """A net as a solver sees it: ``bus`` (buses,) its node by bus index, -1 for none; ``branches`` by table, those of
    transformers with three windings in three blocks; ``base_mva``; ``vn_kv`` (nodes,)."""

    bus: Ints
    branches: dict[str, Branches]
    base_mva: float
    vn_kv: Floats


def branch_model(net: Any, couplers: Iterable[int]) -> Model:
    """Branches of a net with all of them closed, the couplers named (indices of switches) among them."""
    numbers = list(couplers)
    return _own_model(net, numbers) if _is_usual(net, numbers) else solver_model(net, numbers)


def _is_usual(net: Any, couplers: list[int]) -> bool:
    """Whether there is nothing in a net but what is worked out here."""
    if any(len(net[name]) and not _are_usual(net[name]) for name in ("trafo", "trafo3w")):
        return False
    return len(net.bus) > 0 and all(
        float(net.bus.vn_kv[here]) == float(net.bus.vn_kv[there]) for here, there in _joined(net, set(couplers))
    )


def _are_usual(rows: Any) -> bool:
    """Whether the tap changers of transformers are."""
    if "tap_changer_type" not in rows or ("tap2_pos" in rows and rows.tap2_pos.notna().any()):
        return False
    doubly = (rows.tap_changer_type == "Ideal") & (rows.tap_step_degree.fillna(0.0) != 0.0)
    doubly &= rows.tap_step_percent.fillna(0.0) != 0.0
    tabled = "tap_dependency_table" in rows and rows.tap_dependency_table.isin([True]).any()
    return not tabled and not doubly.any()


def _joined(net: Any, couplers: set[int]) -> Iterator[tuple[int, int]]:
    """Ends of the closed bus-bus switches that make buses in service one."""
    alive = net.bus.in_service.astype(bool)
    for switch in net.switch[(net.switch.et == "b") & net.switch.closed.astype(bool)].itertuples():
        here, there = int(switch.bus), int(switch.element)
        if int(switch.Index) not in couplers and not switch.z_ohm > 0 and alive[here] and alive[there]:
            yield here, there


class _Nodes:
    """Nodes as they are made: ``kv`` their nominal voltages, ``of`` (buses,) the node of a bus by its index."""

    def __init__(self, net: Any, couplers: set[int]) -> None:
        buses = [int(bus) for bus in net.bus.index]
        root = {bus: bus for bus in buses}
        for here, there in _joined(net, couplers):
            first, second = sorted((_found(root, here), _found(root, there)))
            root[second] = first
        roots = [_found(root, bus) for bus in buses]
        node = {bus: place for place, bus in enumerate(dict.fromkeys(roots))}
        self.kv = [float(net.bus.vn_kv[bus]) for bus in node]
        self.of = np.full(max(buses) + 1, -1, dtype=np.int64)
        self.of[buses] = [node[bus] for bus in roots]

    def more(self, kv: Iterable[float]) -> Ints:
        """Further nodes."""
        first = len(self.kv)
        self.kv += map(float, kv)
        return np.arange(first, len(self.kv), dtype=np.int64)


def _found(root: dict[int, int], bus: int) -> int:
    while root[bus] != bus:
        root[bus] = bus = root[root[bus]]
    return bus


def _own_model(net: Any, couplers: list[int]) -> Model:
    nodes, base_mva = _Nodes(net, set(couplers)), float(net.sn_mva)
    found = {"line": _lines(net, nodes, base_mva)} if len(net.line) else {}
    if len(net.trafo):
        ends = np.stack([nodes.of[_ints(net.trafo, end)] for end in ("hv_bus", "lv_bus")], axis=1)
        found["trafo"] = _wound(two_windings(net), ends, nodes, base_mva)
    if len(net.trafo3w):
        hv, mv, lv = (nodes.of[_ints(net.trafo3w, f"{side}_bus")] for side in ("hv", "mv", "lv"))
        star = nodes.more(np.array(nodes.kv)[hv])
        ends = np.concatenate([np.stack(pair, axis=1) for pair in ((hv, star), (star, mv), (star, lv))])
        found["trafo3w"] = _wound(three_windings(net), ends, nodes, base_mva)
    if len(net.impedance):
        found["impedance"] = _impedances(net, nodes, base_mva)
    if couplers:
        found["switch"] = _switches(net, couplers, nodes, base_mva)
    return Model(nodes.of, found, base_mva, np.array(nodes.kv))


def _ints(rows: Any, name: str) -> Ints:
    return np.asarray(rows[name].to_numpy(dtype=np.int64), dtype=np.int64)


def _floats(rows: Any, name: str) -> Floats:
    return np.asarray(rows[name].to_numpy(dtype=np.float64), dtype=np.float64)


def _plain(ends: Ints, z: Any, y: Any, y_more: Any) -> Branches:
    """Branches without a ratio."""
    series, earth, more = (np.asarray(part, dtype=np.complex128) for part in (z, y, y_more))
    return Branches(ends, series, earth, more, np.zeros(len(series)), np.zeros(len(series)))


def _lines(net: Any, nodes: _Nodes, base_mva: float) -> Branches:
    """Lines; one to a bus out of service ends at a node of its own."""
    rows = net.line
    buses = np.stack([_ints(rows, end) for end in ("from_bus", "to_bus")], axis=1).reshape(-1, 2)
    ends = nodes.of[buses]
    ohm = np.array(nodes.kv)[ends[:, 0]] ** 2 / base_mva
    km, parallel = _floats(rows, "length_km"), _floats(rows, "parallel")
    z = (_floats(rows, "r_ohm_per_km") + 1j * _floats(rows, "x_ohm_per_km")) * km / ohm / parallel
    b = 2.0 * np.pi * float(net.f_hz) * 1e-9 * _floats(rows, "c_nf_per_km")
    y = (1e-6 * _floats(rows, "g_us_per_km") + 1j * b) * km * ohm * parallel
    dead = ~net.bus.in_service.astype(bool).reindex(buses.ravel()).to_numpy().reshape(-1, 2)
    loose = dead & (dead.sum(axis=1) == 1)[:, None]
    ends[loose] = nodes.more(np.array(nodes.kv)[ends[loose]])
    return _plain(ends, z, y, np.zeros(len(z)))


def _wound(wound: Windings, ends: Ints, nodes: _Nodes, base_mva: float) -> Branches:
    """Transformers between nodes."""
    kv = np.array(nodes.kv)[ends]
    ohm = kv[:, 1] ** 2 / base_mva
    ratio = wound.hv_kv / wound.lv_kv * kv[:, 1] / kv[:, 0]
    return Branches(ends, wound.z_ohm / ohm, wound.y_s * ohm, wound.y_more_s * ohm, ratio, wound.shift_degree)


def _impedances(net: Any, nodes: _Nodes, base_mva: float) -> Branches:
    rows = net.impedance
    ends = np.stack([nodes.of[_ints(rows, end)] for end in ("from_bus", "to_bus")], axis=1)
    share = _floats(rows, "sn_mva") / base_mva
    z = (_floats(rows, "rft_pu") + 1j * _floats(rows, "xft_pu")) / share
    here, there = (
        2.0 * share * (_floats(rows, f"g{end}_pu") + 1j * _floats(rows, f"b{end}_pu"))
        if f"g{end}_pu" in rows and f"b{end}_pu" in rows
        else np.zeros(len(rows))
        for end in "ft"
    )
    return _plain(ends, z, here, there - here)


def _switches(net: Any, couplers: list[int], nodes: _Nodes, base_mva: float) -> Branches:
    rows = net.switch.loc[couplers]
    ends = np.stack([nodes.of[_ints(rows, end)] for end in ("bus", "element")], axis=1)
    stated = _floats(rows, "z_ohm")
    z_ohm = np.where(stated > 0.0, stated, _ANY_OHM)
    z = z_ohm * (_SWITCH_R + 1j * _SWITCH_X) / (np.array(nodes.kv)[ends[:, 0]] ** 2 / base_mva)
    none = np.zeros(len(rows))
    return _plain(ends, z, none, none)


def solver_model(net: Any, couplers: Iterable[int]) -> Model:
    """The same as :func:`branch_model`, by pandapower itself. Imports pandapower."""
    import pandapower as pp

    model = as_pandapower(net)
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
    spans = model._pd2ppc_lookups["branch"]
    rows = np.real(model._ppc["branch"])
    found = {table: _of_solver(rows[slice(*spans[table])]) for table in _TABLES if table in spans}
    bus = np.asarray(model._pd2ppc_lookups["bus"], dtype=np.int64)
    return Model(bus, found, float(model._ppc["baseMVA"]), model._ppc["bus"][:, 9].real)


def _of_solver(rows: Floats) -> Branches:
    """Rows of pandapower's solver. Imports pandapower."""
    from pandapower.pypower import idx_brch as at

    y, y_more = (rows[:, g] + 1j * rows[:, b] for g, b in ((at.BR_G, at.BR_B), (at.BR_G_ASYM, at.BR_B_ASYM)))
    ends = rows[:, [at.F_BUS, at.T_BUS]].astype(np.int64)
    return Branches(ends, rows[:, at.BR_R] + 1j * rows[:, at.BR_X], y, y_more, rows[:, at.TAP], rows[:, at.SHIFT])
