"""What energy that faults leave unsupplied costs, worked out again by opening line after line and walking the rest."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.reconfiguration.not_supplied import HOURS_A_YEAR
from p2pdnr.scenario.assembly import background_kw
from p2pdnr.verification.plan import Plan


def not_supplied_eur(plan: Plan, closed: Bools) -> Floats | None:
    """(T,) EUR of a schedule (T, m) at the loads as forecast; None where energy not supplied has no price."""
    price, network = plan.scenario.dso.outage_price, plan.network
    if price is None:
        return None
    load_kw = np.maximum(background_kw(plan.scenario, network)[0], 0.0)
    for bus, item in zip(plan.prosumer_bus, plan.terms, strict=True):
        load_kw[:, bus] += item.load_kw
    back_h = min(price.operation_h, price.repair_h)
    trees, which = np.unique(closed, axis=0, return_inverse=True)
    without_h = np.array([_without_supply_h(network, tree, (back_h, price.repair_h)) for tree in trees])
    a_step = price.faults_per_line_year * plan.scenario.step_h / HOURS_A_YEAR
    return np.asarray(price.eur_per_kwh * a_step * (load_kw * without_h[which.ravel()]).sum(axis=1))


def _without_supply_h(network: Network, tree: Bools, hours: tuple[float, float]) -> Floats:
    """(n,) hours that every bus has no supply when each closed line fails once: the first of ``hours`` where a line
    that may be closed leads out of the dark, the second where none does."""
    found, may_close = np.zeros(network.n_buses), ~tree & network.switchable
    for line in np.flatnonzero(tree):
        left = tree.copy()
        left[line] = False
        dark = ~_supplied(network, left)
        leads_out = (dark[network.from_bus] != dark[network.to_bus]) & may_close
        found[dark] += hours[0] if leads_out.any() else hours[1]
    return found


def _supplied(network: Network, closed: Bools) -> Bools:
    """(n,) buses that closed lines lead to."""
    found = np.zeros(network.n_buses, dtype=np.bool_)
    found[network.substations] = True
    one, other = network.from_bus[closed], network.to_bus[closed]
    while (found[one] != found[other]).any():
        found[one] |= found[other]
        found[other] |= found[one]
    return found
