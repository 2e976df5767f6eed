"""What holds on the grid: radial topologies, the AC state, the flows' balance, limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from p2pdnr.errors import TopologyError
from p2pdnr.network import topology
from p2pdnr.network.admittance import Complexes, end_admittance, line_flows
from p2pdnr.network.arrays import Floats, Ints, Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.results.study_result import Tables
from p2pdnr.results.summary import violations_eur
from p2pdnr.verification.finding import Finding, not_shown, worst
from p2pdnr.verification.judge import Judgement
from p2pdnr.verification.plan import Plan

NOTED_MVA = 1e-10
"""Mismatch of pandapower's power flow beyond which it is told: lines of hardly any impedance leave no smaller one."""

SAME_PU = 1e-6


def radial(plan: Plan) -> Finding:
    """Number of hours whose closed lines are no spanning tree, a line of every loop that nothing can open left out."""
    reasons: dict[int, str] = {}
    for hour, closed in enumerate(plan.closed):
        try:
            topology.orient(plan.radial, closed)
        except TopologyError as error:
            reasons[hour] = str(error)
    first = next(iter(reasons), None)
    return Finding(float(len(reasons)), "" if first is None else f"hour {first}: {reasons[first]}")


def ac_voltage(plan: Plan, judged: Judgement, tables: Tables) -> Finding:
    """Largest difference between the stated voltages (every bus; the hours' extremes) and pandapower's, in p.u."""
    buses = tuple(map(plan.network.bus_label, range(plan.network.n_buses)))
    stated = {name: tables.hours[name].to_numpy() for name in ("vm_min_pu", "vm_max_pu")}
    extremes = {
        "lowest voltage": stated["vm_min_pu"] - judged.vm_pu.min(axis=1),
        "highest voltage": stated["vm_max_pu"] - judged.vm_pu.max(axis=1),
    }
    found = _first_missing_or_worst(worst({"voltage": plan.vm_pu - judged.vm_pu}, buses), worst(extremes))
    if found.value is not None and (reached_mva := float(judged.residual_mva.max(initial=0.0))) > NOTED_MVA:
        return replace(found, detail=f"{found.detail}; pandapower balanced buses to {reached_mva:.0e} MVA")
    return _unless_unsolved(found, plan, judged)


def ac_loss(plan: Plan, judged: Judgement, tables: Tables) -> Finding:
    """Largest difference between the stated losses (every line; the hours' sums) and pandapower's, in kW."""
    lines = _line_names(plan.network)
    total = tables.hours["loss_kw"].to_numpy() - judged.loss_kw.sum(axis=1)
    found = _first_missing_or_worst(
        worst({"loss": plan.loss_kw - judged.loss_kw}, lines), worst({"loss of all lines": total})
    )
    return _unless_unsolved(found, plan, judged)


def _unless_unsolved(found: Finding, plan: Plan, judged: Judgement) -> Finding:
    """What was found; where pandapower found no power flow of an hour, while the stated voltages are those that a sweep
    along the tree finds, that is not shown."""
    hours = np.flatnonzero(judged.unsolved)
    if not len(hours) or not all(_is_own_flow(plan, hour) for hour in hours.tolist()):
        return found
    return not_shown(f"pandapower found no power flow of hour {hours[0]}; a sweep along the tree gives what is stated")


def _is_own_flow(plan: Plan, hour: int) -> bool:
    """Whether the stated voltages of an hour are those of the withdrawals on its tree."""
    if plan.meshed:
        return False
    withdrawn = np.array([plan.withdrawal_kw[hour], plan.withdrawal_kvar[hour]])
    if not np.isfinite(withdrawn).all():
        return False
    try:
        flow = solve_tree(plan.hourly.at(hour), topology.orient(plan.network, plan.closed[hour]), *withdrawn[:, None])
    except TopologyError:
        return False
    same = np.allclose(plan.vm_pu[hour], flow.vm_pu[0], rtol=0.0, atol=SAME_PU, equal_nan=False)
    return bool(flow.converged[0]) and same


def flow_balance(plan: Plan) -> Finding:
    """Largest residual of the stated flows, in kW (reactive power in kvar): the balance of every bus, its shunt
    included; loss and current of every line as voltages and flow at its from end imply them; on open lines nothing but
    the charging of those open at one end."""
    of_lines: dict[str, Floats] = {}
    of_buses: dict[str, Floats] = {}
    for hours, network in plan.hourly.parts(np.arange(len(plan.closed))):
        for found, values in zip((of_lines, of_buses), _residuals(plan, network, hours), strict=True):
            for name, part in values.items():
                found.setdefault(name, np.zeros((len(plan.closed), part.shape[1])))[hours] = part
    buses = tuple(map(plan.network.bus_label, range(plan.network.n_buses)))
    return _first_missing_or_worst(worst(of_lines, _line_names(plan.network)), worst(of_buses, buses))


def _residuals(plan: Plan, network: Network, hours: Ints) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Residuals (H, m) of lines and (H, n) of buses in some hours, with the network as it stands in these."""
    vm_pu, closed = plan.vm_pu[hours], plan.closed[hours]
    v = vm_pu.T**2
    sent = np.asarray(plan.p_kw[hours] + 1j * plan.q_kvar[hours], dtype=np.complex128) / network.base_kw
    drawn = np.conj(end_admittance(network).closed[0]) * vm_pu[:, network.from_bus] ** 2
    implied = line_flows(network, closed.T, v, np.where(closed, sent - drawn, 0.0).T)
    rated_kva = np.sqrt(3.0) * network.vn_kv[network.from_bus]
    of_lines = {
        "loss against current": plan.loss_kw[hours] - network.base_kw * implied.loss.T,
        "current against flow": rated_kva * plan.current_a[hours] - network.base_kw * np.sqrt(implied.current2).T,
        "flow on an open line": network.base_kw * np.where(closed, 0.0, np.abs(sent - implied.sent.T)),
    }
    balance = network.base_kw * _bus_balance(network, sent, implied.received.T, v.T)
    fed = ~np.isin(np.arange(network.n_buses), network.substations)
    of_buses = {
        "active power": np.where(fed, balance.real - plan.withdrawal_kw[hours], 0.0),
        "reactive power": np.where(fed, balance.imag - plan.withdrawal_kvar[hours], 0.0),
    }
    return of_lines, of_buses


def violations(plan: Plan, judged: Judgement, tables: Tables, stated_eur: float) -> Finding:
    """Largest violation in pandapower's state: voltage beyond its limit in p.u., current beyond its limit as a share.

    Violations are priced, not forbidden: the certificate holds when what the result states about them is true, the
    loading of lines and hours and ``stated_eur``, the price of all violations.
    """
    network = plan.network
    over = np.where(np.isfinite(network.limit_a), judged.current_a / network.limit_a - 1.0, 0.0).clip(min=0.0)
    beyond = np.maximum(judged.vm_pu - network.vm_max_pu, network.vm_min_pu - judged.vm_pu).clip(min=0.0)
    beyond[:, network.substations] = 0.0
    buses = tuple(map(network.bus_label, range(network.n_buses)))
    largest = _first_missing_or_worst(worst({"voltage": beyond}, buses), worst({"loading": over}, _line_names(network)))
    if largest.value is None:
        return _unless_unsolved(largest, plan, judged)
    lies = _loading_lies(plan, judged, tables)
    true_eur = violations_eur(plan.scenario, network, judged.vm_pu, judged.current_a)
    if abs(true_eur - stated_eur) > 1e-2 + 1e-4 * abs(true_eur):
        lies = f"violations cost {true_eur:.4f} EUR and not {stated_eur:.4f} EUR"
    return Finding(largest.value, lies or largest.detail, holds=not lies)


def _loading_lies(plan: Plan, judged: Judgement, tables: Tables) -> str:
    """What is wrong with the stated loadings, empty when nothing is; 0.01 percentage points are allowed."""
    limit_a = plan.network.limit_a
    limited = np.isfinite(limit_a)
    true = 100.0 * judged.current_a / limit_a
    stated = tables.lines["loading_percent"].to_numpy(dtype=np.float64).reshape(true.shape)
    if not np.allclose(np.nan_to_num(stated[:, limited]), true[:, limited], rtol=0.0, atol=1e-2):
        return "a stated loading differs from the one the currents give"
    if limited.any():
        hourly = tables.hours["max_loading_percent"].to_numpy(dtype=np.float64)
        if not np.allclose(np.nan_to_num(hourly), true[:, limited].max(axis=1), rtol=0.0, atol=1e-2):
            return "an hour's largest loading differs from the one the currents give"
    return ""


def _bus_balance(network: Network, sent: Complexes, received: Complexes, v: Floats) -> Complexes:
    """(T, n) power that arrives at every bus less what leaves it over lines and through its shunt, p.u."""
    left = np.asarray(-(network.shunt_g_pu - 1j * network.shunt_b_pu) * v, dtype=np.complex128)
    np.add.at(left.T, network.to_bus, received.T)
    np.add.at(left.T, network.from_bus, -sent.T)
    return left


def _line_names(network: Network) -> tuple[str, ...]:
    return tuple(map(network.line_label, range(network.n_lines)))


def _first_missing_or_worst(*findings: Finding) -> Finding:
    missing = [finding for finding in findings if finding.value is None]
    return missing[0] if missing else max(findings, key=lambda finding: finding.value or 0.0)
