"""How large a document from a browser may be."""

from __future__ import annotations

from typing import Any

import pytest

from p2pdnr.errors import ScenarioError
from p2pdnr.scenario import size
from tests.scenario.documents import full


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"prosumers": [{}] * (size.MAX_PROSUMERS + 1)}, "prosumers"),
        ({"profiles": {str(k): [] for k in range(size.MAX_PROFILES + 1)}}, "profiles"),
        ({"market": {"partners": [[]] * (size.MAX_PAIRS + 1)}}, "partners"),
        ({"market": {"preferences": [{}] * (size.MAX_PAIRS + 1)}}, "preferences"),
        ({"network": {"source": {"buses": [{}] * (size.MAX_BUSES + 1)}}}, "buses"),
        ({"buses": [], "lines": [{}] * (size.MAX_LINES + 1)}, "lines"),
        ({"x": [[1] * 1000] * 301}, "300,000 values"),
        ([[[0] * 100_000] * 4], "300,000 values"),
        ({"deep": {"er": [{"a": 1, "b": 2, "c": 3}] * 90_000}}, "300,000 values"),
    ],
)
def test_what_is_too_large_is_refused_before_it_is_judged(given: Any, told: str) -> None:
    with pytest.raises(ScenarioError, match=told) as caught:
        size.limit(given)
    assert "command line" in str(caught.value)


@pytest.mark.parametrize("given", [full(), None, [], "x", {"prosumers": 5, "network": [], "market": None}])
def test_the_rest_is_judged_as_it_is(given: Any) -> None:
    size.limit(given)


def test_a_day_of_own_tariffs_for_everybody_fits() -> None:
    tariff = {"buy_eur_per_kwh": [0.3] * 24, "sell_eur_per_kwh": [0.1] * 24}
    size.limit({"prosumers": [{"id": str(k), "bus": 2, "tariff": tariff} for k in range(size.MAX_PROSUMERS)]})
