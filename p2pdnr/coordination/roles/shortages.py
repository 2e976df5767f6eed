"""How much load may be left unserved, and how much sun unused, in any answer to charges between zero and a cap.

Somebody's energy is worth mu on its market, and mu + c with its charge c to its devices; a sale goes from the lower mu
to the higher one, whatever the limit of the pair.

Short. Who leaves load unserved at the price V has mu >= V - cap. Those whom it sells to, they whom they sell to, and so
on, have so too: a group that sells to nobody else. Where V - cap is above what a retailer asks, what elastic load is
worth and what a generator costs, every member of it imports what it may, uses no elastic load and makes all it can.
Who may import as much as it can use (it imports for its own use alone) brings all that it makes, and what it leaves
unserved, to the group. So, by the balance of the group, in every hour

    unserved in all  <=  sum over members of   max(load + shifted in + charged - limit of import, 0) - PV - generator.

Over. Who leaves sun unused has mu <= 0, and so have they whom it buys from, they whom they buy from, and so on: a group
that buys from nobody else. Where a retailer pays and asks more than nothing, no member imports, and it exports what it
makes or its limit; all sun is used by those without a limit of export. So, by the balance of the group,

    unused in all  <=  sum over members of   PV + generator + discharged - load that stays - limit of export.

Groups lie within the connected parts of the market. Which members a group has is not known: who has a share below zero
may be left out of it, but for the one who is asked about, and its partners. A partner whose mu is lower than that of
somebody short by more than the fees of a kWh between them sells it all that their pair may trade. So either it belongs
to the group of those whose mu is at most the highest fees below V - cap, or it brings the group the limit of the pair:
it adds no more than the higher of its share and of what it would bring, both of which may be below zero. In the same
way a partner of somebody with sun left over is of the group, or takes the limit of the pair off it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.kernel_arrays import EXPORTED, IMPORTED
from p2pdnr.market.responses import ProsumerBlock
from p2pdnr.market.terms import ProsumerTerms

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

CLEAR_EUR_PER_KWH = 1e-9
"""A price above another by less decides nothing."""


def most_kw(problem: CoordinationProblem, cap_eur_per_kwh: float) -> tuple[Floats, Floats]:
    """(K, T) each, in kW: the most load that each prosumer may leave unserved, and the most sun unused, in any answer
    to charges up to a cap; infinite where nothing is known."""
    block, part, fee = problem.block, parts(problem), _highest_fee(problem)
    dear = block.terms[0].unserved_eur_per_kwh - cap_eur_per_kwh - fee
    settled, paid = is_known(problem, cap_eur_per_kwh)
    short = np.array([_short_kw(terms, dear) for terms in block.terms])
    over, left = (
        np.array([_over_kw(terms, cap_eur_per_kwh + fee, own) for terms in block.terms]) for own in (True, False)
    )
    unserved_kw = np.where(settled, _with_others(problem, (short, short), part), np.inf)
    unused_kw = np.where(paid, _with_others(problem, (over, left), part), np.inf)
    sell = np.array([item.sell_eur_per_kwh for item in block.terms])
    exporting = ~limited(block, EXPORTED)[:, None] & (sell > CLEAR_EUR_PER_KWH)
    return unserved_kw, np.where(exporting, 0.0, unused_kw)


def is_known(problem: CoordinationProblem, cap_eur_per_kwh: float) -> tuple[Bools, Bools]:
    """(K, T) each: whether prices say what a group does that is short of energy, and one that has too much."""
    block, part, fee = problem.block, parts(problem), _highest_fee(problem)
    dear = block.terms[0].unserved_eur_per_kwh - cap_eur_per_kwh - fee
    buy, sell = (np.array([getattr(item, name) for item in block.terms]) for name in _PRICES)
    worth = np.array([item.utility_eur_per_kwh if item.elastic_kw > 0 else -np.inf for item in block.terms])
    highest = np.maximum(np.maximum(buy, worth[:, None]), 0.0)
    settled = _throughout(part, highest < dear - CLEAR_EUR_PER_KWH)
    paid = _throughout(part, (np.minimum(buy, sell) > fee + CLEAR_EUR_PER_KWH) & (dear > CLEAR_EUR_PER_KWH))
    return settled, paid


def _highest_fee(problem: CoordinationProblem) -> float:
    """EUR per kWh that the dearest pair pays for a kWh, both partners together."""
    fees = problem.trades.fee_eur_per_kwh
    return float(fees.sum(axis=1).max(initial=0.0))


_PRICES = ("buy_eur_per_kwh", "sell_eur_per_kwh")


def limited(block: ProsumerBlock, column: int) -> Bools:
    """(K,) whose limit with the retailer could bind: who might not import all it can use, or export all it makes."""
    name = "import_limit_kw" if column == IMPORTED else "export_limit_kw"
    limit_kw = np.array([getattr(item, name) for item in block.terms])
    return np.asarray(limit_kw < _largest_kw(block, column))


def _largest_kw(block: ProsumerBlock, column: int) -> Floats:
    """(K,) the most that each prosumer could use, or make, in any hour."""
    return np.array([
        (np.max(item.load_kw) * (1.0 + item.flexible_share) + item.elastic_kw + item.battery_kw)
        if column == IMPORTED
        else (np.max(item.pv_kw) + item.generator_kw + item.battery_kw)
        for item in block.terms
    ])  # fmt: skip


def _short_kw(terms: ProsumerTerms, dear_eur_per_kwh: float) -> Floats:
    """(T,) by how much what it may use is above what it imports and makes where energy is worth ``dear``."""
    last = terms.generation_eur_per_kwh + terms.generator_slope_eur_per_kw2h * terms.generator_kw
    made_kw = terms.pv_kw + (terms.generator_kw if last < dear_eur_per_kwh - CLEAR_EUR_PER_KWH else 0.0)
    used_kw = terms.load_kw * (1.0 + _shifted(terms)) + _battery_kw(terms)
    return np.asarray(np.maximum(used_kw - terms.import_limit_kw, 0.0) - made_kw)


def _over_kw(terms: ProsumerTerms, worth_eur_per_kwh: float, asked_about: bool) -> Floats:
    """(T,) by how much what it may make is above what it uses and exports where energy is worth no more than a charge
    and fees. Who is not ``asked_about`` may make less than it may export, and exports no more than it makes."""
    runs = terms.generation_eur_per_kwh <= worth_eur_per_kwh + CLEAR_EUR_PER_KWH
    made_kw = terms.pv_kw + _battery_kw(terms) + (terms.generator_kw if runs else 0.0)
    left_kw = made_kw - terms.export_limit_kw
    return np.asarray((left_kw if asked_about else np.maximum(left_kw, 0.0)) - terms.load_kw * (1.0 - _shifted(terms)))


def _shifted(terms: ProsumerTerms) -> float:
    return terms.flexible_share if terms.hours > 1 else 0.0


def _battery_kw(terms: ProsumerTerms) -> float:
    return terms.battery_kw if terms.hours > 1 else 0.0


def parts(problem: CoordinationProblem) -> npt.NDArray[np.int64]:
    """(K,) the connected part of the partner graph that each prosumer is in."""
    count, pairs = len(problem.block.terms), problem.trades.pairs
    links = sp.coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def _throughout(part: npt.NDArray[np.int64], holds: Bools) -> Bools:
    """(K, T) whether it holds for all of one's part."""
    misses = np.zeros((part.max() + 1, holds.shape[1]))
    np.add.at(misses, part, ~holds)
    return np.asarray(misses[part] == 0)


def _with_others(problem: CoordinationProblem, shares: tuple[Floats, Floats], part: npt.NDArray[np.int64]) -> Floats:
    """(K, T) what somebody and those of its part who add to it come to, at least nothing; ``shares`` (K, T) of who is
    asked about, and of all others."""
    own, others = shares
    adds = np.maximum(others, 0.0)
    total = np.zeros((part.max() + 1, own.shape[1]))
    np.add.at(total, part, adds)
    found = total[part] - adds + own
    for (first, second), limit_kw in zip(problem.trades.pairs, problem.trades.limit_kw, strict=True):
        for asked, partner in ((first, second), (second, first)):
            found[asked] -= adds[partner] - np.maximum(others[partner], -limit_kw)
    return np.maximum(found, 0.0)
