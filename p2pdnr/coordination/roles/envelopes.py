"""The operator publishes envelopes: injections between which every combination keeps its limits.

The market says what it wants by itself. The operator chooses the topologies of its mode at these injections for its own
cost, and for every hour the widest envelope that reaches what was asked, or comes as near as can be
(:mod:`.widest_box`). Near is what takes back least of what is worth something: a kWh that is not fed in counts what the
retailer pays for it, load that is not served the price of violations. The market clears once more, without charges,
every injection within its envelope. Further rounds choose topologies at these injections, and, where anything is taken
back, those on which that is worth least (:mod:`.short_list`). What costs least in all runs: the operator's cost, and
what is taken back at its worth.

An envelope may oblige: where asking for more would break a limit if somebody did less, an interval ends at what was
asked. Whoever has a battery or load to shift may then lack in one hour what its envelope takes from it in another.
Whoever has no plan within its intervals is taken as if it used neither, which leaves it one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.modes import choices
from p2pdnr.coordination.plans.dispatch import Dispatch, delivery, dispatch
from p2pdnr.coordination.problem import CoordinationProblem, with_injection_bounds
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.roles.corners import Box, Feeder, Limits, limits_of
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.roles.short_list import by_worth
from p2pdnr.coordination.roles.widest_box import MARGIN, Wish, Worth, nearest_point, widest_box
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import searched_trees
from p2pdnr.coordination.uncoordinated import cheapest_schedule, clear_market
from p2pdnr.errors import SolverError
from p2pdnr.market.responses import Response, prosumer_block
from p2pdnr.market.terms import ProsumerTerms, TradeTerms
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LEAST_VALUE_SHARE = 1e-3
"""Of the violation price: what a kWh that is taken back is worth at least."""
NOTICEABLE = 1e-6
"""In p.u. and as a share: a limit is not kept beyond this."""
MOST_NAMED = 8


@dataclass(frozen=True, eq=False)
class Asked:
    """What the market wants by itself, (K, T) each: injections, and between what every one could be taken back without
    another hour of its prosumer: own power that is fed in, load and charging that is left off; ``by_choice_kw`` is
    what charging and elastic load use of that."""

    injection_kw: Floats
    least_kw: Floats
    most_kw: Floats
    by_choice_kw: Floats


@dataclass(frozen=True, eq=False)
class Envelope:
    """``low_kw``, ``high_kw`` (K, T) of a schedule ``closed`` (T, m); ``broken`` names limits that no injections that
    may be had keep."""

    closed: Bools
    low_kw: Floats
    high_kw: Floats
    broken: tuple[str, ...]

    def cut_kw(self, asked_kw: Floats) -> Floats:
        """(K, T) how far what was asked lies outside."""
        return np.maximum(np.maximum(asked_kw - self.high_kw, self.low_kw - asked_kw), 0.0)


@dataclass(frozen=True, eq=False)
class Round:
    """An envelope and the plan within it."""

    envelope: Envelope
    dispatch: Dispatch


def plan_envelopes(context: Context, trees: TreeSet | None, mode: str) -> RolePlan:
    """Envelopes of a mode ("fixed", "static", "hourly") and the market's plan within them; ``trees`` are all radial
    ones, None where they are too many.

    Raises :class:`PowerFlowError` where no topology of the mode carries what the market wants.
    """
    problem = context.problem
    cleared = clear_market(context)
    response = delivery(problem, cleared.agreement, context.settings.acceptance)[1]
    asked = asked_by(problem, response)
    worth = _worths(problem, asked)
    first = _round(context, _schedule(context, trees, mode, asked.injection_kw), response)
    rounds, cut = [first], np.asarray(first.envelope.cut_kw(asked.injection_kw).any(axis=0))
    schedules = [_schedule(context, trees, mode, first.dispatch.response.injection_kw)]
    if cut.any() and mode != "fixed":
        schedules += _where_less_is_cut(context, (trees, mode), asked, cut)
    for closed in schedules:
        if not any(np.array_equal(closed, item.envelope.closed) for item in rounds):
            rounds.append(_round(context, closed, response))
    return _told(problem, min(rounds, key=lambda item: _cost_eur(problem, item, asked, worth)), asked.injection_kw)


def _where_less_is_cut(context: Context, choice: tuple[TreeSet | None, str], asked: Asked, cut: Bools) -> list[Bools]:
    """The schedule of a mode on which what is taken back is worth least, as far as topologies are looked at; ``cut``
    (T,) says in which hours anything is."""
    problem, (trees, mode), worth = context.problem, choice, _worths(context.problem, asked)
    trees = trees or searched_trees(problem, asked.injection_kw, context.settings.search)

    def cost_of(closed: Bools, hour: int) -> float:
        feeder, limits, wish = *_feeder(problem, closed, hour), _wish(asked, worth, hour)
        inside = nearest_point(feeder, limits, wish)
        state = feeder.at(inside[None])
        if not limits.excess(state)[0] <= 0.0:
            return np.inf
        load_kw = problem.net_load_kw(np.tile(inside[:, None], problem.hours))[[hour]]
        flow = solve_tree(problem.network, feeder.tree, load_kw, problem.operator.load_kvar[[hour]])
        return problem.terms.loss_eur_per_kw * float(flow.loss_kw.sum()) + problem.step_h * wish.distance(inside)

    found = by_worth(problem, trees, mode, (asked.injection_kw, cut), cost_of)
    return [] if found is None else [found]


def _worths(problem: CoordinationProblem, asked: Asked) -> list[Worth]:
    """What a kWh counts that is taken back, hour by hour, in EUR."""
    price = problem.terms.violation_price_eur_per_kwh
    sell = np.array([item.sell_eur_per_kwh for item in problem.block.terms])
    value = np.maximum(sell, LEAST_VALUE_SHARE * price)
    load = np.full_like(value, price)
    return [Worth(value[:, t], value[:, t], load[:, t], asked.by_choice_kw[:, t]) for t in range(problem.hours)]


def _wish(asked: Asked, worth: list[Worth], hour: int) -> Wish:
    within = Box(asked.least_kw[:, hour], asked.most_kw[:, hour])
    return Wish(asked.injection_kw[:, hour], within, worth[hour])


def _cost_eur(problem: CoordinationProblem, item: Round, asked: Asked, worth: list[Worth]) -> float:
    """What a round costs the operator, and what its envelope takes back at its worth."""
    nearest = np.clip(asked.injection_kw, item.envelope.low_kw, item.envelope.high_kw)
    taken = sum(_wish(asked, worth, t).distance(nearest[:, t]) for t in range(problem.hours))
    return _operator_eur(item.dispatch) + problem.step_h * taken


def _schedule(context: Context, trees: TreeSet | None, mode: str, injection_kw: Floats) -> Bools:
    """(T, m) the operator's cheapest schedule of a mode at given injections."""
    problem, search = context.problem, context.settings.search
    if mode == "fixed":
        return np.tile(problem.network.closed, (problem.hours, 1))
    trees = trees or searched_trees(problem, injection_kw, search)
    return cheapest_schedule(problem, trees, choices(Journal(), search)[mode], injection_kw)


def _round(context: Context, closed: Bools, response: Response) -> Round:
    """Envelopes on a schedule, and the market within them."""
    problem = context.problem
    envelope = envelopes(problem, closed, response)
    within = replace(context, problem=with_injection_bounds(problem, envelope.low_kw, envelope.high_kw))
    cleared = clear_market(within)
    return Round(envelope, dispatch(within.problem, closed, cleared.agreement, context.settings.acceptance))


def envelopes(problem: CoordinationProblem, closed: Bools, response: Response) -> Envelope:
    """The widest envelopes of a schedule (T, m) around what prosumers answered to the market alone."""
    asked = asked_by(problem, response)
    found = _around(problem, closed, asked)
    unable = [k for k, item in enumerate(problem.block.terms) if _is_unable(item, found, k, asked.injection_kw)]
    if not unable:
        return found
    still = _without_storage(problem, response, asked, unable)
    return _around(problem, closed, still)


def asked_by(problem: CoordinationProblem, response: Response) -> Asked:
    """What an answer asks for, and how much of every injection can be taken back."""
    own = {name: values.T for name, values in response.quantities.items()}
    loads_kw = np.array([item.load_kw for item in problem.block.terms])
    made = own["pv_kw"] + own["discharge_kw"] + own["generator_kw"]
    by_choice = own["elastic_kw"] + own["charge_kw"]
    used = loads_kw - own["unserved_kw"] + by_choice
    least, most = (np.array([item.reach_kw[end] for item in problem.block.terms]) for end in range(2))
    asked_kw = np.clip(response.injection_kw, least, most)
    return Asked(asked_kw, asked_kw - made, asked_kw + used, by_choice)


def _without_storage(problem: CoordinationProblem, response: Response, asked: Asked, who: list[int]) -> Asked:
    """The same where some use neither battery nor shifting: what they may be held to in any hour, whatever the others
    are."""
    own = {name: values.T for name, values in response.quantities.items()}
    idle = np.isin(np.arange(len(asked.injection_kw)), who)[:, None]
    discharge, charge = (np.where(idle, own[name], 0.0) for name in ("discharge_kw", "charge_kw"))
    injection_kw = asked.injection_kw - discharge + charge + np.where(idle, own["flexible_kw"], 0.0)
    made, used = asked.injection_kw - asked.least_kw - discharge, asked.most_kw - asked.injection_kw - charge
    return Asked(injection_kw, injection_kw - made, injection_kw + used, asked.by_choice_kw - charge)


def _is_unable(item: ProsumerTerms, found: Envelope, k: int, asked_kw: Floats) -> bool:
    """Whether a prosumer has no plan within its intervals, however much its retailer would deliver or take."""
    if not found.cut_kw(asked_kw)[k].any():
        return False
    unlimited = replace(item, import_limit_kw=np.inf, export_limit_kw=np.inf)
    alone = replace(unlimited, low_kw=found.low_kw[k], high_kw=found.high_kw[k])
    nobody = TradeTerms(np.zeros((0, 2), dtype=np.int64), np.zeros(0), np.zeros((0, 2)), 0.0)
    block = prosumer_block((alone,), nobody)
    try:
        block.respond(block.no_pull())
    except SolverError:
        return True
    return False


def _around(problem: CoordinationProblem, closed: Bools, asked: Asked) -> Envelope:
    """Envelopes hour by hour."""
    low_kw, high_kw = np.empty_like(asked.injection_kw), np.empty_like(asked.injection_kw)
    reach = np.array([item.reach_kw for item in problem.block.terms])
    broken: list[str] = []
    worth = _worths(problem, asked)
    for t in range(problem.hours):
        feeder, limits = _feeder(problem, closed[t], t)
        inside = nearest_point(feeder, limits, _wish(asked, worth, t))
        limits, names = _that_can_be_kept(feeder, limits, inside)
        box = widest_box(feeder, limits, inside, Box(reach[:, 0, t], reach[:, 1, t]))
        low_kw[:, t], high_kw[:, t] = box.low_kw, box.high_kw
        broken += [f"{name} in hour {t}" for name in names]
    return Envelope(closed, low_kw, high_kw, tuple(broken))


def _feeder(problem: CoordinationProblem, closed: Bools, hour: int) -> tuple[Feeder, Limits]:
    """An hour on lines closed (m,), with the limits that the network states."""
    operator = problem.operator
    tree = operator.tree(closed).tree
    feeder = Feeder(problem.network, tree, operator.load_kw[hour], operator.load_kvar[hour], problem.prosumer_bus)
    return feeder, limits_of(problem.network)


def _that_can_be_kept(feeder: Feeder, limits: Limits, inside_kw: Floats) -> tuple[Limits, list[str]]:
    """The limits, those that the nearest point breaks drawn out to what it needs, and what these are called."""
    state, network = feeder.at(inside_kw[None]), feeder.network
    vm_pu, loading = state.vm_pu[0], state.loading[0]
    low, high, over = (
        np.flatnonzero(beyond > NOTICEABLE)
        for beyond in (limits.vm_min_pu - vm_pu, vm_pu - limits.vm_max_pu, loading - limits.loading)
    )
    names = [f"the lower voltage limit of {network.bus_label(int(bus))}" for bus in low]
    names += [f"the upper voltage limit of {network.bus_label(int(bus))}" for bus in high]
    names += [f"the limit of {network.line_label(int(line))}" for line in over]
    drawn = Limits(
        np.minimum(limits.vm_min_pu, vm_pu - MARGIN),
        np.maximum(limits.vm_max_pu, vm_pu + MARGIN),
        np.maximum(limits.loading, loading + MARGIN),
    )
    return (drawn if names else limits), names


def _operator_eur(plan: Dispatch) -> float:
    return sum(plan.costs_eur[name] for name in ("losses", "violations", "switching"))


def _told(problem: CoordinationProblem, best: Round, asked_kw: Floats) -> RolePlan:
    """The plan with its envelope, how wide it is and what it cuts."""
    envelope = best.envelope
    reach = np.array([item.reach_kw for item in problem.block.terms])
    width_kwh = problem.step_h * float((envelope.high_kw - envelope.low_kw).sum())
    widest_kwh = problem.step_h * float((reach[:, 1] - reach[:, 0]).sum())
    named = ", ".join(envelope.broken[:MOST_NAMED]) + (", ..." if len(envelope.broken) > MOST_NAMED else "")
    return RolePlan(
        dispatch=best.dispatch,
        asked_kw=asked_kw,
        low_kw=envelope.low_kw,
        high_kw=envelope.high_kw,
        curtailed_kw=np.maximum(np.maximum(asked_kw, 0.0) - np.maximum(envelope.high_kw, 0.0), 0.0),
        figures={
            "cut_kwh": problem.step_h * float(envelope.cut_kw(asked_kw).sum()),
            "width_kwh": width_kwh,
            "width_share": width_kwh / widest_kwh if widest_kwh > 0.0 else None,
            "limits_not_kept": float(len(envelope.broken)),
        },
        remarks=(f"limits that no envelope keeps: {named}",) if named else (),
    )
