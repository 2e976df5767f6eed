"""One hour of both levels over all radial topologies at once: the market's columns beside those of the grid's states.

    min  prosumers' costs + losses + broken limits      s.t.   the rows of the market,  the relaxation of the grid,
         what a bus feeds in = what its prosumers inject

Stored energy and shifted load stand at given prices. No plan costs less in this hour, whatever topology it uses; a
price on every open line is added by :meth:`JointHour.at`. The statements are those of :mod:`.programme`, for all
topologies: :mod:`p2pdnr.reconfiguration.bounds.free_injections`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from p2pdnr.coordination.bound.matrix import Bools, Floats, Ints, Matrix
from p2pdnr.coordination.bound.programme import FIXED, OWN
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.duality import INJECTED, SOURCES, USES, Storage
from p2pdnr.market.kernel_arrays import BALANCE, CHARGE, DISCHARGE, ENERGY, EXPORTED, FLEXIBLE, IMPORTED
from p2pdnr.market.responses import ProsumerBlock
from p2pdnr.network.arrays import Network
from p2pdnr.network.topology import Tree, is_radial, orient
from p2pdnr.reconfiguration.bounds.backbone import Chain
from p2pdnr.reconfiguration.bounds.cones import ConeProgramme, Relaxed, relax_stored
from p2pdnr.reconfiguration.bounds.extension import NewColumns, NewRows, extended
from p2pdnr.reconfiguration.bounds.free_injections import OpenGrid, Watched, open_grid
from p2pdnr.reconfiguration.bounds.grid import Assumptions, BoundedGrid, scaled
from p2pdnr.reconfiguration.bounds.states import ALWAYS
from p2pdnr.reconfiguration.day_bound.hour import open_states, priced

ROUNDING = 1e-12
"""Per unit: by how much the bounds of a column may exceed a row that says the same."""


@dataclass(frozen=True, eq=False)
class JointHour:
    """An hour of both levels: ``grid`` and ``free``, its programme without prices on open lines; ``scale_eur``, what an
    objective of 1 is in EUR; ``state`` (m,) the state in which each line is open, -1 for lines without one;
    ``needless`` (rows,), rows that the bounds of their columns say again."""

    grid: BoundedGrid
    free: ConeProgramme
    scale_eur: float
    state: Ints
    needless: Bools

    @property
    def network(self) -> Network:
        """The network."""
        return self.grid.network

    def at(self, open_eur: Floats) -> ConeProgramme:
        """The programme with a price (m,) on every open line."""
        return priced(self.free, self.state, open_eur / self.scale_eur)

    @property
    def exact(self) -> bool:
        """What a topology costs is a programme again."""
        return False

    def all_states(self) -> Bools:
        """(Y,) every state alive."""
        return np.ones(self.free.n_states, dtype=np.bool_)

    def relax(self, at: ConeProgramme, alive: Bools) -> Relaxed:
        """The programme at prices, of some states."""
        return relax_stored(at, alive, self.needless)

    def cost_eur(self, closed: Bools, open_eur: Floats) -> float:
        """What a topology costs at least; infinite for what is none."""
        if not is_radial(self.network, closed):
            return np.inf
        return self.scale_eur * self.relax(self.at(open_eur), self.states_of(closed)).bound

    def states_of(self, closed: Bools) -> Bools:
        """(Y,) the states of one topology alone, given the lines closed (m,) in it."""
        tree, states = orient(self.network, closed), self.grid.states
        chains = self.grid.backbone.chains
        position = np.array([_position(chain, tree, closed) for chain in chains], dtype=np.int64)
        return np.asarray(states.position == position[states.chain])


@dataclass(frozen=True, eq=False)
class HourFrame:
    """What an hour is set up with: its number ``hour``, the prices of stored energy, the most that is lost, bounds of
    the prosumers' columns, ``low_kw`` and ``high_kw`` (K, OWN), the limits that count, and what an objective of 1 is.
    """

    hour: int
    storage: Storage
    most_loss_kw: float
    low_kw: Floats
    high_kw: Floats
    watched: Watched
    scale_eur: float


def joint_hour(problem: CoordinationProblem, frame: HourFrame) -> JointHour:
    """The hour as a programme."""
    t, block, network = frame.hour, problem.block, problem.network
    injected_kw = injected(problem, frame)
    load_kw = problem.operator.load_kw[t].copy()
    np.add.at(load_kw, problem.prosumer_bus, block.right[:, t, BALANCE])
    # so much is left for losses, and for voltages above the band
    most_eur = frame.most_loss_kw * problem.terms.loss_eur_per_kw
    bus_eur = 1000.0 * problem.terms.half_violation_eur_per_kw
    most_v2 = network.vm_max_pu**2 + most_eur / bus_eur if bus_eur > 0.0 else np.inf
    assumed = Assumptions(frame.most_loss_kw, most_v2=most_v2)
    grid = scaled(network, load_kw, problem.operator.load_kvar[t], assumed, injected_kw)
    own = open_grid(grid, injected_kw / grid.base_kw, problem.terms, frame.watched)
    base = own.programme
    base = replace(base, linear=base.linear / frame.scale_eur, offset=base.offset / frame.scale_eur)
    market = _Market(problem, frame, replace(own, programme=base))
    free = market.added()
    return JointHour(grid, free, frame.scale_eur, open_states(grid), _needless(free))


def injected(problem: CoordinationProblem, frame: HourFrame) -> Floats:
    """(2, n) kW, the least and the most that the prosumers of a bus inject beside their fixed load."""
    low, high = np.zeros((2, problem.network.n_buses))
    for column, sign in INJECTED.items():
        ends = sign * np.array([frame.low_kw[:, column], frame.high_kw[:, column]])
        np.add.at(low, problem.prosumer_bus, ends.min(axis=0))
        np.add.at(high, problem.prosumer_bus, ends.max(axis=0))
    return np.array([low, high])


def possible_kw(block: ProsumerBlock, cost: Floats, hour: int, slack_eur: float) -> tuple[Floats, Floats]:
    """(K, OWN) bounds of columns in plans that may cost ``slack_eur`` more than the least at reduced costs (K, 12).

    What injects is cheapest at one end of its range, or between; away from there it costs more than is left soon.
    """
    low, high = block.lower[:, hour, :OWN].copy(), block.upper[:, hour, :OWN].copy()
    for column in INJECTED:
        slope, bend = cost[:, column], block.quadratic[:, column]
        ends = low[:, column].copy(), high[:, column].copy()
        with np.errstate(divide="ignore", invalid="ignore"):
            best = np.where(slope > 0.0, ends[0], ends[1])
            best = np.where(bend > 0.0, np.clip(-slope / bend, *ends), best)
            steep = np.abs(slope + bend * best)
            reach = np.where(steep > 0.0, slack_eur / steep, np.inf)
        low[:, column] = np.maximum(ends[0], best - reach)
        high[:, column] = np.minimum(ends[1], best + reach)
    return low, high


def _needless(programme: ConeProgramme) -> Bools:
    """(rows,) inequalities of a single column that its bounds say again."""
    matrix, first = programme.matrix, programme.cones.zero
    alone = np.diff(matrix.indptr) == 1
    alone[:first] = alone[first + programme.cones.nonnegative :] = False
    rows = np.flatnonzero(alone)
    entry = matrix.indptr[rows]
    column, value = matrix.indices[entry], matrix.data[entry]
    most = np.maximum(value * programme.low[column], value * programme.high[column])
    alone[rows] = most <= programme.right[rows] + ROUNDING
    return np.asarray(alone)


def _position(chain: Chain, tree: Tree, closed: Bools) -> int:
    """The state of a chain in a topology, by its place in the order of states."""
    opened = [place for place, line in enumerate(chain.lines, 1) if not closed[line]]
    if opened:
        return opened[0]
    return len(chain.lines) + 1 if tree.parent_line[chain.buses[-1]] == chain.lines[-1] else 0


class _Market:
    """The market's columns and rows being written; powers per unit of the grid's base."""

    def __init__(self, problem: CoordinationProblem, frame: HourFrame, grid: OpenGrid) -> None:
        self.problem, self.frame, self.grid = problem, frame, grid
        count, edges = len(problem.block.terms), problem.block.n_edges
        self.own = np.arange(count * OWN).reshape(count, OWN)
        self.sold, self.bought = count * OWN + np.arange(2 * edges).reshape(2, edges)
        self.base_kw = grid.grid.base_kw
        self.low, self.high, self.linear, self.bend = self._costs()

    def added(self) -> ConeProgramme:
        """The programme of the grid with the market's columns that are not fixed."""
        fixed = self.high - self.low <= FIXED
        free, held = np.flatnonzero(~fixed), np.where(fixed, self.low, 0.0)
        equal, fed = self._equalities()
        below = self._inequalities(free)
        base = self.grid.programme
        rows = [self._joined(matrix, free, held, feeds) for matrix, feeds in ((equal, fed), (below, None))]
        nothing = np.zeros(0, dtype=np.int64)
        constant = float(self.linear @ held + 0.5 * self.bend @ held**2)
        new = NewColumns(
            self.linear[free],
            self.bend[free],
            self.low[free],
            self.high[free],
            np.full(len(free), ALWAYS),
            (nothing, nothing, np.zeros(0)),
        )
        return extended(replace(base, offset=base.offset + constant), new, *rows)

    def _joined(self, matrix: Matrix, free: Ints, held: Floats, feeds: Ints | None) -> NewRows:
        """Rows over the grid's columns and the market's free ones; ``feeds`` are rows less what a bus feeds in."""
        market, right = matrix.assembled(len(held))
        grid = sp.csr_matrix((matrix.count, len(self.grid.programme.linear)))
        if feeds is not None:
            places = (feeds, self.grid.fed)
            grid = sp.csr_matrix((-np.ones(len(feeds)), places), shape=grid.shape)
        owner = np.full(matrix.count, ALWAYS)
        return sp.csr_matrix(sp.hstack([grid, market[:, free]])), right - market @ held, owner

    def _equalities(self) -> tuple[Matrix, Ints]:
        """Pairs, balances, and rows of what each bus feeds in."""
        block, t, matrix = self.problem.block, self.frame.hour, Matrix()
        owner = np.repeat(np.arange(len(block.terms)), np.diff(block.first_edge))
        pairs = matrix.new_rows(np.zeros(len(block.directed)))
        for side in range(2):
            matrix.put(pairs, self.sold[block.directed[:, side]], 1.0)
            matrix.put(pairs, self.bought[block.directed[:, side]], -1.0)
        balance = matrix.new_rows(block.right[:, t, BALANCE] / self.base_kw)
        for column, sign in (*INJECTED.items(), (IMPORTED, 1.0), (EXPORTED, -1.0)):
            matrix.put(balance, self.own[:, column], sign)
        matrix.put(balance[owner], self.sold, -1.0)
        matrix.put(balance[owner], self.bought, 1.0)
        fed = matrix.new_rows(np.zeros(len(self.grid.bus)))
        row_of = np.full(self.problem.network.n_buses, -1)
        row_of[self.grid.bus] = fed
        row = row_of[self.problem.prosumer_bus]
        feeding = np.flatnonzero(row >= 0)
        for column, sign in INJECTED.items():
            matrix.put(row[feeding], self.own[feeding, column], sign)
        return matrix, fed

    def _inequalities(self, free: Ints) -> Matrix:
        """The rules against resale, and the bounds of the columns."""
        block, t, matrix = self.problem.block, self.frame.hour, Matrix()
        imports = matrix.new_rows(block.right[:, t, BALANCE] / self.base_kw)
        exports = matrix.new_rows(np.zeros(len(imports)))
        for rows, column, others in ((imports, IMPORTED, USES), (exports, EXPORTED, SOURCES)):
            matrix.put(rows, self.own[:, column], 1.0)
            for other in others:
                matrix.put(rows, self.own[:, other], -1.0)
        for bound, sign in ((self.low, -1.0), (self.high, 1.0)):
            matrix.put(matrix.new_rows(sign * bound[free]), free, sign)
        return matrix

    def _costs(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Bounds and costs of all columns, stored energy and shifted load at their prices."""
        block, t, storage = self.problem.block, self.frame.hour, self.frame.storage
        unit = self.base_kw / self.frame.scale_eur
        own = block.linear[:, t].copy()
        own[:, CHARGE] -= block.battery[:, 1] * storage.stored_eur[:, t]
        own[:, DISCHARGE] += block.battery[:, 2] * storage.stored_eur[:, t]
        own[:, FLEXIBLE] += storage.shifted_eur[:, block.window[t]]
        width = self.own.size + self.sold.size + self.bought.size
        low, high, linear, bend = np.zeros((4, width))
        low[self.own], high[self.own] = self.frame.low_kw / self.base_kw, self.frame.high_kw / self.base_kw
        low[self.own[:, ENERGY]] = high[self.own[:, ENERGY]] = 0.0
        linear[self.own] = unit * own[:, :OWN]
        bend[self.own] = unit * self.base_kw * block.quadratic[:, :OWN]
        for trades in (self.sold, self.bought):
            linear[trades], high[trades] = unit * block.edge_fee_eur, block.edge_limit_kw / self.base_kw
        return low, high, linear, bend
