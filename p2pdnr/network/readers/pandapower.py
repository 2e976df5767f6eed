"""pandapower networks, and the feeders built into pandapower by name.

What becomes of a network: an external grid makes its bus a substation at its voltage. A line is closed when it is in
service and no switch at its ends is open; all lines are switchable. Parallel systems count together. Static generators
are negative loads, as in pandapower's power flow. Closed bus-bus switches make their buses one. A transformer is a line
between two voltage levels, not switchable, with its short-circuit impedance as seen from the upper side. One with a tap
changer directly below an external grid is left out: the tap changer is taken to hold the lower busbar at the external
grid's set point, and that busbar becomes the substation. What is out of service stays out, lines excepted.

All else that would change a power flow is refused with the element's index and name: line charging and conductance,
magnetising currents and other taps, loads that depend on voltage, generators that hold a voltage, shunts and so on.
Charging alone may be left out on request, which the names of built-in networks say: cigre_mv_uncharged.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from p2pdnr.errors import NetworkError, Problem
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers.table import from_table

_UNCHARGED = "_uncharged"
PANDAPOWER_NETWORKS: tuple[str, ...] = (
    "cigre_lv",
    "cigre_mv",
    f"cigre_mv{_UNCHARGED}",
    "mv_oberrhein",
    f"mv_oberrhein{_UNCHARGED}",
)
# pandapower marks a line without a limit by 99999 kA.
_NO_LIMIT_KA = 9999.0
_MODELLED = {"bus", "load", "sgen", "ext_grid", "line", "trafo", "switch"}
_HARMLESS = {"measurement", "pwl_cost", "poly_cost", "controller", "group"}
_REMEDY = "Set it out of service or to zero if that is close enough"


def read_built_in(name: str) -> Network:
    """A feeder built into pandapower, by one of :data:`PANDAPOWER_NETWORKS`; importing pandapower takes seconds."""
    try:
        from pandapower import networks
    except ImportError:
        message = "comes with the Python package pandapower, which is not installed"
        raise NetworkError([Problem("network", "source", (name,), message, "pip install pandapower")]) from None
    makers: dict[str, Callable[[], Any]] = {
        "cigre_lv": networks.create_cigre_network_lv,
        "cigre_mv": networks.create_cigre_network_mv,
        "mv_oberrhein": networks.mv_oberrhein,
    }
    return from_pandapower(makers[name.removesuffix(_UNCHARGED)](), name, charging=not name.endswith(_UNCHARGED))


def from_pandapower(net: Any, name: str, charging: bool = True) -> Network:
    """The network of a pandapower net, its buses and lines numbered in order of their index, transformers last.

    ``charging=False`` leaves line charging out, which is refused otherwise. Raises :class:`NetworkError` naming every
    element that is not modelled.
    """
    if problems := _refusals(net, charging):
        raise NetworkError(problems)
    place = _places(net)
    buses = _bus_rows(net, place)
    lines = [*_line_rows(net, place), *_transformer_rows(net, place)]
    return from_table({"name": name, "buses": buses, "lines": lines, **_voltage_limits(net)}, name)


def _refusals(net: Any, charging: bool) -> list[Problem]:
    """One problem for each kind of thing that is not modelled, naming the elements."""
    line, switch, load = net.line, net.switch, net.load
    bus_switch = switch[switch.et == "b"]
    kept = _kept_transformers(net)
    voltages = (kept.vn_hv_kv != _vn(net, kept.hv_bus)) | (kept.vn_lv_kv != _vn(net, kept.lv_bus))
    dependent = sum((load[column].abs() for column in load.columns if column.startswith("const_")), 0.0 * load.p_mw)
    charged = "has line charging; left out only on request (built-in names: with _uncharged at the end)"
    found = [
        _refused("line", line, (line.c_nf_per_km != 0) & charging, charged),
        _refused("line", line, line.g_us_per_km != 0, "has a conductance to earth"),
        _refused("load", load, dependent != 0, "depends on voltage"),
        _refused("trafo", kept, voltages, "has another nominal ratio than its buses"),
        _refused("trafo", kept, (kept.pfe_kw != 0) | (kept.i0_percent != 0), "has a magnetising current"),
        _refused("trafo", kept, _off_neutral(kept), "has a tap off its neutral position"),
        _refused("switch", bus_switch, ~bus_switch.closed.astype(bool), "is an open coupler between two buses"),
        _refused("switch", bus_switch, bus_switch.z_ohm > 0, "has an impedance between two buses"),
        _refused("ext_grid", net.ext_grid, _disputed(net), "holds another voltage than its neighbour on the same bus"),
        *(_refused(name, net[name], True, "is not modelled") for name in _other_tables(net)),
    ]
    return [problem for problem in found if problem is not None]


def _refused(table: str, elements: Any, wrong: Any, message: str) -> Problem | None:
    """The elements in service for which ``wrong`` holds, by index and name."""
    in_service = elements["in_service"].astype(bool) if "in_service" in elements else np.ones(len(elements), dtype=bool)
    chosen = elements[np.asarray(in_service & wrong, dtype=bool)]
    names = chosen["name"] if "name" in chosen else [None] * len(chosen)
    ids = tuple(str(i) if name is None else f"{i} ({name})" for i, name in zip(chosen.index, names, strict=True))
    return Problem(table, "", ids, message, _REMEDY) if ids else None


def _other_tables(net: Any) -> list[str]:
    """Names of the tables of electrical elements that are not read."""
    known = _MODELLED | _HARMLESS
    tables = [name for name in net if not name.startswith(("_", "res_")) and name not in known]
    return [name for name in tables if "in_service" in getattr(net[name], "columns", ())]


def _vn(net: Any, buses: Any) -> Any:
    """Nominal voltages of a series of buses, with that series' index."""
    return buses.map(net.bus.vn_kv)


def _supplied(net: Any) -> dict[int, float]:
    """Set point of every bus with an external grid in service."""
    grids = net.ext_grid[net.ext_grid.in_service.astype(bool)]
    return {int(bus): float(voltage) for bus, voltage in zip(grids.bus, grids.vm_pu, strict=True)}


def _disputed(net: Any) -> Any:
    """Which external grids hold another voltage than the last one on their bus or on a bus coupled to it."""
    root = _coupled(net)
    held = {root[bus]: voltage for bus, voltage in _supplied(net).items()}
    return net.ext_grid.apply(lambda grid: held.get(root[int(grid.bus)], grid.vm_pu) != grid.vm_pu, axis=1).astype(bool)


def _running_transformers(net: Any) -> Any:
    """Transformers in service whose switches are closed."""
    switch = net.switch
    opened = switch.element[(switch.et == "t") & ~switch.closed.astype(bool)]
    return net.trafo[net.trafo.in_service.astype(bool) & ~net.trafo.index.isin(opened)]


def _is_regulated(net: Any, transformers: Any) -> Any:
    """Which transformers have a tap changer and stand directly below an external grid."""
    steps = transformers.tap_step_percent.astype(float).fillna(0.0) != 0.0
    return steps & transformers.hv_bus.isin(list(_supplied(net)))


def _kept_transformers(net: Any) -> Any:
    """The transformers that are modelled."""
    running = _running_transformers(net)
    return running[~_is_regulated(net, running)]


def _off_neutral(transformers: Any) -> Any:
    position = transformers.tap_pos.astype(float)
    neutral = transformers.tap_neutral.astype(float).fillna(0.0)
    return position.fillna(neutral) != neutral


def _substations(net: Any) -> dict[int, float]:
    """Voltage of every bus that is a substation: the external grids' own, or the busbars below their tap changers."""
    supplied = _supplied(net)
    running = _running_transformers(net)
    below = running[_is_regulated(net, running)]
    held = {int(row.lv_bus): supplied[int(row.hv_bus)] for row in below.itertuples()}
    above = {int(bus) for bus in below.hv_bus}
    return held | {bus: voltage for bus, voltage in supplied.items() if bus not in above}


def _coupled(net: Any) -> dict[int, int]:
    """The bus that stands for every bus: the same one for buses joined by closed bus-bus switches."""
    root = {int(bus): int(bus) for bus in net.bus.index}
    couplers = net.switch[(net.switch.et == "b") & net.switch.closed.astype(bool)]
    for here, there in zip(couplers.bus, couplers.element, strict=True):
        joined = {root[int(here)], root[int(there)]}
        root = {bus: min(joined) if one in joined else one for bus, one in root.items()}
    return root


def _places(net: Any) -> dict[int, int]:
    """Index in the network of every bus in service; buses above a regulated busbar have none."""
    running = _running_transformers(net)
    above = {int(bus) for bus in running.hv_bus[_is_regulated(net, running)]}
    root = _coupled(net)
    alive = [int(bus) for bus in net.bus.index[net.bus.in_service.astype(bool)] if int(bus) not in above]
    rank = {one: index for index, one in enumerate(sorted({root[bus] for bus in alive}))}
    return {bus: rank[root[bus]] for bus in alive}


def _bus_rows(net: Any, place: dict[int, int]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{} for _ in range(max(place.values(), default=-1) + 1)]
    spots = _positions(net)
    for bus in sorted(place, reverse=True):
        rows[place[bus]] = {"vn_kv": float(net.bus.vn_kv[bus]), "p_kw": 0.0, "q_kvar": 0.0, **spots.get(bus, {})}
    for table, sign in (("load", 1000.0), ("sgen", -1000.0)):
        for element in net[table][net[table].in_service.astype(bool)].itertuples():
            if element.bus in place:
                rows[place[element.bus]]["p_kw"] += sign * element.scaling * element.p_mw
                rows[place[element.bus]]["q_kvar"] += sign * element.scaling * element.q_mvar
    for bus, voltage in _substations(net).items():
        rows[place[bus]]["substation_voltage_pu"] = voltage
    return rows


def _positions(net: Any) -> dict[int, dict[str, float]]:
    """x and y of every bus, or nothing when some bus has none."""
    if "geo" not in net.bus or not all(isinstance(text, str) for text in net.bus.geo):
        return {}
    points = {int(bus): json.loads(text)["coordinates"] for bus, text in net.bus.geo.items()}
    return {bus: {"x": float(point[0]), "y": float(point[1])} for bus, point in points.items()}


def _line_rows(net: Any, place: dict[int, int]) -> list[dict[str, Any]]:
    switch = net.switch
    opened = set(switch.element[(switch.et == "l") & ~switch.closed.astype(bool)])
    return [
        {**_line_row(line, place), "closed": bool(line.in_service) and line.Index not in opened}
        for line in net.line.itertuples()
        if line.from_bus in place and line.to_bus in place
    ]


def _line_row(line: Any, place: dict[int, int]) -> dict[str, Any]:
    """Ends, impedance and limit of a line, its parallel systems together."""
    limited = np.isfinite(line.max_i_ka) and line.max_i_ka < _NO_LIMIT_KA
    return {
        "from": place[line.from_bus] + 1,
        "to": place[line.to_bus] + 1,
        "r_ohm": float(line.r_ohm_per_km * line.length_km / line.parallel),
        "x_ohm": float(line.x_ohm_per_km * line.length_km / line.parallel),
        "limit_a": float(1000.0 * line.max_i_ka * line.df * line.parallel) if limited else None,
    }


def _transformer_rows(net: Any, place: dict[int, int]) -> list[dict[str, Any]]:
    """The modelled transformers, with their short-circuit impedance as seen from the upper side."""
    rows = []
    for trafo in _kept_transformers(net).itertuples():
        z_ohm = trafo.vk_percent / 100.0 * trafo.vn_hv_kv**2 / trafo.sn_mva / trafo.parallel
        r_ohm = trafo.vkr_percent / 100.0 * trafo.vn_hv_kv**2 / trafo.sn_mva / trafo.parallel
        rating_kva = 1000.0 * trafo.sn_mva * trafo.parallel * trafo.df
        row: dict[str, Any] = {
            "from": place[trafo.hv_bus] + 1,
            "to": place[trafo.lv_bus] + 1,
            "transformer": True,
            "switchable": False,
        }
        row |= {"r_ohm": float(r_ohm), "x_ohm": float(np.sqrt(z_ohm**2 - r_ohm**2))}
        rows.append({**row, "limit_a": float(rating_kva / (np.sqrt(3.0) * trafo.vn_hv_kv))})
    return rows


def _voltage_limits(net: Any) -> dict[str, float]:
    """The narrowest limits of the buses that are no substation, where any are stated."""
    others = net.bus[~net.bus.index.isin(list(_substations(net)))]
    least = others["min_vm_pu"].max() if "min_vm_pu" in others else np.nan
    most = others["max_vm_pu"].min() if "max_vm_pu" in others else np.nan
    limits = {"vm_min_pu": float(least), "vm_max_pu": float(most)}
    return {name: value for name, value in limits.items() if np.isfinite(value)}
