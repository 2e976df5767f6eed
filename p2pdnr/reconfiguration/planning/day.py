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
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.bundles import Bundled, bundled
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration.planning.day_plan import Plan, constant_plan, hour_rows, operations_in_order, plan
from p2pdnr.reconfiguration.planning.present_state import initial_tree
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.schedule import pool_growth
from p2pdnr.reconfiguration.schedule.dynamic_programme import exchange_limit
from p2pdnr.reconfiguration.schedule.pool_growth import POOL
from p2pdnr.reconfiguration.schedule.pruning import cheapest
from p2pdnr.reconfiguration.schedule.transition_cost import distances
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies import branch_exchange, ranking
from p2pdnr.reconfiguration.topologies.meshed_parts import refuse_fixed_loops
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees, enumerable, pool

BLOCK = 4096
"""Topologies that are ranked before the clock is looked at again."""
MOST_STAGES = 40_000_000
"""Topologies times hours up to which all of them are ranked: 0.3 GB a table, of which a schedule takes about six."""


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
    """

    network: Network
    terms: OperatorTerms
    hourly: Plan
    static: Plan | None
    initial: Plan | None
    exact: bool
    topologies: int
    ranked: int
    sequence: tuple[tuple[int, int, str], ...]
    ended: str
    seconds: float

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
        }


def plan_day(
    network: Network, load: tuple[Floats, Floats], terms: OperatorTerms, seed: int = 0, watch: Watch | None = None
) -> Day:
    """The cheapest schedule over the hours of ``load``, a pair of (T, n) net withdrawals in kW and kvar.

    Closed lines between the same two buses are operated together: one operation, at the price of all of them. ``seed``
    of the search where there are too many topologies to rank them all; ``watch`` ends the work early (stages
    "ranking", "search", "schedule"), and the best so far is returned.

    Raises :class:`NetworkError` when the initial state is not radial, :class:`TopologyError` when a bus cannot be
    supplied, :class:`PowerFlowError` when some hour has no power flow in any topology met, :class:`SolverError` when no
    schedule respects the limits on switching.
    """
    bundle = bundled(network)
    refuse_fixed_loops(bundle)
    price = np.array([terms.switching_cost_eur[lines].sum() for lines in bundle.members])
    own_terms = replace(terms, switching_cost_eur=price) if bundle.groups else terms
    found = _planned(bundle.network, load, own_terms, seed, Watch() if watch is None else watch)
    return _of_every_line(found, bundle, terms) if bundle.groups else found


def _of_every_line(found: Day, bundle: Bundled, terms: OperatorTerms) -> Day:
    """The day with lines that are operated together one by one; what counts as one operation stays one."""

    def whole(plan: Plan) -> Plan:
        return replace(plan, closed=bundle.closed(plan.closed))

    steps = ((hour, place - 1, action) for hour, place, action in found.sequence)
    return replace(
        found,
        network=bundle.whole,
        terms=terms,
        hourly=whole(found.hourly),
        static=None if found.static is None else whole(found.static),
        initial=None if found.initial is None else whole(found.initial),
        sequence=tuple(
            (hour, int(line) + 1, action) for hour, place, action in steps for line in bundle.members[place]
        ),
    )


def _planned(network: Network, load: tuple[Floats, Floats], terms: OperatorTerms, seed: int, watch: Watch) -> Day:
    initial_tree(network, "Say which lines are open at the start; reconfigure without --hours finds a radial topology")
    count = count_spanning_trees(network)
    trees, stage_eur = _staged(network, load, terms, (count, seed, watch))
    hopeless = np.flatnonzero(~np.isfinite(stage_eur).any(axis=0))
    if len(hopeless):
        raise PowerFlowError(f"no radial topology has a power flow solution in hour {hopeless[0]}")
    watch.go_on("schedule")
    found, exact = cheapest(stage_eur, trees, terms, network.closed)
    closed = np.array([trees.closed(int(index)) for index in found.indices])
    return Day(
        network=network,
        terms=terms,
        hourly=plan(network, load, terms, closed),
        static=_static(network, load, terms, (trees, stage_eur)),
        initial=constant_plan(network, load, terms, network.closed),
        exact=exact and trees.complete,
        topologies=count,
        ranked=len(trees),
        sequence=operations_in_order(network, closed, terms.return_to_initial),
        ended=watch.ended,
        seconds=watch.seconds,
    )


def _staged(
    network: Network, load: tuple[Floats, Floats], terms: OperatorTerms, how: tuple[int, int, Watch]
) -> tuple[TreeSet, Floats]:
    """The topologies to choose from, and (n_trees, T) EUR of losses and violations."""
    count, seed, watch = how
    if not enumerable(network, count) or count * len(load[0]) > MOST_STAGES:
        effort = branch_exchange.Effort(seed=seed, keep=POOL, watch=lambda _cost: watch.go_on("search"))
        case = pool_growth.Case(network, load, terms)
        found = pool_growth.searched(case, effort, lambda: watch.go_on("schedule"))
        return found.trees, found.stage_eur
    trees = all_trees(network)
    stage_eur = np.empty((len(trees), len(load[0])))
    for first in range(0, len(trees), BLOCK):
        rows = np.arange(first, min(first + BLOCK, len(trees)))
        stage_eur[rows] = ranking.landscape(network, trees.subset(rows), *load, terms).stage_cost(terms)
        if not watch.go_on("ranking") and int(rows[-1]) + 1 < len(trees):
            return _with_initial(network, load, terms, (trees, stage_eur, int(rows[-1]) + 1))
    return trees, stage_eur


def _with_initial(
    network: Network, load: tuple[Floats, Floats], terms: OperatorTerms, ranked: tuple[TreeSet, Floats, int]
) -> tuple[TreeSet, Floats]:
    """The best of what was ranked so far, the initial topology among it, as a pool."""
    trees, stage_eur, done = ranked
    rows = _promising(stage_eur[:done])
    initial = np.flatnonzero(~network.closed)[None].astype(np.int32)
    mine = ranking.landscape(network, pool(network, initial), *load, terms).stage_cost(terms)
    rows = rows[(trees.open_lines[rows] != initial).any(axis=1)]
    both = TreeSet(np.vstack([initial, trees.open_lines[rows]]), network.n_lines, complete=False)
    return both, np.vstack([mine, stage_eur[rows]])


def _promising(stage_eur: Floats) -> Ints:
    """Indices of the best topologies over all hours and of the best of every hour, few enough to compare in pairs."""
    hours = stage_eur.shape[1]
    each = max(1, POOL // hours)
    single = np.argpartition(stage_eur, min(each, len(stage_eur) - 1), axis=0)[:each].ravel()
    return np.union1d(np.argsort(stage_eur.sum(axis=1), kind="stable")[:POOL], single)


def _static(
    network: Network, load: tuple[Floats, Floats], terms: OperatorTerms, staged: tuple[TreeSet, Floats]
) -> Plan | None:
    """The best single topology that can be reached in the first hour."""
    trees, stage_eur = staged
    price, exchanges = distances(trees, network.closed, terms.switching_cost_eur)
    total = stage_eur.sum(axis=1) + (2.0 if terms.return_to_initial else 1.0) * price
    total = np.where(_in_reach(exchanges, trees, len(stage_eur[0]), terms), total, np.inf)
    best = int(np.argmin(total))
    return constant_plan(network, load, terms, trees.closed(best)) if np.isfinite(total[best]) else None


def _in_reach(exchanges: Ints, trees: TreeSet, hours: int, terms: OperatorTerms) -> Bools:
    """(n_trees,) whether the limits allow to go to a tree in the first hour, and back after the last if asked for."""
    allowed = exchanges <= exchange_limit(trees, hours, terms)
    if terms.max_per_day is None:
        return allowed
    both_ways = terms.return_to_initial and hours <= terms.steps_per_day
    return allowed & (exchanges * (2 if both_ways else 1) <= terms.max_per_day // 2)
