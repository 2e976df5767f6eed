"""What stands between the buses and earth in a topology: shunts, the charging of closed lines, that of lines open at
one end.

Everything is seen from the buses, so that a tree is left with series impedances, ideal ratios and one constant
admittance at every bus. A line open at one end alone hangs on the other bus as its admittance there plus, behind its
impedance, that of its loose end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.network.arrays import FROM_END, TO_END, Bools, Floats, Network
from p2pdnr.network.topology import Tree

Complexes = npt.NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class EndAdmittance:
    """Admittance to earth (p.u.) that every line puts on its buses: ``closed`` and ``opened`` (2, m), rows from and
    to."""

    closed: Complexes
    opened: Complexes


def end_admittance(network: Network) -> EndAdmittance:
    """What lines draw at their ends while closed and while open."""
    from_end, to_end = network.g_from_pu + 1j * network.b_from_pu, network.g_to_pu + 1j * network.b_to_pu
    z, square = network.r_pu + 1j * network.x_pu, network.ratio**2
    loose_from = to_end + from_end / (1.0 + z * from_end)
    loose_to = (from_end + to_end / (1.0 + z * to_end)) / square
    opened = [np.where(network.opened_at == TO_END, loose_to, 0.0)]
    opened.append(np.where(network.opened_at == FROM_END, loose_from, 0.0))
    return EndAdmittance(np.array([from_end / square, to_end]), np.array(opened))


def bus_admittance(network: Network, closed: Bools) -> tuple[Complexes, Floats]:
    """(n,) admittance to earth at every bus with lines ``closed`` (m,), and the conductance of lines in it, in p.u."""
    ends = end_admittance(network)
    drawn = np.where(closed, ends.closed, ends.opened)
    of_lines = np.zeros(network.n_buses, dtype=np.complex128)
    np.add.at(of_lines, network.from_bus, drawn[0])
    np.add.at(of_lines, network.to_bus, drawn[1])
    return network.shunt_g_pu + 1j * network.shunt_b_pu + of_lines, of_lines.real


@dataclass(frozen=True, eq=False)
class TreeSeries:
    """The line that feeds each bus of a tree, as seen from that bus: ``r_pu``, ``x_pu``, and ``gain``, what the squared
    voltage of the feeding bus counts behind the line's ratio; all (n,), 0, 0 and 1 at substations."""

    r_pu: Floats
    x_pu: Floats
    gain: Floats


def tree_series(network: Network, tree: Tree) -> TreeSeries:
    """Impedances and ratios of a tree's lines; one that runs against its reference direction is seen from the other
    side of its ratio."""
    fed = np.flatnonzero(tree.parent_line >= 0)
    line = tree.parent_line[fed]
    backward, square = network.from_bus[line] == fed, network.ratio[line] ** 2
    seen = np.where(backward, square, 1.0)
    r_pu, x_pu, gain = np.zeros(network.n_buses), np.zeros(network.n_buses), np.ones(network.n_buses)
    r_pu[fed], x_pu[fed] = network.r_pu[line] * seen, network.x_pu[line] * seen
    gain[fed] = np.where(backward, square, 1.0 / square)
    return TreeSeries(r_pu, x_pu, gain)


@dataclass(frozen=True, eq=False)
class LineFlows:
    """Lines in p.u., (m, T) each: ``sent`` and ``received`` complex power at the from and the to end, charging
    included; ``current2`` the larger of the squared currents at the ends; ``loss`` what stays in the line."""

    sent: Complexes
    received: Complexes
    current2: Floats
    loss: Floats


def line_flows(network: Network, closed: Bools, v: Floats, series: Complexes) -> LineFlows:
    """Flows of lines ``closed`` (m,) or (m, T) from squared voltages (n, T) and the power (m, T) that enters the series
    impedance of every line at its from end, as seen from there; lines open at one end draw their charging."""
    ends, on = end_admittance(network), closed[:, None] if closed.ndim == 1 else closed
    drawn = np.where(on, ends.closed[:, :, None], ends.opened[:, :, None])
    v_from, v_to, square = v[network.from_bus], v[network.to_bus], (network.ratio**2)[:, None]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # hours without a solution
        l = np.where(on, np.abs(series) ** 2 * square / v_from, 0.0)
        sent = series + np.conj(drawn[0]) * v_from
        received = series - (network.r_pu + 1j * network.x_pu)[:, None] * l - np.conj(drawn[1]) * v_to
        current2 = np.maximum(np.abs(sent) ** 2 / v_from, np.abs(received) ** 2 / v_to)
        loss = network.r_pu[:, None] * l + drawn[0].real * v_from + drawn[1].real * v_to
    return LineFlows(sent, received, current2, np.asarray(loss))
