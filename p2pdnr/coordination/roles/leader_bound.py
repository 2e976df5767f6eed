"""What a leader pays at least at any charges: the least cost of an operator who decides all that charges could do.

Over all schedules of a mode it is proved by prices and arithmetic (:mod:`p2pdnr.coordination.bound`). Where sun that
nobody curtails breaks upper voltage limits, that bound is far off, as its cone may lose power that no grid loses. There
upper voltages are bounded by themselves (:mod:`.corner_voltages`), and the better of both bounds counts. In the mode
"fixed" there is one schedule, and its bound is taken on the exact power flow, too: at a price for every bus and hour
the least of all prosumers together, and the operator's best answer (:mod:`p2pdnr.coordination.optimality.duality`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.coordination.bound import ascent, certificate
from p2pdnr.coordination.bound.certificate import LowerBound, Quest
from p2pdnr.coordination.bound.proof import proved_eur
from p2pdnr.coordination.optimality.duality import Stand, exact, near
from p2pdnr.coordination.optimality.local_grid import LocalGrid
from p2pdnr.coordination.plans.dispatch import Dispatch, Floats
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.roles import corner_voltages, regret, shared_shortages
from p2pdnr.coordination.roles.answer_prices import AnswerPrices, answer_prices
from p2pdnr.coordination.roles.regret import Known
from p2pdnr.coordination.roles.shared_shortages import Possible
from p2pdnr.coordination.schedule.choice import Static
from p2pdnr.errors import P2pdnrError
from p2pdnr.market.duality import storage_bound
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

EXACT = "bound_exact_eur"
"""Array (n, T) of prices that prove a bound on the exact power flow, in EUR per kW withdrawn over a step."""

CORNERS = "bound_corners"
"""Array (1,): the bound is that of :mod:`.corner_voltages`."""
ALONE_TREES, ALONE = "bound_alone_trees", "alone{}_"
"""Array of topologies that have proofs of their own, and what stands before the names of each one's arrays."""

SHARED = "bound_shared_eur"
"""Array (4, P, T): prices on what groups leave unserved and unused (:mod:`.shared_shortages`); of older results the
first two."""

REGRET = "bound_regret"
"""Array (1,): the price of regret (:mod:`.regret`)."""

CLOSE = 1e-3
"""Of the operator's cost: a gap that needs no better bound, and how near the operator's answers are bounded."""

SMALL = 0.02
"""Of the operator's cost: a gap that is not worth the search for better prices of stored energy."""

NOTHING = "No lower bound: what was found on the operator's cost is below zero, which no cost is."
ROUNDING_PU = 1e-6
PARTS = ("losses", "violations", "switching")
"""Of the costs, those that are the operator's own."""


@dataclass(frozen=True, eq=False)
class _Asked:
    """For what a bound is asked: topologies (None: too many), mode, and a plan with the operator's costs alone."""

    trees: TreeSet | None
    mode: str
    paid: Dispatch
    journal: Journal


def least_cost(all_: Possible, trees: TreeSet | None, mode: str, plan: Dispatch, journal: Journal) -> LowerBound:
    """A bound on the operator's cost over all schedules of the mode and all that prosumers may do;
    ``trees`` are all radial topologies, None where they are too many, and ``plan`` the best that is known."""
    paid = replace(plan, costs_eur={name: plan.costs_eur[name] for name in PARTS})
    response, paid_eur = plan.response, paid.total_eur
    known = Known(plan.closed, response.injection_kw, response.columns, paid_eur, plan.total_eur - paid_eur)
    bound = _priced(_Asked(trees, mode, paid, journal), all_, known)
    if mode != "fixed" or bound.bound_eur is None or paid.total_eur - bound.bound_eur <= CLOSE * paid.scale_eur:
        return bound
    free = all_.problem
    try:
        slope = LocalGrid(free, plan.closed).slope_eur_per_kw(free.at_buses(known.injection_kw))
        price = np.zeros((free.network.n_buses, free.hours))
        price[free.operator.buses] = -slope.T
        higher_eur = exact_eur(free, known, price)
    except P2pdnrError:
        return bound
    if higher_eur <= bound.bound_eur:
        return bound
    return replace(bound, bound_eur=higher_eur, arrays=bound.arrays | {EXACT: price})


def _priced(asked: _Asked, all_: Possible, known: Known) -> LowerBound:
    """The bound without the exact power flow's own, with prices on what an answer to charges must be where these
    matter."""
    free, constant_eur, arrays = _counted(all_, known, answer_prices(all_, known))
    paid = asked.paid
    if arrays:
        more_eur = free.block.cost_eur(paid.response) - all_.problem.block.cost_eur(paid.response)
        paid = replace(paid, costs_eur=paid.costs_eur | {"answers": more_eur})
    bound = _of_grid(replace(asked, paid=paid), free)
    if arrays and bound.bound_eur is not None:
        bound_eur = min(bound.bound_eur + constant_eur, asked.paid.total_eur)
        bound = replace(bound, bound_eur=bound_eur, arrays=bound.arrays | arrays)
    return _above_zero(bound)


def _counted(all_: Possible, known: Known, found: AnswerPrices) -> tuple[CoordinationProblem, float, dict[str, Floats]]:
    """The problem with prices in it, the EUR to add to its cost, and the prices as arrays."""
    free, constant_eur, arrays = all_.problem, 0.0, dict[str, Floats]()
    if found.left is not None:
        free, constant_eur = shared_shortages.priced(all_, found.left)
        arrays[SHARED] = found.left
    if found.regret is not None:
        free, more_eur = regret.counted(free, all_, known, found.regret)
        constant_eur += more_eur
        arrays[REGRET] = np.array([found.regret])
    return free, constant_eur, arrays


def _of_grid(asked: _Asked, free: CoordinationProblem) -> LowerBound:
    """The better bound of those that need no exact power flow but at corners."""
    trees, mode, paid, journal = asked.trees, asked.mode, asked.paid, asked.journal
    if _are_too_many(trees, mode):
        return certificate.lower_bound(free, trees, mode, paid, journal)
    corners: LowerBound | None = None
    if _breaks_upper_limits(paid, free) and not free.inverters.used:
        corners = _of_corners(free, trees, mode, paid, journal)
        if corners.bound_eur is not None and paid.total_eur - corners.bound_eur <= SMALL * paid.scale_eur:
            return corners
    quest = Quest(journal) if mode == "fixed" else Quest(journal, ascent.search)
    bound = certificate.sought(free, trees, mode, paid, quest)
    return bound if corners is None else max(bound, corners, key=_known_eur)


def _are_too_many(trees: TreeSet | None, mode: str) -> bool:
    """Whether the mode may choose among topologies that are too many to be enumerated."""
    return trees is None and mode != "fixed"


def _of_corners(
    free: CoordinationProblem, trees: TreeSet | None, mode: str, paid: Dispatch, journal: Journal
) -> LowerBound:
    """The bound with upper voltages by themselves; of one topology all the time with proofs of single ones."""
    found = certificate.sought(free, trees, mode, paid, Quest(journal, corner_voltages.search))
    if not found.arrays:
        return found
    arrays = found.arrays | {CORNERS: np.ones(1)}
    own, choice = certificate.schedules(free, trees, mode)
    if isinstance(choice, Static):
        assert found.stage_eur is not None
        stored_eur = storage_bound(free.block, certificate.unpack(free, own, arrays).storage)
        total_eur = stored_eur + choice.marginals(free, own, found.stage_eur)[:, 0]
        items = corner_voltages.alone(free, own, paid, total_eur, journal)
        for place, item in enumerate(items):
            arrays |= {ALONE.format(place) + name: values for name, values in certificate.pack(item.proof).items()}
        arrays |= {ALONE_TREES: np.array([item.tree for item in items], dtype=np.float64)}
        found = replace(found, bound_eur=float(total_eur.min()))
    return replace(found, arrays=arrays)


def _items(free: CoordinationProblem, trees: TreeSet, arrays: dict[str, Floats]) -> list[corner_voltages.Alone]:
    """The proofs of single topologies. Raises ``ValueError`` where they do not fit."""
    which = arrays.get(ALONE_TREES, np.zeros(0))
    if which.ndim != 1 or not np.isin(which, np.arange(len(trees))).all():
        raise ValueError(f"{ALONE_TREES} does not fit")
    items = []
    for place, tree in enumerate(which.astype(np.int64)):
        prefix = ALONE.format(place)
        own = {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}
        items.append(corner_voltages.Alone(int(tree), certificate.unpack(free, trees.subset([tree]), own)))
    return items


def _of_arrays_eur(free: CoordinationProblem, trees: TreeSet | None, mode: str, arrays: dict[str, Floats]) -> float:
    """The bound that stored prices prove without the exact power flow's own."""
    if _are_too_many(trees, mode):
        return certificate.repeated_eur(free, trees, mode, arrays)
    own, choice = certificate.schedules(free, trees, mode)
    proof = certificate.unpack(free, own, arrays)
    if CORNERS not in arrays:
        return proved_eur(free, own, choice, proof)
    if isinstance(choice, Static):
        return corner_voltages.proved_alone_eur(free, own, proof, _items(free, own, arrays))
    return corner_voltages.proved_eur(free, own, choice, proof)


def _breaks_upper_limits(paid: Dispatch, free: CoordinationProblem) -> bool:
    """Whether a plan breaks upper voltage limits by more than rounding."""
    vm_pu = np.delete(paid.flow.vm_pu, free.network.substations, axis=1)
    return bool((vm_pu > free.network.vm_max_pu + ROUNDING_PU).any())


def _known_eur(bound: LowerBound) -> float:
    return -np.inf if bound.bound_eur is None else bound.bound_eur


def _above_zero(bound: LowerBound) -> LowerBound:
    """The bound where it says anything: no operator's cost is below zero."""
    if bound.bound_eur is None or bound.bound_eur >= 0.0:
        return bound
    return replace(bound, bound_eur=None, text=NOTHING, arrays={})


def repeated_eur(all_: Possible, trees: TreeSet | None, mode: str, known: Known, arrays: dict[str, Floats]) -> float:
    """The bound that stored prices prove, computed again.

    Raises ``ValueError`` where arrays are incomplete or do not fit, :class:`P2pdnrError` where a relaxation has no
    answer.
    """
    shared = _of_all_rules(arrays[SHARED]) if SHARED in arrays else None
    if shared is not None:
        _check(SHARED, shared, all_.groups.most_kw.shape)
    if REGRET in arrays:
        _check(REGRET, arrays[REGRET], (1,))
    price = float(arrays[REGRET][0]) if REGRET in arrays else None
    free, constant_eur, counted = _counted(all_, known, AnswerPrices(shared, price))
    proved = constant_eur + _of_arrays_eur(free, trees, mode, arrays)
    proved = min(proved, known.cost_eur) if counted else proved
    if mode != "fixed" or EXACT not in arrays:
        return proved
    _check(EXACT, arrays[EXACT], (free.network.n_buses, free.hours))
    return max(proved, exact_eur(all_.problem, known, arrays[EXACT]))


def _of_all_rules(price: Floats) -> Floats:
    """Prices (4, P, T), of older results those of two rules."""
    return np.concatenate([price, np.zeros_like(price)]) if price.ndim == 3 and len(price) == 2 else price


def _check(name: str, values: Floats, shape: tuple[int, ...]) -> None:
    if values.shape != shape or not np.isfinite(values).all():
        raise ValueError(f"{name} does not fit")


def exact_eur(free: CoordinationProblem, known: Known, price_eur_per_kw: Floats) -> float:
    """A bound by prices (n, T) on the schedule of a plan; none is above what that plan costs. Minus infinity where
    nothing is known. Raises :class:`P2pdnrError` where a relaxation has no answer."""
    trades = np.zeros((free.trades.n_pairs, free.hours))
    stand = Stand(trades, price_eur_per_kw, known.injection_kw, known.cost_eur)
    found = near(free, known.closed, stand)
    answered = exact(free, known.closed, stand, found, CLOSE * max(1.0, known.cost_eur))
    return min(known.cost_eur, float(found.prosumers_eur.sum() + answered.least_eur.sum()))
