"""What a pandapower net does today, where a part of it can only be taken as it is today.

Loads that are in part constant currents and the voltage source of an extended ward are no fixed powers and no
admittances. They are taken so that they are exact at today's voltages: a constant current by the
tangent of its power in the square of the voltage, i v = i (v0 / 2 + v^2 / (2 v0)), whose error is
i (v - v0)^2 / (2 v0); a source of an extended ward as the power that it gives. Of a generator that holds a voltage the
reactive power of today is noted; it changes with hours and topologies.

Shares of constant current and impedance are those of the load itself. pandapower 3.5 applies the mean share of the
loads at a bus to all power there, so that buses with several elements, some of them with such shares, differ from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network.held_newton import run_held, stuck
from p2pdnr.network.readers.pandapower_powers import Today, current_shares, power
from p2pdnr.network.readers.pandapower_tables import as_pandapower
from p2pdnr.network.readers.report import Note


@dataclass(frozen=True)
class _Solved:
    """Voltage of every bus in p.u. (bus -> value; 1 where there is none), and whether the net was solved."""

    vm_pu: dict[int, float]
    net: Any


def today(net: Any, named: Any) -> tuple[Today, tuple[Note, ...]]:
    """Voltages and powers of today for elements that need them, and what has to be said about these; ``named`` gives
    the id of an element from table, index and name."""
    loads = [load for load in _running(net, "load") if any(current_shares(load))]
    wards, generators = [*_running(net, "xward")], _holding(net)
    if not loads and not wards and not generators:
        return Today({}, {}), ()
    solved = _solved(net)
    notes = []
    if loads:
        at = (
            "at its voltage of today"
            if solved.net is not None
            else "at nominal voltage, as today's state is not solved"
        )
        said = f"the part that is a constant current is half a constant power and half an admittance, exact {at}"
        notes.append(Note("approximated", "load", _names("load", loads, named), said))
    if wards:
        said = "its voltage source is the fixed power that it gives today"
        notes.append(Note("approximated", "xward", _names("xward", wards, named), said))
    if generators:
        said = "holds its voltage within its limits of reactive power"
        notes.append(Note("taken", "gen", _names("gen", generators, named), said))
    return Today(solved.vm_pu, _sources(wards, solved), _given(generators, solved)), tuple(notes)


def unsolved_generators(net: Any) -> Any:
    """(rows of net.gen) which generators hold a voltage in a net that has no power flow today."""
    return ~net.gen.slack.astype(bool) & bool(_holding(net) and _solved(net).net is None)


def _holding(net: Any) -> list[Any]:
    """The generators in service that hold a voltage and are no slack."""
    return [item for item in _running(net, "gen") if not item.slack]


def _given(generators: list[Any], solved: _Solved) -> dict[int, tuple[float, float]]:
    """What every generator gives in MW and Mvar; nothing where it has no supply."""
    found = {}
    for item in generators if solved.net is not None else []:
        result = solved.net.res_gen.loc[item.Index]
        found[int(item.Index)] = (power(result.p_mw), power(result.q_mvar))
    return found


def unsolved_wards(net: Any) -> bool:
    """Whether extended wards stand in a net that has no power flow today, so that nothing is known of their sources."""
    return bool([*_running(net, "xward")]) and _solved(net).net is None


def _names(table: str, elements: list[Any], named: Any) -> tuple[str, ...]:
    return tuple(named(table, element.Index, element.name) for element in elements)


def _running(net: Any, table: str) -> Any:
    rows = net[table]
    alive = rows.bus.map(net.bus.in_service).astype(bool) if len(rows) else []
    return rows[rows.in_service.astype(bool) & alive].itertuples() if len(rows) else ()


def _solved(net: Any) -> _Solved:
    """The net solved as it stands, generators within their limits of reactive power, and taken back from those at which
    runpp leaves them though their voltage is beyond the set point."""
    import pandapower as pp

    model = as_pandapower(net)
    try:
        stop = {"tolerance_mva": 1e-9, "max_iteration": 50, "enforce_q_lims": bool(_holding(net))}
        pp.runpp(model, numba=False, calculate_voltage_angles=False, **stop)
        if stop["enforce_q_lims"] and stuck(model).any():
            exact = {"tolerance_mva": 1e-9, "max_iteration": 50, "calculate_voltage_angles": False}
            run_held(model, partial(pp.runpp, numba=False, **exact))
    except (pp.LoadflowNotConverged, np.linalg.LinAlgError, FloatingPointError, PowerFlowError):
        return _Solved({}, None)
    values = {int(bus): float(vm) for bus, vm in model.res_bus.vm_pu.items() if vm == vm}
    return _Solved(values, model)


def _sources(wards: list[Any], solved: _Solved) -> dict[int, tuple[float, float]]:
    """What the source of every extended ward draws in MW and Mvar: all that it draws, less its other two parts."""
    found = {}
    for ward in wards if solved.net is not None else []:
        vm = solved.vm_pu.get(int(ward.bus), 1.0)
        drawn = solved.net.res_xward.loc[ward.Index]
        p_mw = float(drawn.p_mw) - power(ward.ps_mw) - vm**2 * power(ward.pz_mw)
        q_mvar = float(drawn.q_mvar) - power(ward.qs_mvar) - vm**2 * power(ward.qz_mvar)
        found[int(ward.Index)] = (p_mw, q_mvar) if np.isfinite([p_mw, q_mvar]).all() else (0.0, 0.0)
    return found
