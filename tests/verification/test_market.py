"""What the market's judge says of a plan whose batteries and shifted load do not keep their rules; bills and trades
are judged in test_optimum.py and test_certificates.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.results.study_result import StudyResult
from p2pdnr.verification.market import balance, wrong_partners
from p2pdnr.verification.plan import Plan, read_plan

SCHOOL, STORE = 2, 3
"""Who shifts load, and who has a battery."""


def under(plan: Plan, who: int, **rules: float) -> Plan:
    """The same plan where a prosumer has other rules."""
    terms = list(plan.terms)
    terms[who] = replace(terms[who], **rules)
    return replace(plan, terms=tuple(terms))


@pytest.fixture(name="plan")
def _plan(sample: StudyResult) -> Plan:
    return read_plan(sample)


def test_energy_below_the_least_is_told_with_its_hour(plan: Plan) -> None:
    energy = plan.day["energy_kwh"][:, STORE]
    found = balance(under(plan, STORE, battery_min_kwh=float(np.sort(energy)[1])))
    assert found.value == pytest.approx(np.sort(energy)[1] - energy.min())
    assert "energy_kwh" in found.detail and f"hour {energy.argmin()}" in found.detail


def test_what_is_shifted_sums_to_zero_in_every_window(plan: Plan) -> None:
    shifted = plan.day["flexible_kw"][:, SCHOOL]
    assert balance(plan).value < 1e-6
    for steps in (1, 3, len(shifted), len(shifted) + 1):
        sums = [shifted[first : first + steps].sum() for first in range(0, len(shifted), steps)]
        assert balance(under(plan, SCHOOL, window_steps=steps)).value == pytest.approx(np.abs(sums).max(), abs=1e-6)


def test_a_cycle_ends_with_the_energy_at_the_start(plan: Plan) -> None:
    energy, step_h = plan.day["energy_kwh"][:, STORE], plan.scenario.step_h
    for steps in (2, len(energy)):
        off = np.abs(energy[steps - 1 :: steps] - plan.terms[STORE].battery_initial_kwh).max() / step_h
        assert balance(under(plan, STORE, cycle_steps=steps)).value == pytest.approx(off, abs=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_pairs_are_compared_with_the_scenario_s_as_sets(plan: Plan, seed: int) -> None:
    rng, count = np.random.default_rng(seed), len(plan.terms)
    every = np.array([(a, b) for a in range(count) for b in range(a + 1, count)])
    expected = every[rng.random(len(every)) < 0.6]
    found = expected if seed % 4 == 0 else every[rng.random(len(every)) < 0.6]
    found = np.where(rng.random((len(found), 1)) < 0.5, found, found[:, ::-1])  # either may stand first
    found = np.concatenate([found, found[:1]]) if seed % 3 == 0 else found
    stated, allowed = ({tuple(sorted(pair)) for pair in pairs.tolist()} for pairs in (found, expected))
    said = wrong_partners(replace(plan, pairs=found), expected)
    if stated == allowed:
        assert said == ("a pair of partners stands twice" if len(found) > len(stated) else "")
    else:
        one, other = min(stated ^ allowed)
        assert said.startswith(f"{plan.terms[one].name} and {plan.terms[other].name} are ")
        assert said.endswith("no partners in the scenario") is ((one, other) in stated)
