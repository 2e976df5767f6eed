"""How many topologies stay in play, also where many of them cost the same."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.coordination.schedule.choice import Hourly
from p2pdnr.coordination.schedule.kept_trees import Kept, Ranked, keep
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from tests.coordination.cases import problem_of, random_document


@pytest.mark.parametrize("spread_eur", [0.0, 1e-3])
def test_no_more_than_the_most_are_kept_whether_or_not_they_differ(spread_eur: float) -> None:
    problem = problem_of(random_document(3))
    trees = all_trees(problem.network)
    most = max(2, len(trees) // 3)
    stage_eur = 1.0 + spread_eur * np.arange(len(trees))[:, None] + np.zeros((len(trees), problem.hours))
    everything = Kept(trees, np.ones(stage_eur.shape, dtype=np.bool_))
    choice = Hourly(lambda about, text: None)
    kept, best = keep(problem, Ranked(everything, stage_eur, stage_eur), choice, 0.5, most)
    assert len(trees) > most + problem.hours
    assert kept.within == len(trees)
    assert most <= len(kept.trees) <= most + len(np.unique(best))
    assert kept.mask[best, np.arange(problem.hours)].all()
