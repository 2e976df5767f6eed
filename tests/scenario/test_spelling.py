"""What may be written in more than one way: flat prices, letters of any language, ids of buses and lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2pdnr.errors import ScenarioError
from p2pdnr.scenario import document
from p2pdnr.scenario.field_types import is_id
from tests.scenario.documents import village


def test_ids_become_numbers_and_one_price_a_series() -> None:
    found = document.from_dict(village())
    assert [prosumer.bus for prosumer in found.prosumers] == [2, 3]
    assert found.network.initially_open == (3,)
    assert found.tariff.buy_eur_per_kwh == (0.3, 0.3, 0.3) and found.tariff.sell_eur_per_kwh[2] == 0.2
    own = found.prosumers[1].tariff
    assert own is not None and own.buy_eur_per_kwh == (0.25,) * 3 and own.sell_eur_per_kwh == (0.0,) * 3
    assert document.from_dict(document.to_dict(found)) == found


def test_an_umlaut_is_the_same_however_it_was_typed() -> None:
    market = {"partners": [["Ba\u0308cker O\u0308z", "Дом 7"]], "preferences": []}
    market["preferences"] = [{"from": "Дом 7", "to": "Ba\u0308cker Öz", "eur_per_kwh": 0.1}]
    assert document.from_dict(village(market=market)).market.partners == (("Bäcker Öz", "Дом 7"),)
    twice = village()
    twice["prosumers"][1]["id"] = "Ba\u0308cker Öz"
    with pytest.raises(ScenarioError, match="is used 2 times"):
        document.from_dict(twice)


def test_an_id_that_no_bus_has_is_told() -> None:
    wrong = village()
    wrong["prosumers"][0]["bus"] = "ST9"
    wrong["network"]["initially_open"] = ["K2", "K9"]
    with pytest.raises(ScenarioError) as caught:
        document.from_dict(wrong)
    assert [str(problem).partition(". ")[0] for problem in caught.value.problems[:2]] == [
        "prosumer Bäcker Öz bus: ST9 is no id of the network",
        "network initially_open: K9 is no id of the network",
    ]


def test_ids_of_a_network_in_a_file(tmp_path: Path) -> None:
    written = village()
    (tmp_path / "net.json").write_text(json.dumps(written["network"]["source"]))
    written["network"]["source"] = "net.json"
    (tmp_path / "day.json").write_text(json.dumps(written))
    assert [prosumer.bus for prosumer in document.load(tmp_path / "day.json").prosumers] == [2, 3]
    with pytest.raises(ScenarioError, match="not a whole number"):
        document.from_dict(written)


@pytest.mark.parametrize("odd", [None, 3, "x", [], [1], {}, {"prosumers": 3}, {"market": [], "network": 1}])
def test_odd_documents_are_told_not_tripped_over(odd: object) -> None:
    with pytest.raises(ScenarioError):
        document.from_dict(odd)
    with pytest.raises(ScenarioError):
        document.from_dict({**village(), **odd} if isinstance(odd, dict) and odd else odd)


@pytest.mark.parametrize(
    "name", ["Öz", "Дом 8", "नमस्ते", "家 3", "a_b-c.d", "a\n", "", "a/b", "a\u202eb", "a\u200db", "x" * 41]
)
def test_python_and_the_schema_agree_on_ids(name: str) -> None:
    written = village()
    written["prosumers"][0]["id"] = name
    if is_id(name):
        assert document.from_dict(written).prosumers[0].id == name
    else:
        with pytest.raises(ScenarioError):
            document.from_dict(written)
