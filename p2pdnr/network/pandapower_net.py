"""Networks as pandapower nets, to be judged by its Newton solver or taken along.

A line becomes a pandapower line, one with a ratio or between two voltage levels a transformer. What the pandapower
element cannot hold (unequal ends, a transformer's admittance to earth, which pandapower would distribute otherwise)
stands at its buses as shunts. A line of hardly any impedance becomes a switch between its buses
(:mod:`p2pdnr.network.near_zero`). Several copies of a network, each with its own state, may share one net.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network import near_zero
from p2pdnr.network.admittance import Complexes, end_admittance
from p2pdnr.network.arrays import BOTH_ENDS, FROM_END, TO_END, Bools, Floats, Network

NO_LIMIT_KA = 99999.0
_HZ = 50.0
_USUAL_TOLERANCE_MVA = 1e-8
"""At which pandapower's ``runpp`` ends where nothing is said."""
_MAX_ITERATIONS = 30


@dataclass(frozen=True, eq=False)
class PandapowerNet:
    """``net`` with H copies of a network in the states ``closed`` (H, m): buses, lines and transformers stand copy by
    copy; ``beside`` (2, H, m) admittance of every line that stands at its from and to bus as shunts, p.u."""

    network: Network
    net: Any
    closed: Bools
    beside: Complexes


@dataclass(frozen=True, eq=False)
class Solved:
    """What pandapower found: ``vm_pu`` (H, n), ``loss_kw`` and ``current_a`` (H, m), the latter at the larger end and
    the from bus's nominal voltage; NaN at buses without supply."""

    vm_pu: Floats
    loss_kw: Floats
    current_a: Floats


def build(network: Network, closed: Bools) -> PandapowerNet:
    """The network without loads, once for every row of ``closed`` (H, m). Imports pandapower."""
    import pandapower as pp

    hours, n = len(closed), network.n_buses
    net = blank()
    net.name, net.sn_mva = network.name, network.base_mva
    limits = {"min_vm_pu": network.vm_min_pu, "max_vm_pu": network.vm_max_pu}
    names = [f"bus {bus + 1}" for bus in range(n)] * hours
    pp.create_buses(net, hours * n, np.tile(network.vn_kv, hours), name=names, **limits)
    _add_lines(net, network, closed)
    _add_transformers(net, network, closed)
    _add_couplers(net, network, closed)
    beside_lines = beside(network, closed)
    _add_shunts(net, network, beside_lines)
    _add_supplies(net, network, hours)
    return PandapowerNet(network, net, closed, beside_lines)


def blank() -> Any:
    """A network without anything at 50 Hz and 1 MVA. Imports pandapower.

    Its tables have no rows to share: a table that gets some is another's no more.
    """
    import pandas as pd

    first = _first_blank()
    tables = {name: item.copy(deep=False) for name, item in first.items() if isinstance(item, pd.DataFrame)}
    return type(first)({name: tables[name] if name in tables else deepcopy(item) for name, item in first.items()})


@cache
def _first_blank() -> Any:
    """What others are copied of: 5 ms where pandapower makes its 160 empty tables in 100 ms."""
    import pandapower as pp

    return pp.create_empty_network(f_hz=_HZ)


def _add_supplies(net: Any, network: Network, hours: int) -> None:
    """An external grid at every substation in every hour: pandapower makes one, the others are its copies."""
    import pandapower as pp

    count, first = len(network.substations), np.repeat(np.arange(hours) * network.n_buses, len(network.substations))
    pp.create_ext_grid(net, int(network.substations[0]))
    net.ext_grid = net.ext_grid.iloc[np.zeros(hours * count, dtype=np.int64)].reset_index(drop=True)
    net.ext_grid["bus"] = np.tile(network.substations, hours).astype(net.ext_grid["bus"].dtype) + first
    net.ext_grid["vm_pu"] = np.tile(network.substation_vm_pu, hours)
    net.ext_grid["name"] = [f"substation {bus + 1}" for bus in network.substations.tolist()] * hours


def run(net: Any, network: Network) -> float:
    """Solve a net that was built of ``network``, to the mismatch that rounding lets it reach; returns that in MVA.

    Raises :class:`PowerFlowError` where no solution is found.
    """
    import pandapower as pp

    limit = near_zero.tolerance_mva(network)
    try:
        pp.runpp(net, tolerance_mva=limit, max_iteration=_MAX_ITERATIONS, numba=False, init="flat")
    except (pp.LoadflowNotConverged, FloatingPointError, np.linalg.LinAlgError) as error:
        raise PowerFlowError(f"pandapower found no power flow to {limit:.0e} MVA") from error
    return min(limit, _mismatch_mva(net))


def state_tolerance(net: Any, network: Network) -> None:
    """Have ``runpp`` of a net that was built of ``network`` end at what rounding lets it reach, where that is more than
    it asks for by itself: couplers of hardly any impedance leave a mismatch."""
    import pandapower as pp

    limit = near_zero.tolerance_mva(network)
    if limit > _USUAL_TOLERANCE_MVA:
        pp.set_user_pf_options(net, tolerance_mva=limit)


def _mismatch_mva(net: Any) -> float:
    """The largest mismatch of a bus without a source, from the admittances and voltages that pandapower ends with;
    infinite where it keeps none."""
    inside = net._ppc["internal"]
    if "V" not in inside:
        return np.inf
    voltage, fed = inside["V"], inside["pq"]
    mismatch = voltage * np.conj(inside["Ybus"] @ voltage) - inside["Sbus"]
    return float(net.sn_mva * np.abs(mismatch[fed]).max(initial=0.0))


def joined_ends(network: Network, closed: Bools) -> Bools:
    """(2, ..., m) whether the from and the to end of lines in states ``closed`` (..., m) are joined to their buses."""
    return np.array([closed | (network.opened_at == TO_END), closed | (network.opened_at == FROM_END)])


def read(built: PandapowerNet) -> Solved:
    """Voltages, losses and currents of a net that has been solved."""
    network, net = built.network, built.net
    vm = net.res_bus.vm_pu.to_numpy(dtype=np.float64).reshape(len(built.closed), network.n_buses)
    ends = _ends(built)
    joined = joined_ends(network, built.closed)
    at_buses = np.array([vm[:, network.from_bus], vm[:, network.to_bus]])
    power = ends / network.base_mva + np.conj(built.beside) * np.where(joined, at_buses, 0.0) ** 2
    ends = np.where(joined, power, 0.0)
    current = np.where(joined, np.abs(ends) / at_buses, 0.0).max(axis=0)
    stiff = near_zero.short_circuit_mva(network) >= near_zero.STIFF_MVA
    loss = np.where(stiff & (built.beside == 0.0).all(axis=0), network.r_pu * current**2, ends.real.sum(axis=0))
    return Solved(vm, network.base_kw * loss, current * network.base_current_a)


def _ends(built: PandapowerNet) -> Complexes:
    """(2, H, m) power in MVA that enters every line at its from and to end, as its pandapower element has it."""
    network, net, hours = built.network, built.net, len(built.closed)
    ends = np.zeros((2, *built.closed.shape), dtype=np.complex128)
    is_transformer, merged = _is_transformer(network), near_zero.merged(network)
    kinds = (("line", ~is_transformer & ~merged, ("from", "to")), ("trafo", is_transformer, ("hv", "lv")))
    for table, which, names in kinds:
        for end, name in enumerate(names):
            values = net[f"res_{table}"]
            power = values[f"p_{name}_mw"].to_numpy() + 1j * values[f"q_{name}_mvar"].to_numpy()
            ends[end][:, which] = power.reshape(hours, -1)
    if merged.any():
        ends[0][:, merged] = _through(built, ends, merged)[:, merged]
        ends[1][:, merged] = -ends[0][:, merged]
    return ends


def _through(built: PandapowerNet, ends: Complexes, merged: Bools) -> Complexes:
    """(H, m) power in MVA through the merged lines, from what their buses draw and the other lines take."""
    network, shape = built.network, (len(built.closed), built.network.n_buses)
    drawn = built.net.res_bus.p_mw.to_numpy() + 1j * built.net.res_bus.q_mvar.to_numpy()
    missing = drawn.reshape(shape).copy()
    parts = zip(ends, joined_ends(network, built.closed), (network.from_bus, network.to_bus), strict=True)
    for end, joined, buses in parts:
        np.add.at(missing.T, buses, np.where(joined, end, 0.0).T)
    return near_zero.flows_through(network, built.closed, merged, np.nan_to_num(missing))


def _is_transformer(network: Network) -> Bools:
    return np.asarray((network.ratio != 1.0) | (network.vn_kv[network.from_bus] != network.vn_kv[network.to_bus]))


def _is_even(network: Network) -> Bools:
    """(m,) lines that a pandapower line holds whole: no transformer, the same admittance at both ends."""
    even = (network.g_from_pu == network.g_to_pu) & (network.b_from_pu == network.b_to_pu)
    return np.asarray(even & ~_is_transformer(network))


def beside(network: Network, closed: Bools) -> Complexes:
    """(2, H, m) admittance of lines that their pandapower element does not hold."""
    ends = end_admittance(network)
    drawn = np.where(closed, ends.closed[:, None, :], ends.opened[:, None, :])
    return np.where(_is_even(network), 0.0, drawn)


def _add_lines(net: Any, network: Network, closed: Bools) -> None:
    """Lines without ratio, with a switch at one end where they are open there alone."""
    import pandapower as pp

    even, at = _is_even(network), np.flatnonzero(~_is_transformer(network) & ~near_zero.merged(network))
    if not len(at):
        return
    hours, base_ohm = len(closed), network.vn_kv[network.from_bus] ** 2 / network.base_mva
    first = np.repeat(np.arange(hours) * network.n_buses, len(at))
    loose = ~closed & (network.opened_at != BOTH_ENDS) & even
    lines = pp.create_lines_from_parameters(
        net,
        np.tile(network.from_bus[at], hours) + first,
        np.tile(network.to_bus[at], hours) + first,
        length_km=1.0,
        r_ohm_per_km=np.tile((network.r_pu * base_ohm)[at], hours),
        x_ohm_per_km=np.tile((network.x_pu * base_ohm)[at], hours),
        c_nf_per_km=np.tile((2e9 * even * network.b_to_pu / base_ohm / (2.0 * np.pi * _HZ))[at], hours),
        g_us_per_km=np.tile((2e6 * even * network.g_to_pu / base_ohm)[at], hours),
        max_i_ka=np.tile(np.where(np.isfinite(network.limit_a), network.limit_a / 1e3, NO_LIMIT_KA)[at], hours),
        in_service=(closed | loose)[:, at].ravel(),
        name=[f"line {line + 1}" for line in at.tolist()] * hours,
    )
    open_here = np.where(network.opened_at == FROM_END, network.from_bus, network.to_bus)[at]
    for k in np.flatnonzero(loose[:, at].ravel()).tolist():
        pp.create_switch(net, int(np.tile(open_here, hours)[k] + first[k]), int(lines[k]), et="l", closed=False)


def _add_couplers(net: Any, network: Network, closed: Bools) -> None:
    """A switch between its buses for every line of hardly any impedance."""
    import pandapower as pp

    at, hours = np.flatnonzero(near_zero.merged(network)), len(closed)
    if not len(at):
        return
    first = np.repeat(np.arange(hours) * network.n_buses, len(at))
    pp.create_switches(
        net,
        np.tile(network.from_bus[at], hours) + first,
        np.tile(network.to_bus[at], hours) + first,
        et="b",
        closed=closed[:, at].ravel(),
        name=[f"line {line + 1}" for line in at.tolist()] * hours,
    )


def _add_transformers(net: Any, network: Network, closed: Bools) -> None:
    """Lines with a ratio, their impedance on the lower side."""
    import pandapower as pp

    at, hours = np.flatnonzero(_is_transformer(network)), len(closed)
    if not len(at):
        return
    first = np.repeat(np.arange(hours) * network.n_buses, len(at))
    rated = np.where(np.isfinite(network.limit_pu), network.limit_pu, 1.0)[at]
    r, z = network.r_pu[at], (np.hypot(network.r_pu, network.x_pu) * np.where(network.x_pu < 0.0, -1.0, 1.0))[at]
    pp.create_transformers_from_parameters(
        net,
        np.tile(network.from_bus[at], hours) + first,
        np.tile(network.to_bus[at], hours) + first,
        sn_mva=np.tile(network.base_mva * rated, hours),
        vn_hv_kv=np.tile((network.vn_kv[network.from_bus] * network.ratio)[at], hours),
        vn_lv_kv=np.tile(network.vn_kv[network.to_bus[at]], hours),
        vkr_percent=np.tile(100.0 * r * rated, hours),
        vk_percent=np.tile(100.0 * z * rated, hours),
        pfe_kw=0.0,
        i0_percent=0.0,
        in_service=closed[:, at].ravel(),
        name=[f"line {line + 1}" for line in at.tolist()] * hours,
    )


def _add_shunts(net: Any, network: Network, beside: Complexes) -> None:
    """The shunts of the buses, and what stands beside lines."""
    import pandapower as pp

    own = np.tile(network.shunt_g_pu + 1j * network.shunt_b_pu, beside.shape[1])
    buses = np.arange(beside.shape[1])[:, None] * network.n_buses
    ends = np.array([network.from_bus + buses, network.to_bus + buses])
    drawn = np.concatenate([own, beside.ravel()])
    at = np.concatenate([np.arange(len(own)), ends.ravel()])
    some = np.flatnonzero(drawn)
    if len(some):
        power = network.base_mva * np.conj(drawn[some])
        vn_kv = net.bus.vn_kv.to_numpy()[at[some]]
        pp.create_shunts(net, at[some], p_mw=power.real, q_mvar=power.imag, vn_kv=vn_kv)
