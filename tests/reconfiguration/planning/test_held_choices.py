"""Exchanges, days with levers and days in scenarios beside generators that hold a voltage: every topology (and
position) by itself with pandapower."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from p2pdnr.cli.main import main
from p2pdnr.errors import TopologyError
from p2pdnr.network.arrays import Bools, Floats, Generators, Lever, Network
from p2pdnr.network.generators import with_generators
from p2pdnr.network.held_newton import solve_held_hours
from p2pdnr.network.levers import at, with_levers
from p2pdnr.network.pandapower_net import Solved
from p2pdnr.network.readers import to_table
from p2pdnr.network.topology import orient
from p2pdnr.reconfiguration.planning.candidates import loss_terms
from p2pdnr.reconfiguration.planning.day import plan_day
from p2pdnr.reconfiguration.planning.scenario_day import plan_scenarios
from p2pdnr.reconfiguration.planning.single_exchanges import rank_swaps
from p2pdnr.reconfiguration.risk.scenario_costs import ScenarioCase
from p2pdnr.reconfiguration.terms import LeverTerms, LoadCase, OperatorTerms, violation_eur
from tests.random_networks import build, spanning

ENDS = [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4), (1, 3)]
SEEDS = (0, 1, 2)
LEVERS = [Lever("substation tap", 0, -1, 1, 0.02), Lever("capacitor", 2, 0, 1, 60.0)]
POSITIONS = tuple(product((-1, 0, 1), (0, 1)))


def feeder(seed: int) -> Network:
    """Five buses, two loops, two generators: one with hardly any room, one with some."""
    rng = np.random.default_rng(seed)
    plain = build(ENDS, 5, seed).with_(vm_min_pu=0.97, vm_max_pu=1.03)
    plain = plain.with_(closed=spanning(plain, rng.permutation(len(ENDS))))
    buses = np.array([2, 4])
    made = Generators(
        bus=buses,
        vm_pu=rng.uniform(0.99, 1.02, 2),
        p_kw=rng.uniform(0.0, 60.0, 2),
        least_kvar=np.array([-4.0, -300.0]),
        most_kvar=np.array([4.0, 300.0]),
        kvar=np.array([1.0, -20.0]),
        load_kw=plain.p_kw[buses],
        load_kvar=plain.q_kvar[buses],
    )
    return with_generators(plain, made)


def trees(network: Network) -> list[Bools]:
    """All radial topologies, found by trying every choice of closed lines."""
    found = []
    for state in product((False, True), repeat=network.n_lines):
        closed = np.array(state)
        if closed.sum() == network.n_buses - 1:
            try:
                orient(network, closed)
            except TopologyError:
                continue
            found.append(closed)
    return found


def case_of(network: Network, factors: Floats, rng: np.random.Generator) -> LoadCase:
    """Loads times factors (T,), generators giving what they do in every hour."""
    p_kw, q_kvar = loads(network, factors)
    return LoadCase(network, p_kw, q_kvar, OperatorTerms(rng.uniform(0.0, 0.05, network.n_lines)))


def loads(network: Network, factors: Floats) -> tuple[Floats, Floats]:
    """(T, n) withdrawals with the network's own loads times factors."""
    generators = network.generators
    assert generators is not None
    own_kw, own_kvar = network.p_kw.copy(), network.q_kvar.copy()
    own_kw[generators.bus], own_kvar[generators.bus] = generators.load_kw, generators.load_kvar
    p_kw, q_kvar = np.outer(factors, own_kw), np.outer(factors, own_kvar)
    p_kw[:, generators.bus] -= generators.p_kw
    q_kvar[:, generators.bus] -= generators.kvar
    return p_kw, q_kvar


def held_hours(network: Network, closed: Bools, case: LoadCase) -> tuple[Solved, Floats]:
    """pandapower's states of topologies (k, m) in the hours of a case, topology by topology, all in one net."""
    generators = network.generators
    assert generators is not None
    load_kvar = case.load_kvar.copy()
    load_kvar[:, generators.bus] += generators.kvar
    loads = (np.tile(values, (len(closed), 1)) for values in (case.load_kw, load_kvar))
    return solve_held_hours(network, np.repeat(closed, case.steps, axis=0), *loads)


def judged_eur(network: Network, case: LoadCase) -> Floats:
    """(trees, T) losses and broken limits of every topology in every hour of a case, by pandapower."""
    every = np.array(trees(network))
    judge, _ = held_hours(network, every, case)
    price = case.terms.loss_price_eur_per_kwh * case.terms.step_h
    broken = violation_eur(network, case.terms, judge.vm_pu, judge.current_a)
    return (price * judge.loss_kw.sum(axis=1) + broken).reshape(len(every), case.steps)


@pytest.mark.parametrize("seed", SEEDS)
def test_exchanges_are_those_of_pandapower(seed: int) -> None:
    network = feeder(seed)
    found, terms = rank_swaps(network, 100), loss_terms(network)
    true = {}
    near = np.array([closed for closed in trees(network) if (closed != network.closed).sum() == 2])
    own = case_of(network, np.ones(1), np.random.default_rng(seed))
    judge, _ = held_hours(network, near, own)
    eur = violation_eur(network, terms, judge.vm_pu, judge.current_a)
    for closed, loss_kw, broken, vm_pu in zip(near, judge.loss_kw.sum(axis=1), eur, judge.vm_pu, strict=True):
        true[tuple(np.flatnonzero(closed != network.closed) + 1)] = (float(loss_kw), float(broken), vm_pu)
    assert found.possible == len(found.swaps) == len(true) > 2
    for swap in found.swaps:
        loss_kw, broken, vm_pu = true[tuple(sorted((swap.close, swap.open)))]
        assert swap.loss_kw == pytest.approx(loss_kw, abs=1e-3)
        assert swap.vm_min_pu == pytest.approx(float(vm_pu.min()), abs=1e-6)
        assert swap.within_limits == (broken <= 1e-6)
    order = sorted((broken > 1e-6, round(loss_kw, 3)) for loss_kw, broken, _ in true.values())
    assert [round(swap.loss_kw, 2) for swap in found.swaps] == pytest.approx([loss for _, loss in order], abs=0.011)


def steps_between(positions: list[tuple[int, ...]]) -> Floats:
    """Steps of all levers from each of some positions to each."""
    where = np.array(positions, dtype=float)
    return np.asarray(np.abs(where[:, None] - where[None]).sum(axis=2))


def switching_between(states: list[Bools], case: LoadCase) -> Floats:
    """EUR of operations from each of some states to each."""
    closed = np.array(states)
    return np.asarray((closed[:, None] != closed[None]) @ case.terms.switching_cost_eur)


@pytest.mark.parametrize(("seed", "most"), [(0, None), (1, 1), (2, 0)])
def test_a_day_with_levers_is_the_cheapest_of_all_sequences(seed: int, most: int | None) -> None:
    network = with_levers(feeder(seed), LEVERS, (0, 0))
    case, moving = case_of(network, np.array([1.3, -0.4]), np.random.default_rng(seed)), LeverTerms(0.01, most)
    day = plan_day(case, levers=moving)
    assert day.exact
    states = [(closed, where) for where in POSITIONS for closed in trees(network)]
    hour_eur = np.concatenate([judged_eur(at(network, np.array(where)), case) for where in POSITIONS]).T
    places, closed = ([state[part] for state in states] for part in (1, 0))
    steps, switching = steps_between([(0, 0), *places]), switching_between([network.closed, *closed], case)
    best = np.inf
    for first, second in np.ndindex(len(states), len(states)):
        moved = steps[0, first + 1] + steps[first + 1, second + 1]
        if most is None or moved <= most:
            switched = switching[0, first + 1] + switching[first + 1, second + 1]
            best = min(best, hour_eur[0, first] + hour_eur[1, second] + switched + moving.step_eur * moved)
    assert day.hourly.cost_eur == pytest.approx(best, rel=1e-5, abs=1e-3)


def four_days(seed: int) -> tuple[Network, LoadCase, list[tuple[Floats, Floats]]]:
    """A feeder, its two hours as forecast, and four other days."""
    network, rng = feeder(seed), np.random.default_rng(seed)
    nominal = case_of(network, np.array([1.0, -0.3]), rng)
    return network, nominal, [loads(network, rng.uniform(-1.0, 1.6, 2)) for _ in range(4)]


@cache
def scenario_eur(seed: int) -> Floats:
    """(trees, days, T) by pandapower."""
    network, nominal, days = four_days(seed)
    hours = replace(nominal, load_kw=np.concatenate([day[0] for day in days]))
    hours = replace(hours, load_kvar=np.concatenate([day[1] for day in days]))
    return judged_eur(network, hours).reshape(-1, len(days), nominal.steps)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("level", [0.0, 0.5])
def test_scenarios_are_weighed_with_voltages_held(seed: int, level: float) -> None:
    network, nominal, days = four_days(seed)
    case = ScenarioCase(network, np.array([day[0] for day in days]), np.array([day[1] for day in days]), nominal.terms)
    found = plan_scenarios(nominal, case, level)
    every, eur = trees(network), scenario_eur(seed)
    least = np.inf
    for sequence in product(range(len(every)), repeat=2):
        states = [network.closed, *(every[tree] for tree in sequence)]
        switching = sum(float(nominal.terms.switching_cost_eur[a != b].sum()) for a, b in pairwise(states))
        costs = sorted(sum(eur[tree, day, hour] for hour, tree in enumerate(sequence)) for day in range(4))
        least = min(least, switching + float(np.mean(costs if level == 0.0 else costs[2:])))
    assert found.proved
    assert found.plan.value == pytest.approx(least, rel=1e-5, abs=1e-3)


def test_generators_hold_in_some_of_these_hours_and_are_at_a_limit_in_others() -> None:
    """What the tests above are about does occur in them."""
    held = set()
    for seed in SEEDS:
        network = feeder(seed)
        generators = network.generators
        assert generators is not None
        judge, _ = held_hours(network, np.array(trees(network)), case_of(network, np.ones(1), np.random.default_rng(0)))
        held |= set((np.abs(judge.vm_pu[:, generators.bus] - generators.vm_pu) < 1e-7).ravel().tolist())
    assert held == {True, False}


def test_the_commands_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = with_levers(feeder(0), LEVERS, (0, 0))
    (tmp_path / "held.json").write_text(json.dumps(to_table(network)))
    (tmp_path / "day.csv").write_text("hour,factor\n0,1.3\n1,-0.4\n")
    (tmp_path / "days.csv").write_text("scenario,hour,factor\n0,0,1\n0,1,0.5\n1,0,-0.5\n1,1,1.5\n")
    at_hours = ["reconfigure", str(tmp_path / "held.json"), "--hours", str(tmp_path / "day.csv")]
    assert main([*at_hours[:2], "--swaps", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["swaps"]
    wanted = rank_swaps(network, 2).swaps
    assert [row["loss_kw"] for row in told] == pytest.approx([swap.loss_kw for swap in wanted], abs=1e-6)
    assert main([*at_hours, "--levers", "all", "--lever-cost", "0.01", "--switching-cost", "0.02"]) == 0
    text = capsys.readouterr().out
    assert "at 6 positions of levers compared in every hour" in text
    assert "generators: bus 3 gives" in text
    assert main([*at_hours, "--scenarios", str(tmp_path / "days.csv"), "--risk", "0.5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["proved"]
