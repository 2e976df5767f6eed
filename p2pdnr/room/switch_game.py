"""The game *switch*, as the referee judges it: one hour of a day, a set of open lines, losses and limits in EUR/h.

The hour is that of the scenario as it stands: all loads served, all sun fed in, nothing stored, shifted or traded. A
topology costs what its losses cost and what the operator prices broken limits at; its share is that of the possible
saving, which lies between the initial topology and the best one. The best one is the least of all radial topologies by
exact power flow where they can be listed; else the best that an exchange search finds, which proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from p2pdnr.errors import InputError, Problem, TopologyError
from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import count_spanning_trees, orient, preferred_tree
from p2pdnr.reconfiguration.terms import OperatorTerms, from_scenario, violation_eur
from p2pdnr.reconfiguration.topologies.branch_exchange import Effort, search
from p2pdnr.reconfiguration.topologies.ranking import landscape
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, all_trees, enumerable
from p2pdnr.results.grid_payload import unsolved
from p2pdnr.room.scores import share_percent
from p2pdnr.scenario import assembly
from p2pdnr.scenario.schema import Scenario

MOST_LISTED = 200_000
"""Topologies that are all evaluated; more of them are searched."""

FINALISTS = 20
"""Best topologies of the ranking that are evaluated to full accuracy."""

NO_FLOW_EUR_PER_H = 1e6
"""Where a topology has no power flow: it serves nobody."""


@dataclass(frozen=True, eq=False)
class Hour:
    """An hour to be switched: withdrawals (1, n) in kW and kvar, and the page's view of it (``unsolved``)."""

    scenario: Scenario
    network: Network
    p_kw: Floats
    q_kvar: Floats
    terms: OperatorTerms
    view: dict[str, Any]


def hour_of(scenario: Scenario, hour: int) -> Hour:
    """Hour ``hour`` of a scenario; raises InputError where it has none of that number."""
    if not 0 <= hour < scenario.hours:
        message, remedy = f"is not between 0 and {scenario.hours - 1}", "Choose an hour of the day"
        raise InputError([Problem("round", "hour", (str(hour),), message, remedy)])
    network = assembly.build_network(scenario)
    view = unsolved(scenario, network)
    rows = slice(hour, hour + 1)
    day = {name: [row[rows] for row in values] for name, values in view["prosumers"]["day"].items()}
    withdrawn = {name: values[rows] for name, values in view["withdrawn"].items()}
    cut = view | {"hours": 1, "prosumers": view["prosumers"] | {"day": day}, "withdrawn": withdrawn}
    p_kw, q_kvar = (np.array(withdrawn[name], dtype=np.float64) for name in ("p_kw", "q_kvar"))
    return Hour(scenario, network, p_kw, q_kvar, from_scenario(scenario, network), cut)


def outcome(at: Hour, closed: Bools) -> dict[str, Any]:
    """What a topology (m,) does in the hour, without its share.

    Raises :class:`TopologyError` where it is not radial.
    """
    network = at.network
    opened = (np.flatnonzero(~closed) + 1).tolist()
    flow = solve_tree(network, orient(network, closed), at.p_kw, at.q_kvar)
    if not flow.converged[0]:
        nothing = dict.fromkeys(("loss_kw", "violation_eur_per_h", "vm_min_pu", "vm_max_pu", "max_loading_percent"))
        return nothing | {"eur_per_h": NO_FLOW_EUR_PER_H, "open": opened}
    loss_kw = float(flow.loss_kw[0].sum())
    violation = float(violation_eur(network, at.terms, flow.vm_pu, flow.current_a)[0])
    limited = np.isfinite(network.limit_a)
    loading = 100.0 * flow.current_a[0, limited] / network.limit_a[limited]
    cost_eur = at.terms.loss_eur_per_kw * loss_kw + violation
    return {
        "loss_kw": round(loss_kw, 4),
        "violation_eur_per_h": round(violation / at.terms.step_h, 6),
        "eur_per_h": round(cost_eur / at.terms.step_h, 6),
        "vm_min_pu": round(float(flow.vm_pu.min()), 5),
        "vm_max_pu": round(float(flow.vm_pu.max()), 5),
        "max_loading_percent": round(float(loading.max()), 2) if len(loading) else None,
        "open": opened,
    }


def prepared(at: Hour) -> dict[str, Any]:
    """What a round needs: ``about``, the ``initial`` topology, the ``optimum``, which the class learns at the end, and
    the ``grid`` that pages draw."""
    initial = outcome(at, preferred_tree(at.network).closed)
    best, count, proved = _optimum(at)
    scale = (initial["eur_per_h"], best["eur_per_h"])
    return {
        "about": {
            "scenario": at.scenario.name,
            "n_open": len(initial["open"]),
            "topologies": count,
            "proved": proved,
            "possible_eur_per_h": round(scale[0] - scale[1], 6),
        },
        "initial": initial | {"share": share_percent(*scale, initial["eur_per_h"])},
        "optimum": best | {"share": 100.0, "proved": proved},
        "grid": at.view,
    }


def judged(at: Hour, opened: Sequence[int], initial_eur_per_h: float, best_eur_per_h: float) -> dict[str, Any]:
    """The outcome of a move with its share; raises InputError with what is wrong with it."""
    closed = np.ones(at.network.n_lines, dtype=np.bool_)
    numbers = np.array(opened, dtype=np.int64)
    if unknown := [str(number) for number in opened if not 1 <= number <= at.network.n_lines]:
        raise InputError([_wrong(tuple(unknown), "no such line", f"Lines are 1 to {at.network.n_lines}")])
    closed[numbers - 1] = False
    fixed = np.flatnonzero(~at.network.switchable & (closed != at.network.closed)) + 1
    if len(fixed):
        raise InputError([_wrong(tuple(map(str, fixed.tolist())), "cannot be switched", "Leave it as it is")])
    try:
        told = outcome(at, closed)
    except TopologyError as error:
        raise InputError(_not_radial(error)) from None
    return told | {"share": share_percent(initial_eur_per_h, best_eur_per_h, told["eur_per_h"])}


def _not_radial(error: TopologyError) -> list[Problem]:
    problems = []
    if error.loop_lines:
        ids = tuple(map(str, error.loop_lines))
        problems.append(_wrong(ids, "these lines form a loop", "Open one of them"))
    if error.dark_buses:
        ids = tuple(map(str, error.dark_buses))
        problems.append(_wrong(ids, "these buses are without supply", "Close a line that leads there"))
    return problems or [_wrong((), "is no radial topology", "Open one line of every loop")]


def _wrong(ids: tuple[str, ...], message: str, remedy: str) -> Problem:
    return Problem("move", "open", ids, message, remedy)


def _optimum(at: Hour) -> tuple[dict[str, Any], int, bool]:
    """The best topology's outcome, the number of radial topologies, and whether it is proved to be the best."""
    count = count_spanning_trees(at.network)
    if count <= MOST_LISTED and enumerable(at.network, count):
        trees = all_trees(at.network)
        found = landscape(at.network, trees, at.p_kw, at.q_kvar, at.terms)
        return _best(at, trees, found.stage_cost(at.terms)[:, 0]), count, True
    found_trees = search(at.network, at.p_kw, at.q_kvar, at.terms, Effort(keep=FINALISTS))
    return _least(at, found_trees), count, False


def _best(at: Hour, trees: TreeSet, cost_eur: Floats) -> dict[str, Any]:
    """The least of the finalists of a ranking, evaluated as moves are."""
    return _least(at, trees.subset(np.argsort(cost_eur, kind="stable")[:FINALISTS]))


def _least(at: Hour, trees: TreeSet) -> dict[str, Any]:
    told = [outcome(at, trees.closed(index)) for index in range(len(trees))]
    return min(told, key=lambda item: float(item["eur_per_h"]))
