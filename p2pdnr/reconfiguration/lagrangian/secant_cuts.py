"""A limit on how much power a cone may lose: the current of a line lies below a secant.

On the exact power flow l v = P^2 + Q^2, with v at the sending end. The cone only says l v >= P^2 + Q^2, so that it may
lose power in a line to lower a voltage, which no grid does. Where P and Q are known to lie in ranges and v above a
floor,

    l v_floor <= (P_low + P_high) P - P_low P_high + (Q_low + Q_high) Q - Q_low Q_high,

because (P - P_low) (P_high - P) >= 0. Ranges come from what the buses behind a line can draw and inject at most, and
from a cap on the losses behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.topology import Tree
from p2pdnr.reconfiguration.terms import OperatorTerms

LEAST_FLOOR = 0.01
"""Squared voltage (p.u.) from which on a floor says anything."""


class Withdrawals(NamedTuple):
    """Of H hours (H, n): ``least_kw`` and ``most_kw`` that buses may draw, and ``kvar`` that they do."""

    least_kw: Floats
    most_kw: Floats
    kvar: Floats


@dataclass(frozen=True, eq=False)
class Secants:
    """Of the line that feeds each bus (n, H): l ``floor`` <= ``slope_p`` P + ``slope_q`` Q - ``level``, per unit; all
    zero at substations and in hours without one."""

    floor: Floats
    slope_p: Floats
    slope_q: Floats
    level: Floats


def can_limit(network: Network, terms: OperatorTerms) -> bool:
    """Whether what the operator pays caps losses and voltages."""
    lossless = (network.r_pu == 0.0) & (network.x_pu != 0.0)
    return terms.loss_price_eur_per_kwh > 0 and terms.violation_price_eur_per_kwh > 0 and not bool(lossless.any())


def secants(network: Network, terms: OperatorTerms, tree: Tree, withdrawals: Withdrawals, cap_eur: Floats) -> Secants:
    """Secants of a tree's lines in H hours in which the operator pays at most ``cap_eur`` (H,)."""
    loss_pu = np.maximum(cap_eur, 0.0) / (terms.loss_eur_per_kw * network.base_kw)
    price = 1000.0 * terms.half_violation_eur_per_kw
    floor = network.vm_min_pu**2 - np.maximum(cap_eur, 0.0) / price
    low, high, q = (_behind(tree, part.T / network.base_kw) for part in withdrawals)
    ratio = np.divide(network.x_pu, network.r_pu, out=np.zeros_like(network.x_pu), where=network.r_pu > 0)
    q_low, q_high = q + min(ratio.min(), 0.0) * loss_pu, q + max(ratio.max(), 0.0) * loss_pu
    high = high + loss_pu
    fed = tree.parent_bus >= 0
    held = np.full(network.n_buses, np.nan)
    held[network.substations] = network.substation_vm_pu**2
    above = np.where(fed, held[tree.parent_bus], np.nan)[:, None]
    sending = np.where(np.isnan(above), floor, above)
    there = fed[:, None] & (sending >= LEAST_FLOOR) & np.isfinite(cap_eur)
    parts = (sending, low + high, q_low + q_high, low * high + q_low * q_high)
    return Secants(*(np.where(there, part, 0.0) for part in parts))


def _behind(tree: Tree, values: Floats) -> Floats:
    """(n, H) sums over each bus and all that it feeds."""
    total = values.copy()
    for bus in tree.order[::-1]:
        if tree.parent_bus[bus] >= 0:
            total[tree.parent_bus[bus]] += total[bus]
    return total
