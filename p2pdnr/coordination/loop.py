"""The two-tier loop on one page.

Tier 1 negotiates trades and injections for a given schedule of trees (:mod:`.convex`). Tier 2 chooses the schedule:

  binary phase   while tier 1 still moves, rank radial trees at the operator's target injections by exact power flow,
                 choose the cheapest schedule, keep only trees within a shrinking margin of it. Free binaries, the
                 lines on which the kept trees of an hour differ, never grow and end at zero. With
                 ``Rules.topology`` "misocp" a mixed-integer programme over them picks each hour's tree
                 (:mod:`.programmes`).
  convex phase   with every switch frozen, tier 1 runs to its tolerance.
  polish         search all trees again at several injections; a candidate is accepted only if its dispatched cost,
                 exact power flow included, falls by more than a threshold (:mod:`.polish`).

What is proved: the convex phase converges, binary phase and polish end. Not: that the schedule is the best of all.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.state import Agreement, Rules
from p2pdnr.coordination.plans.dispatch import Dispatch, dispatch
from p2pdnr.coordination.plans.incumbents import FIRST_ANSWER_KW
from p2pdnr.coordination.plans.limit_margins import held_back
from p2pdnr.coordination.problem import Problem
from p2pdnr.coordination.progress.frames import Survivors
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule import programmes
from p2pdnr.coordination.schedule.choice import Choice
from p2pdnr.coordination.schedule.local_search import polish
from p2pdnr.coordination.schedule.tree_costs import Outlook, renewed, schedule_closed, stage_costs
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.market.best_bill import savings_eur
from p2pdnr.market.settlement import items_eur, negligible_eur
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration.topologies.graph_reduction import free_binaries, free_lines
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

SHRINK = 0.35
ROUNDS = 5
NEGOTIATIONS_PER_ROUND = 8
FIRST_MARGIN = 0.25
"""Of the best schedule's stage cost: how far from it a tree may be and still be kept after the first ranking."""

MOST_KEPT = 500
RENEWALS = 6
"""Most times that the pool of a large network is filled again at the injections of a plan."""

SURPRISE = 2e-4
"""Of the sum of the cost parts: by how much a plan may cost more than agreed on before the tolerance is tightened."""


TIGHTENINGS = ((1.0, np.inf), (0.2, 1e-2), (0.04, 1e-3))
"""Times the tolerance, one after the other until a plan will do; and how far in EUR/kWh prices may still move in the
last turn where plans are as agreed and somebody regrets."""

FINER, FINER_WORK = ((0.008, 1e-4), (0.0016, 1e-5), (0.0003, 1e-6)), 2_000_000
"""The same beyond these where copies agree and a plan will still not do, as for the regret of somebody with next to no
turnover whose neighbours' trades are large; and the most turns of each times prosumers and hours. What does not come to
rest in them is not taken."""

AFTER_DISPATCH = 1.5
"""Times the tolerance: how far the dispatch may move injections once the negotiation has ended."""

MOVING_EUR_PER_KWH, MOVING = 1e-2, 1e-3
"""How far prices may still move in a turn, whichever is more: that, or so much of the highest."""

OFFER_EVERY = 3

BEYOND_LIMIT_KW = 5e-4
"""Rounding that a trade may be beyond its pair's limit."""


@dataclass(frozen=True, eq=False)
class Kept:
    """The trees that are still in play: ``trees`` and ``mask`` (n_trees, T); a schedule is chosen among those
    ``offered`` (n_trees,), or among all. ``within`` trees were within the margin, of which the best are kept."""

    trees: TreeSet
    mask: Bools
    offered: Bools | None = None
    within: int = 0

    @property
    def free_binaries(self) -> int:
        """Lines, summed over hours, on which the kept trees differ."""
        return free_binaries(self.trees.open_lines.astype(np.int64), self.mask)

    @property
    def survivors(self) -> Survivors:
        """How many trees are kept in each hour, and on which lines they differ."""
        count, opened = self.mask.sum(axis=0), self.trees.open_lines.astype(np.int64)
        is_open = np.zeros((len(opened), int(opened.max(initial=-1)) + 1))
        is_open[np.arange(len(opened))[:, None], opened] = 1.0
        share = self.mask.T.astype(np.float64) @ is_open
        undecided = (share > 0.0) & (share < count[:, None])
        return Survivors(tuple(count.tolist()), tuple(tuple(np.flatnonzero(row).tolist()) for row in undecided))


def coordinate(
    problem: Problem,
    outlook: Outlook,
    choice: Choice,
    start: tuple[Agreement, list[Dispatch]],
    rules: Rules,
    journal: Journal,
) -> Dispatch:
    """Find a schedule and everything that runs on it.

    ``start`` is where the negotiation stands, and the plans of narrower modes, which are tested as they are.
    """
    state, known = start
    found = first_plan(problem, outlook, choice, state, rules, journal)
    return improved(problem, outlook, choice, [found, *known], rules, journal)


def first_plan(
    problem: Problem, outlook: Outlook, choice: Choice, state: Agreement, rules: Rules, journal: Journal
) -> Dispatch:
    """Binary and convex phase: a schedule, and the plan on it."""
    journal.enter("binary")
    closed, state = binary_phase(problem, outlook, choice, state, rules, journal)
    journal.enter("convex")
    return convex_phase(problem, closed, state, rules, journal)


def settled(
    problem: Problem, outlook: Outlook, choice: Choice, plans: list[Dispatch], rules: Rules, journal: Journal
) -> Dispatch:
    """The best of some plans, polished; where not all trees are known, again and again over those that a search at the
    plan's own injections finds, until none of them improves it."""
    plan = improved(problem, outlook, choice, plans, rules, journal)
    if not outlook.trees.complete:
        journal.remark("pool", _pool(problem, outlook))
    for _ in range(0 if outlook.trees.complete else RENEWALS):
        if journal.out_of_time:
            break
        journal.enter("search")
        outlook = renewed(problem, outlook, plan, rules.seed, lambda: not journal.out_of_time)
        better = improved(problem, outlook, choice, [plan], rules, journal)
        if better is plan:
            break
        plan = better
    return plan


def _pool(problem: Problem, outlook: Outlook) -> str:
    count = count_spanning_trees(problem.network)
    return f"topologies: pools of some {len(outlook.trees):,} were searched, not all {float(count):.3g}"


def improved(
    problem: Problem, outlook: Outlook, choice: Choice, plans: list[Dispatch], rules: Rules, journal: Journal
) -> Dispatch:
    """The best of some plans, polished; all but the first are those of narrower modes."""
    best = min(plans, key=lambda plan: plan.total_eur)
    journal.enter("polish")
    better = polish(problem, outlook, choice, best, rules, journal)
    # those of narrower modes were negotiated roughly, however near their copies happen to be
    if better is plans[0] or (better not in plans[1:] and is_close(problem, better, rules)):
        return better
    return convex_phase(problem, better.closed, better.agreement, rules, journal)


def binary_phase(
    problem: Problem, outlook: Outlook, choice: Choice, state: Agreement, rules: Rules, journal: Journal
) -> tuple[Bools, Agreement]:
    """Freeze switch after switch while the negotiation moves; returns the schedule (T, m) and where tier 1 stands.

    The first ranking is at the unconstrained injections; later ones at the operator's target injections.
    """
    kept = Kept(outlook.trees, np.ones(outlook.wish_eur.shape, dtype=np.bool_))
    few = replace(rules, max_iterations=NEGOTIATIONS_PER_ROUND, balance_until=0)
    stage, margin = outlook.wish_eur, FIRST_MARGIN
    for remaining in range(ROUNDS, 0, -1):
        kept, best = keep(problem, kept, choice, stage, margin if remaining > 1 else 0.0)
        journal.free_binaries, journal.survivors = kept.free_binaries, kept.survivors
        if kept.within > MOST_KEPT:
            journal.remark("kept", f"binary phase: of {kept.within:,} topologies in its margin {MOST_KEPT} were kept")
        closed = schedule_closed(kept.trees, best)
        if journal.free_binaries == 0:
            break
        state = iterations.negotiate(problem, closed, state, few, journal.note)
        if rules.topology == "misocp" and not journal.out_of_time:
            kept = with_picked(problem, kept, best, state.wanted_kw, journal)
        stage = np.where(kept.mask, stage_costs(problem, kept.trees, state.wanted_kw), np.inf)
        margin *= SHRINK
    return closed, state


def with_picked(problem: Problem, kept: Kept, best: Ints, wanted_kw: Floats, journal: Journal) -> Kept:
    """The kept trees with what the mixed-integer programmes of the hours pick at the target injections; the next
    schedule is chosen among those picks and the trees in use."""
    closed = schedule_closed(kept.trees, best)
    free = free_lines(kept.trees.open_lines.astype(np.int64), kept.mask, problem.network.n_lines)
    cost = stage_costs(problem, kept.trees, wanted_kw)[best, np.arange(problem.hours)]
    picked, ended = programmes.pick(problem, closed, free, wanted_kw, cost)
    journal.programmes.extend(ended)
    return Kept(*programmes.joined(kept.trees, kept.mask, picked, (closed, free)))


def keep(problem: Problem, kept: Kept, choice: Choice, stage: Floats, margin: float) -> tuple[Kept, Ints]:
    """The trees within ``margin`` of the best schedule, and that schedule; with margin zero, its trees alone."""
    offered = stage if kept.offered is None else np.where(kept.offered[:, None], stage, np.inf)
    best, hours = choice.best(problem, kept.trees, offered), np.arange(problem.hours)
    near, within = np.zeros_like(kept.mask), 0
    if margin > 0.0:
        marginals = choice.marginals(problem, kept.trees, stage)
        excess = np.where(kept.mask, marginals - marginals[best, hours].min(), np.inf)
        margin_eur = margin * max(1.0, float(stage[best, hours].sum()))
        within = int((excess.min(axis=1) <= margin_eur).sum())
        near = excess <= min(margin_eur, _room_for(excess, MOST_KEPT))
    near[best, hours] = True
    mask = kept.mask & near
    rows = np.flatnonzero(mask.any(axis=1))
    return Kept(kept.trees.subset(rows), mask[rows], within=within), np.searchsorted(rows, best)


def _room_for(excess: Floats, most: int) -> float:
    """The largest margin that keeps at most ``most`` trees."""
    least = np.sort(excess.min(axis=1))
    return float(least[most - 1]) if len(least) > most else np.inf


def convex_phase(problem: Problem, closed: Bools, state: Agreement, rules: Rules, journal: Journal) -> Dispatch:
    """Tier 1 to its tolerance, with every binary frozen, then the plan that can be run.

    Where the copies are still too far apart for trades that both sides can deliver, or for a plan that costs what was
    agreed on, injects what the operator counts on and leaves nobody wishing for another, the tolerance is tightened;
    where the plan broke limits that nobody had agreed to break, they are held back (:mod:`.margins`).
    """
    plans: list[Dispatch] = []
    failure, careful, as_agreed = None, problem, False
    for stage in (*TIGHTENINGS, *FINER):
        if stage in FINER and not state.converged:
            break
        strict, note = _stricter(problem, rules, stage, as_agreed), partial(_note, problem, closed, rules, journal)
        state = iterations.negotiate(careful, closed, state, strict, note)
        if stage in FINER and not state.converged:
            break
        try:
            plans.append(dispatch(problem, closed, state))
        except SolverError as error:
            failure = error
            continue
        plan = plans[-1]
        journal.offer(problem, plan)
        as_agreed = surprise_eur(plan) <= SURPRISE * plan.scale_eur and is_kept(problem, plan, rules)
        if as_agreed and is_content(problem, plan, rules):
            return plan
        careful = held_back(careful, plan, rules.primal_kw)
    if not plans:
        raise failure or SolverError("the negotiation found no plan")
    kept = [plan for plan in plans if is_kept(problem, plan, rules)] or plans
    least_eur = min(plan.total_eur for plan in kept)
    return [plan for plan in kept if plan.total_eur <= least_eur + SURPRISE * plan.scale_eur][-1]


def _stricter(problem: Problem, rules: Rules, stage: tuple[float, float], as_agreed: bool) -> Rules:
    """The rules of one of the tightenings; whether prices rest counts where the last plan was as agreed."""
    times, moving = stage
    work = max(1, FINER_WORK // (len(problem.block.terms) * problem.hours))
    most = min(work, rules.max_iterations) if stage in FINER else rules.max_iterations
    rested = moving if as_agreed else np.inf
    return replace(rules, primal_kw=times * rules.primal_kw, rested_eur_per_kwh=rested, max_iterations=most)


def surprise_eur(plan: Dispatch) -> float:
    """What a plan costs beyond what was agreed on."""
    return plan.total_eur - plan.costs_eur["switching"] - plan.agreement.objective_eur


def _note(problem: Problem, closed: Bools, rules: Rules, journal: Journal, state: Agreement) -> bool:
    """Record a turn; once copies nearly agree a first answer is offered, every few turns until one can be run."""
    enough = journal.note(state)
    nearly = state.primal_kw <= max(FIRST_ANSWER_KW, rules.primal_kw)
    due = len(journal.records) % OFFER_EVERY == 0
    if nearly and due and journal.offers.first(journal.mode) is None:
        with suppress(SolverError, PowerFlowError):
            journal.offer(problem, dispatch(problem, closed, state, thorough=False))
    return enough


def is_kept(problem: Problem, plan: Dispatch, rules: Rules) -> bool:
    """Whether the plan still injects what the operator counts on, and no trade had to exceed its pair's limit."""
    moved_kw = np.abs(plan.response.injection_kw - plan.agreement.wanted_kw).max()
    excess_kw = (np.abs(plan.traded_kw) - problem.trades.limit_kw[:, None]).max(initial=0.0)
    return bool(moved_kw <= AFTER_DISPATCH * rules.primal_kw and excess_kw <= BEYOND_LIMIT_KW)


def is_close(problem: Problem, plan: Dispatch, rules: Rules) -> bool:
    """Whether a plan was negotiated to the tolerance and leaves nobody with regrets."""
    state = plan.agreement
    return state.converged and state.primal_kw <= rules.primal_kw and is_content(problem, plan, rules)


def is_content(problem: Problem, plan: Dispatch, rules: Rules) -> bool:
    """Whether prices rest, nobody could save more than counts by another answer to them and to the charges, and all
    together not so much that the plan would be far from its optimum; where that is asked for."""
    if rules.regretted == np.inf:
        return True
    price_eur = plan.agreement.trading.price_eur
    charge_eur = problem.step_h * plan.charge_eur_per_kwh.sum(axis=0).T[problem.prosumer_bus]
    if plan.agreement.dual_eur_per_kwh > max(MOVING_EUR_PER_KWH, MOVING * highest_eur_per_kwh(problem, plan)):
        return False
    items = np.array(items_eur(problem.block, plan.response, plan.traded_kw, price_eur, charge_eur))
    limit_eur = negligible_eur(problem.block, items)
    try:
        saved_eur = savings_eur(problem.block, (price_eur, charge_eur), items.sum(axis=0), limit_eur)
    except SolverError:  # the certificate will say so
        return True
    together_eur = float(np.maximum(saved_eur, 0.0).sum())
    return bool((saved_eur <= limit_eur).all()) and together_eur <= rules.regretted * plan.scale_eur


def highest_eur_per_kwh(problem: Problem, plan: Dispatch) -> float:
    """The highest price or charge in use, at most what the scenario itself could bring about: its tariffs, or every bus
    at the price of violations. Charges of a grid near its end are multiples of that and say nothing about what counts.
    """
    charge_eur_per_kwh = plan.charge_eur_per_kwh.sum(axis=0).T[problem.prosumer_bus]
    in_use = (plan.agreement.trading.price_eur / problem.step_h, charge_eur_per_kwh)
    tariffs = [(terms.buy_eur_per_kwh, terms.sell_eur_per_kwh) for terms in problem.block.terms]
    dearest = problem.network.n_buses * problem.terms.violation_price_eur_per_kwh
    most = max(dearest, float(np.abs(tariffs).max()))
    return min(most, max(float(np.abs(values).max(initial=0.0)) for values in in_use))
