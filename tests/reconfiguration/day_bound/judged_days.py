"""Small networks over a few steps with their cheapest schedule by brute force, and what a search is told of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from p2pdnr.reconfiguration.day_bound.known import KnownSchedule
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies.ranking import evaluate_trees
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from tests.random_networks import networks
from tests.reconfiguration.schedule.brute_force import brute_force

limits = st.sampled_from([None, None, 0, 2, 3, 4])


@dataclass(frozen=True, eq=False)
class Judged:
    """A case, its cheapest schedule by brute force, and what a search is told of it."""

    case: LoadCase
    least_eur: float
    known: KnownSchedule


@st.composite
def judged(draw: st.DrawFn) -> Judged:
    """A small network over a few steps; what is known are some of its trees and a schedule that is not the best."""
    network = draw(networks(max_buses=6, max_loops=2))
    trees, steps = all_trees(network), draw(st.integers(1, 3))
    assume(2 <= len(trees) and len(trees) ** steps <= 600)
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    if draw(st.booleans()):
        network = network.with_(p_kw=np.abs(network.p_kw))
    load = (rng.uniform(0.2, 1.5, (steps, network.n_buses)) * power for power in (network.p_kw, network.q_kvar))
    terms = OperatorTerms(
        switching_cost_eur=rng.uniform(0.0, 0.02, network.n_lines) * draw(st.sampled_from([0.0, 1.0, 10.0])),
        violation_price_eur_per_kwh=0.01,
        step_h=draw(st.sampled_from([1.0, 12.0, 24.0])),
        max_per_hour=draw(limits),
        max_per_day=draw(limits),
        min_dwell_steps=draw(st.sampled_from([None, None, 2])),
        return_to_initial=draw(st.booleans()),
    )
    case = LoadCase(network, *load, terms)
    stage = evaluate_trees(network, trees, case.load_kw, case.load_kvar, terms).stage_cost(terms)
    through = brute_force(stage, trees, terms, network.closed, by_line=True)
    least, worst = through.min(), through[np.isfinite(through)].max(initial=-np.inf)
    assume(np.isfinite(least))
    rows = np.flatnonzero(rng.random(len(trees)) < 0.5)
    rows = rows if np.isfinite(stage[rows]).any(axis=0).all() and len(rows) else np.arange(len(trees))
    return Judged(case, float(least), KnownSchedule(float(worst), trees.subset(rows), stage[rows]))
