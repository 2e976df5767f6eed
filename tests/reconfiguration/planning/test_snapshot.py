"""Minimum loss as a Python user calls it: against every tree by hand, limits, proofs, and what ends it early."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import p2pdnr
from p2pdnr.errors import Cancelled, NetworkError, PowerFlowError, TopologyError
from p2pdnr.network import powerflow, topology
from p2pdnr.network.arrays import Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.readers import from_text, read
from p2pdnr.reconfiguration.planning.least_loss import Reconfiguration
from p2pdnr.reconfiguration.planning.progress import Progress, Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.planning.snapshot import least_loss_of, reconfigure
from p2pdnr.reconfiguration.topologies import meshed_parts, ranking
from p2pdnr.reconfiguration.topologies.meshed_parts import refuse_fixed_loops
from tests.random_networks import networks
from tests.small_networks import RING, cables, ladder, newton_kw

pp = pytest.importorskip("pandapower")
PROPERTY = settings(deadline=None, derandomize=True, max_examples=20)


def by_hand(network: Network) -> list[tuple[bool, float, list[int]]]:
    """Every tree one at a time, the best first; those that break a limit behind the others."""
    ranked = []
    trees = ranking.all_trees(network)
    for index in range(len(trees)):
        closed = trees.closed(index)
        flow = powerflow.solve_tree(network, topology.orient(network, closed), network.p_kw[None], network.q_kvar[None])
        free = np.delete(flow.vm_pu[0], network.substations)
        low = free.min(initial=np.inf) < network.vm_min_pu - 1e-9 or free.max(initial=0.0) > network.vm_max_pu + 1e-9
        over = (flow.current_a[0] > network.limit_a * (1 + 1e-9)).any()
        if flow.converged.all():
            ranked.append((bool(low or over), float(flow.loss_kw.sum()), (np.flatnonzero(~closed) + 1).tolist()))
    return sorted(ranked)


def shuffled(network: Network, buses: np.ndarray, lines: np.ndarray) -> Network:
    """The same network with bus b called buses[b] and lines in another order."""
    back = np.argsort(buses)
    order = np.argsort(buses[network.substations])
    by_line = {
        name: getattr(network, name)[lines] for name in ("r_pu", "x_pu", "limit_a", "switchable", "closed", "ratio")
        if getattr(network, name, None) is not None
    }  # fmt: skip
    return network.with_(
        vn_kv=network.vn_kv[back], p_kw=network.p_kw[back], q_kvar=network.q_kvar[back],
        from_bus=buses[network.from_bus][lines], to_bus=buses[network.to_bus][lines],
        substations=buses[network.substations][order], substation_vm_pu=network.substation_vm_pu[order], **by_line,
    )  # fmt: skip


def check(network: Network, found: Reconfiguration) -> None:
    """The topology is radial, keeps locked lines, and has the losses and the figures it claims."""
    bundle = bundled(network)
    one, state = bundle.network, found.closed[[lines[0] for lines in bundle.members]]
    assert (bundle.closed(state) == found.closed).all()
    assert topology.is_radial(one, state)
    assert (found.closed == network.closed)[~network.switchable].all()
    flow = powerflow.solve_tree(one, topology.orient(one, state), network.p_kw[None], network.q_kvar[None])
    assert found.loss_kw == pytest.approx(float(flow.loss_kw.sum()), abs=1e-6)
    assert found.lower_bound_kw is None or found.lower_bound_kw <= found.loss_kw + 1e-9
    closed = network.closed.copy()
    for number, action in found.operations:
        closed[number - 1] = action == "close"
    assert (closed == found.closed).all()


@PROPERTY
@given(networks(max_buses=8, max_loops=4), st.sets(st.integers(0, 9), max_size=2), st.integers(0, 2**16))
def test_equals_every_tree_by_hand_and_whatever_the_numbering(network: Network, locked: set[int], seed: int) -> None:
    switchable = np.array([line not in locked for line in range(network.n_lines)])
    network = network.with_(switchable=switchable)
    ranked = by_hand(network)
    assume(ranked)
    found = reconfigure(network)
    check(network, found)
    assert (not found.within_limits, found.loss_kw) == (ranked[0][0], pytest.approx(ranked[0][1], abs=1e-6))
    assert found.proved
    assert found.lower_bound_kw == found.loss_kw
    assert found.topologies >= len(ranked)
    losses = [loss for broken, loss, _ in ranked]
    if found.initial_rank is not None:
        assert losses[found.initial_rank - 1] == pytest.approx(found.initial_loss_kw, abs=2e-3)
    rng = np.random.default_rng(seed)
    other = reconfigure(shuffled(network, rng.permutation(network.n_buses), rng.permutation(network.n_lines)))
    assert other.loss_kw == pytest.approx(found.loss_kw, abs=1e-6)
    assert other.within_limits == found.within_limits


def test_more_topologies_than_can_be_evaluated() -> None:
    network = ladder(14)
    found = reconfigure(network, seed=1)
    check(network, found)
    assert found.topologies > 10_000_000
    assert found.initial_rank is None
    assert found.loss_kw < 0.9 * (found.initial_loss_kw or 0.0)
    rng = np.random.default_rng(2)
    other = reconfigure(shuffled(network, rng.permutation(network.n_buses), rng.permutation(network.n_lines)), seed=5)
    assert other.loss_kw == pytest.approx(found.loss_kw, rel=1e-9)


@pytest.mark.parametrize("limited", [False, True])
def test_branch_and_bound_proves_what_enumeration_does(limited: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    network = ladder(6)
    if limited:
        limit = np.where(np.arange(network.n_lines) % 5 == 2, 4.0, np.inf)
        network = network.with_(limit_a=limit, vm_min_pu=0.5)
    every = reconfigure(network)
    monkeypatch.setattr("p2pdnr.reconfiguration.topologies.tree_set.MOST_TREES", 10)
    quick, proved = reconfigure(network), reconfigure(network, exact=True, time_limit_s=60.0)
    assert proved.bound_by == "branch and bound" or quick.proved
    assert proved.proved
    assert proved.loss_kw == pytest.approx(every.loss_kw, rel=2e-6)
    assert quick.lower_bound_kw is not None
    assert 0.0 < quick.lower_bound_kw <= every.loss_kw


def test_the_search_finds_what_is_proved_where_both_can(monkeypatch: pytest.MonkeyPatch) -> None:
    proved = reconfigure("case33bw")
    monkeypatch.setattr("p2pdnr.reconfiguration.topologies.tree_set.MOST_TREES", 1000)
    assert reconfigure("case33bw").open_lines == proved.open_lines == (7, 9, 14, 32, 37)


def test_more_loops_than_can_be_listed() -> None:
    """Seventy lines between the same two buses: few topologies of many loops, so they are searched."""
    network = from_text(RING + "\n2 3 r=5 open" * 70)
    found = reconfigure(network)
    check(network, found)
    assert found.open_lines[-69:] == tuple(range(network.n_lines - 68, network.n_lines + 1))


def test_limits_decide_before_losses() -> None:
    free, limited = (reconfigure(from_text(text)) for text in (RING, RING.replace("5 1 r=0.9", "5 1 r=0.9 limit=20")))
    assert limited.open_lines != free.open_lines
    assert limited.loss_kw > free.loss_kw
    assert limited.within_limits
    assert (limited.max_loading_percent or 0.0) <= 100.0
    assert free.max_loading_percent is None


def test_limits_that_nothing_keeps_are_told() -> None:
    found = reconfigure(from_text(RING).with_(vm_min_pu=0.9999))
    assert not found.within_limits
    assert found.loss_kw == reconfigure(from_text(RING)).loss_kw


def test_where_nothing_keeps_the_limits_the_search_finds_the_least_loss_all_the_same() -> None:
    """Prices on violations alone would end at 303.9 kW: they pay losses for less of a violation that stays one."""
    found = reconfigure(read("case70da", None).with_(vm_min_pu=0.995))
    assert not found.within_limits
    assert found.loss_kw == pytest.approx(301.645, abs=1e-3)


def test_the_search_turns_to_what_keeps_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    network = ladder(6)
    network = network.with_(limit_a=np.where(np.arange(network.n_lines) % 5 == 2, 4.0, np.inf), vm_min_pu=0.5)
    proved = reconfigure(network)
    assert proved.within_limits
    assert proved.loss_kw > reconfigure(ladder(6)).loss_kw + 1e-3
    monkeypatch.setattr("p2pdnr.reconfiguration.topologies.tree_set.MOST_TREES", 10)
    searched = reconfigure(network)  # several topologies lose the same
    assert searched.within_limits
    assert searched.loss_kw == pytest.approx(proved.loss_kw, rel=1e-9)


@pytest.mark.parametrize(
    ("drawing", "opened"),
    [
        ("S1 2 r=0.5, 2 3 r=0.5", ()),
        ("S1 2 r=0.5, 1 2 r=0.1 open, 1 2 r=0.7 open", (1, 3)),
        ("S1 2 r=0.5, S3 2 r=0.1 open", (1,)),
    ],
)
def test_odd_networks(drawing: str, opened: tuple[int, ...]) -> None:
    network = from_text(drawing)
    found = reconfigure(network)
    check(network, found)
    assert found.proved
    assert found.open_lines == opened


def test_lines_without_impedance_lose_nothing() -> None:
    network = from_text("S1 2, 2 3, 3 1 open, bus 3 p=500").with_(r_pu=np.zeros(3), x_pu=np.zeros(3))
    found = reconfigure(network)
    check(network, found)
    assert (found.loss_kw, found.topologies, found.proved) == (0.0, 3, True)


def test_what_has_no_answer_says_why() -> None:
    dark = from_text("S1 2, 2 3").with_(closed=np.array([True, False]), switchable=np.array([True, False]))
    with pytest.raises(TopologyError, match="buses 3 are without supply"):
        reconfigure(dark)
    with pytest.raises(PowerFlowError, match="no radial topology"):
        reconfigure(from_text(RING.replace("p=900", "p=9000000")))
    with pytest.raises(NetworkError):
        reconfigure("case34bw")


def test_an_initial_state_that_is_not_radial_has_its_loss_and_a_way_from_it() -> None:
    """Two loops of equal lines, closed: Newton-Raphson says what they lose today."""
    network = from_text(RING.replace(" open", ""))
    found = reconfigure(network)
    check(network, found)
    assert found.present.state == "meshed"
    assert found.initial_loss_kw == pytest.approx(newton_kw(network), abs=1e-6)
    assert found.saving_kw == pytest.approx(newton_kw(network) - found.loss_kw, abs=1e-6)
    assert found.saving_kw is not None
    assert found.saving_kw < 0.0
    assert found.initial_rank is None
    assert found.lines_to_close == ()
    assert found.lines_to_open == found.open_lines


@settings(PROPERTY, max_examples=8)
@given(networks(max_buses=7, max_loops=3), st.sets(st.integers(0, 8), max_size=3))
def test_any_present_state_stands_beside_the_answer(network: Network, opened: set[int]) -> None:
    closed = np.array([line not in opened for line in range(network.n_lines)])
    network = network.with_(closed=closed, vm_min_pu=0.5)
    try:
        today_kw, found = newton_kw(network), reconfigure(network)
    except (pp.LoadflowNotConverged, PowerFlowError):
        assume(False)
    check(network, found)
    dead = topology.dead_buses(network, closed)
    assert found.initial_loss_kw == pytest.approx(today_kw, abs=1e-5)
    assert found.present.dead_buses == tuple(bus + 1 for bus in dead)
    assert found.present.dead_kw == pytest.approx(float(network.p_kw[list(dead)].sum()))
    assert (found.saving_kw is None) == bool(dead)
    changed = {number for number, _ in found.operations}
    assert changed == {*found.lines_to_close, *found.lines_to_open}
    state = closed.copy()
    for number, action in found.operations:
        supplied = set(topology.dead_buses(network, state))
        state[number - 1] = action == "close"
        assert set(topology.dead_buses(network, state)) <= supplied


def test_two_cables_in_parallel_stay_together() -> None:
    network = cables()
    found = reconfigure(network)
    check(network, found)
    best = network.with_(closed=np.array([True, True, True, False, True]))
    assert found.open_lines == (4,)
    assert found.loss_kw == pytest.approx(newton_kw(best), abs=1e-6)
    assert found.loss_kw == pytest.approx(43.2446, abs=1e-4)
    assert found.initial_loss_kw == pytest.approx(newton_kw(network), abs=1e-6)
    assert found.together == ((1, 2),)
    assert found.flow.current_a[0, 0] == pytest.approx(found.flow.current_a[0, 1])
    assert (found.topologies, found.proved) == (4, True)
    locked = reconfigure(network.with_(switchable=np.array([False, False, True, True, True])))
    assert locked.loss_kw == pytest.approx(found.loss_kw)


def test_a_line_that_stands_apart_is_operated_by_itself() -> None:
    network = cables().with_(apart=np.array([True, False, False, False, False]))
    found = reconfigure(network)
    assert found.loss_kw == pytest.approx(63.7514, abs=1e-4)
    assert found.present.state == "meshed"


def test_lines_in_parallel_through_a_coupler_are_told_and_the_proof_is_about_the_others() -> None:
    """Bus bars 3 and 4 coupled, a line to each from 2, and a way round by 5: all closed but the ring loses less."""
    lines = "S1 2 r=0.2 x=0.1, 2 3 r=0.9 x=0.6, 2 4 r=0.9 x=0.6, 3 4 r=1e-3 x=1e-3, 3 5 r=0.9 x=0.6, 4 5 r=1 x=0.6 open"
    network = from_text(f"{lines}, bus 3 p=1500, bus 4 p=900, bus 5 p=300", vn_kv=20.0)
    found = reconfigure(network)
    check(network, found)
    assert found.proved
    assert found.loss_kw == pytest.approx(by_hand(network)[0][1], abs=1e-6)
    assert newton_kw(network) < found.loss_kw - 0.1
    told = "not kept together, though in parallel through a closed coupler: 2 with 3"
    assert found.searched.endswith(f"of all 6 lines; {told}")
    assert "coupler" not in reconfigure(from_text(RING)).searched
    assert "coupler" not in reconfigure(cables()).searched


@settings(PROPERTY, max_examples=8)
@given(networks(max_buses=7, max_loops=2), st.integers(0, 6), st.integers(0, 6), st.integers(0, 2**16))
def test_nothing_but_what_is_told_is_better_beside_couplers(network: Network, at: int, to: int, seed: int) -> None:
    """Bus bars split in two and coupled, a second line to each: the best of all radial states, one by one."""
    n, at, to = network.n_buses, at % network.n_buses, to % network.n_buses
    assume(at != to and n not in network.substations)
    rng = np.random.default_rng(seed)
    more = {"from_bus": (to, to, at), "to_bus": (at, n, n), "closed": (True, True, True)}
    wide = {name: np.append(getattr(network, name), values) for name, values in more.items()}
    z = np.append(rng.uniform(0.001, 0.005, 2), 1e-7)
    wide |= {name: np.append(getattr(network, name), z) for name in ("r_pu", "x_pu")}
    wide |= {name: np.append(getattr(network, name), [1.0]) for name in ("vn_kv",)}
    wide["vn_kv"][-1] = network.vn_kv[0]
    wide |= {name: np.append(getattr(network, name), 20.0) for name in ("p_kw", "q_kvar")}
    wide |= {
        "limit_a": np.append(network.limit_a, [np.inf] * 3),
        "switchable": np.ones(network.n_lines + 3, dtype=bool),
    }
    coupled = Network(
        name="coupled", base_mva=1.0, substations=network.substations, substation_vm_pu=network.substation_vm_pu,
        vm_min_pu=0.5, vm_max_pu=1.5, **wide,
    )  # fmt: skip
    one = bundled(coupled).network
    ranked = by_hand(one)
    assume(ranked)
    found = reconfigure(coupled)
    assert found.proved
    assert found.loss_kw == pytest.approx(ranked[0][1], abs=1e-6)
    last = network.n_lines
    assert f"{last + 1} with {last + 2}" in found.searched or "coupler" in found.searched


def test_where_only_radial_states_are_searched_a_loop_that_nothing_can_open_is_named_with_where_to_cut() -> None:
    ring = from_text("S1 2 fixed, 2 3 fixed, 3 1 fixed, 2 4, 3 5, 4 5 open, bus 4 p=900")
    ring = ring.with_(line_ids=("North", "East", "South", "", "", ""), bus_ids=("", "B", "C", "", ""))
    said = r"North, East, South.*cut the grid at bus B \(0\.\d+ p\.u\.\), bus C"
    with pytest.raises(NetworkError, match=said) as caught:
        refuse_fixed_loops(bundled(ring))
    assert "at the voltage it has today" in str(caught.value)
    assert reconfigure(ring).meshed == (1, 2, 3)


def test_more_loops_than_can_be_solved_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = from_text("S1 2 fixed, 2 3 fixed, 3 1 fixed, 3 4 fixed, 2 4 fixed, 4 5, bus 4 p=900")
    monkeypatch.setattr(meshed_parts, "MOST_LOOPS", 1)
    with pytest.raises(NetworkError, match="there are 2 such loops, and at most 1 are solved"):
        reconfigure(ring)


@pytest.mark.parametrize("steps", [7, 14])
def test_an_observer_may_end_the_work_and_keeps_the_best(steps: int) -> None:
    seen: list[Progress] = []

    def observe(progress: Progress) -> None:
        seen.append(progress)
        raise Cancelled("enough")

    network = ladder(steps)
    found = least_loss_of(network, PlanningSettings(block=256), exact=False, watch=Watch(observe=observe))
    check(network, found)
    assert found.ended == "interrupted"
    assert not found.proved
    assert found.initial_rank is None
    assert {progress.stage for progress in seen} <= {"search", "ranking"}


def test_a_time_limit_keeps_the_best_and_says_so() -> None:
    network = ladder(11)
    found = p2pdnr.reconfigure(network, time_limit_s=1e-3)
    check(network, found)
    assert found.ended == "time limit"
    assert not found.proved


def test_one_bus_has_its_answer_and_a_locked_loop_stays_meshed() -> None:
    alone = reconfigure(from_text("bus 1"))
    assert (alone.loss_kw, alone.open_lines, alone.proved, alone.topologies) == (0.0, (), True, 1)
    ring = from_text("S1 2, 2 3, 3 1")
    held = reconfigure(ring.with_(switchable=np.zeros(3, dtype=bool)))
    assert (held.meshed, held.open_lines, held.topologies) == ((1, 2, 3), (), 1)
    assert held.loss_kw == pytest.approx(newton_kw(ring), abs=1e-6)
