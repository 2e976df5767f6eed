"""Loops that nothing can open in a study: where they are cut and closed again, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2pdnr.coordination.closed_loops import as_whole, has_loops, opened, with_loops
from p2pdnr.coordination.modes import MODES
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.network.arrays import Network
from p2pdnr.network.cut_loops import loop_names
from p2pdnr.network.cuts import fixed_loop
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.scenario.loops import loop_remark


def start(context: Context) -> Context:
    """The context with what flows through joints at first."""
    return opened(context) if has_loops(context.problem.network) else context


def improved(context: Context, trees: TreeSet | None, plans: Mapping[str, Dispatch]) -> dict[str, Dispatch]:
    """Plans by mode, schedules compared with loops closed, none dearer than that of a narrower mode; as they are where
    there are no loops."""
    if not has_loops(context.problem.network):
        return dict(plans)
    found: dict[str, Dispatch] = {}
    for mode in [name for name in MODES if name in plans]:
        own = with_loops(context, trees, mode, plans[mode])
        found[mode] = min([own, *found.values()], key=lambda item: item.total_eur)
    return {mode: found[mode] for mode in plans}


def closed(
    problem: CoordinationProblem, plan: Dispatch, trees: TreeSet | None
) -> tuple[CoordinationProblem, Dispatch, TreeSet | None]:
    """A plan and its problem on the network as it is; without topologies, as these were ranked with what flows in the
    loops for given, so that no places among them are told. As they are where there are no loops."""
    if not has_loops(problem.network):
        return problem, plan, trees
    return *as_whole(problem, plan), None


def figures(network: Network) -> dict[str, Any]:
    """What summary.json says of lines on loops that nothing can open, by number; nothing where there are none."""
    lines = fixed_loop(network)
    return {"meshed_lines": (lines + 1).tolist()} if len(lines) else {}


def remarks(network: Network) -> tuple[str, ...]:
    """What a plan with loops has to tell."""
    return (loop_remark(network),) if len(fixed_loop(network)) else ()


def unbounded(network: Network) -> str:
    """Why there is no lower bound over all schedules; "" where loops are no reason."""
    names = loop_names(network)
    if not names:
        return ""
    return f"No lower bound: lines {names} form loops that nothing can open; bounds are for radial grids."
