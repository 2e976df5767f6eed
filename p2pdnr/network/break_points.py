"""Power flow of networks with loops that nothing can open: a tree with compensation at break points.

Each loop is broken at one of its lines. What is left is a tree, solved exactly by :mod:`p2pdnr.network.powerflow`; the
current of a broken line is drawn at one of its ends and given back at the other, and is corrected by the voltage that
is still missing around its loop, divided by the impedance of the loops, until nothing is missing (Shirmohammadi, Hong,
Semlyen, Luo, "A compensation-based power flow method for weakly meshed distribution and transmission networks", IEEE
Transactions on Power Systems 3(2), 1988). That impedance is of the loops' own lines, so that it is the same for every
topology of the other lines. It decides how fast the answer is found and not what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.admittance import Complexes, end_admittance, line_flows
from p2pdnr.network.arrays import BOTH_ENDS, Bools, Floats, Ints, Network
from p2pdnr.network.cuts import on_loops
from p2pdnr.network.powerflow import Flow, solve_tree
from p2pdnr.network.topology import Tree, signed_cycles

TOLERANCE_PU = 1e-11
"""Voltage around a loop, and what a change of the power in its broken line does to it, at which it is solved."""
MOST_STEPS = 200
SMALL_LOAD = 0.1
"""Share of the load that the tree alone is taken to carry."""
MOST_LOOPS = 60
"""That are solved; a grid with more is no distribution network with a few meshes."""


@dataclass(frozen=True, eq=False)
class Broken:
    """A network ``whole`` with ``k`` loops that nothing can open.

    ``network`` has the same lines, those at ``breaks`` (k, indices) open for good and their charging at their buses;
    ``meshed`` the lines on such loops; ``cycles`` (k, m) +1 where a loop runs along a line's reference direction and -1
    where it runs against it, each along its own broken line; ``around`` (k,) the impedance around each, ``admittance``
    (k, k) the inverse of all of theirs, p.u.
    """

    whole: Network
    network: Network
    breaks: Ints
    meshed: Ints
    cycles: Floats
    around: Floats
    admittance: Complexes

    def state(self, closed: Bools) -> Bools:
        """(..., m) states of ``whole`` from those of ``network``."""
        states = np.array(closed)
        states[..., self.breaks] = True
        return states


@dataclass(frozen=True, eq=False)
class Compensated:
    """``flow`` of the whole network, and the power (T, n) in kW and kvar that break points draw from ``network``."""

    flow: Flow
    p_kw: Floats
    q_kvar: Floats


def broken(network: Network) -> Broken:
    """The network with its loops broken at lines of much impedance; closed lines between the same buses count as loops
    here (:func:`p2pdnr.network.bundles.bundled` makes them one before)."""
    fixed = network.closed & ~network.switchable
    meshed = np.flatnonzero(on_loops(network, fixed))
    impedance = np.hypot(network.r_pu, network.x_pu)
    fixed_lines = np.flatnonzero(fixed)
    breaks, cycles = signed_cycles(network, fixed_lines[np.argsort(impedance[fixed_lines], kind="stable")])
    z = (network.r_pu + 1j * network.x_pu)[None, :] * cycles @ cycles.T
    charging = end_admittance(network).closed[:, breaks]
    shunts = np.zeros(network.n_buses, dtype=np.complex128)
    np.add.at(shunts, network.from_bus[breaks], charging[0])
    np.add.at(shunts, network.to_bus[breaks], charging[1])
    left = {
        "closed": network.closed.copy(),
        "switchable": network.switchable.copy(),
        "opened_at": network.opened_at.copy(),
    }
    left["closed"][breaks], left["opened_at"][breaks] = False, BOTH_ENDS
    tree = network.with_(
        **left, shunt_g_pu=network.shunt_g_pu + shunts.real, shunt_b_pu=network.shunt_b_pu + shunts.imag
    )
    return Broken(
        network, tree, breaks, meshed, cycles, np.abs(np.diag(z)), np.asarray(np.linalg.inv(z), dtype=np.complex128)
    )


def solve(parts: Broken, tree: Tree, p_kw: Floats, q_kvar: Floats) -> Compensated:
    """AC power flow of a topology, all hours at once; ``tree`` is one of ``parts.network``.

    Parameters: ``p_kw``, ``q_kvar`` (T, n) net withdrawal of each bus. Hours without a solution are NaN and not
    ``converged``.
    """
    nothing = np.zeros((len(parts.breaks), len(p_kw)), dtype=np.complex128)
    found, _ = _solved_from(parts, tree, (p_kw, q_kvar), nothing)
    if found.flow.converged.all() or not len(parts.breaks):
        return found
    # the tree alone may not carry the load that the loops share: begin with what flows at a small one
    _, small = _solved_from(parts, tree, (SMALL_LOAD * p_kw, SMALL_LOAD * q_kvar), nothing)
    return _solved_from(parts, tree, (p_kw, q_kvar), np.nan_to_num(small / SMALL_LOAD))[0]


def _solved_from(
    parts: Broken, tree: Tree, load: tuple[Floats, Floats], current: Complexes
) -> tuple[Compensated, Complexes]:
    """The power flow from a first ``current`` (k, T) in broken lines, and that current at the end."""
    through = np.array([current.conj(), current.conj()])  # as if at nominal voltage
    with np.errstate(all="ignore"):  # an hour beyond the collapse of voltage is no number, and says so
        for _ in range(MOST_STEPS):
            drawn = _drawn(parts, through)
            flow = solve_tree(parts.network, tree, load[0] + drawn.real, load[1] + drawn.imag)
            missing, ends = _around(parts, flow, current)
            before, current = through, current + parts.admittance @ missing
            through = ends * np.conj(current)
            moved = parts.around[:, None] * np.abs(through - before).max(axis=0)
            solved = np.asarray((np.maximum(np.abs(missing), moved) <= TOLERANCE_PU).all(axis=0))
            if (solved | ~flow.converged).all():
                break
        found = Compensated(_whole(parts, flow, tree.closed, before[0], solved), drawn.real, drawn.imag)
    return found, current


def _drawn(parts: Broken, through: Complexes) -> Complexes:
    """(T, n) what the buses of break points give away, kW + j kvar, from the power (2, k, T) into the impedances of
    broken lines at their from ends, behind the ratio, and out of them at their to ends."""
    drawn = np.zeros((parts.network.n_buses, through.shape[2]), dtype=np.complex128)
    np.add.at(drawn, parts.whole.from_bus[parts.breaks], parts.whole.base_kw * through[0])
    np.add.at(drawn, parts.whole.to_bus[parts.breaks], -parts.whole.base_kw * through[1])
    return drawn.T


def _around(parts: Broken, flow: Flow, current: Complexes) -> tuple[Complexes, Complexes]:
    """(k, T) voltage that is missing around every loop with these currents (k, T) in its broken line, and the voltages
    (2, k, T) at the ends of its impedance, the angle of the first of them being zero."""
    network, breaks = parts.whole, parts.breaks
    vm, z = flow.vm_pu.T, network.r_pu + 1j * network.x_pu
    first = vm[network.from_bus[breaks]] / network.ratio[breaks, None]
    turned = np.angle(1.0 - z[:, None] * np.conj(_series(parts, flow)) * _behind(network, vm))
    rest = parts.cycles.copy()
    rest[np.arange(len(breaks)), breaks] = 0.0
    second = vm[network.to_bus[breaks]] * np.exp(-1j * (rest @ turned))
    return first - second - z[breaks, None] * current, np.array([first, second])


def _behind(network: Network, vm: Floats) -> Floats:
    """(m, T) one over the squared voltage behind a line's ratio."""
    with np.errstate(divide="ignore"):
        return np.asarray((network.ratio[:, None] / vm[network.from_bus]) ** 2)


def _series(parts: Broken, flow: Flow) -> Complexes:
    """(m, T) power into the impedance of every line of the tree at its from end, p.u.; 0 on open lines."""
    network = parts.network
    sent = (flow.p_kw + 1j * flow.q_kvar).T / network.base_kw
    fixed = np.asarray(parts.cycles.any(axis=0))  # only these are asked for
    charging = np.where(fixed, np.conj(end_admittance(network).closed[0]), 0.0)
    series = sent - charging[:, None] * flow.vm_pu.T[network.from_bus] ** 2
    series[parts.breaks] = 0.0
    return np.where(fixed[:, None], series, 0.0)


def _whole(parts: Broken, flow: Flow, closed: Bools, through: Complexes, solved: Bools) -> Flow:
    """The flow with the broken lines in it, hours that are not solved as NaN."""
    network, base, breaks = parts.whole, parts.whole.base_kw, parts.breaks
    v = flow.vm_pu.T**2
    lines = line_flows(network.with_(closed=parts.state(closed)), parts.state(closed), v, _with(parts, through))
    p, q, amperes, loss = (values.copy() for values in (flow.p_kw, flow.q_kvar, flow.current_a, flow.loss_kw))
    p[:, breaks], q[:, breaks] = base * lines.sent.real[breaks].T, base * lines.sent.imag[breaks].T
    amperes[:, breaks] = np.sqrt(lines.current2[breaks]).T * network.base_current_a[breaks]
    loss[:, breaks] = base * lines.loss[breaks].T
    converged = np.asarray(flow.converged & solved)
    vm, p, q, amperes, loss = (np.where(converged[:, None], part, np.nan) for part in (flow.vm_pu, p, q, amperes, loss))
    return replace(flow, vm_pu=vm, p_kw=p, q_kvar=q, current_a=amperes, loss_kw=loss, converged=converged)


def _with(parts: Broken, through: Complexes) -> Complexes:
    """(m, T) power into broken lines alone."""
    series = np.zeros((parts.whole.n_lines, through.shape[1]), dtype=np.complex128)
    series[parts.breaks] = through
    return series
