"""Scenarios of loads from files, and the day planned with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from p2pdnr.errors import NetworkError, ProfileError
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.planning.scenario_day import plan_scenarios
from p2pdnr.reconfiguration.planning.scenario_profiles import read_scenarios
from p2pdnr.reconfiguration.risk.scenario_costs import ScenarioCase
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from tests.small_networks import RING


@pytest.fixture(scope="module")
def network() -> Network:
    return from_text(RING)


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "days.csv").write_text(text, encoding="utf-8")
    return tmp_path / "days.csv"


def test_rows_of_a_scenario_belong_together(network: Network, tmp_path: Path) -> None:
    path = written(tmp_path, "scenario,hour,factor,bus 4 kw\nmild,0,1,10\ncold,0,2,20\nmild,1,1.5,30\ncold,1,0.5,40\n")
    mild, cold = read_scenarios(path, network)
    assert mild.p_kw[:, 3].tolist() == [10.0, 30.0]
    assert cold.p_kw[:, 3].tolist() == [20.0, 40.0]
    assert mild.p_kw.shape == (2, network.n_buses)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hour,factor\n0,1\n", "is not 'scenario'"),
        ("scenario,hour,factor\n", "has 0 scenarios"),
        ("scenario,hour,factor\na,0,1\nb,0,much\n", "scenario b"),
        ("scenario,hour,factor\na,0,1\na,1,1\nb,0,1\n", "has 1 steps, the first 2"),
        ("scenario,hour,bus 99\na,0,1\n", "bus 99"),
        ("", "is not 'scenario'"),
    ],
)
def test_every_problem_is_named(text: str, said: str, network: Network, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=said):
        read_scenarios(written(tmp_path, text), network)


def test_a_plan_stands_beside_others(network: Network) -> None:
    rng = np.random.default_rng(1)
    factor = rng.uniform(0.3, 2.0, (5, 2, 5))
    terms = OperatorTerms(np.full(network.n_lines, 0.001))
    nominal = LoadCase(network, np.tile(network.p_kw, (2, 1)), np.tile(network.q_kvar, (2, 1)), terms)
    found = plan_scenarios(nominal, ScenarioCase(network, factor * network.p_kw, factor * network.q_kvar, terms), 0.6)
    told = found.as_dict()
    plans = told["plans"]
    assert told["proved"]
    assert plans["chosen"]["risk_eur"] == pytest.approx(told["value_eur"])
    assert plans["chosen"]["risk_eur"] <= min(plans[name]["risk_eur"] for name in ("initial", "profile", "expected"))
    assert plans["expected"]["expected_eur"] <= min(plan["expected_eur"] for plan in plans.values())
    assert len(told["costs_eur"]) == 5
    assert [row["hour"] for row in told["hours"]] == [0, 1]


def test_networks_that_cannot_be_gone_through_are_refused() -> None:
    parallel = from_text("S1 2 r=0.4, S1 2 r=0.4, 2 3 r=0.5, 3 1 r=0.9 open")
    terms = OperatorTerms(np.zeros(parallel.n_lines))
    load = np.tile(parallel.p_kw, (1, 1))
    case = ScenarioCase(parallel, load[None], load[None], terms)
    with pytest.raises(NetworkError, match="parallel lines"):
        plan_scenarios(LoadCase(parallel, load, load, terms), case, 0.0)
