"""Other methods for the schedule of a day: the judge, codings, trees, and that each finds what brute force finds."""

from __future__ import annotations

import importlib.util
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import bench_rivals
from benchmarks._rivals import admm, exchange, population
from benchmarks._rivals.cones import hour_cones
from benchmarks._rivals.judge import Judge, Workbench, states, workbench
from benchmarks._rivals.loops import loops_of
from benchmarks._rivals.runs import Run, median_curve, read, seconds_to, thinned, write
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.planning.day import plan_day
from p2pdnr.reconfiguration.planning.day_plan import day_plan
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from scripts.docs.charts import steps
from tests.coordination.cases import FIVE, RING, grid, market_document

PYMOO = pytest.mark.skipif(importlib.util.find_spec("pymoo") is None, reason="needs requirements-rivals.txt")


def case_of(ends: tuple[tuple[int, int, bool], ...], hours: int, switching_eur: float) -> LoadCase:
    """Loads that move from the first buses to the last over the hours."""
    scene: dict[str, Any] = market_document({"id": "A", "load_kw": 1.0}, hours=hours)
    network: Network = build_network(document.from_dict(scene | {"network": {"source": grid(ends)}}))
    share = np.linspace(0.0, 1.0, network.n_buses)
    course = np.linspace(0.0, 1.0, hours)[:, None]
    load_kw: Floats = 1500.0 * ((1.0 - course) * (1.0 - share) + course * share)
    load_kw[:, network.substations] = 0.0
    terms = OperatorTerms(np.full(network.n_lines, switching_eur))
    return LoadCase(network, load_kw, 0.2 * load_kw, terms)


@pytest.fixture(scope="module")
def bench() -> Workbench:
    """Five buses, three hours."""
    return workbench(case_of(FIVE, 3, 0.5))


def least_eur(bench: Workbench) -> float:
    """Of all schedules, one by one."""
    trees = all_trees(bench.case.network)
    closed = [trees.closed(index) for index in range(len(trees))]
    every = product(closed, repeat=bench.case.steps)
    return min(day_plan(bench.case, np.array(schedule)).cost_eur for schedule in every)


def test_the_judge_costs_what_a_plan_costs_and_remembers_the_best(bench: Workbench) -> None:
    trees = all_trees(bench.case.network)
    rows = np.random.default_rng(1).integers(0, len(trees), (20, 3))
    judge = Judge(bench, 1e9)
    costs = judge.costs(trees.open_lines[rows])
    wanted = [day_plan(bench.case, np.array([trees.closed(int(k)) for k in row])).cost_eur for row in rows]
    assert costs == pytest.approx(wanted, rel=1e-9)
    assert judge.best_eur == pytest.approx(min(wanted), rel=1e-9)
    assert judge.best is not None
    assert (judge.best == trees.open_lines[rows[int(np.argmin(wanted))]]).all()
    assert judge.costs(trees.open_lines[rows]) == pytest.approx(costs, abs=0.0)
    assert len(judge.history) == 1


def test_every_number_means_a_radial_topology_and_every_topology_has_numbers(bench: Workbench) -> None:
    network = bench.case.network
    loops, trees = loops_of(network), all_trees(network)
    every = np.array(list(product(*(range(length) for length in loops.length))))
    opened = loops.topologies(every)
    assert all(is_radial(network, closed) for closed in states(opened, network.n_lines))
    assert {tuple(row) for row in opened.tolist()} == {tuple(row) for row in trees.open_lines.tolist()}
    for row in trees.open_lines:
        assert (loops.topologies(loops.numbers(row)) == row).all()


def test_the_least_spanning_tree_is_the_least_of_all(bench: Workbench) -> None:
    trees, rng = all_trees(bench.case.network), np.random.default_rng(2)
    closed = np.array([trees.closed(index) for index in range(len(trees))])
    for _ in range(20):
        weight = rng.normal(size=bench.case.network.n_lines)
        found = admm.spanning(bench.case.network, weight)
        assert is_radial(bench.case.network, found)
        assert weight[found].sum() == pytest.approx((closed @ weight).min())


def test_dear_switching_keeps_rounded_trees_where_they_are(bench: Workbench) -> None:
    network, rng = bench.case.network, np.random.default_rng(3)
    wanted = rng.uniform(size=(3, network.n_lines))
    assert (admm.radial(network, wanted, np.full(network.n_lines, 50.0)) == network.closed).all()
    free = admm.radial(network, wanted, np.zeros(network.n_lines))
    assert all((free[hour] == admm.spanning(network, 0.5 - wanted[hour])).all() for hour in range(3))


def test_a_mutation_keeps_numbers_within_their_loops() -> None:
    length, rng = np.array([3, 5]), np.random.default_rng(4)
    before = np.zeros((200, 8))
    after = population.mutated(before, length, 4, rng).reshape(200, 4, 2)
    assert (after >= 0).all()
    assert (after < length).all()
    assert (after != 0).any(axis=(1, 2)).mean() > 0.3
    assert not before.any()


@pytest.mark.parametrize("ends", [RING, FIVE])
def test_methods_find_the_least_cost_of_small_days(ends: tuple[tuple[int, int, bool], ...]) -> None:
    small = workbench(case_of(ends, 2, 0.1))
    least = least_eur(small)
    exchanged, rounded = Judge(small, 1e9), Judge(small, 0.4)
    exchange.branch_exchange(exchanged, 0)
    admm.rounded(rounded, hour_cones(small), 0)
    for judge in (exchanged, rounded):
        assert judge.best_eur >= least - 1e-9
        assert judge.best_eur <= 1.05 * least
    assert plan_day(small.case).hourly.cost_eur == pytest.approx(least, rel=1e-9)


def test_the_solver_proves_the_least_cost_of_a_small_day() -> None:
    from benchmarks._rivals.scip import full_horizon

    small = workbench(case_of(RING, 2, 0.1))
    judge, least = Judge(small, 60.0), least_eur(small)
    bound_eur = full_horizon(judge, hour_cones(small))
    assert judge.best_eur == pytest.approx(least, rel=1e-6)
    assert bound_eur == pytest.approx(least, rel=1e-3)


@PYMOO
@pytest.mark.parametrize("method", [population.genetic, population.swarm])
def test_populations_find_the_least_cost_of_a_small_day(method: Any) -> None:
    small = workbench(case_of(FIVE, 4, 0.1))
    judge = Judge(small, 3.0)
    method(judge, 0)
    assert judge.best_eur == pytest.approx(least_eur(small), rel=0.02)


def test_runs_are_kept_and_read_again(tmp_path: Path) -> None:
    runs = [Run("b", "x", 1, ((0.1, 9.0), (2.0, 5.0))), Run("a", "y", 0, ((0.2, 7.5), (1.0, 7.5)))]
    write(tmp_path / "runs.csv", runs)
    assert read(tmp_path / "runs.csv") == [runs[1], runs[0]]
    assert read(tmp_path / "none.csv") == []
    assert runs[0].eur(0.05) == np.inf
    assert (runs[0].eur(1.0), runs[0].eur(2.0)) == (9.0, 5.0)
    assert seconds_to(runs[0], lambda eur: eur < 6.0) == 2.0
    assert seconds_to(runs[1], lambda eur: eur < 6.0) == np.inf


def test_a_thinned_history_keeps_its_ends_and_large_steps() -> None:
    history = [(0.0, 100.0), (1.0, 99.9), (2.0, 60.0), (3.0, 59.9), (4.0, 50.0)]
    assert thinned(history, 9.0) == ((0.0, 100.0), (2.0, 60.0), (4.0, 50.0), (9.0, 50.0))
    assert thinned([(0.5, 7.0)], 2.0) == ((0.5, 7.0), (2.0, 7.0))


def test_the_median_starts_where_most_runs_have_something() -> None:
    runs = [
        Run("a", "x", 0, ((1.0, 120.0), (4.0, 110.0))),
        Run("a", "x", 1, ((2.0, 140.0), (4.0, 140.0))),
        Run("a", "x", 2, ((3.0, 100.0), (4.0, 100.0))),
    ]
    curve = median_curve(runs, 100.0, 0.01)
    assert [when for when, _ in curve] == [2.0, 3.0, 4.0]
    assert [gap for _, gap in curve] == pytest.approx([40.0, 20.0, 10.0])


def test_a_row_tells_gaps_above_the_bound() -> None:
    runs = [Run("case33bw", "x", seed, ((0.5, 110.0), (2.0, eur), (6.0, eur))) for seed, eur in enumerate((101, 103))]
    assert bench_rivals.row("case33bw", "x", runs, 100.0) == (
        "case33bw, x", "2", "6.0", "10.00", "3.00", "1.00", "3.00", "3.00", "-",
    )  # fmt: skip


def test_stairs_go_level_before_they_go_down() -> None:
    drawn = steps({"x": [(1.0, 100.0), (10.0, 1.0)]}, "gap", "seconds")
    (line,) = (row for row in drawn.splitlines() if row.startswith("<polyline"))
    places = [tuple(map(float, pair.split(","))) for pair in line.split('points="')[1].split('"')[0].split()]
    assert len(places) == 3
    assert places[0][1] == places[1][1] < places[2][1]
    assert places[0][0] < places[1][0] == places[2][0]
