"""Back-feeds against every switching state there is, each judged by pandapower."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.arrays import BOTH_ENDS, Bools, Floats, Network
from p2pdnr.network.topology import dead_buses, find_loop
from p2pdnr.reconfiguration.outages.back_feed import SAME_KW, BackFeed
from p2pdnr.reconfiguration.outages.day import OutageDay
from p2pdnr.reconfiguration.outages.energised import supplied
from p2pdnr.reconfiguration.outages.faults import every_fault
from p2pdnr.reconfiguration.outages.search import Effort
from p2pdnr.verification.judge import judge
from tests import thorough
from tests.random_networks import networks

KEPT = 1e-6
"""A limit of voltage (p.u.) or loading (share) that this much decides is left to either side."""


def day_of(network: Network, seed: int, hours: int = 2) -> OutageDay:
    """Hours with random loads in the initial topology."""
    rng = np.random.default_rng(seed)
    factor = rng.uniform(0.3, 2.0, (hours, network.n_buses))
    p_kw, q_kvar = factor * network.p_kw, factor * network.q_kvar
    return OutageDay(network, np.tile(network.closed, (hours, 1)), p_kw, q_kvar, np.maximum(p_kw, 0.0))


def dark_buses(network: Network, closed: Bools) -> Bools:
    dark = np.zeros(network.n_buses, dtype=bool)
    dark[list(dead_buses(network, closed))] = True
    return dark


def states_after(day: OutageDay, line: int, hour: int) -> list[Bools]:
    """Every state without the line whose supplied part is radial; what lies in the dark stays as it was."""
    network, before = day.network, day.closed[hour].copy()
    before[line] = False
    free = np.flatnonzero(network.switchable & (np.arange(network.n_lines) != line))
    found = {}
    for choice in product((False, True), repeat=len(free)):
        closed = before.copy()
        closed[free] = choice
        if find_loop(network, closed):
            continue
        dark = dark_buses(network, closed)
        asleep = dark[network.from_bus] & dark[network.to_bus]
        if (closed[asleep] == before[asleep]).all():
            found[closed.tobytes()] = closed
    return list(found.values())


def beyond(network: Network, vm_pu: Floats, current_a: Floats) -> Floats:
    """(S,) by how much the worst limit is broken; negative where all are kept."""
    free = np.delete(np.arange(network.n_buses), network.substations)
    voltage = np.fmax(vm_pu[:, free] - network.vm_max_pu, network.vm_min_pu - vm_pu[:, free])
    loading = current_a / network.limit_a - 1.0
    both = np.concatenate([voltage, loading], axis=1)
    return np.nanmax(np.where(np.isnan(both), -1.0, both), axis=1)


@dataclass(frozen=True)
class Choice:
    """All states after one fault, with what they shed; pandapower judges them with those of other faults."""

    answer: BackFeed
    network: Network
    states: Bools
    dark: Bools
    shed_kw: Floats
    operations: Floats


def choice_of(day: OutageDay, answer: BackFeed) -> Choice:
    opened_at, before = day.network.opened_at.copy(), day.closed[answer.hour].copy()
    opened_at[answer.line], before[answer.line] = BOTH_ENDS, False
    network = day.network.with_(opened_at=opened_at)
    states = states_after(day, answer.line, answer.hour)
    dark = np.array([dark_buses(network, closed) for closed in states])
    operations = np.array([(closed != before).sum() for closed in states])
    assert answer.lost_kw == pytest.approx(float(day.load_kw[answer.hour] @ dark_buses(network, before)))
    return Choice(answer, network, np.array(states), dark, (dark * day.load_kw[answer.hour]).sum(axis=1), operations)


def check_against_all(day: OutageDay, answers: list[BackFeed]) -> None:
    """Answers of one line, whose states pandapower judges at once."""
    choices = [choice_of(day, answer) for answer in answers]
    loads = [np.where(c.dark, 0.0, values[c.answer.hour]) for values in (day.p_kw, day.q_kvar) for c in choices]
    halves = np.concatenate(loads[: len(choices)]), np.concatenate(loads[len(choices) :])
    judged = judge(choices[0].network, np.concatenate([c.states for c in choices]), *halves)
    worst = np.where(judged.unsolved, np.inf, beyond(choices[0].network, judged.vm_pu, judged.current_a))
    first = 0
    for choice in choices:
        part = slice(first, first + len(choice.states))
        check(choice, worst[part], np.nansum(judged.loss_kw[part], axis=1))
        first = part.stop


def check(choice: Choice, worst: Floats, loss_kw: Floats) -> None:
    """One answer against all states: none that surely keeps the limits is better."""
    answer, nobody = choice.answer, choice.dark.shape[1] - len(choice.network.substations)
    keys = list(zip(np.round(choice.shed_kw / SAME_KW), choice.dark.sum(axis=1), choice.operations, strict=True))
    if answer.broken:
        assert (worst > -KEPT).all()
        return
    surely = min(key for key, value in zip(keys, worst, strict=True) if value <= -KEPT or key[1] == nobody)
    perhaps = min(key for key, value in zip(keys, worst, strict=True) if value <= KEPT)
    own = (np.round(answer.shed_kw / SAME_KW), int(answer.dark.sum()), len(answer.operations))
    assert perhaps <= own <= surely
    here = next(k for k, closed in enumerate(choice.states) if (closed == answer.closed).all())
    assert worst[here] <= KEPT
    assert answer.loss_kw == pytest.approx(loss_kw[here], abs=1e-4)


def by_line(answers: list[BackFeed]) -> list[list[BackFeed]]:
    return [list(own) for _, own in groupby(answers, key=lambda answer: answer.line)]


@thorough.examples(12, 50)
@given(networks(max_buses=6, max_loops=2), st.integers(0, 2**16))
def test_every_fault_has_the_best_of_all_states(network: Network, seed: int) -> None:
    rng = np.random.default_rng(seed)
    locked = network.with_(switchable=rng.random(network.n_lines) < 0.8, vm_min_pu=rng.uniform(0.97, 0.995))
    day = day_of(locked, seed)
    answers = every_fault(day)
    assert {(answer.line, answer.hour) for answer in answers} == set(zip(*np.nonzero(day.closed.T), strict=True))
    assert all(answer.least or answer.broken for answer in answers)
    for own in by_line(answers):
        check_against_all(day, own)


@settings(max_examples=8, deadline=None)
@given(networks(max_buses=5, max_loops=2, earth=True), st.integers(0, 2**16))
def test_lines_with_charging_and_ratios_are_brought_back_alike(network: Network, seed: int) -> None:
    day = day_of(network, seed, hours=1)
    for own in by_line(every_fault(day)):
        check_against_all(day, own)


@settings(max_examples=15, deadline=None)
@given(networks(max_buses=8, max_loops=4), st.integers(0, 2**16))
def test_what_is_searched_keeps_the_limits_and_is_never_below_the_least(network: Network, seed: int) -> None:
    day = day_of(network, seed, hours=2)
    searched = every_fault(day, effort=Effort(most_states=0))
    for few, all_states in zip(searched, every_fault(day), strict=True):
        assert (few.line, few.hour) == (all_states.line, all_states.hour)
        assert few.shed_kw >= all_states.shed_kw - SAME_KW
        if few.least:
            assert few.shed_kw == pytest.approx(all_states.shed_kw, abs=SAME_KW)


@settings(max_examples=15, deadline=None)
@given(networks(max_buses=9, max_loops=4), st.integers(0, 2**16))
def test_faults_sought_together_have_the_answers_of_each_line_by_itself(network: Network, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weak = network.with_(vm_min_pu=rng.uniform(0.98, 0.995))
    day, effort = day_of(weak, seed), Effort(most_states=0)
    together = every_fault(day, effort=effort)
    alone = [answer for line in range(weak.n_lines) for answer in every_fault(day, [line], effort)]
    assert [(one.line, one.hour, one.operations) for one in together] == [
        (one.line, one.hour, one.operations) for one in alone
    ]
    for one, other in zip(together, alone, strict=True):
        assert (one.closed == other.closed).all() and (one.dark == other.dark).all() and one.least == other.least


@settings(deadline=None, max_examples=25)
@given(networks(), st.integers(0, 2**16))
def test_a_part_without_supply_is_left_out_as_if_it_drew_nothing(network: Network, seed: int) -> None:
    random = np.random.default_rng(seed)
    day = day_of(network, seed)
    closed = day.closed[0] & (random.random(network.n_lines) < 0.8)
    faint = network.with_(shunt_g_pu=np.full(network.n_buses, 1e-30))  # takes the way of networks with shunts
    plain = supplied(network, closed, day.p_kw, day.q_kvar)
    general = supplied(faint, closed, day.p_kw, day.q_kvar)
    for one, other in ((plain.vm_pu, general.vm_pu), (plain.loading, general.loading)):
        np.testing.assert_allclose(one, other, atol=1e-8)
    np.testing.assert_allclose(plain.loss_kw, general.loss_kw, atol=1e-6)
