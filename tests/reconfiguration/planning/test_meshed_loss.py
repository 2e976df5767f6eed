"""The least loss beside a part that runs meshed for good, against every topology by pandapower's Newton-Raphson."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from p2pdnr.network.arrays import Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.readers import from_table
from p2pdnr.network.topology import dead_buses, find_loop
from p2pdnr.reconfiguration.planning import meshed_loss
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.planning.snapshot import reconfigure
from p2pdnr.verification.judge import judge

FEEDER = [(4, 6), (6, 7), (7, 8), (8, 9), (9, 5), (6, 8), (4, 9)]


def grid(open_lines: tuple[int, ...] = (9, 10, 11)) -> Network:
    """A closed ring at 110 kV, a double circuit in it, two transformers, and a 20 kV grid with loops between them."""
    buses = [
        {"vn_kv": 110, "substation_voltage_pu": 1.03},
        *({"vn_kv": 110, "p_kw": 15000, "q_kvar": 4000} for _ in range(2)),
    ]
    buses += [
        {"vn_kv": 20},
        {"vn_kv": 20},
        *({"vn_kv": 20, "p_kw": 1500.0 + 400.0 * k, "q_kvar": 700} for k in range(4)),
    ]
    upper = {"r_ohm": 1.2, "x_ohm": 4.0, "b_us": 60.0, "switchable": False}
    lines = [{"from": a, "to": b, **upper} for a, b in ((1, 2), (2, 3), (3, 1), (1, 3))]
    lines += [
        {"from": a, "to": b, "r_ohm": 1.5, "x_ohm": 48, "transformer": True, "switchable": False, "ratio": ratio}
        for a, b, ratio in ((2, 4, 0.98), (3, 5, 1.01))
    ]
    lines += [
        {"from": a, "to": b, "r_ohm": 1.0, "x_ohm": 0.7, "closed": number not in open_lines}
        for number, (a, b) in enumerate(FEEDER, start=7)
    ]
    return from_table({"buses": buses, "lines": lines}, "ring and feeder")


def judged(network: Network) -> dict[tuple[int, ...], float]:
    """Losses by Newton-Raphson of every state in which all buses have supply and no loop can be opened."""
    one, states = bundled(network).network, {}
    free = np.flatnonzero(network.switchable)
    for opened in itertools.combinations(free.tolist(), 3):
        closed = np.ones(network.n_lines, dtype=bool)
        closed[list(opened)] = False
        apart = np.ones(one.n_lines, dtype=bool)
        apart[[line - 1 for line in opened]] = False  # one line fewer before them: two are one there
        apart[one.from_bus + one.to_bus == 3] = False  # the ring broken at its line from bus 1 to bus 2
        if not dead_buses(one, apart) and not find_loop(one, apart):
            states[opened] = closed
    loads = (np.tile(values, (len(states), 1)) for values in (network.p_kw, network.q_kvar))
    found = judge(network, np.array(list(states.values())), *loads)
    return dict(zip(states, found.loss_kw.sum(axis=1).tolist(), strict=True))


def test_every_topology_is_solved_and_the_least_is_that_of_newton_raphson() -> None:
    network = grid()
    found, other = reconfigure(network), judged(network)
    assert found.proved and found.topologies == len(other) > 10
    assert tuple(line - 1 for line in found.open_lines) == min(other, key=other.__getitem__)
    assert found.loss_kw == pytest.approx(min(other.values()), abs=1e-5)
    assert found.initial_loss_kw == pytest.approx(other[(8, 9, 10)], abs=1e-5)
    assert found.initial_rank == 1 + sum(loss < other[(8, 9, 10)] for loss in other.values())
    assert found.meshed == (1, 2, 3, 4) and found.present.state == "radial"
    assert found.flow.loss_kw.sum() == pytest.approx(found.loss_kw, abs=1e-6)
    assert found.together == ((3, 4),) and found.closed[:6].all()
    state = network.closed.copy()
    for line, action in found.operations:
        state[line - 1] = action == "close"
    np.testing.assert_array_equal(state, found.closed)


def test_a_search_finds_the_same_and_says_that_it_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meshed_loss, "MOST_SOLVED", 0)
    network = grid((8, 9, 12))
    found = reconfigure(network)
    assert found.loss_kw == pytest.approx(min(judged(network).values()), abs=1e-5)
    assert not found.proved and found.bound_by is None and found.lower_bound_kw is None and found.initial_rank is None


def test_a_state_in_which_a_loop_can_be_opened_is_meshed() -> None:
    found = reconfigure(grid((9, 10)))
    assert found.present.state == "meshed"
    assert [action for _, action in found.operations][:1] == ["open"]


def test_what_is_told_ends_with_the_time() -> None:
    told: list[str] = []
    watch = Watch(1e-9, lambda step: told.append(step.stage))
    found = meshed_loss.least_loss_of(bundled(grid()), PlanningSettings(), watch)
    assert found.ended == "time limit" and not found.proved and set(told) == {"ranking"}
