"""Networks drawn as text."""

from __future__ import annotations

import numpy as np
import pytest

from p2pdnr.errors import NetworkError
from p2pdnr.network.readers import from_text


def test_a_drawing_with_everything() -> None:
    network = from_text(
        """
        S1 2 r=0.1 x=0.05      # feeder
        2 3 limit=100
        3 S4 open, 2 5 fixed
        bus 3 p=250 q=100
        bus S4 v=1.02
        """,
        vn_kv=10.0,
    )
    assert network.substations.tolist() == [0, 3] and network.substation_vm_pu.tolist() == [1.0, 1.02]
    assert network.p_kw.tolist() == [0.0, 100.0, 250.0, 0.0, 100.0]
    assert network.q_kvar.tolist() == [0.0, 60.0, 100.0, 0.0, 60.0]
    assert network.from_bus.tolist() == [0, 1, 2, 1] and network.to_bus.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(network.r_pu * 100.0, [0.1, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(network.x_pu * 100.0, [0.05, 0.25, 0.25, 0.25])
    assert network.limit_a.tolist() == [np.inf, 100.0, np.inf, np.inf]
    assert network.closed.tolist() == [True, True, False, True]
    assert network.switchable.tolist() == [True, True, True, False]


def test_first_bus_supplies_when_no_substation_is_drawn() -> None:
    network = from_text("1 2, 2 3")
    assert network.substations.tolist() == [0] and network.p_kw.tolist() == [0.0, 100.0, 100.0]


def test_positions() -> None:
    network = from_text("1 2, bus 1 x=0 y=1, bus 2 x=2 y=3")
    assert network.coordinates is not None and network.coordinates.tolist() == [[0.0, 1.0], [2.0, 3.0]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1", "names one bus only"),
        ("bus", "names no bus"),
        ("1 b", "'b' is no bus number"),
        ("0 1", "'0' is no bus number"),
        ("1 2 r=", "'r=' is not known"),
        ("1 2 r=x", "could not convert"),
        ("1 2 shut", "'shut' is not known"),
        ("bus 1 open", "'open' is not known"),
        ("1 3", "bus 2: is never named"),
        ("1 999999999", "is never named"),
        ("1 2 r=-1", "line 1 r_ohm: is below 0"),
        ("", "buses: is missing or empty"),
    ],
)
def test_refusals(text: str, reason: str) -> None:
    with pytest.raises(NetworkError, match=reason):
        from_text(text)


def test_every_wrong_entry_is_named() -> None:
    with pytest.raises(NetworkError) as caught:
        from_text("1 2\n2 x\n3\n2 3 thick")
    assert [problem.ids for problem in caught.value.problems] == [("2 x",), ("3",), ("2 3 thick",)]
