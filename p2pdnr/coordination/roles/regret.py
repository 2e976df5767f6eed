"""What an answer to charges must be besides possible: without regret.

At any charges c, 0 <= c <= cap, with an answer of injections P, and for any market outcome x of injections X,

    J(P) - J(x)  <=  D sum over buses and hours of c (P - X)  <=  cap D sum over devices and hours of max(0, P_d - X_d)

as nothing is better for all together than the answer. Each term of the last sum lies below its chord between the least
and the most that the device can inject in the hour. With a price on that, at least zero, the operator's cost of an
answer is at least

    C(P) + price x (J(P) - J(x) - cap D sum of chords(P)),

in which prosumers count with a share of what they pay, and what devices inject has a price, less a constant (weak
duality). The outcome x is that of a known plan: its devices that stand at a limit, as most do, leave no room between
the term and its chord.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.plans.dispatch import Bools, Floats
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.roles.shared_shortages import Possible
from p2pdnr.market.duality import INJECTED

FIXED_KW = 1e-6
"""Injections that can differ by less are given."""


@dataclass(frozen=True, eq=False)
class Known:
    """A known plan: its lines (T, m), injections (K, T) and the ``columns`` (K, T, 12) they come from, what it costs
    the operator, and what prosumers pay in it without payments among them and charges."""

    closed: Bools
    injection_kw: Floats
    columns: Floats
    cost_eur: float
    prosumers_eur: float


@dataclass(frozen=True, eq=False)
class Regret:
    """A bound on what an answer costs prosumers beyond a known plan: ``slope`` (K, T, 12) in EUR per kW of each column
    over a step, and a constant; prosumers' own costs are not in it."""

    slope: Floats
    constant_eur: float


def regret(all_: Possible, known: Known) -> Regret:
    """J(x) and the chords: in no answer are prosumers' costs less ``slope`` and ``constant_eur`` above zero."""
    block, cap = all_.problem.block, all_.cap_eur_per_kw
    slope, constant_eur = np.zeros_like(block.linear), known.prosumers_eur
    for column, sign in INJECTED.items():
        ends = sign * np.array([block.lower[:, :, column], block.upper[:, :, column]])
        low, high, at_kw = ends.min(axis=0), ends.max(axis=0), sign * known.columns[:, :, column]
        above = [np.maximum(end - at_kw, 0.0) for end in (low, high)]
        fixed = high - low <= FIXED_KW
        rise = np.where(fixed, 0.0, (above[1] - above[0]) / np.where(fixed, 1.0, high - low))
        slope[:, :, column] = cap * sign * rise
        constant_eur += cap * float(np.where(fixed, above[1], above[0] - rise * low).sum())
    return Regret(slope, constant_eur)


def counted(free: CoordinationProblem, all_: Possible, known: Known, price: float) -> tuple[CoordinationProblem, float]:
    """A problem ``free`` of all that is possible with a price on regret in it, and the EUR to add to its cost; a price
    below zero counts as zero."""
    price, asked, block, bound = max(price, 0.0), all_.asked, free.block, regret(all_, known)
    priced = replace(
        block,
        linear=block.linear + price * (asked.linear - bound.slope),
        quadratic=block.quadratic + price * asked.quadratic,
        edge_fee_eur=block.edge_fee_eur + price * asked.edge_fee_eur,
    )
    return replace(free, block=priced), -price * bound.constant_eur
