"""Both levels' shares of a bound put together: every tree in every hour, at one set of prices of the market."""

from __future__ import annotations

import numpy as np

from p2pdnr.coordination.bound.matrix import Floats, Ints
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market import duality
from p2pdnr.market.duality import Prices, Storage
from p2pdnr.market.kernel_arrays import BALANCE
from p2pdnr.reconfiguration.lagrangian.all_trees import BoundProblem
from p2pdnr.reconfiguration.lagrangian.one_tree import Devices, InverterCircles, Multipliers
from p2pdnr.reconfiguration.topologies.tree_set import Lines


class HourBounds:
    """Bounds of hours ``hours`` (H,) at given prices: what prosumers and the operator pay at least in each, energy
    stored and load shifted at their prices."""

    def __init__(self, problem: CoordinationProblem, storage: Storage, prices: Prices, hours: Ints) -> None:
        block = problem.block
        cost = duality.reduced_costs(block, storage, prices, hours)
        own = duality.injections(block, cost, hours)
        devices = Devices(problem.prosumer_bus[own.prosumer], own.low_kw, own.high_kw, own.cost_eur, own.bend_eur)
        load_kw = problem.operator.load_kw[hours].copy()
        np.add.at(load_kw.T, problem.prosumer_bus, block.right[:, hours, BALANCE])
        self.market_eur = duality.hour_bounds(block, prices, cost, hours)
        load_kvar, circles = problem.operator.load_kvar[hours], _circles(problem, prices)
        self.grid = BoundProblem(problem.network, problem.terms, load_kw, load_kvar, devices, circles=circles)

    def all_trees(self, open_lines: Lines, seen: tuple[Floats, Floats | None], scale: float) -> Floats:
        """(n_trees, H) EUR, multipliers taken at a share ``scale`` of withdrawals ``seen`` (H, n) in kW and kvar."""
        return self.market_eur + self.grid.all_trees(open_lines, seen[0], scale, seen[1])

    def one_tree(self, open_lines: Lines, multipliers: Multipliers, cap_eur: Floats | None) -> Floats:
        """(H,) EUR on one tree at multipliers (n, H), where the operator pays at most ``cap_eur`` (H,)."""
        return self.market_eur + self.grid.one_tree(open_lines, multipliers, cap_eur)

    @property
    def without_grid_eur(self) -> Floats:
        """(H,) EUR that prosumers pay at least whatever the grid is like."""
        return self.market_eur + self.grid.least_eur


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
