"""Which levers are meant by a text."""

from __future__ import annotations

import pytest

from p2pdnr.network.arrays import Lever, Network
from p2pdnr.network.lever_names import chosen, strangers
from p2pdnr.network.levers import with_levers
from tests.small_networks import ladder


def network() -> Network:
    """With one lever of each kind."""
    items = [
        Lever("substation tap", 0, -1, 1, 0.01),
        Lever("line tap", 1, -1, 1, 0.01),
        Lever("capacitor", 0, 0, 1, 9.0),
    ]
    return with_levers(ladder(2), items, (0, 0, 0))


@pytest.mark.parametrize(
    ("which", "free"),
    [
        ("none", [False, False, False]),
        ("all", [True, True, True]),
        ("taps", [True, True, False]),
        ("capacitors", [False, False, True]),
        ("line:2", [False, True, False]),
        ('bus:1, "line:2"', [True, True, True]),
    ],
)
def test_groups_and_names(which: str, free: list[bool]) -> None:
    assert chosen(network(), which) == (free, [])


def test_names_that_mean_nothing_are_told() -> None:
    assert chosen(network(), "bus:1,bus:3")[1] == ["bus:3"]
    (problem,) = strangers(network(), ["bus:3"], ("dso", "levers"))
    assert (problem.component, problem.field, problem.ids) == ("dso", "levers", ("bus:3",))
    assert "bus:1, line:2" in problem.remedy
