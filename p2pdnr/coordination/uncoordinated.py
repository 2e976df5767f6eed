"""Trading first, grid afterwards: what happens where nobody coordinates.

The market clears as if the grid were free and without limits; the operator then takes the injections as they are and
picks the topologies that lose and violate least. Nobody answers to what that costs: no network charge is asked, and
violations are priced, not avoided. Against it the coordinated plan of the same mode shows what coordination is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.loop import convex_phase
from p2pdnr.coordination.modes import choices
from p2pdnr.coordination.plans.dispatch import Dispatch, dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.choice import Choice
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import schedule_closed, searched_trees, stage_costs
from p2pdnr.errors import PowerFlowError
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FREE_SHARE = 1e-9
"""Times the impedances: a grid that loses nothing and holds its voltage everywhere."""


@dataclass(frozen=True, eq=False)
class Cleared:
    """A market that has cleared without the grid: where the negotiation ended and what prosumers inject (K, T)."""

    agreement: Agreement
    injection_kw: Floats


def clear_market(context: Context) -> Cleared:
    """The equilibrium of trading alone, negotiated as ever, with an operator to whom everything is equal."""
    plan = cleared_plan(context)
    return Cleared(plan.agreement, plan.response.injection_kw)


def cleared_plan(context: Context) -> Dispatch:
    """The same with all that the prosumers do, on a grid that is none."""
    free = without_grid(context.problem)
    closed = np.tile(free.network.closed, (free.hours, 1))
    start = iterations.opening(free, context.settings.admm)
    return convex_phase(replace(context, problem=free), closed, start)


def without_grid(problem: CoordinationProblem) -> CoordinationProblem:
    """The same market on a grid without losses, limits and prices."""
    network = problem.network
    unlimited = np.full(network.n_lines, np.inf)
    copper = network.with_(r_pu=FREE_SHARE * network.r_pu, x_pu=FREE_SHARE * network.x_pu, limit_a=unlimited)
    terms = replace(problem.terms, loss_price_eur_per_kwh=0.0, violation_price_eur_per_kwh=0.0)
    operator = replace(problem.operator, network=copper, terms=terms, _trees={})
    return replace(problem, network=copper, operator=operator)


def take_as_given(context: Context, trees: TreeSet | None, mode: str, cleared: Cleared) -> Dispatch:
    """The plan of a mode at the market's injections; ``trees`` are all radial ones, None where they are too many.

    Raises :class:`PowerFlowError` naming the hours in which no topology of the mode carries them.
    """
    problem, settings = context.problem, context.settings
    if mode == "fixed":
        closed = np.tile(problem.network.closed, (problem.hours, 1))
    else:
        trees = trees or searched_trees(problem, cleared.injection_kw, settings.search)
        closed = cheapest_schedule(problem, trees, choices(Journal(), settings.search)[mode], cleared.injection_kw)
    return dispatch(problem, closed, cleared.agreement, settings.acceptance)


def cheapest_schedule(problem: CoordinationProblem, trees: TreeSet, choice: Choice, injection_kw: Floats) -> Bools:
    """(T, m) closed lines of the operator's cheapest schedule at the market's injections (K, T).

    Raises :class:`PowerFlowError` naming the hours in which no topology carries them.
    """
    stage = stage_costs(problem, trees, injection_kw)
    blind = np.flatnonzero(~np.isfinite(stage).any(axis=0))
    if len(blind):
        hours = ", ".join(map(str, blind))
        raise PowerFlowError(f"no radial topology carries what the market agreed on in hours {hours}")
    return schedule_closed(trees, choice.best(problem, trees, stage))
