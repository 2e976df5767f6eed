"""Where assumption A2 of docs/convergence.md ends: at the collapse of voltage.

The cone's form has an answer up to there and none beyond, whatever slack its limits have.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from p2pdnr.coordination.optimality import central
from p2pdnr.errors import P2pdnrError, SolverError
from p2pdnr.network.arrays import Network
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from p2pdnr.study import Options, run
from tests.coordination.cases import grid

R_OHM, VN_KV = 5.0, 10.0
MOST_KW = 1e3 * VN_KV**2 / (4 * R_OHM)
"""v_0 / (4 r): what a line without reactance carries to its end."""


def two_buses(background_kw: float) -> dict[str, Any]:
    """One line, a fixed load at its end, and a prosumer too small to matter."""
    network = grid(((1, 2, True),), p_kw=background_kw, r_ohm=R_OHM, x_ohm=0.0)
    return {
        "name": "long line",
        "network": {"source": network, "vm_min_pu": 0.9},
        "profiles": {"load": [1.0], "pv": [0.0]},
        "tariff": {"buy_eur_per_kwh": [0.3], "sell_eur_per_kwh": [0.1]},
        "prosumers": [{"id": "A", "bus": 2, "load_kw": 0.001}],
    }


def statement(background_kw: float) -> tuple[central.Central, Network]:
    """The centralised optimum in the cone's form."""
    scenario = document.from_dict(two_buses(background_kw))
    network = build_network(scenario)
    return central.solve(scenario, network, np.array([[True]])), network


def test_short_of_the_collapse_slack_carries_what_limits_forbid() -> None:
    found, _ = statement(0.98 * MOST_KW)
    assert np.isfinite(found.objective_eur)
    assert found.objective_eur > 1000.0  # the voltage is far below 0.9 p.u., and pays for it


def test_beyond_the_collapse_the_cone_has_no_answer() -> None:
    with pytest.raises(SolverError):
        statement(1.02 * MOST_KW)


def test_a_schedule_that_cannot_carry_its_load_is_refused() -> None:
    with pytest.raises(P2pdnrError, match="cannot carry the loads"):
        run(document.from_dict(two_buses(1.02 * MOST_KW)), Options(mode="fixed"))
