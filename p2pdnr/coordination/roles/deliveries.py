"""What becomes of trades when the operator has curtailed: sales shrink with what is fed in, purchases with what is
used, and the retailer takes or brings the rest, as far as its limits go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import linprog

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.errors import SolverError
from p2pdnr.market import kernel_arrays as kernel

Floats = npt.NDArray[np.float64]

MORE_PRICE = 1e3
"""Of a kW that somebody must give up beyond what the grid asks for, against one of trade that falls away."""


@dataclass(frozen=True, eq=False)
class Trader:
    """What the K prosumers do in an hour by the market's plan, (K,) each in kW.

    ``injection_kw``; ``made_kw`` PV, discharge and generator; ``used_kw`` fixed load, shifted load, elastic load and
    charge; ``import_kw``, ``export_kw`` of the retailer; ``free_kw`` the part of ``made_kw`` that can be taken back;
    ``served_kw`` the fixed load that is served in this hour, without what is shifted to others.
    """

    injection_kw: Floats
    made_kw: Floats
    used_kw: Floats
    import_kw: Floats
    export_kw: Floats
    free_kw: Floats
    served_kw: Floats

    @property
    def most_curtailed_kw(self) -> Floats:
        """(K,) what can be taken from feeding in: of PV and generator, and no more than is fed in."""
        return np.minimum(self.free_kw, np.maximum(self.injection_kw, 0.0))


def trader(problem: CoordinationProblem, plan: Dispatch, hour: int) -> Trader:
    """The prosumers of an hour of the market's plan."""
    x = plan.response.columns[:, hour]
    load_kw = problem.block.right[:, hour, kernel.BALANCE]
    return Trader(
        injection_kw=plan.response.injection_kw[:, hour],
        made_kw=x[:, kernel.PV] + x[:, kernel.DISCHARGE] + x[:, kernel.GENERATOR],
        used_kw=load_kw + x[:, kernel.FLEXIBLE] + x[:, kernel.ELASTIC] + x[:, kernel.CHARGE],
        import_kw=x[:, kernel.IMPORTED],
        export_kw=x[:, kernel.EXPORTED],
        free_kw=x[:, kernel.PV] + x[:, kernel.GENERATOR],
        served_kw=load_kw - x[:, kernel.UNSERVED] + np.minimum(x[:, kernel.FLEXIBLE], 0.0),
    )


@dataclass(frozen=True, eq=False)
class Delivered:
    """``traded_kw`` (E,) what is left of trades; ``curtailed_kw`` and ``shed_kw`` (K,) what falls away in all, with
    what somebody must give up for want of a retailer that would take or bring it."""

    traded_kw: Floats
    curtailed_kw: Floats
    shed_kw: Floats


def follow(
    problem: CoordinationProblem, people: Trader, traded_kw: Floats, given_up: tuple[Floats, Floats]
) -> Delivered:
    """Trades (E,) after ``given_up`` (curtailed, shed) (K,) in kW.

    Every sale of somebody who is curtailed shrinks by the same share, and every purchase of somebody whose load is
    shed; from there trades change as little as the retailer's limits ask for: who cannot turn to the retailer keeps
    more of a trade that was agreed on, at the cost of others. Raises :class:`SolverError` where there is no answer.
    """
    curtailed, shed = given_up
    incidence = _incidence(problem)
    sold, bought = _both_ways(incidence, traded_kw)
    less_sold = _share(curtailed, sold + people.export_kw)
    less_bought = _share(shed, bought + people.import_kw)
    first, second = problem.trades.pairs.T
    seller, buyer = np.where(traded_kw >= 0.0, (first, second), (second, first))
    share = np.maximum(less_sold[seller], less_bought[buyer])
    return _within_limits(problem, people, (traded_kw * (1.0 - share), traded_kw * share), given_up)


def _within_limits(
    problem: CoordinationProblem, people: Trader, trades_kw: tuple[Floats, Floats], given_up: tuple[Floats, Floats]
) -> Delivered:
    """Trades nearest to those wanted that the retailer's limits and the rules against resale allow.

    ``trades_kw`` are the trades wanted (E,) and what they were cut by. A linear programme in what is cut more (E,) and
    left after all (E,), and in what is shed (K,) and curtailed (K,) beyond what is given up.
    """
    (wanted_kw, cut_kw), (curtailed, shed) = trades_kw, given_up
    count, incidence = len(curtailed), _incidence(problem)
    cut = incidence @ sp.diags_array(-np.sign(wanted_kw + cut_kw))
    cut = sp.hstack([cut, -cut])
    eye, none = sp.eye_array(count), sp.csr_array((count, count))
    net = people.injection_kw - curtailed + shed - incidence @ wanted_kw
    import_most = np.minimum([item.import_limit_kw for item in problem.block.terms], people.used_kw)
    export_most = np.array([item.export_limit_kw for item in problem.block.terms])
    made_kw, finite = people.made_kw - curtailed, np.isfinite(export_most)
    blocks = [sp.hstack([cut, -eye, eye]), sp.hstack([-cut, eye, none]), sp.hstack([-cut, eye, -eye]).tocsr()[finite]]
    rows: Any = sp.vstack(blocks)
    right = np.concatenate([import_most + net, made_kw - net, (export_most - net)[finite]])
    trades = len(wanted_kw)
    price = np.concatenate([np.ones(2 * trades), np.full(2 * count, MORE_PRICE)])
    most = np.concatenate([np.abs(wanted_kw), np.abs(cut_kw), people.served_kw - shed, people.free_kw - curtailed])
    bounds = [(0.0, float(value)) for value in np.maximum(most, 0.0)]
    found = linprog(price, A_ub=rows, b_ub=right, bounds=bounds, method="highs")
    if found.x is None:
        raise SolverError(f"no trades were found after curtailment that everybody can deliver: {found.message}")
    less, back, more_shed, more_curtailed = np.split(found.x, np.cumsum([trades, trades, count]))
    left_kw = wanted_kw - np.sign(wanted_kw + cut_kw) * (less - back)
    return Delivered(left_kw, curtailed + more_curtailed, shed + more_shed)


def _incidence(problem: CoordinationProblem) -> sp.csr_array:
    """(K, E) +1 at the first and -1 at the second of each pair."""
    pairs, count = problem.trades.pairs, len(problem.block.terms)
    place = np.tile(np.arange(len(pairs)), 2)
    signs = np.repeat([1.0, -1.0], len(pairs))
    return sp.csr_array((signs, (pairs.T.ravel(), place)), shape=(count, len(pairs)))


def _both_ways(incidence: sp.csr_array, traded_kw: Floats) -> tuple[Floats, Floats]:
    """(K,) what each sells and buys in all its trades (E,)."""
    net, gross = incidence @ traded_kw, abs(incidence) @ np.abs(traded_kw)
    return np.asarray((gross + net) / 2.0), np.asarray((gross - net) / 2.0)


def sales_kw(problem: CoordinationProblem, traded_kw: Floats) -> tuple[Floats, Floats]:
    """(K,) each: what everybody sells and buys in trades (E,)."""
    return _both_ways(_incidence(problem), traded_kw)


def _share(part_kw: Floats, whole_kw: Floats) -> Floats:
    """(K,) part by whole, at most 1; nothing of nothing."""
    return np.minimum(1.0, np.divide(part_kw, whole_kw, out=np.zeros_like(part_kw), where=whole_kw > 1e-9))
