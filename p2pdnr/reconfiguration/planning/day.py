"""A day without any market: given loads, the cheapest hourly schedule of radial topologies.

Losses, broken limits at their price and switching are what counts. Where all topologies can be ranked the schedule is
the best of all; elsewhere it is the best over a pool that searches of every hour have filled. The initial topology and
the best single one stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network.arrays import Floats, Ints, Network
from p2pdnr.network.break_points import Broken
from p2pdnr.network.bundles import Bundled, bundled
from p2pdnr.network.cuts import fixed_loop
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration.day_bound.known import KnownSchedule
from p2pdnr.reconfiguration.day_bound.proof import DayBound, Goal, day_bound
from p2pdnr.reconfiguration.planning import lever_day, meshed_day
from p2pdnr.reconfiguration.planning.day_plan import DayPlan, constant_plan, day_plan, hour_rows, operations_in_order
from p2pdnr.reconfiguration.planning.lever_day import LeverDay
from p2pdnr.reconfiguration.planning.present_state import initial_tree
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.schedule import pool_growth
from p2pdnr.reconfiguration.schedule.pool_growth import Staged
from p2pdnr.reconfiguration.schedule.pruning import cheapest
from p2pdnr.reconfiguration.schedule.single_tree import single_tree_eur
from p2pdnr.reconfiguration.terms import LeverTerms, LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies import branch_exchange
from p2pdnr.reconfiguration.topologies.meshed_parts import refuse_fixed_loops
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees, enumerable, pool

_SAY_OPEN = "Say which lines are open at the start; reconfigure without --hours finds a radial topology"


@dataclass(frozen=True, eq=False)
class Day:
    """The schedule found, and what it is measured against.

    Attributes
    ----------
    hourly, static, initial : the schedule, the best single topology (None where switching limits allow none but the
        initial one and that has no power flow), and the initial topology (None where it has no power flow in some hour)
    exact : whether no other schedule that respects the limits on switching is cheaper
    topologies, ranked : number of radial topologies, and of those that were compared
    sequence : (hour, line number, "close" or "open") in an order that leaves nobody without supply
    ended : "done", "time limit" or "interrupted"
    seconds : taken
    levers : what moving tap changers and capacitors brings, None where they were to stay
    bound_eur : no schedule that respects the limits costs less; None where that was not asked for or is not known
    proof : what can be kept of the bound of :mod:`p2pdnr.reconfiguration.day_bound`, where that was asked for
    meshed : numbers of the lines on loops that nothing can open; topologies are radial but for these
    """

    network: Network
    terms: OperatorTerms
    hourly: DayPlan
    static: DayPlan | None
    initial: DayPlan | None
    exact: bool
    topologies: int
    ranked: int
    sequence: tuple[tuple[int, int, str], ...]
    ended: str
    seconds: float
    levers: LeverDay | None = None
    bound_eur: float | None = None
    proof: DayBound | None = None
    meshed: tuple[int, ...] = ()

    @property
    def gap(self) -> float | None:
        """Share of the cost by which a cheaper schedule may be cheaper at most, None without a bound."""
        cost = self.hourly.cost_eur
        return None if self.bound_eur is None else max(0.0, cost - self.bound_eur) / max(abs(cost), 1e-9)

    def as_dict(self) -> dict[str, Any]:
        """Figures as JSON can hold them."""
        step_h = self.terms.step_h
        references = {"hourly": self.hourly, "static": self.static, "initial": self.initial}
        return {
            "network": self.network.name,
            **{name: None if plan is None else plan.as_dict(step_h) for name, plan in references.items()},
            "exact": self.exact,
            "topologies": self.topologies,
            "ranked": self.ranked,
            "hours": hour_rows(self.hourly, self.network),
            "sequence": [list(step) for step in self.sequence],
            "sequence_ids": self.network.line_names(line for _, line, _ in self.sequence),
            "ended": self.ended,
            "seconds": round(self.seconds, 3),
            **({} if self.bound_eur is None else {"bound_eur": self.bound_eur, "gap": self.gap}),
            **({"meshed_lines": list(self.meshed)} if self.meshed else {}),
            **self._with_levers(),
        }

    def _with_levers(self) -> dict[str, Any]:
        """What levers are, and the schedules without them or without switching."""
        if self.levers is None:
            return {}
        plans = {"initial_levers_moved": self.levers.initial, "hourly_levers_held": self.levers.held}
        told = {name: None if plan is None else plan.as_dict(self.terms.step_h) for name, plan in plans.items()}
        return {"levers": self.levers.rows(self.network), "lever_states": self.levers.states, **told}


def plan_day(
    case: LoadCase,
    settings: PlanningSettings = PlanningSettings(),
    watch: Watch | None = None,
    levers: LeverTerms | None = None,
) -> Day:
    """The cheapest schedule over the steps of a load case; with terms for ``levers`` all tap changers and capacitors
    of the network move as well (:func:`p2pdnr.network.levers.held` keeps some of them where they are).

    Closed lines between the same two buses are operated together: one operation, at the price of all of them.
    ``watch`` ends the work early (stages "ranking", "search", "schedule"), and the best so far is returned. Loops that
    nothing can open stay meshed where losses, limits and switching are all that counts (:mod:`.meshed_day`).

    Raises :class:`NetworkError` when the initial state is not radial or loops that nothing can open may not stay,
    :class:`TopologyError` when a bus cannot be supplied, :class:`PowerFlowError` when some hour has no power flow in
    any topology met, :class:`SolverError` when no schedule respects the limits on switching.
    """
    bundle = bundled(case.network)
    plain = levers is None and case.outages is None and not settings.keep_proof
    if plain and len(fixed_loop(bundle.network)):
        found = _planned_meshed(_in_bundles(case, bundle), bundle, settings, watch or Watch())
    else:
        refuse_fixed_loops(bundle)
        found = _planned(_in_bundles(case, bundle), settings, watch or Watch(), levers)
    return of_every_line(found, bundle, case.terms) if bundle.groups else found


def as_bundles(case: LoadCase) -> tuple[Bundled, LoadCase]:
    """The case with closed lines between the same two buses as one. Raises :class:`TopologyError` for loops that cannot
    be opened."""
    bundle = bundled(case.network)
    refuse_fixed_loops(bundle)
    return bundle, _in_bundles(case, bundle)


def _in_bundles(case: LoadCase, bundle: Bundled) -> LoadCase:
    price = np.array([case.terms.switching_cost_eur[lines].sum() for lines in bundle.members])
    terms = replace(case.terms, switching_cost_eur=price) if bundle.groups else case.terms
    return replace(case, network=bundle.network, terms=terms)


def plan_of_every_line(plan: DayPlan, bundle: Bundled) -> DayPlan:
    """The plan with lines that are operated together one by one; what counts as one operation stays one."""
    return replace(plan, closed=bundle.closed(plan.closed))


def of_every_line(found: Day, bundle: Bundled, terms: OperatorTerms) -> Day:
    """The same of a day."""

    def whole(plan: DayPlan) -> DayPlan:
        return plan_of_every_line(plan, bundle)

    steps = ((hour, place - 1, action) for hour, place, action in found.sequence)
    return replace(
        found,
        network=bundle.whole,
        terms=terms,
        hourly=whole(found.hourly),
        static=None if found.static is None else whole(found.static),
        initial=None if found.initial is None else whole(found.initial),
        levers=None if found.levers is None else found.levers.of_every_line(whole, bundle.members),
        sequence=tuple(
            (hour, int(line) + 1, action) for hour, place, action in steps for line in bundle.members[place]
        ),
    )


def _planned(case: LoadCase, settings: PlanningSettings, watch: Watch, levers: LeverTerms | None) -> Day:
    network = case.network
    initial_tree(network, _SAY_OPEN)
    count = count_spanning_trees(network)
    positions = 1 if levers is None else len(lever_day.states_of(case))
    everything = enumerable(network, count) and count * case.steps * positions <= settings.most_stages
    among = (_all_staged if everything else _searched)(case, settings, watch)
    how = _scheduled(case, among, settings, watch) if levers is None else _moved(case, among, (settings, levers), watch)
    bound = _bound(case, how, (among, levers), settings, watch)
    return replace(
        how,
        static=_static(case, among),
        initial=constant_plan(case, network.closed),
        topologies=count,
        sequence=operations_in_order(network, how.hourly.closed, case.terms.return_to_initial),
        bound_eur=_least_eur(how, bound, settings),
        proof=bound if settings.keep_proof else None,
        ended=watch.ended,
        seconds=watch.seconds,
    )


def _planned_meshed(case: LoadCase, bundle: Bundled, settings: PlanningSettings, watch: Watch) -> Day:
    """Where lines that nothing can open form loops, all topologies being solved where they are few; then the schedule
    is its own bound."""
    parts = meshed_day.broken_for_days(bundle)
    apart = replace(case, network=parts.network)
    initial_tree(apart.network, _SAY_OPEN)
    few = meshed_day.are_few(parts)
    among = meshed_day.staged(apart, parts, watch) if few else meshed_day.searched(apart, parts, settings, watch)
    how = _scheduled(apart, among, settings, watch, parts)
    found = replace(
        how,
        static=_static(apart, among, parts),
        initial=constant_plan(apart, apart.network.closed, parts),
        topologies=count_spanning_trees(apart.network),
        sequence=operations_in_order(apart.network, how.hourly.closed, case.terms.return_to_initial),
        bound_eur=_least_eur(how, None, settings),
        ended=watch.ended,
        seconds=watch.seconds,
    )
    return _joined(found, parts, bundle)


def _joined(found: Day, parts: Broken, bundle: Bundled) -> Day:
    """The same with broken lines closed, as they are."""

    def whole(plan: DayPlan) -> DayPlan:
        return replace(plan, closed=parts.state(plan.closed))

    return replace(
        found,
        network=parts.whole,
        hourly=whole(found.hourly),
        static=None if found.static is None else whole(found.static),
        initial=None if found.initial is None else whole(found.initial),
        meshed=tuple(int(line) + 1 for place in parts.meshed for line in bundle.members[place]),
    )


def _least_eur(how: Day, bound: DayBound | None, settings: PlanningSettings) -> float | None:
    """What no schedule costs less than; the cost of the schedule where all were compared and a bound was asked for."""
    if how.exact and settings.bound_gap is not None:
        return how.hourly.cost_eur
    return None if bound is None else bound.value_eur


def _bound(
    case: LoadCase, how: Day, over: tuple[Staged, LeverTerms | None], settings: PlanningSettings, watch: Watch
) -> DayBound | None:
    """What no schedule costs less than, where it was asked for and is not the cost of an exact schedule; levers that
    move are not bounded."""
    among, levers = over
    if case.network.generators is not None or not case.network.is_passive:  # fixed powers and losses alone are bounded
        return None
    if settings.bound_gap is None or levers is not None or (how.exact and not settings.keep_proof):
        return None
    cost_eur = how.hourly.cost_eur

    def go_on(bound_eur: float) -> bool:
        return watch.go_on("bound", gap=1.0 - bound_eur / cost_eur)

    known = KnownSchedule(cost_eur, among.trees, among.stage_eur)
    return day_bound(case, known, Goal(settings.bound_gap, go_on, settings.keep_proof))


def _scheduled(
    case: LoadCase, among: Staged, settings: PlanningSettings, watch: Watch, parts: Broken | None = None
) -> Day:
    """The cheapest schedule over ranked topologies; ``parts`` where loops were broken."""
    trees, stage_eur = among.trees, among.stage_eur
    _refuse_hopeless(stage_eur)
    watch.go_on("schedule")
    found, exact = cheapest(stage_eur, trees, case.terms, case.network.closed, settings.schedule)
    closed = np.array([trees.closed(int(index)) for index in found.indices])
    return _day(case, day_plan(case, closed, parts=parts), trees, exact)


def _moved(case: LoadCase, among: Staged, how: tuple[PlanningSettings, LeverTerms], watch: Watch) -> Day:
    """The cheapest schedule of topologies and levers."""
    settings, levers = how
    programme, done = lever_day.together(case, among, levers, watch, settings.block)
    _refuse_hopeless(programme.stage.min(axis=2).T)
    watch.go_on("schedule")
    plan, exact = lever_day.best_plan(case, programme)
    beside = lever_day.beside(case, programme, among, settings.schedule)
    return replace(_day(case, plan, among.trees, exact and done), levers=beside)


def _refuse_hopeless(stage_eur: Floats) -> None:
    hopeless = np.flatnonzero(~np.isfinite(stage_eur).any(axis=0))
    if len(hopeless):
        raise PowerFlowError(f"no radial topology has a power flow solution in hour {hopeless[0]}")


def _day(case: LoadCase, hourly: DayPlan, trees: TreeSet, exact: bool) -> Day:
    """The day as far as its schedule says."""
    return Day(
        network=case.network,
        terms=case.terms,
        hourly=hourly,
        static=None,
        initial=None,
        exact=exact and trees.complete,
        topologies=len(trees),
        ranked=len(trees),
        sequence=(),
        ended="done",
        seconds=0.0,
    )


def _searched(case: LoadCase, settings: PlanningSettings, watch: Watch) -> Staged:
    """The topologies that exchange searches find, where all are too many."""
    effort = branch_exchange.Effort(seed=settings.seed, watch=lambda _cost: watch.go_on("search"))
    return pool_growth.searched(case, effort, lambda: watch.go_on("schedule"), settings.schedule)


def _all_staged(case: LoadCase, settings: PlanningSettings, watch: Watch) -> Staged:
    """All topologies; where the time is up before they are ranked, the best of those that are."""
    trees = all_trees(case.network)
    stage_eur = np.empty((len(trees), case.steps))
    for first in range(0, len(trees), settings.block):
        rows = np.arange(first, min(first + settings.block, len(trees)))
        stage_eur[rows] = pool_growth.staged(case, trees.subset(rows)).stage_eur
        done = int(rows[-1]) + 1
        if not watch.go_on("ranking") and done < len(trees):
            return _with_initial(case, Staged(trees, stage_eur[:done]), settings.schedule.pool.trees)
    return Staged(trees, stage_eur)


def _with_initial(case: LoadCase, ranked: Staged, most: int) -> Staged:
    """The best of what was ranked so far, the first rows of the trees, and the initial topology, as a pool."""
    open_lines = ranked.trees.open_lines
    rows = _promising(ranked.stage_eur, most)
    initial = np.flatnonzero(~case.network.closed)[None].astype(np.int32)
    mine = pool_growth.staged(case, pool(case.network, initial)).stage_eur
    rows = rows[(open_lines[rows] != initial).any(axis=1)]
    both = TreeSet(np.vstack([initial, open_lines[rows]]), case.network.n_lines, complete=False)
    return Staged(both, np.vstack([mine, ranked.stage_eur[rows]]))


def _promising(stage_eur: Floats, most: int) -> Ints:
    """Indices of the best topologies over all hours and of the best of every hour, few enough to compare in pairs."""
    hours = stage_eur.shape[1]
    each = max(1, most // hours)
    single = np.argpartition(stage_eur, min(each, len(stage_eur) - 1), axis=0)[:each].ravel()
    return np.union1d(np.argsort(stage_eur.sum(axis=1), kind="stable")[:most], single)


def _static(case: LoadCase, among: Staged, parts: Broken | None = None) -> DayPlan | None:
    """The best single topology that the limits on switching allow."""
    total = single_tree_eur(among.stage_eur, among.trees, case.terms, case.network.closed)
    best = int(np.argmin(total))
    return constant_plan(case, among.trees.closed(best), parts) if np.isfinite(total[best]) else None
