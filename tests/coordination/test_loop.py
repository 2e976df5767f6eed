"""What the two-tier loop promises; test_every_schedule.py holds it against exhaustive enumeration."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.coordination import loop
from p2pdnr.coordination.admm import iterations
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.loop import binary_phase, convex_phase
from p2pdnr.coordination.modes import plan
from p2pdnr.coordination.plans.acceptance import unrest
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.plans.settings import AcceptanceSettings
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.choice import Choice, Hourly, Static
from p2pdnr.coordination.schedule.context import Candidates, Context, Settings
from p2pdnr.coordination.schedule.kept_trees import Kept, keep
from p2pdnr.coordination.schedule.tree_costs import outlook
from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools
from p2pdnr.reconfiguration.topologies.ranking import all_trees
from tests.coordination.cases import agreed, problem_of, random_document, solved, strained


@settings(max_examples=5, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), hours=st.integers(1, 4))
def test_more_freedom_never_costs_more(seed: int, hours: int) -> None:
    problem = problem_of(strained(seed, hours))
    plans = solved(problem)
    assert plans["hourly"].total_eur <= plans["static"].total_eur <= plans["fixed"].total_eur
    assert (plans["fixed"].closed == problem.network.closed).all()
    assert len(np.unique(plans["static"].closed, axis=0)) == 1


def kept_sets(problem: CoordinationProblem, choice: Choice) -> tuple[list[set[tuple[bytes, int]]], list[int]]:
    """The (tree, hour) pairs kept after every ranking of a binary phase, and the free binaries."""
    sets: list[set[tuple[bytes, int]]] = []
    free: list[int] = []

    def spying(*arguments: object, **named: object) -> tuple[Kept, object]:
        kept, best = keep(*arguments, **named)  # type: ignore[arg-type]
        places = zip(*np.nonzero(kept.mask), strict=True)
        sets.append({(kept.trees.closed(int(tree)).tobytes(), int(hour)) for tree, hour in places})
        free.append(kept.free_binaries)
        return kept, best

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "keep", spying)
        journal, start = Journal(), iterations.opening(problem, AdmmSettings())
        candidates = Candidates(outlook(problem, all_trees(problem.network), start), choice)
        binary_phase(Context(problem, journal=journal), candidates, start)
    assert journal.free_binaries == 0
    return sets, free


@settings(max_examples=5, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), static=st.booleans())
def test_kept_trees_are_nested_and_free_binaries_go_to_zero(seed: int, static: bool) -> None:
    sets, free = kept_sets(problem_of(strained(seed, 3)), Static() if static else Hourly())
    assert all(later <= earlier for earlier, later in pairwise(sets))
    assert free == sorted(free, reverse=True)
    assert free[-1] == 0


def test_some_binary_phase_takes_several_rankings() -> None:
    """So that the test above is about something."""
    _, free = kept_sets(problem_of(strained(8, 3)), Hourly())
    assert len(free) > 2
    assert free[0] > 0


def offers_fall_to_the_plan(journal: Journal, plan: Dispatch) -> None:
    """A first answer of the mode comes before the end, in figures of its own; nothing dearer follows it."""
    first, made = journal.offers.first("hourly"), journal.offers.made
    assert first is not None
    assert first.primal_kw <= AcceptanceSettings.first_answer_kw
    assert first.seconds < journal.seconds
    assert sum(first.costs_eur.values()) == pytest.approx(first.objective_eur)
    assert len(first.open_lines) == len(plan.closed)
    assert min(offer.objective_eur for offer in made) <= plan.total_eur + 1e-3 * plan.scale_eur
    later = [offer.objective_eur for offer in made if offer.mode == "hourly"]
    assert later == sorted(later, reverse=True)


def test_the_journal_shows_free_binaries_falling() -> None:
    journal = Journal()
    problem = problem_of(strained(8, 3))
    plans = plan(Context(problem, journal=journal), all_trees(problem.network), "hourly")
    offers_fall_to_the_plan(journal, plans["hourly"])
    phases = [record.phase for record in journal.records]
    assert {"binary", "convex"} <= set(phases) <= {"binary", "convex", "polish"}
    for first, record in pairwise(journal.records):
        if first.phase == record.phase == "binary":
            assert record.free_binaries <= first.free_binaries
        if record.phase != "binary":
            assert record.free_binaries == 0


def test_undeliverable_trades_are_negotiated_more_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first dispatch fails; the next one comes after a stricter negotiation."""
    problem = problem_of(random_document(3))
    primal: list[float] = []
    real = loop.dispatch

    def failing_once(
        problem: CoordinationProblem, closed: Bools, agreement: Agreement, *rest: Any, **options: Any
    ) -> Dispatch:
        if agreement.converged:  # a first answer is offered before that
            primal.append(agreement.primal_kw)
        if len(primal) == 1:
            raise SolverError("cannot be delivered")
        return real(problem, closed, agreement, *rest, **options)

    monkeypatch.setattr(loop, "dispatch", failing_once)
    rules = AdmmSettings(primal_kw=1.0)
    found = convex_phase(
        Context(problem, Settings(rules)),
        np.tile(problem.network.closed, (4, 1)),
        iterations.opening(problem, rules),
    )
    assert len(primal) == 2
    assert primal[1] <= 0.2 < rules.primal_kw
    assert found.agreement.converged


def test_trades_that_stay_undeliverable_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(random_document(3))

    def failing(*_: object, **__: object) -> Dispatch:
        raise SolverError("no answer from prosumers P1")

    monkeypatch.setattr(loop, "dispatch", failing)
    start = iterations.opening(problem, AdmmSettings())
    with pytest.raises(SolverError, match="P1"):
        convex_phase(Context(problem), np.tile(problem.network.closed, (4, 1)), start)


@pytest.mark.parametrize("seed", [5, 8])
def test_who_pays_for_no_limit_has_no_regrets_beside_those_who_pay_a_thousand_times_as_much(seed: int) -> None:
    """Charges of 1e3 EUR/kWh at one bus leave the weights of an hour so large that all others creep."""
    scene = random_document(seed, hours=2)
    scene["dso"]["violation_price_eur_per_kwh"] = 1e3
    for line in scene["network"]["source"]["lines"]:
        line["limit_a"] = 0.02 * line.get("limit_a", 100.0)
    problem = problem_of(scene)
    plan = agreed(problem)
    assert np.abs(plan.agreement.charge_eur_per_kw).max() > 100.0
    assert plan.agreement.converged
    assert unrest(problem, plan, AcceptanceSettings()) is None
