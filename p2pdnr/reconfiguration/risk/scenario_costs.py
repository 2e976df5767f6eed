"""What topologies cost in scenarios of loads, by exact power flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.break_points import Broken
from p2pdnr.reconfiguration.schedule import meshed_stages
from p2pdnr.reconfiguration.schedule.transition_cost import distances
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies.ranking import landscape
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet


@dataclass(frozen=True, eq=False)
class ScenarioCase:
    """N equally likely scenarios of T steps: net withdrawals ``load_kw``, ``load_kvar`` (N, T, n), and the operator's
    terms; ``parts`` where loops that nothing can open were broken, the network then being that of ``parts``."""

    network: Network
    load_kw: Floats
    load_kvar: Floats
    terms: OperatorTerms
    parts: Broken | None = None

    def __len__(self) -> int:
        return len(self.load_kw)

    @property
    def steps(self) -> int:
        """T."""
        return int(self.load_kw.shape[1])

    def of(self, scenario: int) -> LoadCase:
        """One scenario by itself."""
        return LoadCase(self.network, self.load_kw[scenario], self.load_kvar[scenario], self.terms)


def stage_eur(case: LoadCase, trees: TreeSet, parts: Broken | None = None) -> Floats:
    """(n_trees, T) EUR of losses and violations, infinite where there is no power flow."""
    if parts is not None:
        return meshed_stages.table_eur(case, parts, trees)
    found = landscape(case.network, trees, case.load_kw, case.load_kvar, case.terms)
    return found.stage_cost(case.terms)


def weighted_eur(case: ScenarioCase, trees: TreeSet, weights: Floats, go_on: Callable[[], bool]) -> Floats | None:
    """(n_trees, T) the sum over scenarios with a weight of weight times cost; None where it was ended early."""
    total = np.zeros((len(trees), case.steps))
    for scenario in np.flatnonzero(weights):
        if not go_on():
            return None
        total += weights[scenario] * stage_eur(case.of(int(scenario)), trees, case.parts)
    return total


def table_eur(case: ScenarioCase, trees: TreeSet) -> Floats:
    """(N, n_trees, T) for few trees."""
    return np.array([stage_eur(case.of(scenario), trees, case.parts) for scenario in range(len(case))])


def schedule_eur(case: ScenarioCase, closed: Bools) -> Floats:
    """(N,) what a schedule (T, m) costs in every scenario, switching included."""
    total = np.full(len(case), switching_eur(case, closed))
    for row in np.unique(closed, axis=0):
        hours = np.flatnonzero((closed == row).all(axis=1))
        tree = TreeSet(np.flatnonzero(~row)[None].astype(np.int32), case.network.n_lines, complete=False)
        every = replace_loads(case, case.load_kw[:, hours], case.load_kvar[:, hours])
        total += stage_eur(every, tree, case.parts)[0].reshape(len(case), len(hours)).sum(axis=1)
    return total


def replace_loads(case: ScenarioCase, load_kw: Floats, load_kvar: Floats) -> LoadCase:
    """All scenarios of some steps (N, t, n) as steps one after the other."""
    n = case.network.n_buses
    return LoadCase(case.network, load_kw.reshape(-1, n), load_kvar.reshape(-1, n), case.terms)


def switching_eur(case: ScenarioCase, closed: Bools) -> float:
    """Of all operations of a schedule (T, m), a return to the initial state included where that is asked for."""
    states = [case.network.closed, *closed, *([case.network.closed] if case.terms.return_to_initial else [])]
    moved = np.abs(np.diff(np.array(states, dtype=np.int64), axis=0)).sum(axis=0)
    return float(moved @ case.terms.switching_cost_eur)


def apart(trees: TreeSet, terms: OperatorTerms) -> tuple[Floats, Ints]:
    """(n, n) price of the way between any two of few trees, and the number of operations."""
    rows = [distances(trees, trees.closed(index), terms.switching_cost_eur) for index in range(len(trees))]
    return np.array([row.cost_eur for row in rows]), 2 * np.array([row.exchanges for row in rows], dtype=np.int64)


def without_rest(terms: OperatorTerms) -> OperatorTerms:
    """Terms that a schedule within the limits keeps in any case: without dwell and daily budget."""
    return replace(terms, min_dwell_steps=None, max_per_day=None)
