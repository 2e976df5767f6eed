"""Generators that hold their voltages in a study: when they do, the plans with them, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from p2pdnr.coordination.held_voltages import opened, with_held_voltages
from p2pdnr.coordination.modes import MODES
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.network.arrays import Network
from p2pdnr.network.cuts import fixed_loop
from p2pdnr.network.generators import bus_names, holding, is_held
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.results.generators import generator_figures
from p2pdnr.scenario.schema import Scenario

Held = dict[str, tuple[CoordinationProblem, Dispatch]]


def begun(scenario: Scenario, network: Network) -> Network:
    """The network with what generators give in its own state in every hour, where they are to hold their voltages in
    the day: in the role "welfare", where no levers move, no share of unseen days is asked for and no loop is closed for
    good."""
    dso = scenario.dso
    if (
        network.held is None
        or len(fixed_loop(network))
        or dso.role != "welfare"
        or dso.levers != "none"
        or dso.security is not None
    ):
        return network
    return holding(network, np.tile(network.held.generators.kvar, (scenario.hours, 1)))


def start(context: Context) -> Context:
    """The context with what generators give at first."""
    return opened(context) if is_held(context.problem.network) else context


def held(context: Context, trees: TreeSet | None, plans: Mapping[str, Dispatch]) -> Held:
    """Plans by mode with generators that hold their voltages, none dearer than that of a narrower mode, and the problem
    that each has; as they are where none holds a voltage."""
    if not is_held(context.problem.network):
        return {mode: (context.problem, plan) for mode, plan in plans.items()}
    found: Held = {}
    for mode in [name for name in MODES if name in plans]:
        own = with_held_voltages(context, trees, mode, plans[mode])
        found[mode] = min([own, *found.values()], key=lambda item: item[1].total_eur)
    return {mode: found[mode] for mode in plans}


def figures(network: Network) -> dict[str, Any]:
    """What summary.json says of generators that hold their voltages in the day; nothing where none does."""
    return {"generators": generator_figures(network)} if is_held(network) else {}


def remarks(network: Network) -> tuple[str, ...]:
    """What charges and trials by hand know of generators that hold their voltages."""
    if not is_held(network):
        return ()
    said = "charges, ranks of topologies, trials by hand and faults of lines take what they give in the plan as fixed"
    return (f"generators at bus {bus_names(network)} hold their voltages within their limits; {said}",)


def no_bound(network: Network) -> str:
    """Why there is no lower bound over all schedules."""
    said = "bounds are for reactive powers that do not answer to the voltage"
    return f"No lower bound: generators at bus {bus_names(network)} hold a voltage; {said}."
