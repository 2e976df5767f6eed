from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from p2pdnr.results.payload import payload, worst_hour
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import matrix

T, N, M, K = 8, 33, 37, 5


@pytest.fixture(scope="module")
def sent(sample: StudyResult) -> dict:
    return json.loads(json.dumps(payload(sample), allow_nan=False))


def test_shapes_are_those_of_the_docstring(sent: dict) -> None:
    assert sent["hours"] == T
    for part, width in (("lines", M), ("buses", N)):
        for name, rows in sent[part].items():
            assert np.shape(rows) == (T, width), name
    for name, rows in sent["prosumers"]["day"].items():
        assert np.shape(rows) == (K, T), name
    assert {len(column) for column in sent["bills"].values()} == {K}
    assert {len(column) for column in sent["series"].values()} == {T}
    assert len({len(column) for column in sent["convergence"].values()}) == 1
    assert len(sent["trades"]) == T
    assert len(sent["diagram"]["routes"]) == len(sent["network"]["from"]) == M


def test_numbers_are_those_of_the_tables(sent: dict, sample: StudyResult) -> None:
    assert np.allclose(sent["buses"]["vm_pu"], matrix(sample.tables.buses, "vm_pu", sample.scenario), atol=6e-6, rtol=0)
    assert np.allclose(sent["lines"]["p_kw"], matrix(sample.tables.lines, "p_kw", sample.scenario), atol=6e-4, rtol=0)
    injection = matrix(sample.tables.prosumers, "injection_kw", sample.scenario).T
    assert np.allclose(sent["prosumers"]["day"]["injection_kw"], injection, atol=6e-4, rtol=0)
    day = {name: np.array(rows) for name, rows in sent["prosumers"]["day"].items()}
    made = day["pv_kw"] + day["discharge_kw"] + day["generator_kw"] + day["unserved_kw"]
    used = day["load_kw"] + day["charge_kw"] + day["flexible_kw"] + day["elastic_kw"]
    assert np.allclose(made - used, day["injection_kw"], atol=5e-3)


def test_only_real_trades_are_sent_and_the_largest_first(sent: dict, sample: StudyResult) -> None:
    table = sample.tables.trades
    assert sum(len(hour["seller"]) for hour in sent["trades"]) == int((table["power_kw"] > 1e-3).sum())
    for hour in sent["trades"]:
        assert hour["power_kw"] == sorted(hour["power_kw"], reverse=True)
    ids = sent["prosumers"]["id"]
    hour = next(number for number, trades in enumerate(sent["trades"]) if trades["seller"])
    first = sent["trades"][hour]
    row = table[
        (table["hour"] == hour)
        & (table["seller"] == ids[first["seller"][0]])
        & (table["buyer"] == ids[first["buyer"][0]])
    ]
    assert first["power_kw"][0] == pytest.approx(row["power_kw"].iloc[0], abs=6e-4)
    assert first["price_eur_per_kwh"][0] == pytest.approx(row["price_eur_per_kwh"].iloc[0], abs=1e-6)


def test_switched_lines_are_the_differences_of_topologies(sent: dict) -> None:
    assert sent["series"]["open_lines"][0] == [33, 34, 35, 36, 37]
    assert [bool(lines) for lines in sent["series"]["switched"]] == [hour == 4 for hour in range(T)]
    assert sent["series"]["switched"][4] == sorted({33, 34, 35, 36} ^ {7, 9, 14, 32})
    assert [len(lines) for lines in sent["series"]["switched"]] == sent["series"]["operations"]


def test_routes_run_from_bus_to_bus_and_the_drawing_starts_at_the_top(sent: dict) -> None:
    x, y = sent["diagram"]["x"], sent["diagram"]["y"]
    assert min(y) == 0
    for line, route in enumerate(sent["diagram"]["routes"]):
        for end, point in (("from", route[0]), ("to", route[-1])):
            bus = sent["network"][end][line] - 1
            assert point == pytest.approx([x[bus], y[bus]], abs=2e-3)
    assert sent["diagram"]["prosumer_buses"] == [6, 18, 22, 25, 33]


def test_missing_values_are_null(sample: StudyResult) -> None:
    hours = sample.tables.hours.assign(max_loading_percent=np.nan)
    lines = sample.tables.lines.assign(loading_percent=np.nan)
    network = sample.network.with_(limit_a=np.full(M, np.inf))
    bare = replace(sample, network=network, tables=replace(sample.tables, hours=hours, lines=lines))
    sent = json.loads(json.dumps(payload(bare), allow_nan=False))
    assert sent["network"]["limit_a"] == [None] * M
    assert sent["series"]["max_loading_percent"] == [None] * T
    assert sent["lines"]["loading_percent"][0] == [None] * M
    assert sent["series"]["rank"] == [None] * T


def test_the_worst_hour_is_the_one_nearest_to_a_limit(sample: StudyResult) -> None:
    hours = sample.tables.hours.assign(max_loading_percent=10.0, vm_min_pu=0.99, vm_max_pu=1.0)
    hours.loc[5, "max_loading_percent"] = 120.0
    assert worst_hour(sample.network, replace(sample.tables, hours=hours)) == 5
    hours.loc[2, "vm_min_pu"] = 0.7
    assert worst_hour(sample.network, replace(sample.tables, hours=hours)) == 2
    hours.loc[3, "vm_max_pu"] = 1.3
    assert worst_hour(sample.network, replace(sample.tables, hours=hours)) == 3


def test_the_answer_stays_small(sample: StudyResult) -> None:
    assert len(json.dumps(payload(sample))) < 60_000


def test_a_role_is_told_by_prosumer_and_hour_without_what_it_has_not(sample: StudyResult) -> None:
    assert payload(sample)["role"] is None
    people, hours = len(sample.scenario.prosumers), sample.scenario.hours
    table = pd.DataFrame({"hour": np.repeat(np.arange(hours), people)})
    table["asked_kw"] = np.arange(people * hours, dtype=float)
    table["low_kw"] = np.nan
    told = payload(replace(sample, role=table))["role"]
    assert list(told) == ["asked_kw"]
    assert np.array(told["asked_kw"]).shape == (people, hours)
    assert told["asked_kw"][1][2] == 2 * people + 1
