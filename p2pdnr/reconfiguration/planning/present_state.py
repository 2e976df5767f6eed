"""The state a network is in today: radial, meshed or partly without supply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from p2pdnr.errors import NetworkError, PowerFlowError, Problem, TopologyError
from p2pdnr.network import break_points
from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.bundles import Bundled
from p2pdnr.network.newton import solve_meshed
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import Tree, dead_buses, find_loop, is_radial, orient
from p2pdnr.reconfiguration.terms import OperatorTerms, violation_eur

BROKEN_EUR = 1e-6
"""Violations up to this are rounding of a limit that binds."""


@dataclass(frozen=True, eq=False)
class Present:
    """One power flow of the initial state, closed lines between the same buses together.

    Attributes
    ----------
    meshed : whether closed lines form loops that can be opened
    dead_buses : numbers (from 1) of the buses without supply, and ``dead_kw`` their load, kW
    loss_kw, vm_min_pu, vm_max_pu, within_limits : of what has supply; None where no power flow was found
    reason : why none was found, else ""
    """

    meshed: bool
    dead_buses: tuple[int, ...]
    dead_kw: float
    loss_kw: float | None = None
    vm_min_pu: float | None = None
    vm_max_pu: float | None = None
    within_limits: bool | None = None
    reason: str = ""

    @property
    def radial(self) -> bool:
        """Whether every bus has supply and there is no loop."""
        return not self.meshed and not self.dead_buses

    @property
    def state(self) -> str:
        """In words: "radial", "meshed", "partly without supply" or "meshed and partly without supply"."""
        told = [word for word, so in (("meshed", self.meshed), ("partly without supply", bool(self.dead_buses))) if so]
        return " and ".join(told) or "radial"


def initial_tree(network: Network, remedy: str) -> Tree:
    """The tree of the initial state.

    Raises :class:`NetworkError`, with what to do about it as ``remedy``, where that state is not radial.
    """
    try:
        return orient(network, network.closed)
    except TopologyError as error:
        what = f"the initial state is not radial: {error}"
        raise NetworkError([Problem("network", "closed", (network.name,), what, remedy)]) from error


def present_state(bundle: Bundled, terms: OperatorTerms) -> Present:
    """The present state of a network at its own load, by its own sweep where it is radial, else by pandapower."""
    network = bundle.network
    dead = dead_buses(network, network.closed)
    meshed = bool(find_loop(network, break_points.broken(network).network.closed))
    known = (meshed, tuple(bus + 1 for bus in dead), float(network.p_kw[list(dead)].sum()))
    try:
        vm_pu, loss_kw, current_a = _solved(bundle)
    except ImportError:
        return Present(*known, reason="pandapower is not installed, which solves states that are not radial")
    except PowerFlowError as error:
        return Present(*known, reason=str(error))
    alive = np.setdiff1d(np.arange(network.n_buses), dead)
    judged = np.where(np.isnan(vm_pu), 1.0, vm_pu)
    judged[list(dead)] = 0.5 * (network.vm_min_pu + network.vm_max_pu)
    broken = violation_eur(bundle.whole, terms, judged[None], current_a[None])[0]
    return Present(
        *known,
        loss_kw=float(loss_kw.sum()),
        vm_min_pu=float(vm_pu[alive].min()),
        vm_max_pu=float(vm_pu[alive].max()),
        within_limits=bool(broken <= BROKEN_EUR),
    )


class _Hour(NamedTuple):
    """Voltages (n,), losses and currents (m,) of one hour."""

    vm_pu: Floats
    loss_kw: Floats
    current_a: Floats


def _solved(bundle: Bundled) -> _Hour:
    """The network as it is, with every line for itself, at its own load; raises :class:`PowerFlowError`."""
    network, load = bundle.network, (bundle.network.p_kw[None], bundle.network.q_kvar[None])
    if not is_radial(network, network.closed):
        found = solve_meshed(bundle.whole, bundle.whole.closed)
        return _Hour(found.vm_pu[0], found.loss_kw[0], found.current_a[0])
    flow = solve_tree(network, orient(network, network.closed), *load)
    if not flow.converged[0]:
        raise PowerFlowError("the present state has no power flow solution at its load")
    whole = bundle.flow(flow, network.closed)
    return _Hour(whole.vm_pu[0], whole.loss_kw[0], whole.current_a[0])


def lines_changed(network: Network, closed: Bools) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Numbers (from 1) of the lines to close and of those to open, from the initial state to ``closed`` (m,)."""
    to_close, to_open = closed & ~network.closed, ~closed & network.closed
    close, opened = (tuple(int(line) + 1 for line in np.flatnonzero(lines)) for lines in (to_close, to_open))
    return close, opened
