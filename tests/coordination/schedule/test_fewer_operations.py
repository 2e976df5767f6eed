"""A detour less: what is proposed, what it gains, and what limits on switching say to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pdnr.coordination.plans.dispatch import Dispatch, power_flow, switching_eur
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.choice import Hourly
from p2pdnr.coordination.schedule.fewer_operations import staying
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import agreed, initial, problem_of, strained


@pytest.fixture(scope="module")
def detour() -> tuple[CoordinationProblem, Dispatch]:
    """A plan whose second hour runs on another topology, on which prosumers do what the initial one cannot carry."""
    problem = problem_of(strained(20, 3))
    closed = initial(problem)
    closed[1] = all_trees(problem.network).closed(0)
    return problem, agreed(problem, closed)


Detour = tuple[CoordinationProblem, Dispatch]


def test_the_topology_of_the_hours_around_is_proposed_with_what_it_gains(detour: Detour) -> None:
    problem, plan = detour
    found = staying(problem, Hourly(), plan)
    straight = [item for item in found if (item.closed == plan.closed[0]).all()]
    assert len(straight) == 1
    flows = [power_flow(problem, closed, plan.response.injection_kw) for closed in (plan.closed, straight[0].closed)]
    broken = [violation_eur(problem.network, problem.terms, flow.vm_pu, flow.current_a) for flow in flows]
    assert broken[1][1] > broken[0][1], "a ranking at the plan's injections would not choose it"
    lost_eur = [problem.terms.loss_eur_per_kw * float(flow.loss_kw.sum()) for flow in flows]
    saved_eur = switching_eur(problem, plan.closed) - switching_eur(problem, straight[0].closed)
    assert saved_eur > 0.0
    assert straight[0].gain_eur == pytest.approx(saved_eur + lost_eur[0] - lost_eur[1], rel=1e-6)


def test_every_proposal_changes_one_run_of_hours_and_the_most_gain_comes_first(detour: Detour) -> None:
    problem, plan = detour
    found = staying(problem, Hourly(), plan)
    assert len(found) > 1
    for item in found:
        assert (item.closed != plan.closed).any(axis=1).sum() == 1, "every run is one hour long here"
    gains = [item.gain_eur for item in found]
    assert gains == sorted(gains, reverse=True)


def test_what_the_limits_on_switching_forbid_is_not_proposed(detour: Detour) -> None:
    problem, plan = detour
    terms = replace(problem.terms, max_per_day=0)
    held = replace(problem, operator=replace(problem.operator, terms=terms))
    found = staying(held, Hourly(), plan)
    assert len(found) == 1 < len(staying(problem, Hourly(), plan))
    assert (found[0].closed == problem.network.closed).all()


def test_a_single_topology_has_no_detour(detour: Detour) -> None:
    problem, plan = detour
    assert staying(problem, Hourly(), replace(plan, closed=initial(problem))) == []
