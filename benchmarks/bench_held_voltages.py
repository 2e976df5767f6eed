"""Days with prosumers and generators that hold their voltages: what holding brings, what is left, what it takes.

    PYTHONPATH=. python benchmarks/bench_held_voltages.py [--only "two, narrow"]

Of the default day on case33bw with generators at some buses. A plan that takes what they give as fixed is run with
voltages held, and beside it stands the plan that knows of them. What is left: by how much charges miss what a kWh more
costs the operator where generators answer to it, and what the cheapest schedule with voltages held would still save at
the plan's own injections.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks._tables import kept_rows, shown, table
from benchmarks._timing import timed
from p2pdnr.coordination.held_voltages import at_generators, held_kvar, stage_eur, with_held_voltages
from p2pdnr.coordination.modes import choices, plan
from p2pdnr.coordination.plans.dispatch import Dispatch, dispatched, switching_eur
from p2pdnr.coordination.problem import CoordinationProblem, build_problem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.tree_costs import schedule_closed
from p2pdnr.network import readers
from p2pdnr.network.arrays import Floats
from p2pdnr.network.generators import at_limit
from p2pdnr.reconfiguration.topologies.ranking import TreeSet, all_trees
from p2pdnr.resources import DATA
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.scenario.schema import Scenario
from p2pdnr.study import warm_up
from p2pdnr.study_held import begun, start

NAME = "held_voltages"
TITLE = "Generators that hold their voltages, default day, hourly switching"
HEAD = (
    "generators",
    "fixed, run held EUR",
    "held EUR",
    "CPU s fixed",
    "CPU s held",
    "hours at a limit",
    "charges off, largest",
    "mean",
    "schedule left EUR",
)
NOTE = (
    "Fixed, run held: the plan that takes what generators give today as fixed, with the power flow in which they hold"
    " their voltages. Hours at a limit: of all hours and generators. Charges off: difference between a charge and what"
    " a kWh more costs the operator with voltages held, at prosumers' buses, as a share of the highest charge."
    " Schedule left: what the cheapest schedule with voltages held saves at the plan's own injections."
)
SETS: Mapping[str, Mapping[int, tuple[float, float, float]]] = {
    "two, narrow (300 and 100 kvar)": {18: (1.0, -150.0, 300.0), 25: (0.99, -50.0, 100.0)},
    "one, wide (2,000 kvar)": {18: (1.0, -2000.0, 2000.0)},
    "three, wide (2,000 kvar each)": {
        14: (1.0, -2000.0, 2000.0),
        25: (1.0, -2000.0, 2000.0),
        30: (0.99, -2000.0, 2000.0),
    },
}
"""By name: bus -> set point in p.u., least and most kvar; each feeds in 150 kW beside."""


@dataclass(frozen=True, eq=False)
class Plans:
    """Both plans with voltages held, the problem of the second, and processor seconds."""

    fixed: Dispatch
    held: Dispatch
    problem: CoordinationProblem
    cpu_s: tuple[float, float]


def scenario_of(generators: Mapping[int, tuple[float, float, float]]) -> Scenario:
    """The default day with generators."""
    scene: dict[str, Any] = document.to_dict(
        document.parse((DATA / "scenarios" / "ieee33-solar.json").read_text(encoding="utf-8"))
    )
    network = readers.to_table(readers.read("case33bw", None))
    for bus, (vm_pu, least, most) in generators.items():
        own = {"vm_pu": vm_pu, "p_kw": 150.0, "min_kvar": least, "max_kvar": most}
        network["buses"][bus - 1]["generator"] = own
    scene["network"]["source"] = network
    return document.from_dict(scene)


def plans_of(scenario: Scenario) -> Plans:
    """The day planned with what generators give as fixed, and with voltages held."""
    network = build_network(scenario)
    trees = all_trees(network)
    today = Context(build_problem(scenario, network))
    first = timed(lambda: plan(today, trees, "hourly", None)["hourly"])
    problem = build_problem(scenario, begun(scenario, network))
    item = first.answer
    there = at_generators(problem, held_kvar(problem, item.closed, item.response.injection_kw))
    run = dispatched(there, item.closed, item.agreement, item.traded_kw, item.response)

    def held() -> tuple[CoordinationProblem, Dispatch]:
        context = start(Context(problem))
        return with_held_voltages(context, trees, "hourly", plan(context, trees, "hourly", None)["hourly"])

    second = timed(held)
    return Plans(run, second.answer[1], second.answer[0], (first.cpu_s, second.cpu_s))


def charges_off(problem: CoordinationProblem, item: Dispatch) -> Floats:
    """(nb, T) how far charges are from what a kWh more costs with voltages held, as a share of the highest."""
    charge = item.charge_eur_per_kwh.sum(axis=0)[:, problem.operator.buses].T
    here_eur = _operator_eur(problem, item, item.response.injection_kw)
    off = np.empty_like(charge)
    for place in range(len(problem.operator.buses)):
        who = int(np.flatnonzero(problem.place == place)[0])
        less_kw = item.response.injection_kw.copy()
        less_kw[who] -= 1.0
        off[place] = (_operator_eur(problem, item, less_kw) - here_eur) / problem.step_h - charge[place]
    return np.abs(off) / np.abs(charge).max()


def _operator_eur(problem: CoordinationProblem, item: Dispatch, injection_kw: Floats) -> Floats:
    """(T,) losses and violations of a plan's schedule at injections, voltages held."""
    trees = all_trees(problem.network)
    rows = trees.places(item.closed)
    some, which = np.unique(rows, return_inverse=True)
    found = stage_eur(problem, trees.subset(some), injection_kw, exact=True)
    return np.asarray(found[which, np.arange(problem.hours)])


def schedule_left_eur(problem: CoordinationProblem, trees: TreeSet, item: Dispatch) -> float:
    """What the cheapest schedule saves at the plan's injections, voltages held."""
    costs = stage_eur(problem, trees, item.response.injection_kw)
    best = schedule_closed(trees, choices(Journal())["hourly"].best(problem, trees, costs))
    hours = np.arange(problem.hours)
    own, other = (
        float(costs[trees.places(closed), hours].sum()) + switching_eur(problem, closed)
        for closed in (item.closed, best)
    )
    return own - other


def row_of(name: str) -> list[str]:
    """A row of the table."""
    found = plans_of(scenario_of(SETS[name]))
    problem, held = found.problem, found.problem.network.held
    assert held is not None and held.kvar is not None
    off = charges_off(problem, found.held)
    ends = int((at_limit(held.generators, held.kvar) != 0).sum())
    return [
        name,
        f"{found.fixed.total_eur:,.2f}",
        f"{found.held.total_eur:,.2f}",
        *(f"{seconds:.1f}" for seconds in found.cpu_s),
        f"{ends} of {held.kvar.size}",
        f"{off.max():.2%}",
        f"{off.mean():.2%}",
        f"{schedule_left_eur(problem, all_trees(problem.network), found.held):.2f}",
    ]


def main() -> None:
    """Solve, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=tuple(SETS))
    only = parser.parse_args().only
    warm_up()
    rows = {row[0]: row for row in kept_rows(NAME, TITLE)}
    for name in [only] if only else SETS:
        rows[name] = [*shown(row_of(name))]
    table(NAME, TITLE, [HEAD, *(rows[name] for name in SETS if name in rows)], note=NOTE)


if __name__ == "__main__":
    main()
