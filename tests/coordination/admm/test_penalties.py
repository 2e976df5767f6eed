"""Weights: found in the first turns, firmer where only copies lag, at rest afterwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.coordination.admm import iterations, penalties
from p2pdnr.coordination.admm.penalties import Band
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement, Iteration
from p2pdnr.coordination.problem import CoordinationProblem
from tests.coordination.cases import initial, problem_of, random_document

RULES = AdmmSettings()


def two_turns(seed: int = 3) -> tuple[CoordinationProblem, Agreement, Agreement]:
    """A problem and two states that follow each other, some turns after the opening."""
    problem = problem_of(random_document(seed))
    few = replace(RULES, max_iterations=30)
    before = iterations.negotiate(problem, initial(problem), iterations.opening(problem, RULES), few)
    return problem, before, iterations.step(problem, initial(problem), before, RULES)


def test_the_change_of_the_objective_is_that_of_the_last_turns() -> None:
    assert penalties.change([100.0] * 7, 8) == np.inf
    assert penalties.change([0.0, 0.0] + [100.0] * 7 + [101.0], 8) == pytest.approx(1.0 / 101.0)


def test_only_weights_whose_copies_lag_are_raised() -> None:
    problem, _, after = two_turns()
    assert after.response is not None
    lag_kw = np.abs(after.response.injection_kw - after.wanted_kw).max(axis=0)
    tolerance_kw = float(np.median(lag_kw))
    firm = penalties.firmer(problem, Iteration(after, after), replace(RULES, primal_kw=tolerance_kw))  # no ceiling
    behind = lag_kw > tolerance_kw
    assert behind.any()
    assert (firm.charge_weight[behind] > after.charge_weight[behind]).all()
    assert firm.charge_weight[~behind] == pytest.approx(after.charge_weight[~behind])
    assert (firm.charge_weight <= RULES.firmest_factor * after.charge_weight + 1e-12).all()


def test_no_weight_is_raised_where_prices_still_move() -> None:
    problem, before, after = two_turns()
    far = replace(
        before,
        wanted_kw=before.wanted_kw + 1e9,
        trading=replace(before.trading, agreed_kw=before.trading.agreed_kw + 1e9),
    )
    firm = penalties.firmer(problem, Iteration(far, after), replace(RULES, primal_kw=1e-9))
    assert firm.charge_weight == pytest.approx(after.charge_weight)
    assert firm.trade_weight == pytest.approx(after.trade_weight)


def test_where_copies_agree_weights_fall_only_if_asked_for() -> None:
    _, _, after = two_turns()
    agreed = replace(after, primal_kw=0.0)
    calm, restless = (penalties.unbalanced(4, agreed, replace(RULES, rested_eur_per_kwh=eur)) for eur in (np.inf, 1e-2))
    assert calm == Band(RULES.agreed_ratio, np.inf)
    assert restless == Band(RULES.balanced_ratio, np.inf)


def test_prices_of_broken_limits_do_not_hide_that_others_still_move() -> None:
    problem, before, after = two_turns()
    assert after.response is not None
    charge_eur_per_kw = np.zeros_like(after.charge_eur_per_kw)
    charge_eur_per_kw[0] = 1e9
    agreed = replace(after, wanted_kw=after.response.injection_kw, charge_eur_per_kw=charge_eur_per_kw)
    before = replace(before, wanted_kw=agreed.wanted_kw - 1.0)
    band = Band(RULES.balanced_ratio, np.inf)
    beside_all, beside_retail = (
        penalties.balance(problem, Iteration(before, agreed), band, replace(RULES, rested_eur_per_kwh=eur))
        for eur in (np.inf, 1e-2)
    )
    assert beside_all.charge_weight == pytest.approx(after.charge_weight)
    assert (beside_retail.charge_weight < 0.5 * after.charge_weight).all()


def test_the_retailer_asks_what_he_asks_whatever_the_sign() -> None:
    problem = problem_of(random_document(3))
    own = [terms.buy_eur_per_kwh for terms in problem.block.terms]
    assert penalties.retail_eur_per_kw(problem) == pytest.approx(problem.step_h * np.mean(own))


def test_weights_change_no_more_after_the_last_turn_that_may() -> None:
    problem, before, after = two_turns()
    steady = [1.0] * (RULES.firm_iterations.stop + 5)
    assert penalties.adjusted(
        problem, Iteration(before, after), steady, replace(RULES, primal_kw=1e-9)
    ).charge_weight == pytest.approx(after.charge_weight)
    firm = penalties.adjusted(problem, Iteration(after, after), [1.0] * 205, replace(RULES, primal_kw=1e-9))
    assert (firm.charge_weight > after.charge_weight).any()


def test_no_weight_changes_from_iteration_900_on() -> None:
    _, _, after = two_turns()
    swinging = replace(after, primal_kw=10.0)
    may = [turn for turn in range(1500) if penalties.unbalanced(turn, swinging, RULES) != penalties.NO_CHANGE]
    assert may == list(range(RULES.balance_until))
    assert max(RULES.balance_until, RULES.firm_iterations.stop, RULES.stiff_iterations[-1] + 1) == 900


def test_hours_that_swing_late_are_held_more_firmly() -> None:
    """Where the objective moves, at the turns meant for it, and only the hours whose copies are apart."""
    problem, before, after = two_turns()
    assert after.response is not None
    lag_kw = np.abs(after.response.injection_kw - after.wanted_kw).max(axis=0)
    rules = replace(RULES, primal_kw=float(np.median(lag_kw)))
    late, swinging, calm = RULES.stiff_iterations[0] + 1, [0.0, 100.0], [100.0, 100.0]
    firm = penalties.adjusted(problem, Iteration(before, after), (late // 2) * swinging, rules)
    factor = np.where(lag_kw > rules.primal_kw, RULES.stiff_factor, 1.0)
    assert firm.charge_weight == pytest.approx(factor * after.charge_weight)
    assert firm.trade_weight == pytest.approx(after.trade_weight)
    for turns in ((late // 2) * calm, (late // 2 + 5) * swinging):
        rested = penalties.adjusted(problem, Iteration(before, after), turns, replace(rules, primal_kw=1e9))
        assert (rested.charge_weight <= after.charge_weight).all()
