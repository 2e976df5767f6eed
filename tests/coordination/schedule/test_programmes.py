"""Trees picked by mixed-integer programmes beside trees picked by ranking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr import study
from p2pdnr.coordination.schedule import programmes
from p2pdnr.coordination.schedule.kept_trees import Kept
from p2pdnr.coordination.schedule.programmes import Undecided
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.topologies.graph_reduction import free_lines
from p2pdnr.reconfiguration.topologies.ranking import all_trees, landscape
from p2pdnr.scenario import document
from tests.coordination.cases import FIVE, grid, problem_of
from tests.random_networks import build

LOADS = {
    "name": "five buses",
    "network": {"source": grid(FIVE, p_kw=150.0), "vm_min_pu": 0.94},
    "profiles": {"load": [1.0, 0.6, 0.2], "pv": [0.0, 0.5, 1.0]},
    "tariff": {"buy_eur_per_kwh": [0.3] * 3, "sell_eur_per_kwh": [0.1] * 3},
    "prosumers": [
        {"id": "A", "bus": 3, "load_kw": 400.0},
        {"id": "B", "bus": 4, "pv_kw": 900.0},
        {"id": "C", "bus": 5, "load_kw": 200.0, "pv_kw": 300.0},
    ],
}


def test_picks_the_cheapest_tree_of_every_hour() -> None:
    problem = problem_of(LOADS)
    trees, injection_kw = (
        all_trees(problem.network),
        np.array([[-400.0, -240.0, -80.0], [0, 450, 900], [-200, 30, 260]]),
    )
    load = problem.net_load_kw(injection_kw), problem.operator.load_kvar
    stage = landscape(problem.network, trees, *load, problem.terms).stage_cost(problem.terms)
    first = trees.find(problem.network.closed)
    closed = np.tile(problem.network.closed, (3, 1))
    picked, ended = programmes.pick(
        problem, Undecided(closed, np.ones_like(closed)), injection_kw, stage[first], SearchSettings()
    )
    rows = [trees.find(row) for row in picked]
    assert stage[rows, [0, 1, 2]] == pytest.approx(stage.min(axis=0), rel=1e-4)
    assert [item.hour for item in ended] == [0, 1, 2]
    assert all(item.proved for item in ended)
    assert [item.changed for item in ended] == [row != first for row in rows]


def test_lines_that_are_frozen_stay() -> None:
    problem = problem_of(LOADS)
    closed = np.tile(problem.network.closed, (3, 1))
    free = np.zeros_like(closed)
    free[1, [0, 1, 2, 4]] = True
    nothing = np.zeros((3, 3))
    picked, ended = programmes.pick(problem, Undecided(closed, free), nothing, np.full(3, 1e3), SearchSettings())
    assert not (picked ^ closed)[~free].any()
    assert [item.hour for item in ended] == [1]
    assert all(is_radial(problem.network, row) for row in picked)


def test_both_ways_end_at_the_same_plan() -> None:
    scenario = document.from_dict(LOADS)
    ranked, programmed = (study.run(scenario, study.Options(topology=name)) for name in ("trees", "misocp"))
    assert programmed.summary["objective_eur"] == pytest.approx(ranked.summary["objective_eur"], rel=1e-4)
    assert list(programmed.tables.hours["open_lines"]) == list(ranked.tables.hours["open_lines"])
    step = programmed.summary["topology_step"]
    assert step["programmes"] > 0
    assert step["most_binaries"] <= 6
    assert "topology_step" not in ranked.summary
    table = programmed.tables.convergence
    binaries = table["free_binaries"][table["phase"] == "binary"].to_numpy()
    assert binaries.max(initial=0) <= step["binaries_graph_reduction"]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_picked_trees_free_no_line_that_was_frozen(seed: int) -> None:
    rng, hours = np.random.default_rng(seed), 3
    ends = [(0, 1), (1, 2), (2, 3), (3, 0), (1, 3), (3, 4), (4, 2)]
    trees = all_trees(build(ends, 5, seed))
    in_use = rng.integers(0, len(trees), hours)
    mask = rng.random((len(trees), hours)) < 0.2
    mask[in_use, np.arange(hours)] = True
    free = free_lines(trees.open_lines.astype(np.int64), mask, len(ends))
    closed = np.array([trees.closed(row) for row in in_use])
    reachable = [
        [row for row in map(trees.closed, range(len(trees))) if not ((row != closed[hour]) & ~free[hour]).any()]
        for hour in range(hours)
    ]
    picked = np.array([rows[rng.integers(len(rows))] for rows in reachable])
    rows = np.flatnonzero(mask.any(axis=1))
    wider, offered = programmes.joined(Kept(trees.subset(rows), mask[rows]), picked, Undecided(closed, free))
    again = wider.free_lines(len(ends))
    assert not (again & ~free).any()
    assert {wider.trees.closed(row).tobytes() for row in np.flatnonzero(offered)} == {
        row.tobytes() for row in (*picked, *closed)
    }
