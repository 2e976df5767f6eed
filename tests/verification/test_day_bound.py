"""A stored day is repeated to the last figure, and nothing that is written into its evidence makes a bound too high."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks._day_prices import random_prices
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.reconfiguration.bounds.cones import Multipliers
from p2pdnr.reconfiguration.day_bound.hour import Looked
from p2pdnr.reconfiguration.day_bound.proof import Goal, day_bound
from p2pdnr.reconfiguration.planning.day import plan_day
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.results.claims import FAILS, HOLDS
from p2pdnr.results.day_file import StoredDay, stored_day
from p2pdnr.verification.day_bound import Unsound, repeated_eur, verify_day
from tests import thorough
from tests.reconfiguration.day_bound.judged_days import Judged, judged

PROPERTY = thorough.examples(6, 25)


@pytest.fixture(scope="module")
def kept(network33_few: Network) -> StoredDay:
    """Three hours of a feeder, bounded over a pool of topologies."""
    factor = np.array([0.4, 1.0, 0.7])[:, None] * np.where(np.arange(33) % 2, [[1.0], [0.2], [1.0]], 1.0)
    terms = OperatorTerms(np.full(37, 0.3), max_per_day=4)
    case = LoadCase(network33_few, factor * network33_few.p_kw, factor * network33_few.q_kvar, terms)
    day = plan_day(case, PlanningSettings(most_stages=1000, bound_gap=0.002, keep_proof=True))
    assert day.proof is not None and day.bound_eur == day.proof.value_eur
    return stored_day(case, day.hourly.closed, day.hourly.cost_eur, day.proof)


def test_a_day_is_repeated(kept: StoredDay) -> None:
    assert {item.state for item in verify_day(kept).values()} == {HOLDS}
    assert repeated_eur(kept, kept.case) == pytest.approx(kept.bound_eur, rel=1e-6)
    assert sum(len(hour) for hour in kept.evidence.looked) > 3  # something was branched on


def test_an_exact_day_may_be_kept_too(network33_few: Network) -> None:
    """Where every topology was compared the bound of the relaxation is asked for by name."""
    case = LoadCase(network33_few, network33_few.p_kw[None], network33_few.q_kvar[None], OperatorTerms(np.ones(37)))
    day = plan_day(case, PlanningSettings(bound_gap=0.01, keep_proof=True))
    assert day.exact and day.proof is not None and day.bound_eur == day.hourly.cost_eur
    assert day.proof.value_eur >= 0.99 * day.hourly.cost_eur
    stored = stored_day(case, day.hourly.closed, day.hourly.cost_eur, day.proof)
    assert verify_day(stored)["day_bound"].holds


def looked(day: StoredDay, changed: Callable[[int, Looked], Looked]) -> StoredDay:
    """The day with every set of states changed."""
    every = tuple(tuple(changed(number, one) for number, one in enumerate(hour)) for hour in day.evidence.looked)
    return replace(day, evidence=replace(day.evidence, looked=every))


def multiplied(day: StoredDay, change: Callable[[Floats], Floats]) -> StoredDay:
    """The day with every vector of multipliers changed."""

    def changed(_: int, one: Looked) -> Looked:
        known = one.multipliers
        return one if known is None else replace(one, multipliers=Multipliers(change(known.values), known.empty))

    return looked(day, changed)


def without_splits(day: StoredDay) -> StoredDay:
    """Nothing was split off: what was left of the first set is not bounded any better than it."""
    every = tuple(hour[:1] for hour in day.evidence.looked)
    return replace(day, evidence=replace(day.evidence, looked=every))


def one_sided(day: StoredDay) -> StoredDay:
    """Of every split one side is dropped, as if it held nothing."""
    every = []
    for hour in day.evidence.looked:
        dropped: set[int] = set()
        for number, one in enumerate(hour):
            if one.parent in dropped or (number > 0 and number % 2 == 0):
                dropped.add(number)
        new = {number: place for place, number in enumerate(n for n in range(len(hour)) if n not in dropped)}
        every.append(tuple(replace(hour[n], parent=new.get(hour[n].parent, -1)) for n in new))
    return replace(day, evidence=replace(day.evidence, looked=tuple(every)))


FORGED: dict[str, Callable[[StoredDay], StoredDay]] = {
    "a higher bound": lambda day: replace(day, bound_eur=day.bound_eur * 1.001),
    "no multipliers": lambda day: looked(day, lambda _, one: replace(one, multipliers=None)),
    "multipliers of nothing": lambda day: multiplied(day, lambda values: 0.0 * values),
    "no splits": without_splits,
    "one side of every split": one_sided,
    "prices twice as high": lambda day: replace(day, prices=replace(day.prices, open_eur=2.0 * day.prices.open_eur)),
    "a cutoff of nothing": lambda day: replace(
        day, evidence=replace(day.evidence, cutoff_eur=0.0 * day.evidence.cutoff_eur)
    ),
}


@pytest.mark.parametrize("how", FORGED)
def test_what_was_forged_does_not_hold(kept: StoredDay, how: str) -> None:
    assert verify_day(FORGED[how](kept))["day_bound"].state == FAILS


UNSOUND: dict[str, Callable[[StoredDay], StoredDay]] = {
    "fewer multipliers": lambda day: multiplied(day, lambda values: values[1:]),
    "states left out of the first set": lambda day: looked(
        day, lambda number, one: one if number else replace(one, alive=np.arange(len(one.alive)) > 0)
    ),
    "a set that is its own parent": lambda day: looked(
        day, lambda number, one: replace(one, parent=number) if number else one
    ),
    "two first sets": lambda day: looked(day, lambda _, one: replace(one, parent=-1)),
    "other states": lambda day: looked(day, lambda _, one: replace(one, alive=one.alive[1:])),
    "a price on no limit": lambda day: replace(day, prices=replace(day.prices, step_eur=day.prices.step_eur + 1.0)),
    "a negative price": lambda day: replace(day, prices=replace(day.prices, day_eur=day.prices.day_eur - 1e3)),
    "prices of other hours": lambda day: replace(day, prices=replace(day.prices, open_eur=day.prices.open_eur[1:])),
    "losses that cost nothing": lambda day: replace(
        day, case=replace(day.case, terms=replace(day.case.terms, loss_price_eur_per_kwh=0.0))
    ),
    "a relaxation without a scale": lambda day: replace(
        day,
        evidence=replace(
            day.evidence,
            floors=replace(day.evidence.floors, most_loss_kw=0.0 * day.evidence.floors.most_loss_kw),
        ),
    ),
}


@pytest.mark.parametrize("how", UNSOUND)
def test_evidence_that_cannot_be_about_the_day_is_named(kept: StoredDay, how: str) -> None:
    found = verify_day(UNSOUND[how](kept))["day_bound"]
    assert found.state == FAILS and found.value is None


def test_another_schedule_is_no_such_day(kept: StoredDay) -> None:
    """Lines open that form no tree; operations beyond the limit; a cost that is not the schedule's."""
    broken = kept.closed.copy()
    broken[1, 0] = False
    no_tree = verify_day(replace(kept, closed=broken))
    assert (no_tree["radial"].state, no_tree["cost"].state) == (FAILS, FAILS)
    fewer = replace(kept.case, terms=replace(kept.case.terms, max_per_day=0))
    assert verify_day(replace(kept, case=fewer))["radial"].state == FAILS
    assert verify_day(replace(kept, cost_eur=kept.cost_eur * 1.0001))["cost"].state == FAILS
    locked = np.ones(37, dtype=np.bool_)
    locked[np.flatnonzero((kept.closed != kept.case.network.closed).any(axis=0))] = False
    assert not locked.all()
    held = replace(kept.case, network=kept.case.network.with_(switchable=locked))
    assert verify_day(replace(kept, case=held))["radial"].state == FAILS


@PROPERTY
@given(judged(), st.integers(0, 2**16))
def test_no_forgery_lifts_the_bound_above_the_cheapest_schedule(one: Judged, seed: int) -> None:
    """Multipliers, states, parents, cutoffs and prices are drawn at random, some at a time."""
    rng, case = np.random.default_rng(seed), one.case
    bound = day_bound(case, one.known, Goal(0.0, keep=True))
    assert bound is not None
    closed = np.repeat(case.network.closed[None], case.steps, axis=0)
    day = stored_day(case, closed, one.known.cost_eur, bound)
    scale = abs(one.least_eur) + 0.1
    for _ in range(6):
        try:
            found = repeated_eur(forged(day, rng, scale), case)
        except Unsound:
            continue
        assert found <= one.least_eur + 1e-7 * scale


def forged(day: StoredDay, rng: np.random.Generator, scale: float) -> StoredDay:
    """The day with some of its evidence drawn at random."""
    what = rng.random(4) < 0.5
    if what[0]:
        day = replace(day, prices=random_prices(day.case, day.prices, rng, scale, 0.9))

    def changed(number: int, one: Looked) -> Looked:
        if what[1] and one.multipliers is not None and rng.random() < 0.5:
            noise = rng.normal(0.0, 10.0 ** rng.uniform(-3, 1), one.multipliers.values.shape)
            values = one.multipliers.values * rng.choice([0.0, 1.0, 3.0]) + noise
            one = replace(one, multipliers=Multipliers(values, bool(rng.random() < 0.3)))
        if what[2] and number and rng.random() < 0.5:
            one = replace(one, alive=one.alive & (rng.random(len(one.alive)) < 0.8))
        if what[2] and number and rng.random() < 0.2:
            one = replace(one, parent=int(rng.integers(0, number)))
        return one

    day = looked(day, changed)
    cutoff = day.evidence.cutoff_eur * (rng.uniform(0.5, 5.0, len(day.evidence.cutoff_eur)) if what[3] else 1.0)
    return replace(day, evidence=replace(day.evidence, cutoff_eur=cutoff))
