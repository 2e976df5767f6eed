"""Which topologies come into question for the least loss at a network's own load: all of them, or the best of a
search."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Floats, Ints, Network
from p2pdnr.network.bundles import Bundled
from p2pdnr.reconfiguration.planning.present_state import BROKEN_EUR
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies import branch_exchange, ranking
from p2pdnr.reconfiguration.topologies.held_voltages import as_fixed
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees, enumerable

MOST_SEARCHES = 4
"""Where generators hold a voltage."""


@dataclass(frozen=True, eq=False)
class Ranked:
    """Topologies with a power flow, best first, and whether these are all there are."""

    open_lines: Ints
    complete: bool


@dataclass(frozen=True, eq=False)
class Search:
    """What is searched, the number of its radial topologies, how, and for how long."""

    bundle: Bundled
    topologies: int
    settings: PlanningSettings
    watch: Watch

    @property
    def network(self) -> Network:
        """With closed lines between the same two buses as one."""
        return self.bundle.network


def loss_terms(network: Network) -> OperatorTerms:
    """A kW of loss costs 1; limits are dear, so that the search turns to topologies that keep them."""
    return OperatorTerms(np.zeros(network.n_lines), loss_price_eur_per_kwh=1.0, violation_price_eur_per_kwh=1000.0)


def own_load(network: Network) -> tuple[Floats, Floats]:
    """The network's own load as one hour, (1, n) each in kW and kvar."""
    return network.p_kw[None, :], network.q_kvar[None, :]


def candidates(search: Search) -> Ranked:
    """All topologies, or the best of a search."""
    network, count, settings, watch = search.network, search.topologies, search.settings, search.watch
    few = count > 0 and enumerable(network, count)
    found = np.zeros((0, max(0, network.n_lines - network.n_buses + len(network.substations))), dtype=np.int64)
    if not few or count * network.n_buses > settings.long_ranking:
        found = _exchanged(search)
    if few and watch.ended == "done":
        return _all_ranked(search, found)
    return Ranked(found, complete=False)


def _exchanged(search: Search) -> Ints:
    """(k, n_open) what exchange searches find, best first.

    The first looks at losses alone: where what it finds keeps the limits, no topology that it met and that keeps them
    loses less. Else one with prices on what breaks them follows, from there. Where that meets none that keeps them its
    prices have only paid losses for less of a violation, and the first has the least loss. Of a time limit each has a
    third, so that a bound can follow.
    """
    network, few, left_s = search.network, search.settings.finalists, search.watch.left_s
    prices = loss_terms(network)
    part_s = None if left_s is None else left_s / 3.0
    loose = _searched(search, network, replace(prices, violation_price_eur_per_kwh=0.0), part_s)
    if search.watch.ended != "done" or _keep_limits(network, loose[:1]):
        return loose
    closed = np.ones(network.n_lines, dtype=np.bool_)
    closed[loose[0]] = False
    found = _searched(search, network.with_(closed=closed), prices, part_s)
    return np.vstack([found, loose] if _keep_limits(network, found[:few]) else [loose[:few], found[:few]])


def _keep_limits(network: Network, open_lines: Ints) -> bool:
    """Whether a topology among (k, n_open) keeps all limits of voltage and current."""
    exact = ranking.evaluate(network, open_lines, *own_load(network), loss_terms(network))
    return bool((exact.converged[:, 0] & (exact.violation_eur[:, 0] <= BROKEN_EUR)).any())


def _searched(search: Search, network: Network, terms: OperatorTerms, time_limit_s: float | None = None) -> Ints:
    """(k, n_open) what an exchange search finds, best first, from the state of a network on. Generators that hold a
    voltage give in each search what they give in the best topology so far, that state at first; it is done again until
    none better is found."""
    effort = branch_exchange.Effort(
        seed=search.settings.seed,
        time_limit_s=time_limit_s,
        watch=lambda cost: search.watch.go_on("search", cost),
    )
    case, closed, least = LoadCase(network, *own_load(network), terms), network.closed, np.inf
    found = np.zeros((0, 0), dtype=np.int64)
    for _ in range(MOST_SEARCHES):
        one = as_fixed(case, closed)
        new = branch_exchange.search(one.network, one.load_kw, one.load_kvar, one.terms, effort)
        if network.generators is None:
            return new.open_lines.astype(np.int64)
        exact = ranking.evaluate_trees(network, new, case.load_kw, case.load_kvar, case.terms)
        order = np.argsort(exact.stage_cost(case.terms)[:, 0], kind="stable")
        best = float(exact.stage_cost(case.terms)[order[0], 0])
        opened = exact.open_lines[order].astype(np.int64)
        if not best < least:
            return np.vstack([found, opened])
        found, least, closed = (
            np.vstack([opened, found]) if len(found) else opened,
            best,
            exact.trees.closed(int(order[0])),
        )
    return found


def _all_ranked(search: Search, found: Ints) -> Ranked:
    """Every topology, as far as the time goes, behind those that a search has ``found``."""
    network, settings, watch = search.network, search.settings, search.watch
    trees = all_trees(network)
    key = np.full((2, len(trees)), np.inf)
    for first in range(0, len(trees), settings.block):
        rows = np.arange(first, min(first + settings.block, len(trees)))
        key[:, rows] = _keys(network, trees.subset(rows))
        least, complete = float(key[1, key[0] == 0].min(initial=np.inf)), int(rows[-1]) + 1 == len(trees)
        if not watch.go_on("ranking", None if np.isinf(least) else least) and not complete:
            break
    order = np.lexsort((key[1], key[0]))
    order = order[np.isfinite(key[1, order])]
    ranked = trees.open_lines[order].astype(np.int64)
    few = settings.finalists
    return Ranked(ranked if complete else np.vstack([found[:few], ranked[:few]]), complete)


def _keys(network: Network, trees: TreeSet) -> Floats:
    """(2, n_trees) whether a limit is broken, and the loss; infinite where there is no power flow."""
    ranked = ranking.landscape(network, trees, *own_load(network), loss_terms(network))
    loss_kw = np.where(ranked.converged[:, 0], ranked.loss_kw[:, 0], np.inf)
    return np.array([ranked.violation_eur[:, 0] > BROKEN_EUR, loss_kw])
