"""Lines of hardly any impedance in a nodal power flow: couplers, ideal switches.

Newton's method on bus voltages sees a line as the difference of two voltages times its admittance. Where that is large,
rounding alone leaves a mismatch: no solver gets below it, and of the stiffest lines nothing is left but noise. Those
are merged: their ends are one bus, and what flows through them follows from the balance of every bus.
"""

from __future__ import annotations

import numpy as np

from p2pdnr.network.admittance import Complexes
from p2pdnr.network.arrays import Bools, Floats, Network

MERGED_MVA = 3e8
"""V^2/|z| from which a line is merged: at 12.66 kV below 0.5 micro-ohm, whose voltage drop at 400 A is 3e-8 p.u."""

STIFF_MVA = 1e5
"""V^2/|z| from which the loss of a line is taken from its current: it is less than the noise of the powers at its
ends."""

LEAST_TOLERANCE_MVA = 1e-10
ROUNDING = 2e-15
"""Of V^2/|z| of the stiffest line that is not merged: mismatches below that are noise."""


def short_circuit_mva(network: Network) -> Floats:
    """(m,) V^2/|z| of every line: the power that nominal voltage would drive through its impedance."""
    with np.errstate(divide="ignore"):
        return np.asarray(network.base_mva / np.hypot(network.r_pu, network.x_pu))


def merged(network: Network) -> Bools:
    """(m,) lines without ratio or admittance to earth whose impedance is as good as none."""
    plain = (network.ratio == 1.0) & (network.vn_kv[network.from_bus] == network.vn_kv[network.to_bus])
    for name in ("g_from_pu", "b_from_pu", "g_to_pu", "b_to_pu"):
        plain &= getattr(network, name) == 0.0
    return np.asarray(plain & (short_circuit_mva(network) >= MERGED_MVA))


def tolerance_mva(network: Network) -> float:
    """The mismatch at which a nodal power flow of the network has converged: what rounding lets it reach."""
    kept = short_circuit_mva(network)[~merged(network)]
    return max(LEAST_TOLERANCE_MVA, ROUNDING * float(kept.max(initial=0.0)))


def flows_through(network: Network, closed: Bools, which: Bools, missing: Complexes) -> Complexes:
    """(H, m) power from the from to the to end of the lines ``which`` (m,) where ``closed`` (H, m), 0 elsewhere.

    ``missing`` (H, n): what every bus still needs after all else has been counted.
    """
    flows = np.zeros(closed.shape, dtype=np.complex128)
    for hour, row in enumerate(closed & which):
        lines = np.flatnonzero(row)
        buses, ends = np.unique([network.from_bus[lines], network.to_bus[lines]], return_inverse=True)
        incidence = np.zeros((len(buses), len(lines)))
        for sign, at in zip((-1.0, 1.0), ends.reshape(2, -1), strict=True):
            incidence[at, np.arange(len(lines))] = sign
        flows[hour, lines] = np.linalg.lstsq(incidence, missing[hour, buses], rcond=None)[0]
    return flows
