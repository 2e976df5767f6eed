"""Which corners of a box are worst: against every corner and random points."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.roles.corners import Box, slopes
from tests.coordination.roles.feeders import drawn, every_corner, feeder_of, limits, reach, tight_problem


@pytest.mark.parametrize("seed", range(12))
def test_no_combination_is_worse_than_the_corners_that_matter(seed: int) -> None:
    problem = tight_problem(seed, people=6)
    feeder, rng = feeder_of(problem), np.random.default_rng(seed)
    whole = reach(problem)
    for share in (0.3, 0.7):
        middle = whole.low_kw + rng.random(6) * (whole.high_kw - whole.low_kw)
        box = whole.toward(middle, share)
        points = feeder.at(np.vstack([every_corner(box), drawn(box, 300, seed)]))
        worst = feeder.at(feeder.corners(box))
        assert (points.vm_pu >= worst.vm_pu.min(axis=0) - 1e-9).all()
        assert (points.vm_pu <= worst.vm_pu.max(axis=0) + 1e-9).all()
        assert (points.loading <= worst.loading.max(axis=0) + 1e-9).all()
        assert limits(problem).excess(points).max() <= feeder.excess(box, limits(problem)) + 1e-9


def test_the_corners_are_named_by_what_stands_behind_a_line() -> None:
    """A feeder 1-2-3 with a prosumer at 2 and 3: behind the first line are both, behind the second the last."""
    problem = tight_problem(0, people=2)
    feeder = feeder_of(problem)
    box = Box(np.array([-1.0, -2.0]), np.array([3.0, 4.0]))
    behind = {tuple(row) for row in feeder.corners(box).tolist()}
    assert {(-1.0, -2.0), (3.0, 4.0)} <= behind
    assert feeder.behind[problem.network.to_bus.tolist().index(1)].tolist()[0]


def test_a_point_without_power_flow_is_beyond_every_limit() -> None:
    problem = tight_problem(1, people=3)
    state = feeder_of(problem).at(np.array([[-1e7, -1e7, -1e7], [0.0, 0.0, 0.0]]))
    excess = limits(problem).excess(state)
    assert excess[0] == np.inf and np.isfinite(excess[1])


@pytest.mark.parametrize("seed", range(4))
def test_slopes_are_those_of_the_power_flow(seed: int) -> None:
    problem = tight_problem(seed, people=5)
    feeder = feeder_of(problem)
    point = drawn(reach(problem), 1, seed)[0] / 2
    found = slopes(feeder, point[None])[0]
    for k in range(5):
        ahead, back = (feeder.at((point + sign * 0.5 * np.eye(5)[k])[None]) for sign in (1.0, -1.0))
        np.testing.assert_allclose(found.d_vm[:, k], (ahead.vm_pu - back.vm_pu)[0], rtol=1e-3, atol=1e-9)
        np.testing.assert_allclose(found.d_loading[:, k], (ahead.loading - back.loading)[0], rtol=5e-3, atol=1e-6)
