"""A day beside a part that runs meshed for good, against pandapower's ``runpp`` and every sequence of topologies."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from p2pdnr.errors import NetworkError, PowerFlowError
from p2pdnr.network.arrays import Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.readers import from_pandapower, from_table
from p2pdnr.network.topology import dead_buses, find_loop
from p2pdnr.reconfiguration.not_supplied import OutagePrice, OutageTerms
from p2pdnr.reconfiguration.planning import meshed_day
from p2pdnr.reconfiguration.planning.day import Day, plan_day
from p2pdnr.reconfiguration.planning.long_horizon import plan_horizon
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.scenario_day import plan_scenarios
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.risk.scenario_costs import ScenarioCase
from p2pdnr.reconfiguration.terms import LeverTerms, LoadCase, OperatorTerms, violation_eur
from p2pdnr.verification.judge import judge

FEEDER = [(4, 6), (5, 7), (6, 7), (7, 8), (6, 8)]
RING_HOURS = 3


def grid(opened: tuple[int, ...] = (9, 10), most_a: float = 150.0) -> Network:
    """A closed ring at 110 kV, a double circuit in it, two transformers, and a 20 kV grid with loops between them."""
    buses: list[dict[str, float]] = [{"vn_kv": 110, "substation_voltage_pu": 1.03}]
    buses += [{"vn_kv": 110, "p_kw": 15000.0, "q_kvar": 4000.0} for _ in range(2)]
    buses += [{"vn_kv": 20, "p_kw": 900.0 + 500.0 * k, "q_kvar": 500.0} for k in range(5)]
    upper = {"r_ohm": 1.2, "x_ohm": 4.0, "b_us": 60.0, "switchable": False}
    lines: list[dict[str, Any]] = [{"from": a, "to": b, **upper} for a, b in ((1, 2), (2, 3), (3, 1), (1, 3))]
    lines += [
        {"from": a, "to": b, "r_ohm": 1.5, "x_ohm": 48, "transformer": True, "switchable": False, "ratio": ratio}
        for a, b, ratio in ((2, 4, 0.98), (3, 5, 1.01))
    ]
    lines += [
        {"from": a, "to": b, "r_ohm": 1.0, "x_ohm": 0.7, "limit_a": most_a, "closed": number not in opened}
        for number, (a, b) in enumerate(FEEDER, start=7)
    ]
    return from_table({"buses": buses, "lines": lines, "vm_min_pu": 0.95, "vm_max_pu": 1.05}, "ring and feeder")


def case_of(network: Network, eur: float = 0.0, **limits: Any) -> LoadCase:
    """Loads that move along the feeder, its end feeding in at last."""
    factor = np.ones((RING_HOURS, network.n_buses))
    factor[0, 3:5], factor[0, 5:] = 2.0, 0.3
    factor[1:, 5:7], factor[1:, 3], factor[2, 7] = 1.9, 0.2, -2.5
    terms = OperatorTerms(np.full(network.n_lines, eur), **limits)
    return LoadCase(network, factor * network.p_kw, factor * network.q_kvar, terms)


@cache
def judged() -> tuple[list[np.ndarray], np.ndarray]:
    """Every state of the grid in which all buses have supply and no loop can be opened, and (k, T) its EUR of losses
    and broken limits by Newton-Raphson."""
    case, states = case_of(grid()), []
    one, which = bundled(case.network).network, bundled(case.network).which
    for opened in combinations(np.flatnonzero(case.network.switchable).tolist(), 2):
        closed, apart = np.ones(case.network.n_lines, dtype=bool), np.ones(one.n_lines, dtype=bool)
        closed[list(opened)], apart[which[list(opened)]] = False, False
        apart[one.from_bus + one.to_bus == 1] = False  # the ring broken at its line from bus 1 to bus 2
        if not dead_buses(one, apart) and not find_loop(one, apart):
            states.append(closed)
    return states, _stages_eur(case, np.array(states))


def _stages_eur(case: LoadCase, states: np.ndarray) -> np.ndarray:
    """(k, T) of states (k, m) that stay through all hours."""
    load_kw, load_kvar = (np.tile(values, (len(states), 1)) for values in (case.load_kw, case.load_kvar))
    every = replace(case, load_kw=load_kw, load_kvar=load_kvar)
    return _hours_eur(every, np.repeat(states, case.steps, axis=0)).reshape(len(states), case.steps)


def _hours_eur(case: LoadCase, closed: np.ndarray) -> np.ndarray:
    """(T,) of the states (T, m) of the hours."""
    found = judge(case.network, closed, case.load_kw, case.load_kvar)
    broken = violation_eur(case.network, case.terms, found.vm_pu, found.current_a)
    return np.asarray(case.terms.loss_eur_per_kw * found.loss_kw.sum(axis=1) + broken)


def cheapest_by_hand(case: LoadCase) -> float:
    """EUR of the cheapest sequence within the limits, all being tried."""
    (states, costs), terms, least = judged(), case.terms, np.inf
    for sequence in product(range(len(states)), repeat=case.steps):
        met = [case.network.closed, *(states[index] for index in sequence)]
        met += [case.network.closed] if terms.return_to_initial else []
        steps = [int((one != other).sum()) for one, other in pairwise(met)]
        if sum(steps) > (terms.max_per_day or 99) or max(steps) > (terms.max_per_hour or 99):
            continue
        eur = sum(costs[index, hour] for hour, index in enumerate(sequence))
        least = min(least, eur + float(terms.switching_cost_eur[0]) * sum(steps))
    return float(least)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"eur": 0.5},
        {"eur": 1e6},
        {"max_per_hour": 2},
        {"eur": 0.1, "max_per_day": 4, "return_to_initial": True},
    ],
)
def test_no_sequence_of_topologies_costs_less(how: dict[str, Any]) -> None:
    case = case_of(grid(), **how)
    found = plan_day(case)
    assert found.exact and found.topologies == found.ranked == len(judged()[0]) > 5
    assert found.hourly.cost_eur == pytest.approx(cheapest_by_hand(case), abs=1e-3)
    assert found.meshed == (1, 2, 3, 4) == tuple(found.as_dict()["meshed_lines"])
    assert found.hourly.closed[:, :6].all() and (~found.hourly.closed).sum(axis=1).tolist() == [2] * RING_HOURS
    assert_operations_lead_through(found)


def assert_operations_lead_through(found: Day) -> None:
    """The sequence leads from the initial state through the hours."""
    state = found.network.closed.copy()
    for hour, closed in enumerate(found.hourly.closed):
        for _, line, action in (step for step in found.sequence if step[0] == hour):
            assert state[line - 1] != (action == "close")
            state[line - 1] = action == "close"
        np.testing.assert_array_equal(state, closed)


def test_references_are_those_of_newton_raphson() -> None:
    states, costs = judged()
    found = plan_day(case_of(grid()))
    first = next(place for place, state in enumerate(states) if (state == found.network.closed).all())
    assert found.initial is not None and found.static is not None
    assert found.initial.cost_eur == pytest.approx(costs[first].sum(), abs=1e-3)
    assert found.static.cost_eur == pytest.approx(costs.sum(axis=1).min(), abs=1e-3)
    assert found.hourly.cost_eur == pytest.approx(costs.min(axis=0).sum(), abs=1e-3)
    assert found.hourly.cost_eur < found.static.cost_eur - 1.0 < found.initial.cost_eur


def ring_net() -> Any:
    """A 110 kV ring without switches, two transformers, four stations at 20 kV whose lines have switches."""
    net = pp.create_empty_network()
    high = [pp.create_bus(net, 110.0) for _ in range(3)]
    low = [pp.create_bus(net, 20.0) for _ in range(5)]
    pp.create_ext_grid(net, high[0], vm_pu=1.02)
    for here, there in ((0, 1), (1, 2), (2, 0)):
        pp.create_line(net, high[here], high[there], 20.0 + 5.0 * here, "184-AL1/30-ST1A 110.0")
    for here, there in ((1, 0), (2, 1)):
        pp.create_transformer(net, high[here], low[there], "25 MVA 110/20 kV")
    for here, there in ((0, 2), (2, 3), (3, 4), (4, 1), (2, 4)):
        line = pp.create_line(net, low[here], low[there], 3.0 + here, "NA2XS2Y 1x185 RM/25 12/20 kV")
        pp.create_switch(net, low[here], line, "l", closed=line not in (5, 7))
    for place, bus in enumerate((*high[1:], *low)):
        pp.create_load(net, bus, 1.0 + 0.3 * place, 0.4)
    return net


def test_every_hour_is_that_of_runpp() -> None:
    net = ring_net()
    network = from_pandapower(net, "ring")
    factor = np.ones((3, network.n_buses))
    factor[0, 5:7], factor[1, 7], factor[2, 5] = 2.0, 4.0, 5.0
    terms = OperatorTerms(np.full(network.n_lines, 0.01))
    found = plan_day(LoadCase(network, factor * network.p_kw, factor * network.q_kvar, terms))
    assert found.exact and len(found.meshed) == 3 and found.hourly.operations.sum() > 0
    for hour, row in enumerate(found.as_dict()["hours"]):
        opened = {int(name.removeprefix("line ")) for name in row["open_line_ids"]}
        net.switch["closed"] = ~net.switch.element.isin(opened)
        scale = factor[hour, [network.bus_ids.index(f"bus {bus}") for bus in net.load.bus]]
        loads = net.load.p_mw.copy(), net.load.q_mvar.copy()
        net.load["p_mw"], net.load["q_mvar"] = loads[0] * scale, loads[1] * scale
        pp.runpp(net, tolerance_mva=1e-10, numba=False)
        net.load["p_mw"], net.load["q_mvar"] = loads
        assert row["vm_min_pu"] == pytest.approx(net.res_bus.vm_pu.min(), abs=1e-6)
        assert row["vm_max_pu"] == pytest.approx(net.res_bus.vm_pu.max(), abs=1e-6)
        assert row["loss_kw"] == pytest.approx(1e3 * (net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum()), abs=1e-3)
        assert row["max_loading_percent"] == pytest.approx(
            max(net.res_line.loading_percent.max(), net.res_trafo.loading_percent.max()), abs=0.1
        )


def test_what_is_not_known_with_such_loops_is_refused_by_element() -> None:
    case = case_of(grid())
    named = "^lines? 1, 2, 3 with 4 .*but not with --levers, --proof"
    price = OutagePrice(OutageTerms(4.0, 0.1, 4.0, 1.0), case.load_kw, 1.0)
    for refused in (
        lambda: plan_day(case, PlanningSettings(keep_proof=True)),
        lambda: plan_day(replace(case, outages=price)),
        lambda: plan_horizon(case),
        lambda: plan_day(case, levers=LeverTerms()),
    ):
        with pytest.raises(NetworkError, match=named):
            refused()


@pytest.mark.parametrize("how", [{}, {"eur": 0.1, "max_per_day": 4, "return_to_initial": True}])
def test_many_topologies_are_searched_and_nothing_is_proved(
    how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of(grid(), **how)
    every = plan_day(case, PlanningSettings(bound_gap=0.01))
    monkeypatch.setattr(meshed_day, "MOST_SOLVED", 7)
    found = plan_day(case, PlanningSettings(bound_gap=0.01))
    assert not found.exact and found.bound_eur is None and found.topologies == 8
    assert found.hourly.cost_eur == pytest.approx(every.hourly.cost_eur, abs=1e-6), "found although not all are solved"
    assert found.hourly.closed[:, :6].all() and found.meshed == (1, 2, 3, 4)
    assert_operations_lead_through(found)


def test_a_schedule_over_all_topologies_is_its_own_bound() -> None:
    case = case_of(grid(), eur=0.5)
    found = plan_day(case, PlanningSettings(bound_gap=0.01))
    assert found.bound_eur == found.hourly.cost_eur == pytest.approx(cheapest_by_hand(case), abs=1e-3)


def scenarios() -> ScenarioCase:
    """Three loads of the same day."""
    case = case_of(grid(), eur=0.5)
    scale = np.array([0.8, 1.0, 1.3])[:, None, None]
    return ScenarioCase(case.network, scale * case.load_kw, scale * case.load_kvar, case.terms)


def test_scenarios_cost_what_newton_raphson_says() -> None:
    case = scenarios()
    found = plan_scenarios(case_of(grid(), eur=0.5), case, 0.0)
    assert found.proved and found.plan.closed.shape == (RING_HOURS, case.network.n_lines)
    for plan, costs in ((found.plan.closed, found.plan.costs_eur), (found.initial.closed, found.initial.costs_eur),
                        (found.for_profile.closed, found.for_profile.costs_eur)):  # fmt: skip
        assert plan is not None and plan[:, :6].all()
        moved = np.abs(np.diff(np.vstack([case.network.closed, plan]).astype(int), axis=0)).sum()
        for scenario, cost in enumerate(costs):
            stages = _hours_eur(case.of(scenario), plan)
            assert cost == pytest.approx(stages.sum() + 0.5 * moved, abs=1e-3)


def test_no_sequence_has_a_lower_expected_cost() -> None:
    case, (states, _) = scenarios(), judged()
    found = plan_scenarios(case_of(grid(), eur=0.5), case, 0.0)
    stage = np.mean([_stages_eur(case.of(one), np.array(states)) for one in range(len(case))], axis=0)
    least = np.inf
    for sequence in product(range(len(states)), repeat=RING_HOURS):
        met = [case.network.closed, *(states[index] for index in sequence)]
        steps = sum(int((one != other).sum()) for one, other in pairwise(met))
        least = min(least, sum(stage[index, hour] for hour, index in enumerate(sequence)) + 0.5 * steps)
    assert found.plan.value == pytest.approx(least, abs=1e-3)


def test_a_start_with_a_loop_that_can_be_opened_is_named_and_no_power_flow_says_the_hour() -> None:
    with pytest.raises(NetworkError, match="not radial"):
        plan_day(case_of(grid((9,))))
    case = case_of(grid())
    with pytest.raises(PowerFlowError, match="hour 1"):
        plan_day(replace(case, load_kw=case.load_kw * np.array([[1.0], [1e4], [1.0]])))


def test_what_is_told_ends_with_the_time() -> None:
    found = plan_day(case_of(grid()), watch=Watch(1e-9))
    assert found.ended == "time limit" and not found.exact and found.ranked == 1 < found.topologies
    np.testing.assert_array_equal(found.hourly.closed, np.tile(found.network.closed, (RING_HOURS, 1)))
