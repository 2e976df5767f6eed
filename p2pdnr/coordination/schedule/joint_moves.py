"""Tap changers and capacitors that move with the topology: proposals for both together, tested by tier 1.

Levers are held while a schedule is sought and negotiated. Then the cheapest schedule of topologies and positions
together is worked out, in three looks as in the local search (:mod:`.local_search`): at the plan's own injections, over
all topologies that can be ranked; at the injections of the market alone, with some feed-in given up where that is
cheaper, and with prosumers that move against a resistance, both over the most promising topologies. What a look
proposes is negotiated at its positions and taken only where the plan on it costs less, exact power flow included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.plans.dispatch import Dispatch, lever_costs, switching_eur
from p2pdnr.coordination.problem import CoordinationProblem, at_positions, given
from p2pdnr.coordination.schedule.choice import Choice, Static
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.local_search import LOOKS, Proposal
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.coordination.schedule.tree_costs import (
    cheapest_rows,
    finite_costs,
    schedule_closed,
    soft_stage_costs,
    stage_costs,
    unconstrained_costs,
)
from p2pdnr.reconfiguration.schedule.joint_programme import JointProgramme, JointSchedule
from p2pdnr.reconfiguration.schedule.joint_search import cheapest_single, cheapest_together
from p2pdnr.reconfiguration.schedule.lever_states import LeverStates, lever_states
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.reconfiguration.topologies.tree_set import distinct

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class JointProposal(Proposal):
    """A schedule (T, m) with levers at ``positions`` (T, L)."""

    positions: Ints


@dataclass(frozen=True, eq=False)
class Among:
    """What levers and topologies are chosen from: ``trees``, the injections ``unconstrained_kw`` (K, T) of the market
    alone, and how a mode chooses."""

    trees: TreeSet
    unconstrained_kw: Floats
    choice: Choice


def states_of(problem: CoordinationProblem) -> LeverStates:
    """The positions that the levers of a problem may have together.

    Raises :class:`NetworkError` where they are too many.
    """
    assert problem.network.levers is not None
    return lever_states(problem.network.levers)


def positions_of(problem: CoordinationProblem) -> Ints:
    """(T, L) positions of a problem whose levers move; those of the network before they do."""
    assert problem.network.levers is not None
    held = np.tile(np.array(problem.network.levers.positions, dtype=np.int64), (problem.hours, 1))
    return held if problem.operator.positions is None else problem.operator.positions


def joint_proposals(context: Context, among: Among, plan: Dispatch) -> Iterator[JointProposal]:
    """Schedules of topologies and positions worth testing, the most informed first."""
    problem, settings = context.problem, context.settings.search
    states, own = states_of(problem), given(problem, plan.reactive_kvar)
    agreed = _ranked_at(own, _few_enough(context, among, plan, states), plan, states)
    first = chosen(agreed, among.choice, context)
    rows = _promising(agreed, first, plan, settings)
    some = agreed.over(rows)
    free = _at_every(own, states, lambda at: unconstrained_costs(at, some.trees, among.unconstrained_kw, settings))
    unconstrained = chosen(replace(some, stage=free), among.choice, context)
    used = np.union1d(unconstrained.indices, np.flatnonzero(_is_in_use(some.trees, plan, problem)))
    used = np.union1d(used, np.searchsorted(rows, first.indices))
    used = np.union1d(used, _best(np.minimum(free, some.stage), settings.lever_finalists))
    soft = _soft(problem, some.over(used), plan, settings)
    schedules = (
        (soft, chosen(soft, among.choice, context)),
        (agreed, first),
        (some, unconstrained),
    )
    for look, (programme, found) in zip(LOOKS, schedules, strict=True):
        closed, positions = schedule_closed(programme.trees, found.indices), states.positions[found.states]
        yield JointProposal(look, closed, promise(problem, soft, plan, (closed, positions)), positions)


def chosen(programme: JointProgramme, choice: Choice, context: Context) -> JointSchedule:
    """The cheapest schedule that a mode allows; whether it is proved to be the cheapest is remembered."""
    if isinstance(choice, Static):
        return cheapest_single(programme)
    found, exact = cheapest_together(programme)
    if not exact:
        told = "levers: under the limits on switching not all schedules of topologies and positions were compared"
        context.journal.remark("levers", told)
    return found


def promise(problem: CoordinationProblem, soft: JointProgramme, plan: Dispatch, then: tuple[Bools, Ints]) -> float:
    """EUR that a schedule with its positions gains over the plan's by the costs ``soft``, prosumers moving; infinite
    where these do not know one of the two."""
    now = plan.closed, positions_of(problem)
    own, other = (_soft_eur(soft, *pair) for pair in (now, then))
    if other is None or own is None:
        return np.inf
    before, after = (schedule_eur(problem, *pair) for pair in (now, then))
    return own - other + before - after


def schedule_eur(problem: CoordinationProblem, closed: Bools, positions: Ints) -> float:
    """What switching and the steps of levers cost."""
    return switching_eur(problem, closed) + lever_costs(at_positions(problem, positions)).get("levers", 0.0)


def _soft_eur(soft: JointProgramme, closed: Bools, positions: Ints) -> float | None:
    try:
        trees = soft.trees.places(closed)
    except KeyError:
        return None
    states = (soft.levers.positions[None] == positions[:, None]).all(axis=2).argmax(axis=1)
    return float(soft.stage[np.arange(len(closed)), trees, states].sum())


def _few_enough(context: Context, among: Among, plan: Dispatch, states: LeverStates) -> TreeSet:
    """All trees, or those that are cheapest at the plan's own injections and positions, where all are too many."""
    problem, settings, trees = context.problem, context.settings.search, among.trees
    if len(trees) * problem.hours * len(states) <= settings.lever_stages:
        return trees
    own = given(problem, plan.reactive_kvar)
    stage_eur = finite_costs(stage_costs(own, trees, plan.response.injection_kw), settings.last_place)
    rows = cheapest_rows(stage_eur, settings)
    told = f"levers: the {len(rows):,} topologies of {len(trees):,} that are cheapest where levers stand were looked at"
    context.journal.remark("lever trees", f"{told} at all {len(states)} positions")
    in_use = [np.flatnonzero(~row)[None] for row in (problem.network.closed, *np.unique(plan.closed, axis=0))]
    return distinct(problem.network, np.vstack([*in_use, trees.open_lines[rows]]))


def _ranked_at(problem: CoordinationProblem, trees: TreeSet, plan: Dispatch, states: LeverStates) -> JointProgramme:
    """The programme of all trees at all positions, at the plan's injections."""
    assert problem.levers is not None
    stage = _at_every(problem, states, lambda at: stage_costs(at, trees, plan.response.injection_kw))
    return JointProgramme(stage, trees, states, problem.terms, problem.levers, problem.network.closed)


def _at_every(
    problem: CoordinationProblem, states: LeverStates, costs: Callable[[CoordinationProblem], Floats]
) -> Floats:
    """(T, n_trees, S) costs (n_trees, T) at every position of the levers."""
    stages = []
    for where in states.positions:
        stages.append(costs(at_positions(problem, np.tile(where, (problem.hours, 1)))).T)
    return np.ascontiguousarray(np.stack(stages, axis=2))


def _soft(
    problem: CoordinationProblem, programme: JointProgramme, plan: Dispatch, settings: SearchSettings
) -> JointProgramme:
    """The programme at costs with prosumers that move."""
    unknown = np.full((len(programme.trees), problem.hours), np.nan)
    resistance = settings.resistance_eur_per_kw2
    stage = _at_every(
        problem, programme.levers, lambda at: soft_stage_costs(at, programme.trees, plan, resistance, unknown)
    )
    return replace(programme, stage=stage)


def _promising(programme: JointProgramme, first: JointSchedule, plan: Dispatch, settings: SearchSettings) -> Ints:
    """Rows of the trees in use, in the first schedule, and the cheapest of each hour and of all hours, at whatever
    positions."""
    least = np.where(np.isfinite(programme.stage), programme.stage, np.inf).min(axis=2)
    found = [first.indices, np.flatnonzero(_in_use(programme.trees, [*plan.closed, programme.initial]))]
    count = min(settings.finalists_per_hour, least.shape[1])
    found += [np.argpartition(row, count - 1)[:count] for row in least]
    found.append(_best(programme.stage, settings.finalists_of_all_hours))
    return np.unique(np.concatenate(found))


def _best(stage: Floats, count: int) -> Ints:
    """Rows of the cheapest trees over all hours, each hour at its best positions."""
    total = np.nan_to_num(stage.min(axis=2).sum(axis=0), posinf=np.inf)
    return np.argsort(total, kind="stable")[:count]


def _is_in_use(trees: TreeSet, plan: Dispatch, problem: CoordinationProblem) -> Bools:
    return _in_use(trees, [*plan.closed, problem.network.closed])


def _in_use(trees: TreeSet, rows: list[Bools]) -> Bools:
    """(n_trees,) whether a tree is one of those given by their closed lines."""
    found = np.zeros(len(trees), dtype=np.bool_)
    for closed in np.unique(np.array(rows), axis=0):
        try:
            found[trees.find(closed)] = True
        except KeyError:
            continue
    return found
