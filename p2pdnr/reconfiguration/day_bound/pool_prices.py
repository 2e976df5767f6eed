"""Prices that are moved a little, so that the topologies met support the known schedule better.

The relaxation of an hour does not see that weights of a half are no topology. The best prices for the topologies met
are the multipliers of a linear programme over weights w of these, with copies z of the lines' states:

    min  (stage + lambda_0 * open) w - lambda_0 z + delta |open w - z| + c e     s.t.  sum of w = 1 in every step,
         -e <= change of z <= e,    0 <= z <= 1,    the limits on e

in which no price moves by more than delta from lambda_0. Far away, prices would suit the topologies met and no others:
the relaxation's bound falls. So delta is the smallest of a few with which the topologies met leave
less than the goal open, by some.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.reconfiguration.day_bound.coupled import Coupling, coupling_of
from p2pdnr.reconfiguration.day_bound.known import KnownSchedule
from p2pdnr.reconfiguration.day_bound.prices import Prices, lines_floor_eur, no_prices
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.solvers import solve_linear

MOVES = (1e-3, 3e-3, 6e-3)
"""Of the mean cost of an hour: by how much prices may move, tried in turn."""
COLUMNS = 100
"""Topologies of an hour that take part at first, and that are added in each round."""
ROUNDS = 4
"""Most rounds of a programme, until no topology met would lower it."""
ENOUGH = 0.7
"""Of the goal: what the topologies met may leave open."""


def moved(case: LoadCase, lines: Ints, known: KnownSchedule, prices: Prices, goal_eur: float) -> Prices:
    """Prices close to the given ones; ``lines``, those that a price may be on; ``goal_eur``, the gap wanted."""
    if not len(lines) or not prices.open_eur.any():
        return prices
    best, mean_eur = prices, abs(known.cost_eur) / case.steps
    for share in MOVES:
        if known.cost_eur - reach_eur(case, known, best) <= ENOUGH * goal_eur:
            break
        trial = _rounds(case, lines, known, (prices, share * mean_eur))
        if reach_eur(case, known, trial) > reach_eur(case, known, best):
            best = trial
    return best


def reach_eur(case: LoadCase, known: KnownSchedule, prices: Prices) -> float:
    """What the bound at these prices would be if there were no topologies but those met."""
    return lines_floor_eur(case.network, case.terms, prices) + float(known.least_eur(prices).sum())


def _rounds(case: LoadCase, lines: Ints, known: KnownSchedule, about: tuple[Prices, float]) -> Prices:
    """Programmes over more and more of the topologies met, ``about`` prices and how far they may move."""
    found, columns = about[0], [np.zeros(0, dtype=np.int64)] * case.steps
    for _ in range(ROUNDS):
        reduced = known.at(found)
        added = [
            np.union1d(used, np.argsort(cost, kind="stable")[:COLUMNS])
            for used, cost in zip(columns, reduced.T, strict=True)
        ]
        if all(len(more) == len(used) for more, used in zip(added, columns, strict=True)):
            break
        columns = [more[np.isfinite(cost[more])] for more, cost in zip(added, reduced.T, strict=True)]
        found = _programme(case, lines, (known, columns), about)
    return found


def _programme(
    case: LoadCase, lines: Ints, met: tuple[KnownSchedule, list[Ints]], about: tuple[Prices, float]
) -> Prices:
    """The best prices for some of the topologies met, within reach of the given ones."""
    (known, columns), (prices, most_eur) = met, about
    opened = known.opened()[:, lines]
    weighed = sp.csr_matrix(sp.block_diag([sp.csr_matrix(opened[rows].T) for rows in columns]))
    copies, topologies = weighed.shape
    eye = sp.eye(copies, format="csr")
    coupling = coupling_of(sp.csr_matrix(eye), case.network, lines, case.terms)
    one = sp.csr_matrix(sp.block_diag([sp.csr_matrix(np.ones((1, len(rows)))) for rows in columns]))
    stage = np.concatenate([known.at(prices)[rows, step] for step, rows in enumerate(columns)])
    cost = np.tile(case.terms.switching_cost_eur[lines], coupling.operations // len(lines))
    linear = np.concatenate([stage, -prices.open_eur[:, lines].ravel(), np.full(copies, most_eur), cost])
    apart = sp.hstack([weighed, -eye, -eye]), sp.hstack([-weighed, eye, -eye])
    wide = sp.csr_matrix((2 * copies, coupling.operations))
    ahead = sp.csr_matrix((len(coupling.right), topologies)), sp.csr_matrix((len(coupling.right), copies))
    coupled = sp.hstack([ahead[0], coupling.matrix[:, :copies], ahead[1], coupling.matrix[:, copies:]])
    total = len(linear)
    within = np.ones(total) * np.inf
    within[topologies : topologies + copies] = 1.0
    below = sp.csr_matrix(sp.vstack([sp.hstack([sp.vstack(apart), wide]), coupled]))
    equal = sp.csr_matrix(sp.hstack([one, sp.csr_matrix((len(columns), total - topologies))]))
    rows_below, rows_equal = (
        (below, np.concatenate([np.zeros(2 * copies), coupling.right])),
        (equal, np.ones(len(columns))),
    )
    found = solve_linear(linear, rows_equal, rows_below, within)
    return prices if found is None else _read(found, coupling, prices, (case, lines))


def _read(found: Floats, coupling: Coupling, prices: Prices, of: tuple[LoadCase, Ints]) -> Prices:
    """Prices from the multipliers of the rows that say "at most"."""
    case, lines = of
    copies = case.steps * len(lines)
    open_eur = prices.open_eur.copy()
    open_eur[:, lines] += (found[:copies] - found[copies : 2 * copies]).reshape(case.steps, len(lines))
    none = no_prices(case.steps, case.network.n_lines, case.terms)
    return Prices(open_eur, *coupling.limit_prices(found[2 * copies :], none, case.terms))
