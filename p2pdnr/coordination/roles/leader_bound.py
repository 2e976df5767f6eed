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
from p2pdnr.coordination.plans.dispatch import Bools, Dispatch, Floats
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.roles import corner_voltages, shared_shortages
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
"""Array (2, P, T): prices on what groups leave unserved and unused (:mod:`.shared_shortages`)."""

CLOSE = 1e-3
"""Of the operator's cost: a gap that needs no better bound, and how near the operator's answers are bounded."""

SMALL = 0.02
"""Of the operator's cost: a gap that is not worth the search for better prices of stored energy."""

NOTHING = "No lower bound: what was found on the operator's cost is below zero, which no cost is."
ROUNDING_PU = 1e-6
PARTS = ("losses", "violations", "switching")
"""Of the costs, those that are the operator's own."""


@dataclass(frozen=True, eq=False)
class Known:
    """A plan of the mode "fixed": its lines (T, m), injections (K, T), and what it costs the operator."""

    closed: Bools
    injection_kw: Floats
    cost_eur: float


def least_cost(all_: Possible, trees: TreeSet | None, mode: str, plan: Dispatch, journal: Journal) -> LowerBound:
    """A bound on the operator's cost over all schedules of the mode and all that prosumers may do;
    ``trees`` are all radial topologies, None where they are too many, and ``plan`` the best that is known."""
    paid = replace(plan, costs_eur={name: plan.costs_eur[name] for name in PARTS})
    bound = _shared(all_, trees, mode, paid, journal)
    if mode != "fixed" or bound.bound_eur is None or paid.total_eur - bound.bound_eur <= CLOSE * paid.scale_eur:
        return bound
    free, known = all_.problem, Known(plan.closed, plan.response.injection_kw, paid.total_eur)
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


def _shared(all_: Possible, trees: TreeSet | None, mode: str, paid: Dispatch, journal: Journal) -> LowerBound:
    """The bound without the exact power flow's own, what groups leave counted once where that matters."""
    price = shared_shortages.prices_eur_per_kw(all_, paid.closed, paid.response.injection_kw)
    if price is None:
        return _of_cones(all_.problem, trees, mode, paid, journal)
    free, constant_eur = shared_shortages.priced(all_, price)
    left_eur = (price[:, all_.groups.part] * shared_shortages.left_kw(free, paid.response.columns)).sum()
    dearer = replace(paid, costs_eur=paid.costs_eur | {"left": float(left_eur)})
    bound = _of_cones(free, trees, mode, dearer, journal)
    if bound.bound_eur is not None:
        arrays = bound.arrays | {SHARED: price}
        bound = _above_zero(replace(bound, bound_eur=bound.bound_eur + constant_eur, arrays=arrays))
    return _of_cones(all_.problem, trees, mode, paid, journal) if bound.bound_eur is None else bound


def _of_cones(
    free: CoordinationProblem, trees: TreeSet | None, mode: str, paid: Dispatch, journal: Journal
) -> LowerBound:
    """The better bound of those that need no exact power flow but at corners."""
    corners: LowerBound | None = None
    if _breaks_upper_limits(paid, free) and not free.inverters.used:
        corners = _of_corners(free, trees, mode, paid, journal)
        if corners.bound_eur is not None and paid.total_eur - corners.bound_eur <= SMALL * paid.scale_eur:
            return corners
    quest = Quest(journal) if mode == "fixed" else Quest(journal, ascent.search)
    bound = _above_zero(certificate.sought(free, trees, mode, paid, quest))
    return bound if corners is None else max(bound, corners, key=_known_eur)


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
    return _above_zero(replace(found, arrays=arrays))


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
    free, constant_eur = all_.problem, 0.0
    if SHARED in arrays:
        _check(SHARED, arrays[SHARED], all_.groups.most_kw.shape)
        free, constant_eur = shared_shortages.priced(all_, arrays[SHARED])
    proved = constant_eur + _of_arrays_eur(free, trees, mode, arrays)
    if mode != "fixed" or EXACT not in arrays:
        return proved
    _check(EXACT, arrays[EXACT], (free.network.n_buses, free.hours))
    return max(proved, exact_eur(all_.problem, known, arrays[EXACT]))


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
