"""Reconfiguration of networks with generators that hold a voltage, beside pandapower and every topology by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from p2pdnr.errors import ProfileError
from p2pdnr.network.arrays import Generators, Network
from p2pdnr.network.generators import with_generators
from p2pdnr.network.held_newton import solve_held
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.planning import snapshot
from p2pdnr.reconfiguration.planning.candidates import loss_terms, own_load
from p2pdnr.reconfiguration.planning.day import plan_day
from p2pdnr.reconfiguration.planning.load_profile import read_profile
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.planning.voltage_generators import no_bound, told_rows
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.reconfiguration.topologies import held_voltages
from p2pdnr.reconfiguration.topologies.ranking import landscape
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from tests.random_networks import build, spanning


def with_two(plain: Network, buses: tuple[int, int]) -> Network:
    """Two generators, the first with little room."""
    at = np.array(buses)
    made = Generators(
        bus=at,
        vm_pu=np.array([1.03, 1.0]),
        p_kw=np.array([30.0, 10.0]),
        least_kvar=np.array([-5.0, -400.0]),
        most_kvar=np.array([5.0, 400.0]),
        kvar=np.zeros(2),
        load_kw=plain.p_kw[at],
        load_kvar=plain.q_kvar[at],
    )
    return with_generators(plain, made)


@pytest.fixture(scope="module")
def network() -> Network:
    ends = [(0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (5, 6), (6, 7), (4, 7), (3, 6), (0, 5)]
    plain = build(ends, 8, 4).with_(vm_min_pu=0.9, vm_max_pu=1.1)
    return with_two(plain.with_(closed=spanning(plain, np.arange(len(ends)))), (4, 7))


def test_every_tree_is_ranked_with_voltages_held(network: Network) -> None:
    trees, load = all_trees(network), own_load(network)
    found = landscape(network, trees, *load, loss_terms(network))
    for index in range(len(trees)):
        flow = solve_tree(network, orient(network, trees.closed(index)), *load)
        assert found.converged[index, 0] == flow.converged[0]
        assert found.loss_kw[index, 0] == pytest.approx(float(flow.loss_kw.sum()), abs=1e-3)


def test_the_least_loss_is_that_of_all_trees_by_pandapower(network: Network) -> None:
    found, trees = snapshot.reconfigure(network), all_trees(network)
    ranked = landscape(network, trees, *own_load(network), loss_terms(network))
    first = np.argsort(ranked.stage_cost(loss_terms(network))[:, 0])[:4]
    judged = [float(solve_held(network, trees.closed(int(index)))[0].loss_kw.sum()) for index in first]
    assert found.proved and found.loss_kw == pytest.approx(min(judged), abs=1e-3)
    rows = found.as_dict()["generators"]
    assert [row["bus"] for row in rows] == [5, 8] and rows[0]["at_limit"] in ("upper", "lower")
    assert rows[1]["at_limit"] is None and "holds 1.0000 p.u." in told_rows(rows)


def test_a_search_finds_the_topology_too_and_shows_no_bound(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    best = snapshot.reconfigure(network)
    monkeypatch.setattr("p2pdnr.reconfiguration.planning.candidates.enumerable", lambda network, count: False)
    found = snapshot.reconfigure(network)
    assert found.loss_kw == pytest.approx(best.loss_kw, abs=1e-6)
    assert not found.proved and found.lower_bound_kw is None
    assert "generators at bus 5 and 8" in no_bound(network) and "not shown" in no_bound(network)


def day_of(network: Network, tmp_path: Path) -> LoadCase:
    """Four hours: factors of load, and what the first generator gives."""
    path = tmp_path / "day.csv"
    path.write_text("hour,factor,bus 5 generator kw\n0,1,0\n1,0.5,60\n2,-0.5,90\n3,1.5,10\n")
    profile = read_profile(path, network)
    return LoadCase(network, profile.p_kw, profile.q_kvar, OperatorTerms(np.full(network.n_lines, 0.01)))


def test_a_profile_scales_loads_and_no_generator(network: Network, tmp_path: Path) -> None:
    case, generators = day_of(network, tmp_path), network.generators
    assert generators is not None
    factor, given = np.array([1.0, 0.5, -0.5, 1.5]), np.array([0.0, 60.0, 90.0, 10.0])
    np.testing.assert_allclose(case.load_kw[:, 4], factor * generators.load_kw[0] - given)
    np.testing.assert_allclose(case.load_kw[:, 7], factor * generators.load_kw[1] - 10.0)
    (tmp_path / "wrong.csv").write_text("hour,bus 3 generator kw\n0,1\n")
    with pytest.raises(ProfileError, match="no generator that holds a voltage"):
        read_profile(tmp_path / "wrong.csv", network)


@pytest.mark.parametrize("listed", [True, False])
def test_a_day_holds_voltages_in_every_hour(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: bool
) -> None:
    case = day_of(network, tmp_path)
    if not listed:
        monkeypatch.setattr("p2pdnr.reconfiguration.planning.day.enumerable", lambda network, count: False)
    found = plan_day(case, PlanningSettings(bound_gap=0.01), Watch())
    assert found.exact == listed and (found.bound_eur is not None) == listed
    given = found.hourly.generated_kvar
    assert given is not None
    for hour in range(case.steps):
        hourly = _at_hour(case, hour)
        judge, kvar = solve_held(hourly, found.hourly.closed[hour])
        assert found.hourly.loss_kw[hour] == pytest.approx(float(judge.loss_kw.sum()), abs=1e-3)
        np.testing.assert_allclose(given[hour], kvar, rtol=0.0, atol=0.1)


def _at_hour(case: LoadCase, hour: int) -> Network:
    """The network with the loads and generators of one hour as its own."""
    network, generators = case.network, case.network.generators
    assert generators is not None
    own = network.with_(p_kw=case.load_kw[hour], q_kvar=case.load_kvar[hour])
    made = replace(
        generators,
        load_kw=case.load_kw[hour, generators.bus] + generators.p_kw,
        load_kvar=case.load_kvar[hour, generators.bus] + generators.kvar,
    )
    return with_generators(own, made)


def test_a_search_takes_generators_for_what_they_give_in_a_topology(network: Network) -> None:
    load_kw, load_kvar = own_load(network)
    case = LoadCase(network, load_kw, load_kvar, loss_terms(network))
    one = held_voltages.as_fixed(case, network.closed)
    assert one.network.generators is None
    there = solve_tree(network, orient(network, network.closed), load_kw, load_kvar)
    fixed = solve_tree(one.network, orient(network, network.closed), one.load_kw, one.load_kvar)
    np.testing.assert_allclose(fixed.vm_pu, there.vm_pu, rtol=0.0, atol=1e-9)
