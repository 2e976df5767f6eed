"""Both levels' shares of a bound put together: every tree in every hour, at one set of prices of the market."""

from __future__ import annotations

import numpy as np

from p2pdnr.coordination.bound.matrix import Floats, Ints
from p2pdnr.coordination.bound.step_prices import JoiningPrices, ranges_of
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market import duality
from p2pdnr.market.duality import Prices
from p2pdnr.market.inverters import DEVICES
from p2pdnr.market.kernel_arrays import BALANCE
from p2pdnr.network.levers import without
from p2pdnr.reconfiguration.lagrangian.all_trees import BoundProblem, Seen
from p2pdnr.reconfiguration.lagrangian.one_tree import Devices, InverterCircles, Multipliers
from p2pdnr.reconfiguration.topologies.tree_set import Lines


class HourBounds:
    """Bounds of hours ``hours`` (H,) at given prices: what prosumers and the operator pay at least in each, energy
    stored, load shifted and steps of levers at their prices."""

    def __init__(self, problem: CoordinationProblem, joining: JoiningPrices, prices: Prices, hours: Ints) -> None:
        block = problem.block
        cost = duality.reduced_costs(block, joining.storage, prices, hours)
        own = duality.injections(block, cost, hours)
        ranges_kw = (own.low_kw, own.high_kw, own.cost_eur, own.bend_eur)
        devices = Devices(problem.prosumer_bus[own.prosumer], *ranges_kw, _inverter_of(problem, own))
        load_kw = problem.operator.load_kw[hours].copy()
        np.add.at(load_kw.T, problem.prosumer_bus, block.right[:, hours, BALANCE])
        self.market_eur = duality.hour_bounds(block, prices, cost, hours)
        load_kvar, circles = problem.operator.load_kvar[hours], _circles(problem, prices)
        ranges = ranges_of(problem, joining.steps, hours)
        network = problem.network if ranges is None else without(problem.network)
        self.grid = BoundProblem(network, problem.terms, load_kw, load_kvar, devices, circles=circles, ranges=ranges)

    def all_trees(self, open_lines: Lines, seen_kw: Floats, scale: float, seen: Seen | None) -> Floats:
        """(n_trees, H) EUR, multipliers taken at a share ``scale`` of withdrawals ``seen_kw`` (H, n), and of ``seen``
        where inverters give reactive power."""
        return self.market_eur + self.grid.all_trees(open_lines, seen_kw, scale, seen)

    def one_tree(self, open_lines: Lines, multipliers: Multipliers, cap_eur: Floats | None) -> Floats:
        """(H,) EUR on one tree at multipliers (n, H), where the operator pays at most ``cap_eur`` (H,)."""
        return self.market_eur + self.grid.one_tree(open_lines, multipliers, cap_eur)

    @property
    def without_grid_eur(self) -> Floats:
        """(H,) EUR that prosumers pay at least whatever the grid is like."""
        return self.market_eur + self.grid.least_eur


def _inverter_of(problem: CoordinationProblem, own: duality.Injections) -> Ints:
    """(D,) place of the inverter that a device stands behind among those that give reactive power, -1 for none."""
    place = np.full(len(problem.block.terms), -1)
    place[problem.inverters.who] = np.arange(len(problem.inverters.who))
    return np.where(np.isin(own.column, DEVICES), place[own.prosumer], -1)


def _circles(problem: CoordinationProblem, prices: Prices) -> InverterCircles | None:
    """The inverters whose reactive power is chosen, or follows a curve within the same circle."""
    inverters = problem.inverters
    if not inverters.used:
        return None
    who = inverters.who
    active_eur = np.zeros((len(who), prices.balance_eur.shape[1]))
    if prices.active_eur is not None:
        active_eur = prices.active_eur[who]
    return InverterCircles(problem.prosumer_bus[who], inverters.kva[who], active_eur)
