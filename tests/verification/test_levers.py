"""Positions, steps and costs of levers that are wrong are noticed, each by what judges it."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from p2pdnr import study
from p2pdnr.network.levers import at
from p2pdnr.results import consistency
from p2pdnr.results.exports import pandapower_net
from p2pdnr.results.payload import payload
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import statements, verify
from tests.lever_scenario import lever_document


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return study.run(document.from_dict(lever_document(max_lever_steps=6, refund="equal")), study.Options(mode="fixed"))


def table(result: StudyResult) -> pd.DataFrame:
    """levers.csv."""
    assert result.tables.levers is not None
    return result.tables.levers


def changed(result: StudyResult, **columns: list[int]) -> StudyResult:
    """With other columns of levers.csv."""
    return replace(result, tables=replace(result.tables, levers=table(result).assign(**columns)))


def contradictions(result: StudyResult) -> str:
    """What ``check`` says of the folder."""
    return " | ".join(statements(result, verify(result)).contradictions)


def test_a_true_result_contradicts_nothing(result: StudyResult) -> None:
    assert result.summary["certificates"]["levers"]["state"] == "holds"
    assert contradictions(result) == ""


def test_a_position_that_is_wrong_by_one(result: StudyResult) -> None:
    where = table(result)["position"].tolist()
    where[2] += 1 if where[2] < 1 else -1
    found = verify(changed(result, position=where))
    assert not found["ac_voltage_pu"].holds
    assert not found["levers"].holds
    assert "hour 1: the steps stated" in found["levers"].text
    assert "warm.npz has another positions" in contradictions(changed(result, position=where))


def test_steps_that_are_stated_wrongly(result: StudyResult) -> None:
    told = table(result)["steps"].tolist()
    told[0] += 1
    found = verify(changed(result, steps=told))
    assert not found["levers"].holds
    assert found["ac_voltage_pu"].holds


def test_more_steps_than_are_allowed(result: StudyResult) -> None:
    dso = result.scenario.dso.model_copy(update={"max_lever_steps": result.summary["lever_steps"] - 1})
    fewer = replace(result, scenario=result.scenario.model_copy(update={"dso": dso}))
    found = verify(fewer)["levers"]
    assert found.state == "does not hold"
    assert "steps of levers, allowed are" in found.text


@pytest.mark.parametrize("name", ["levers", "losses"])
def test_a_cost_that_is_stated_wrongly(result: StudyResult, name: str) -> None:
    costs = result.summary["costs_eur"]
    wrong = replace(result, summary=result.summary | {"costs_eur": costs | {name: costs[name] + 0.1}})
    assert name in contradictions(wrong)


def test_a_count_of_steps_that_is_stated_wrongly(result: StudyResult) -> None:
    wrong = replace(result, summary=result.summary | {"lever_steps": result.summary["lever_steps"] + 1})
    assert "lever_steps" in contradictions(wrong)


def test_one_hour_in_pandapower_has_its_positions(result: StudyResult) -> None:
    for hour in range(3):
        net = pandapower_net(result, hour)
        stated = result.tables.buses["vm_pu"].to_numpy().reshape(3, -1)[hour]
        assert net.res_bus.vm_pu.to_numpy() == pytest.approx(stated, abs=1e-6)


def test_the_page_gets_the_network_of_every_hour(result: StudyResult) -> None:
    sent = json.loads(json.dumps(payload(result), allow_nan=False))["levers"]
    assert (sent["kind"], sent["number"], sent["min"], sent["max"]) == (
        ["substation tap", "capacitor"], [1, 5], [-1, 0], [1, 1],
    )  # fmt: skip
    assert sum(map(sum, sent["steps"])) > 0
    for hour, where in enumerate(sent["position"]):
        there, true = sent["networks"][sent["which"][hour]], at(result.network, where)
        assert there["substation_vm_pu"] == pytest.approx(true.substation_vm_pu.tolist())
        shunts = [0.0] * true.n_buses if there["earth"] is None else there["earth"]["shunt_b_pu"]
        assert shunts == pytest.approx(true.shunt_b_pu.tolist())


def test_rows_beyond_ranges_or_out_of_order_are_refused(result: StudyResult) -> None:
    def told(tables: StudyResult) -> str:
        return " | ".join(map(str, consistency.problems(tables.scenario, tables.network, tables.tables)))

    assert told(result) == ""
    assert "beyond -1 to 1" in told(changed(result, position=[2, *table(result)["position"][1:]]))
    assert "every hour and lever" in told(changed(result, number=[3] * len(table(result))))
    assert "is missing" in told(replace(result, tables=replace(result.tables, levers=None)))
