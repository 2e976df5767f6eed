"""What one tree costs over the hours of a day, by exact power flow."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.terms import OperatorTerms, violation_eur


def stage(
    network: Network, closed: np.ndarray, load: tuple[np.ndarray, np.ndarray], terms: OperatorTerms
) -> np.ndarray:
    """(T,) EUR of one tree."""
    flow = solve_tree(network, orient(network, closed), *load)
    price = terms.loss_price_eur_per_kwh * terms.step_h
    return price * flow.loss_kw.sum(axis=1) + violation_eur(network, terms, flow.vm_pu, flow.current_a)
