"""What an operator chooses from while a day is rolled: topologies, or topologies with positions of tap changers and
capacitors; each pair is one choice, in the order of topologies and then of positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.levers import at
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration.not_supplied import OutagePrice
from p2pdnr.reconfiguration.schedule.joint_programme import JointProgramme
from p2pdnr.reconfiguration.schedule.joint_search import cheapest_together
from p2pdnr.reconfiguration.schedule.lever_states import LeverStates, lever_states
from p2pdnr.reconfiguration.schedule.pool_growth import searched, staged
from p2pdnr.reconfiguration.schedule.pruning import cheapest
from p2pdnr.reconfiguration.schedule.transition_cost import distances
from p2pdnr.reconfiguration.terms import LeverTerms, LoadCase, OperatorTerms, from_scenario, lever_terms, outage_price
from p2pdnr.reconfiguration.topologies.branch_exchange import Effort
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees, distinct, enumerable
from p2pdnr.verification.plan import Plan

MOST_RANKED = 4_000_000
"""Topologies times steps up to which all of them are compared where levers stay."""
MOST_STAGES = 40_000_000
"""Topologies times steps times positions where they move."""


@dataclass(frozen=True, eq=False)
class Standing:
    """Where everything stands: lines ``closed`` (m,), the ``state`` of the levers (0 where none moves); and what the
    day has seen so far: ``operations`` of lines, ``steps`` of levers."""

    closed: Bools
    state: int
    operations: int = 0
    steps: int = 0


@dataclass(frozen=True)
class Way:
    """What it takes to get from one place to another: EUR, operations of lines, steps of levers."""

    eur: float
    operations: int
    steps: int


@dataclass(frozen=True, eq=False)
class Found:
    """The cheapest choices of the steps to come, what they cost, and whether no others are cheaper."""

    indices: Ints
    cost_eur: float
    proved: bool


@dataclass(frozen=True, eq=False)
class Choices:
    """The operator's problem: topologies of a ``network``, terms without a return, what the return costs from each
    choice (N * S,), the ``levers`` that move with their terms, None where they stay, and the price of energy that
    ``outages`` leave unsupplied over the whole day, None where it has none."""

    network: Network
    terms: OperatorTerms
    trees: TreeSet
    back_eur: Floats
    levers: LeverStates | None = None
    lever_terms: LeverTerms = field(default_factory=LeverTerms)
    outages: OutagePrice | None = None

    @cached_property
    def states(self) -> int:
        """S, positions that levers may have together."""
        return 1 if self.levers is None else len(self.levers)

    def stage_eur(self, p_kw: Floats, q_kvar: Floats, final: bool = False) -> Floats:
        """(N * S, T) EUR of withdrawals (T, n) of the last hours of the day, the return at the end in the last of them;
        energy not supplied at the loads as forecast the day before. A ranking; ``final`` where costs are stated: with
        generators that hold their voltages it is then exact, as a ranking is not near enough."""
        outages = None if self.outages is None else self.outages.at(slice(-len(p_kw), None))
        case = LoadCase(self.network, p_kw, q_kvar, self.terms, outages)
        networks = [self.network] if self.levers is None else [at(self.network, row) for row in self.levers.positions]
        exact = final and self.network.generators is not None
        each = [staged(replace(case, network=there), self.trees, exact).stage_eur for there in networks]
        found = np.stack(each, axis=1).reshape(-1, len(p_kw))
        found[:, -1] += self.back_eur
        return found

    def cheapest(self, stage_eur: Floats, now: Standing) -> Found:
        """The cheapest choices of the steps to come from where everything stands, with what is left of a day."""
        terms = self.terms
        if terms.max_per_day is not None:
            terms = replace(terms, max_per_day=terms.max_per_day - now.operations)
        if self.levers is None:
            found, exact = cheapest(stage_eur, self.trees, terms, now.closed)
            return Found(found.indices, found.cost_eur, exact)
        most = self.lever_terms.max_per_day
        left = replace(self.lever_terms, max_per_day=None if most is None else most - now.steps)
        stage = stage_eur.reshape(len(self.trees), self.states, -1).transpose(2, 0, 1)
        levers = replace(self.levers, start=now.state)
        programme = JointProgramme(np.ascontiguousarray(stage), self.trees, levers, terms, left, now.closed)
        both, exact = cheapest_together(programme)
        return Found(both.indices * self.states + both.states, both.cost_eur, exact)

    def way(self, now: Standing, choice: int) -> Way:
        """From where everything stands to a choice."""
        to = distances(self.trees, now.closed, self.terms.switching_cost_eur)
        tree, state = divmod(choice, self.states)
        steps = 0 if self.levers is None else int(self.levers.steps_from(now.state)[state])
        eur = float(to.cost_eur[tree]) + self.lever_terms.step_eur * steps
        return Way(eur, 2 * int(to.exchanges[tree]), steps)

    def moved(self, now: Standing, choice: int, way: Way) -> Standing:
        """Where everything stands then."""
        tree, state = divmod(choice, self.states)
        return Standing(self.trees.closed(tree), state, now.operations + way.operations, now.steps + way.steps)

    def start(self) -> Standing:
        """Before the first step."""
        return Standing(self.network.closed, 0 if self.levers is None else self.levers.start)

    def places(self, closed: Bools, positions: Ints | None) -> Ints:
        """(T,) the choices of a plan."""
        trees = np.asarray(self.trees.places(closed))
        if self.levers is None or positions is None:
            return trees * self.states + self.start().state
        same = (positions[:, None, :] == self.levers.positions[None]).all(axis=2)
        return np.asarray(trees * self.states + same.argmax(axis=1))

    def closed(self, choices: Sequence[int] | Ints) -> Bools:
        """(T, m) lines of choices."""
        return np.array([self.trees.closed(int(choice) // self.states) for choice in choices])

    def positions(self, choices: Sequence[int] | Ints) -> Ints | None:
        """(T, L) positions of choices, None where levers stay."""
        if self.levers is None:
            return None
        return self.levers.positions[np.array(choices, dtype=np.int64) % self.states]


def choices_of(plan: Plan) -> Choices:
    """What the operator of a plan chooses from.

    Raises :class:`NetworkError` where levers have too many positions together.
    """
    network, terms = plan.network, from_scenario(plan.scenario, plan.network)
    moving = lever_terms(plan.scenario)
    levers = None if moving is None or network.levers is None else lever_states(network.levers)
    outages = outage_price(plan.scenario, network)
    trees = _trees(plan, terms, 1 if levers is None else len(levers))
    back = distances(trees, network.closed, terms.switching_cost_eur).cost_eur[:, None]
    if levers is not None and moving is not None:
        back = back + moving.step_eur * levers.steps_from(levers.start)
    back_eur = np.asarray(back if terms.return_to_initial else np.zeros_like(back)).ravel()
    held = replace(terms, return_to_initial=False)
    return Choices(network, held, trees, back_eur, levers, moving or LeverTerms(), outages)


def _trees(plan: Plan, terms: OperatorTerms, states: int) -> TreeSet:
    """All topologies, or what a search finds beside those of the plan."""
    network, steps = plan.network, len(plan.closed)
    count = count_spanning_trees(network)
    most = MOST_RANKED if states == 1 else MOST_STAGES
    if enumerable(network, count) and count * steps * states <= most:
        return all_trees(network)
    outages = outage_price(plan.scenario, network)
    case = LoadCase(network, plan.withdrawal_kw, plan.withdrawal_kvar, terms, outages)
    found = searched(case, Effort(), lambda: True).trees.open_lines
    planned = np.array([np.flatnonzero(~row) for row in np.vstack([network.closed, plan.closed])])
    return distinct(network, np.vstack([planned, found]))
