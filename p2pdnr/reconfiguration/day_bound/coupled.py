"""Prices that part the hours well: the multipliers of the relaxations of all hours, coupled by operations.

    min  sum over t of losses_t + sum of c e      s.t.   the relaxation of every hour,   -e <= change of y_line <= e,
         sum of e of a day <= budget,   sum of e of a step <= limit,   sum of e of a line while it has to rest <= 1

y_line is the weight of the state in which a line is open. Where the answer is not exact the prices are not the best;
the bound that is made of them holds all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.reconfiguration.bounds.cones import ConeProgramme
from p2pdnr.reconfiguration.day_bound.prices import Prices, budget, day_of, no_prices
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.solvers import Cones, solve_cones

ACCURACY = 1e-5
"""To which prices are sought: what they lack of the best weakens the bound by about as much."""


class CoupledHour(Protocol):
    """An hour that operations join to others: its programme ``free`` without prices, what an objective of 1 is, and the
    state in which each line is open."""

    @property
    def network(self) -> Network:
        """The network."""
        ...

    @property
    def free(self) -> ConeProgramme:
        """The programme without prices."""
        ...

    @property
    def scale_eur(self) -> float:
        """What an objective of 1 is."""
        ...

    @property
    def state(self) -> Ints:
        """(m,) the state in which each line is open, -1 for lines without one."""
        ...


@dataclass(frozen=True, eq=False)
class _Stacked:
    """Rows of all hours: equalities, inequalities, cones, as (matrix, right-hand side) each."""

    zero: tuple[sp.csr_matrix, Floats]
    nonnegative: tuple[sp.csr_matrix, Floats]
    second_order: tuple[sp.csr_matrix, Floats]


@dataclass(frozen=True, eq=False)
class Coupling:
    """Rows over the weights of all hours and the operations e (T or T + 1 steps, lines), in blocks: changes up, changes
    down, days, steps, rests; all of them at most ``right``. ``operations``: number of e."""

    matrix: sp.csr_matrix
    right: Floats
    blocks: tuple[int, ...]

    @property
    def operations(self) -> int:
        """Number of e."""
        return self.blocks[0]

    def limit_prices(self, multipliers: Floats, none: Prices, terms: OperatorTerms) -> tuple[Floats, Floats]:
        """Prices of days and of steps from the multipliers of the rows."""
        _, _, day, step, _ = np.split(multipliers, np.cumsum(self.blocks)[:-1])
        step_eur = none.step_eur.copy()
        if terms.max_per_hour is not None:
            step_eur[: len(step)] = np.maximum(step, 0.0)
        return (np.maximum(day, 0.0) if terms.max_per_day is not None else none.day_eur), step_eur


def coupled_prices(hours: Sequence[CoupledHour], terms: OperatorTerms, stays: bool = False) -> Prices:
    """Prices for the hours of a day from one programme over all of them; where ``stays``, for one topology all the
    time: an operation in a later hour than the first costs as much as an hour."""
    network, state = hours[0].network, hours[0].state
    lines = np.flatnonzero(state >= 0)
    none = no_prices(len(hours), network.n_lines, terms)
    if not len(lines) or not (stays or terms.switching_cost_eur.any() or terms.limits_switching):
        return none
    scale = sum(hour.scale_eur for hour in hours)
    pick = [
        sp.csr_matrix((np.ones(len(lines)), (np.arange(len(lines)), state[lines])), shape=(len(lines), columns))
        for columns in (len(hour.free.linear) for hour in hours)
    ]
    stacked, coupling = _stacked(hours), coupling_of(sp.csr_matrix(sp.block_diag(pick)), network, lines, terms)
    operations = coupling.operations
    parts = (stacked.zero, stacked.nonnegative)
    wide = [sp.hstack([part[0], sp.csr_matrix((part[0].shape[0], operations))]) for part in parts]
    cones = sp.hstack([stacked.second_order[0], sp.csr_matrix((stacked.second_order[0].shape[0], operations))])
    matrix = sp.csc_matrix(sp.vstack([*wide, coupling.matrix, cones]))
    right = np.concatenate([stacked.zero[1], stacked.nonnegative[1], coupling.right, stacked.second_order[1]])
    cost = np.tile(terms.switching_cost_eur[lines], operations // len(lines))
    if stays:
        cost[len(lines) : len(hours) * len(lines)] += scale / len(hours)
    linear = np.concatenate([*(hour.free.linear * hour.scale_eur for hour in hours), cost]) / scale
    bends = np.concatenate([*(hour.free.bends * hour.scale_eur for hour in hours), np.zeros(operations)]) / scale
    first = stacked.zero[0].shape[0] + stacked.nonnegative[0].shape[0]
    sizes = Cones(stacked.zero[0].shape[0], first - stacked.zero[0].shape[0] + len(coupling.right), 0)
    sizes = Cones(sizes.zero, sizes.nonnegative, stacked.second_order[0].shape[0] // sizes.size)
    answer = solve_cones((linear, bends), (matrix, right), sizes, ACCURACY)
    found = scale * np.nan_to_num(answer.z[first : first + len(coupling.right)], posinf=0.0, neginf=0.0)
    day_eur, step_eur = coupling.limit_prices(found, none, terms)
    up, down = found[:operations], found[operations : 2 * operations]
    change = (up - down).reshape(-1, len(lines))
    after = np.vstack([change, np.zeros((1, len(lines)))])[1 : none.steps + 1]
    open_eur = none.open_eur.copy()
    open_eur[:, lines] = change[: none.steps] - after
    return Prices(open_eur, day_eur, step_eur)


def _stacked(hours: Sequence[CoupledHour]) -> _Stacked:
    """The rows of every hour's programme, block by block."""
    parts = []
    for pick in range(3):
        matrices, rights = [], []
        for hour in hours:
            cones = hour.free.cones
            ends = (0, cones.zero, cones.zero + cones.nonnegative, hour.free.matrix.shape[0])
            rows = slice(ends[pick], ends[pick + 1])
            matrices.append(hour.free.matrix[rows])
            rights.append(hour.free.right[rows])
        parts.append((sp.csr_matrix(sp.block_diag(matrices)), np.concatenate(rights)))
    return _Stacked(*parts)


def coupling_of(weights: sp.csr_matrix, network: Network, lines: Ints, terms: OperatorTerms) -> Coupling:
    """Operations as changes of the weights that ``weights`` (T times lines, columns) picks, and the limits on them."""
    count = len(lines)
    change, right = _changes(weights, network, lines, terms.return_to_initial)
    operations = change.shape[0]
    eye = sp.eye(operations, format="csr")
    limits = _limits(terms, weights.shape[0] // count, operations // count, count)
    empty = sp.csr_matrix((sum(part.shape[0] for part, _ in limits), change.shape[1]))
    below = sp.hstack([empty, sp.vstack([part for part, _ in limits])])
    matrix = sp.vstack([sp.hstack([change, -eye]), sp.hstack([-change, -eye]), below])
    blocks = (operations, operations, *(part.shape[0] for part, _ in limits))
    return Coupling(sp.csr_matrix(matrix), np.concatenate([right, -right, *(most for _, most in limits)]), blocks)


def _changes(weights: sp.csr_matrix, network: Network, lines: Ints, back: bool) -> tuple[sp.csr_matrix, Floats]:
    """Rows of change of weights, step by step, less what the initial state says; the return last where it is asked."""
    total, count = weights.shape[0], len(lines)
    opened = (~network.closed)[lines].astype(np.float64)
    change = (sp.eye(total, format="csr") - sp.eye(total, k=-count, format="csr")) @ weights
    right = np.concatenate([opened, np.zeros(total - count)])
    if not back:
        return sp.csr_matrix(change), right
    return sp.csr_matrix(sp.vstack([change, -weights[total - count :]])), np.concatenate([right, -opened])


def _limits(terms: OperatorTerms, steps: int, moves: int, count: int) -> list[tuple[sp.csr_matrix, Floats]]:
    """Rows over operations (``moves`` steps times ``count`` lines): of days, of steps, of rests; none where there is no
    such limit."""
    step_of = np.repeat(np.arange(moves), count)
    days = np.array([day_of(step, steps, terms) for step in range(moves)])
    rows = [
        _sums(days[step_of], budget(terms.max_per_day), moves * count),
        _sums(step_of, budget(terms.max_per_hour), moves * count),
    ]
    rest = min(terms.min_dwell_steps or 1, moves)
    return [*rows, _rests(rest, moves, count)]


def _sums(group: Ints, most: int | None, columns: int) -> tuple[sp.csr_matrix, Floats]:
    """A row of ones for each group of columns."""
    if most is None:
        return sp.csr_matrix((0, columns)), np.zeros(0)
    rows = int(group.max()) + 1
    return sp.csr_matrix((np.ones(columns), (group, np.arange(columns))), shape=(rows, columns)), np.full(rows, most)


def _rests(rest: int, moves: int, count: int) -> tuple[sp.csr_matrix, Floats]:
    """In so many steps one after another a line is operated at most once."""
    if rest <= 1:
        return sp.csr_matrix((0, moves * count)), np.zeros(0)
    within: Bools = np.array(
        [[first <= step < first + rest for step in range(moves)] for first in range(moves - rest + 1)]
    )
    matrix = sp.kron(sp.csr_matrix(within.astype(np.float64)), sp.eye(count))
    return sp.csr_matrix(matrix), np.ones(matrix.shape[0])
