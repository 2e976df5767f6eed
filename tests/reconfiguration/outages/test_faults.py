"""Every fault of a small feeder, in numbers that can be followed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.errors import TopologyError
from p2pdnr.network.arrays import Network
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.outages.day import OutageDay, RepairTimes
from p2pdnr.reconfiguration.outages.faults import every_fault, not_supplied_kwh, worst_first

FEEDER = "S1 2, 2 3, 3 4, 1 4 open, bus 2 p=100, bus 3 p=200, bus 4 p=300, bus 5 p=50, 2 5"
TIMES = RepairTimes(repair_h=4.0, operation_h=0.5)


def day_of(network: Network, factors: tuple[float, ...] = (1.0,)) -> OutageDay:
    p_kw = np.outer(factors, network.p_kw)
    return OutageDay(network, np.tile(network.closed, (len(factors), 1)), p_kw, np.zeros_like(p_kw), p_kw)


def test_a_tie_line_feeds_what_lies_behind_the_fault() -> None:
    first, second, third, lateral = every_fault(day_of(from_text(FEEDER)))
    assert (first.lost_kw, first.shed_kw, first.operations) == (650.0, 0.0, ((3, "close"),))
    assert (second.lost_kw, second.shed_kw) == (500.0, 0.0)
    assert (third.lost_kw, third.operations) == (300.0, ((3, "close"),))
    assert (lateral.lost_kw, lateral.shed_kw, lateral.operations) == (50.0, 50.0, ())
    assert all(answer.least and not answer.broken for answer in (first, second, third, lateral))


def test_energy_not_supplied_counts_switching_then_repair() -> None:
    first, *_, lateral = every_fault(day_of(from_text(FEEDER)))
    assert not_supplied_kwh(first, TIMES) == pytest.approx(650.0 * 0.5)
    assert not_supplied_kwh(lateral, TIMES) == pytest.approx(50.0 * 4.0)
    assert RepairTimes(0.25, 0.5).not_supplied_kwh(100.0, 20.0, 3) == pytest.approx(25.0)


def test_where_the_tie_carries_too_little_the_smaller_load_stays_dark() -> None:
    network = from_text(FEEDER)
    limit_a = np.full(network.n_lines, np.inf)
    limit_a[3] = 550.0 / (np.sqrt(3.0) * network.vn_kv[0])  # the tie carries 550 kW, 650 are lost
    first = every_fault(day_of(network.with_(limit_a=limit_a)), [0])[0]
    assert first.shed_kw == 150.0  # buses 2 and 5 hang together; neither 100 nor 50 kW can be cut off to less
    assert first.operations == ((1, "open"), (3, "close"))


def test_faults_are_ranked_by_the_energy_they_leave_unsupplied() -> None:
    day = day_of(from_text(FEEDER), (0.5, 1.0))
    ranked = worst_first(every_fault(day), 2, TIMES)
    assert [risk.line for risk in ranked] == [0, 1, 4, 2]
    assert (ranked[0].worst_kwh, ranked[0].hour) == (pytest.approx(325.0), 1)
    assert ranked[0].mean_kwh == pytest.approx(0.75 * 325.0)


def test_an_open_line_takes_nothing_away_and_an_early_end_keeps_what_is_there() -> None:
    day = day_of(from_text(FEEDER))
    assert every_fault(day, [3]) == []
    answers = iter([True, True, False])
    assert {answer.line for answer in every_fault(day, go_on=lambda: next(answers))} == {0, 1}


def test_a_day_that_is_not_radial_is_refused() -> None:
    network = from_text(FEEDER)
    loads = np.tile(network.p_kw, (1, 1))
    with pytest.raises(TopologyError):
        OutageDay(network, np.ones((1, network.n_lines), dtype=bool), loads, loads, loads)
    with pytest.raises(ValueError, match="shapes"):
        OutageDay(network, network.closed[None, :], loads, loads[:, 1:], loads)
