"""AC power flow of many operating points of one tree at once, by the bus admittance matrix.

The equations of docs/model.md for buses instead of lines: Y V = I, with I = -conj(S / V) what a bus with the withdrawal
S takes. The fed buses' part of Y is inverted once a tree; V follows by V <- Y^-1 (I(V) - Y_fr V_root) until it rests.
Neither the sweeps of :mod:`p2pdnr.network.powerflow` nor anything of the planner has a part in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.network.arrays import FROM_END, TO_END, Bools, Floats, Network

Complexes = npt.NDArray[np.complex128]

RESTS_PU = 1e-11
MOST_TURNS = 300


@dataclass(frozen=True, eq=False)
class Points:
    """N operating points: ``vm_pu`` (N, n), ``loading`` (N, m) current at the end where it is larger as a share of the
    limit, 0 where a line is open or has none; ``loss_kw`` (N,) of all lines; NaN where no power flow was found."""

    vm_pu: Floats
    loading: Floats
    loss_kw: Floats


def operating_points(network: Network, closed: Bools, p_kw: Floats, q_kvar: Floats) -> Points:
    """Power flows with lines ``closed`` (m,) at withdrawals (N, n)."""
    drawn = np.asarray((p_kw + 1j * q_kvar).T / network.base_kw, dtype=np.complex128)
    admittance = _admittance(network, closed)
    voltage = _voltages(network, admittance, drawn)
    at_from, at_to = _currents(network, closed, voltage)
    current_a = np.maximum(np.abs(at_from), np.abs(at_to)).T * network.base_current_a
    into = (voltage * np.conj(admittance @ voltage)).real.sum(axis=0) - network.shunt_g_pu @ np.abs(voltage) ** 2
    return Points(np.abs(voltage).T, current_a / network.limit_a, network.base_kw * into)


def _admittance(network: Network, closed: Bools) -> Complexes:
    """(n, n) of closed lines, shunts, and lines that hang on one bus."""
    at_from, at_to = network.from_bus, network.to_bus
    y, of_from, of_to = _branches(network)
    t, one = network.ratio, closed.astype(float)
    behind_from = np.where(network.opened_at == TO_END, (of_from + of_to / (1.0 + of_to / y)) / t**2, 0.0)
    behind_to = np.where(network.opened_at == FROM_END, of_to + of_from / (1.0 + of_from / y), 0.0)
    entries = [
        (at_from, at_from, np.where(closed, (y + of_from) / t**2, behind_from)),
        (at_to, at_to, np.where(closed, y + of_to, behind_to)),
        (at_from, at_to, -one * y / t),
        (at_to, at_from, -one * y / t),
        (np.arange(network.n_buses), np.arange(network.n_buses), network.shunt_g_pu + 1j * network.shunt_b_pu),
    ]
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    matrix = np.zeros((network.n_buses, network.n_buses), dtype=np.complex128)
    np.add.at(matrix, (rows, columns), values)
    return matrix


def _branches(network: Network) -> tuple[Complexes, Complexes, Complexes]:
    """(m,) each: series admittance, and admittance to earth behind the ratio and at the to end."""
    parts = (network.r_pu, network.x_pu), (network.g_from_pu, network.b_from_pu), (network.g_to_pu, network.b_to_pu)
    z, of_from, of_to = (np.asarray(real + 1j * imaginary, dtype=np.complex128) for real, imaginary in parts)
    return 1.0 / z, of_from, of_to


def _voltages(network: Network, admittance: Complexes, drawn: Complexes) -> Complexes:
    """(n, N) voltages at withdrawals (n, N) in p.u.; NaN where they do not come to rest."""
    fed = np.setdiff1d(np.arange(network.n_buses), network.substations)
    roots = network.substation_vm_pu.astype(np.complex128)
    impedance = np.linalg.inv(admittance[np.ix_(fed, fed)])
    unloaded = -impedance @ (admittance[np.ix_(fed, network.substations)] @ roots)[:, None]
    voltage = np.repeat(unloaded, drawn.shape[1], axis=1)
    for _ in range(MOST_TURNS):
        before, voltage = voltage, unloaded - impedance @ np.conj(drawn[fed] / voltage)
        moved = np.abs(voltage - before).max(axis=0)
        if not (moved > RESTS_PU).any():
            break
    found = np.empty((network.n_buses, drawn.shape[1]), dtype=np.complex128)
    found[network.substations], found[fed] = roots[:, None], np.where(moved <= RESTS_PU, voltage, np.nan)
    return found


def _currents(network: Network, closed: Bools, voltage: Complexes) -> tuple[Complexes, Complexes]:
    """(m, N) currents at the from and the to end of closed lines in p.u."""
    y, of_from, of_to = (values[:, None] for values in _branches(network))
    behind, at_to = voltage[network.from_bus] / network.ratio[:, None], voltage[network.to_bus]
    through, on = (behind - at_to) * y, closed[:, None]
    sent, received = (through + of_from * behind) / network.ratio[:, None], through - of_to * at_to
    return np.where(on, sent, 0.0), np.where(on, received, 0.0)
