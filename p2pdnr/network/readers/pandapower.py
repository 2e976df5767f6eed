"""pandapower networks, and the feeders built into pandapower by name.

What becomes of a network: an external grid makes its bus a substation at its voltage. A line is closed when it is in
service and no switch at its ends is open. Where lines or pairs of buses have switches, exactly what these operate is
switchable (:mod:`.pandapower_switches`), and what is out of service stays out; elsewhere all lines are. A line that
hangs on one bus because one switch at the other is open stays charged from there; so does, when it is opened, a line
with one switch only; all others are dead when they are open. Transformers are lines between voltage levels, not
switchable, with their ratio, their tap changer (:mod:`.pandapower_taps`) and their magnetising admittance, whether they
have switches or not; the legs of those with three windings meet in a bus of their own, and one may have a reactance
below zero; one with an open switch stays charged. Closed branches between the same buses are one
(:mod:`p2pdnr.network.bundles`), which may be opened if each of them may; parallel systems of a line count together.
``max_loading_percent`` of lines and transformers is kept as a limit. Loads and all else at buses:
:mod:`.pandapower_powers`; lines to buses out of service and buses without supply: :mod:`.pandapower_ends`. Bus-bus
switches that can move the open point are couplers, lines of next to no impedance; other closed ones make their buses
one.

Loads that are in part constant currents and extended wards are taken as they are today (:mod:`.pandapower_today`);
generators that hold a voltage: :mod:`.pandapower_generators`.
What nothing can supply is left out, and its load is told. All else that would change a power flow is refused with the
element's index and name: DC lines and so on. A generator that is slack is a substation.
"""

from __future__ import annotations

import json
from operator import itemgetter
from typing import Any

import numpy as np

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.names import together
from p2pdnr.network.readers.pandapower_branches import SHIFT, branch_rows, element_id
from p2pdnr.network.readers.pandapower_ends import charged, loose_ends, without_dead, without_inner
from p2pdnr.network.readers.pandapower_generators import add_generators
from p2pdnr.network.readers.pandapower_model import Model, branch_model
from p2pdnr.network.readers.pandapower_notes import notes_of
from p2pdnr.network.readers.pandapower_powers import TABLES, Today, bus_powers
from p2pdnr.network.readers.pandapower_switches import grids, operable
from p2pdnr.network.readers.pandapower_taps import switched_capacitors
from p2pdnr.network.readers.pandapower_today import today, unsolved_generators, unsolved_wards
from p2pdnr.network.readers.phase_shifts import refuse_turned, turned_today
from p2pdnr.network.readers.report import Imported, Note, remarks
from p2pdnr.network.readers.table import from_table

_BRANCHES = {"line", "trafo", "trafo3w", "impedance"}
_MODELLED = {"bus", "ext_grid", "switch", *TABLES, *_BRANCHES}
_HARMLESS = {"measurement", "pwl_cost", "poly_cost", "controller", "group"}
_KM_PER_DEGREE = 111.2
_REMEDY = "Set it out of service or to zero if that is close enough"
_NO_IMPEDANCE = "Give its length and impedance, or put a closed switch between its two buses instead"
_WARD = "has a voltage source, which is only known where the net has a power flow today"


def from_pandapower(net: Any, name: str) -> Network:
    """The network of a pandapower net, its buses and lines numbered in order of their index, transformers last.

    Raises :class:`NetworkError` naming every element that is not modelled.
    """
    return imported(net, name).network


def imported(net: Any, name: str) -> Imported:
    """The same with what became of every part of the net."""
    if problems := _refusals(net):
        raise NetworkError(problems)
    operated = operable(net)
    model = branch_model(net, operated.couplers)
    now, notes = today(net, element_id)
    place = _places(net, model)
    named = list(branch_rows(net, model, place, operated))
    ends = {place[node] + 1 for node in loose_ends(net, model)}
    lines = [charged(row | {"id": own}, ends) for own, row in named]
    called = _bus_ids(net, model, place)
    buses = [row | {"id": own} for row, own in zip(_bus_rows(net, model, place, now), called, strict=True)]
    buses, lines, inner = without_inner(buses, lines)
    buses, lines, dead = without_dead(buses, lines)
    shifts, angles = ([row.pop(SHIFT, 0.0) for row in rows] for rows in (lines, buses))
    limits, unlike = _voltage_limits(net)
    table = {"name": name, "buses": buses, "lines": lines, "switchable_by": operated.said, **limits}
    notes = (*notes_of(net), *notes, *unlike, *inner, *dead)
    apart = from_table(table, name)
    refuse_turned(apart, np.array(shifts), np.array(angles))
    notes = (*notes, *turned_today(apart, np.array(shifts), np.array(angles)))
    network = bundled(apart).network
    kept = {own: index for index, own in enumerate(network.bus_ids)}
    alive = net.bus.index[net.bus.in_service.astype(bool)]
    at = {int(bus): kept.get(called[place[int(model.bus[bus])]]) for bus in alive}
    found = {bus: index for bus, index in at.items() if index is not None}
    return Imported(network.with_(remarks=remarks(notes)), notes, net, found)


def _bus_ids(net: Any, model: Model, place: dict[int, int]) -> list[str]:
    """What the buses are called, with index and name of all that closed switches make one."""
    called: list[list[str]] = [[] for _ in place]
    alive = net.bus[net.bus.in_service.astype(bool)]
    for bus, name in sorted(zip(alive.index, alive["name"], strict=True), key=itemgetter(0)):
        called[place[int(model.bus[bus])]].append(element_id("bus", bus, name))
    stars = {place[node]: f"star of {title}" for node, title in zip(_stars(net, model), _star_titles(net), strict=True)}
    stars |= {place[node]: f"open end of {title}" for node, (title, _) in loose_ends(net, model).items()}
    return [stars.get(index) or together(names) for index, names in enumerate(called)]


def _star_titles(net: Any) -> list[str]:
    running = net.trafo3w[net.trafo3w.in_service.astype(bool)]
    return [element_id("trafo3w", trafo.Index, trafo.name) for trafo in running.itertuples()]


def _refusals(net: Any) -> list[Problem]:
    """One problem for each kind of thing that is not modelled, naming the elements."""
    impedance = net.impedance
    uneven = (impedance.rft_pu != impedance.rtf_pu) | (impedance.xft_pu != impedance.xtf_pu)
    line = net.line
    short = ((line.r_ohm_per_km == 0) & (line.x_ohm_per_km == 0)) | (line.length_km == 0)
    found = [
        _refused("line", line, short, "has no impedance", _NO_IMPEDANCE),
        _refused("gen", net.gen, unsolved_generators(net), _WARD),
        _refused("impedance", impedance, uneven, "differs between its two directions"),
        _refused("ext_grid", net.ext_grid, _disputed(net), "holds another voltage than its neighbour on the same bus"),
        _refused("shunt", net.shunt, _by_table(net.shunt), "takes its steps from a table, which is not read"),
        _refused("xward", net.xward, unsolved_wards(net), _WARD),
        *(_refused(name, net[name], True, "is not modelled") for name in _other_tables(net)),
    ]
    if grids(net).empty:
        remedy = "Put one, or a generator that is slack, on a bus in service"
        found.append(Problem("ext_grid", "", (), "there is none in service, so nothing supplies the net", remedy))
    return [problem for problem in found if problem is not None]


def _by_table(shunts: Any) -> Any:
    """Which shunts take what they draw from a table of their steps."""
    return shunts.step_dependency_table.astype(bool) if "step_dependency_table" in shunts else False


def _refused(table: str, elements: Any, wrong: Any, message: str, remedy: str = _REMEDY) -> Problem | None:
    """The elements in service for which ``wrong`` holds, by index and name."""
    in_service = elements["in_service"].astype(bool) if "in_service" in elements else np.ones(len(elements), dtype=bool)
    chosen = elements[np.asarray(in_service & wrong, dtype=bool)]
    names = chosen["name"] if "name" in chosen else [None] * len(chosen)
    ids = tuple(element_id(table, i, name) for i, name in zip(chosen.index, names, strict=True))
    return Problem(table, "", ids, message, remedy) if ids else None


def _other_tables(net: Any) -> list[str]:
    """Names of the tables of electrical elements that are not read."""
    known = _MODELLED | _HARMLESS | {"gen"}
    tables = [name for name in net if not name.startswith(("_", "res_")) and name not in known]
    return [name for name in tables if "in_service" in getattr(net[name], "columns", ())]


def _disputed(net: Any) -> Any:
    """Which external grids hold another voltage than the last one on their bus or on a bus coupled to it."""
    root = _coupled(net)
    held = {root[int(grid.bus)]: grid.vm_pu for grid in grids(net).itertuples()}
    return net.ext_grid.apply(lambda grid: held.get(root[int(grid.bus)], grid.vm_pu) != grid.vm_pu, axis=1).astype(bool)


def _coupled(net: Any) -> dict[int, int]:
    """The bus that stands for every bus: the same one for buses joined by closed bus-bus switches."""
    import networkx as nx

    couplers = net.switch[(net.switch.et == "b") & net.switch.closed.astype(bool) & ~(net.switch.z_ohm > 0)]
    graph = nx.Graph(zip(couplers.bus.astype(int), couplers.element.astype(int), strict=True))
    graph.add_nodes_from(map(int, net.bus.index))
    return {bus: min(group) for group in nx.connected_components(graph) for bus in group}


def _places(net: Any, model: Model) -> dict[int, int]:
    """Index in the network of every node of the solver's model: in order of the buses, stars of transformers last."""
    alive = net.bus.index[net.bus.in_service.astype(bool)]
    nodes = dict.fromkeys(int(model.bus[bus]) for bus in sorted(alive))
    nodes |= dict.fromkeys([*_stars(net, model), *loose_ends(net, model)])
    return {node: index for index, node in enumerate(nodes)}


def _stars(net: Any, model: Model) -> list[int]:
    """The nodes in which the windings of transformers with three meet."""
    running = net.trafo3w.in_service.to_numpy(dtype=bool)
    return model.branches["trafo3w"].ends[: len(running)][running, 1].tolist() if len(running) else []


def _bus_rows(net: Any, model: Model, place: dict[int, int], now: Today) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{"vn_kv": float(model.vn_kv[node]), "p_kw": 0.0, "q_kvar": 0.0} for node in place]
    spots = _positions(net) if not _stars(net, model) else {}
    alive = set(net.bus.index[net.bus.in_service.astype(bool)])
    for bus in sorted(alive, reverse=True):
        rows[place[int(model.bus[bus])]] |= spots.get(int(bus), {})
    for node, (_, dead) in loose_ends(net, model).items():
        rows[place[node]] |= spots.get(dead, {})

    for bus, powers in bus_powers(net, now):
        if bus in alive:
            row = rows[place[int(model.bus[bus])]]
            row.update({name: row.get(name, 0.0) + value for name, value in powers.items()})
    for bus, capacitor in switched_capacitors(net):
        row = rows[place[int(model.bus[bus])]]
        if bus in alive and "capacitor" not in row:  # one a bus; further ones stay as they are
            row["shunt_kvar"] += capacitor["on"] * capacitor["step_kvar"]
            row["capacitor"] = capacitor
    for grid in grids(net).itertuples():
        row = rows[place[int(model.bus[grid.bus])]]
        row |= {"substation_voltage_pu": float(grid.vm_pu), SHIFT: float(grid.va_degree)}
    add_generators(rows, net, now, {int(bus): place[int(model.bus[bus])] for bus in alive})
    return rows


def _positions(net: Any) -> dict[int, dict[str, float]]:
    """x and y of every bus, in km where they are degrees on a map, or nothing when some bus has none."""
    read = [_point(text) for text in net.bus.geo] if "geo" in net.bus else [None]
    if any(point is None for point in read):
        return {}
    points = np.array(read, dtype=np.float64).reshape(-1, 2)
    km = points * _KM_PER_DEGREE * [np.cos(np.radians(points[:, 1].mean())) if len(points) else 1.0, 1.0]
    place = {bus: index for index, bus in enumerate(net.bus.index)}
    ends = [net.line[end].map(place).to_numpy(dtype=int) for end in ("from_bus", "to_bus")]
    apart_km = np.linalg.norm(km[ends[0]] - km[ends[1]], axis=1).sum()
    # a schematic in degrees would be hundreds of kilometres wide
    on_map = 0.0 < apart_km < 3.0 * float(net.line.length_km.sum())
    chosen = km if on_map else points
    return {int(bus): {"x": float(x), "y": float(y)} for bus, (x, y) in zip(net.bus.index, chosen, strict=True)}


def _point(text: Any) -> list[float] | None:
    """The coordinates of a point of GeoJSON, of the first of several or of a feature's; None where it is none."""
    try:
        read = json.loads(text)
        place = (read.get("geometry") or read)["coordinates"]
        while isinstance(place[0], list):
            place = place[0]
        x, y = place[:2]
        return [float(x), float(y)] if np.isfinite([x, y]).all() else None
    except (AttributeError, IndexError, TypeError, ValueError, KeyError, RecursionError):
        return None


def _voltage_limits(net: Any) -> tuple[dict[str, float], tuple[Note, ...]]:
    """The narrowest limits of the buses that are no substation, where any are stated, limits without a band (as at
    buses where a generator holds a voltage) aside; and what is said of those that have nothing in common."""
    others = net.bus[~net.bus.index.isin(list(grids(net).bus)) & net.bus.in_service.astype(bool)]
    low, high = (others.get(name, np.nan) + 0.0 * others.vn_kv for name in ("min_vm_pu", "max_vm_pu"))
    banded = others.index[~(low >= high)]
    stated = {"vm_min_pu": low[banded].max(), "vm_max_pu": high[banded].min()}
    limits = {name: float(value) for name, value in stated.items() if np.isfinite(value) and value > 0.0}
    if len(limits) < 2 or limits["vm_min_pu"] < limits["vm_max_pu"]:
        return limits, ()
    ends = (low[banded].idxmax(), high[banded].idxmin())
    ids = tuple(element_id("bus", bus, net.bus.name[bus]) for bus in ends)
    said = "limits of voltage have no range in common, and one range holds for all: those of buses are left out"
    return {}, (Note("approximated", "bus", ids, said),)
