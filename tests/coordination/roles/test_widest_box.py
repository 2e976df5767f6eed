"""The widest box against all boxes of a grid, each judged at every grid point inside it."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.roles.corners import Box, Feeder, Limits
from p2pdnr.coordination.roles.widest_box import Wish, Worth, nearest_point, widest_box, width_kw
from tests.coordination.roles.feeders import drawn, every_corner, feeder_of, limits, reach, tight_problem

Floats = np.ndarray
SEEDS = range(10)
GRID = 25


def lattice(feeder: Feeder, held: Limits, axes: tuple[Floats, Floats]) -> Floats:
    """(G, G) whether the limits hold at every grid point."""
    points = np.array([(a, b) for a in axes[0] for b in axes[1]])
    return (held.excess(feeder.at(points)) <= 0.0).reshape(len(axes[0]), len(axes[1]))


def widest_on_grid(good: Floats, axes: tuple[Floats, Floats], inside: Floats) -> float:
    """The widest box with its ends on the grid, around a point, that holds no bad grid point."""
    bad = np.pad((~good).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    best = 0.0
    lows = [np.flatnonzero(axis <= value) for axis, value in zip(axes, inside, strict=True)]
    highs = [np.flatnonzero(axis >= value) for axis, value in zip(axes, inside, strict=True)]
    for i in lows[0]:
        for j in highs[0]:
            first = bad[j + 1] - bad[i]
            for a in lows[1]:
                free = highs[1][first[highs[1] + 1] - first[a] == 0]
                if len(free):
                    best = max(best, axes[0][j] - axes[0][i] + axes[1][free.max()] - axes[1][a])
    return float(best)


def axes_of(box: Box) -> tuple[Floats, Floats]:
    first, second = (np.linspace(*ends, GRID) for ends in zip(box.low_kw, box.high_kw, strict=True))
    return first, second


@pytest.mark.parametrize("seed", SEEDS)
def test_no_box_of_a_grid_is_wider(seed: int) -> None:
    problem = tight_problem(seed, people=2)
    feeder, held, whole = feeder_of(problem), limits(problem), reach(problem)
    inside = nearest_point(feeder, held, Wish(np.zeros(2), whole))
    if held.excess(feeder.at(inside[None]))[0] > 0.0:
        pytest.skip("the background breaks a limit by itself")
    found, axes = widest_box(feeder, held, inside, whole), axes_of(whole)
    grid = widest_on_grid(lattice(feeder, held, axes), axes, inside)
    step = max(axis[1] - axis[0] for axis in axes)
    assert width_kw(found) >= grid - 1e-3, "a wider box was there"
    assert width_kw(found) <= grid + 4.0 * step, "the grid would have a box as wide"
    assert held.excess(feeder.at(np.vstack([every_corner(found), drawn(found, 500, seed)]))).max() <= 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_no_point_of_a_grid_is_nearer_to_what_was_asked(seed: int) -> None:
    problem = tight_problem(seed, people=2)
    feeder, held, whole = feeder_of(problem), limits(problem), reach(problem)
    asked = np.where(np.random.default_rng(seed).random(2) < 0.5, whole.low_kw, whole.high_kw)
    wish = Wish(asked, Box(np.minimum(asked, 0.0), np.maximum(asked, 0.0)))
    point, axes = nearest_point(feeder, held, wish), axes_of(wish.within)
    good = lattice(feeder, held, axes)
    away = np.abs(axes[0][:, None] - asked[0]) + np.abs(axes[1][None, :] - asked[1])
    if not good.any():
        pytest.skip("no grid point keeps the limits")
    assert held.excess(feeder.at(point[None]))[0] <= 0.0
    assert np.abs(point - asked).sum() <= away[good].min() + 1e-3
    assert (wish.within.low_kw - 1e-9 <= point).all() and (point <= wish.within.high_kw + 1e-9).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_point_of_a_grid_gives_up_less_that_is_worth_something(seed: int) -> None:
    """Own power, what is used by choice and load that is served count each as it is worth."""
    problem, rng = tight_problem(seed, people=2), np.random.default_rng(seed)
    feeder, held, whole = feeder_of(problem), limits(problem), reach(problem)
    asked = np.where(rng.random(2) < 0.5, whole.low_kw, whole.high_kw)
    within = Box(np.minimum(asked, 0.0), np.maximum(asked, 0.0))
    counts = Worth(rng.uniform(0.01, 0.3, 2), rng.uniform(0.01, 0.3, 2), np.full(2, 10.0), rng.uniform(0, 40, 2))
    wish = Wish(asked, within, counts)
    point, axes = nearest_point(feeder, held, wish), axes_of(within)
    good = lattice(feeder, held, axes)
    if not good.any():
        pytest.skip("no grid point keeps the limits")
    least = min(wish.distance(np.array([axes[0][i], axes[1][j]])) for i, j in np.argwhere(good))
    assert held.excess(feeder.at(point[None]))[0] <= 0.0
    assert wish.distance(point) <= least + 1e-3 * float(counts.load.max())


def test_load_is_left_unserved_last() -> None:
    wish = Wish(np.array([5.0, -30.0]), Box(np.zeros(2) - 30.0, np.zeros(2) + 5.0))
    assert wish.distance(np.array([2.0, -10.0])) == 23.0, "alike where nothing is said"
    counts = Worth(np.array([0.1, 0.2]), np.array([0.1, 0.2]), np.full(2, 10.0), np.array([0.0, 15.0]))
    told = Wish(wish.asked_kw, wish.within, counts)
    assert told.distance(np.array([2.0, -10.0])) == pytest.approx(3 * 0.1 + 15 * 0.2 + 5 * 10.0)


def test_what_breaks_no_limit_is_asked_for_in_full() -> None:
    problem = tight_problem(3, people=4)
    feeder, held = feeder_of(problem), limits(problem)
    asked = np.array([1.0, -2.0, 3.0, 0.0])
    wish = Wish(asked, Box(asked - 5.0, asked + 5.0))
    assert nearest_point(feeder, held, wish).tolist() == asked.tolist()


def test_where_nothing_binds_everybody_has_the_whole_range() -> None:
    problem = tight_problem(3, people=4)
    most = Box(np.full(4, -3.0), np.full(4, 2.0))
    found = widest_box(feeder_of(problem), limits(problem), np.zeros(4), most)
    assert found.low_kw.tolist() == [-3.0] * 4 and found.high_kw.tolist() == [2.0] * 4


@pytest.mark.parametrize("seed", range(6))
def test_a_wider_box_than_the_widest_breaks_a_limit(seed: int) -> None:
    """Any one interval half a per cent of the range wider than is found, all others as they are."""
    problem = tight_problem(seed, people=6)
    feeder, held, whole = feeder_of(problem), limits(problem), reach(problem)
    inside = nearest_point(feeder, held, Wish(np.zeros(6), whole))
    found = widest_box(feeder, held, inside, whole)
    room = 0.005 * (whole.high_kw - whole.low_kw)
    for k, one in enumerate(np.eye(6)):
        if found.high_kw[k] + room[k] <= whole.high_kw[k]:
            assert feeder.excess(Box(found.low_kw, found.high_kw + room * one), held) > 0.0
        if found.low_kw[k] - room[k] >= whole.low_kw[k]:
            assert feeder.excess(Box(found.low_kw - room * one, found.high_kw), held) > 0.0
