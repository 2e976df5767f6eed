"""The certificate of reactive power: it holds for a plan and fails for one that is wrong in just that way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandapower as pp
import pandas as pd
import pytest

from p2pdnr import study
from p2pdnr.results import exports
from p2pdnr.results.day_loads import inverters_kvar
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import matrix
from p2pdnr.results.withdrawn import withdrawals
from p2pdnr.scenario import document
from p2pdnr.verification import verify
from p2pdnr.verification.plan import read_plan
from tests.coordination.inverter_feeders import inverter_document


@pytest.fixture(scope="module", params=["dispatch", "volt_var"])
def solved(request: pytest.FixtureRequest) -> StudyResult:
    """A result of either way."""
    scenario = document.from_dict(inverter_document(request.param, most_pu=1.03))
    return study.run(scenario, study.Options(mode="fixed"))


def changed(result: StudyResult, **columns: pd.Series[float]) -> StudyResult:
    """The result with other columns of prosumers.csv."""
    return replace(result, tables=replace(result.tables, prosumers=result.tables.prosumers.assign(**columns)))


def test_every_certificate_holds(solved: StudyResult) -> None:
    found = verify(solved)
    assert {name: item.state for name, item in found.items() if item.state == "does not hold"} == {}
    assert found["reactive_kvar"].holds
    assert found["gap_central"].holds


def test_loads_and_the_exported_hour_hold_what_inverters_feed_in(solved: StudyResult) -> None:
    net = exports.pandapower_net(solved, 1)
    pp.runpp(net, numba=False, tolerance_mva=1e-9)
    buses = solved.tables.buses[solved.tables.buses["hour"] == 1]
    assert net.res_bus["vm_pu"].to_numpy() == pytest.approx(buses["vm_pu"].to_numpy(), abs=1e-6)
    injection_kw = matrix(solved.tables.prosumers, "injection_kw", solved.scenario)
    kvar = withdrawals(solved.scenario, solved.network, injection_kw, inverters_kvar(solved))[1]
    assert np.array_equal(kvar, read_plan(solved).withdrawal_kvar)
    assert inverters_kvar(solved) is not None


def test_more_than_the_inverter_has_is_seen(solved: StudyResult) -> None:
    table = solved.tables.prosumers
    more = table["reactive_kvar"].where(table["prosumer"] != "A", 900.0)
    found = verify(changed(solved, reactive_kvar=more))
    assert found["reactive_kvar"].state == "does not hold"
    assert found["ac_voltage_pu"].state == "does not hold"


def test_reactive_power_of_somebody_without_an_inverter_is_seen(solved: StudyResult) -> None:
    table = solved.tables.prosumers
    found = verify(changed(solved, reactive_kvar=table["reactive_kvar"].where(table["prosumer"] != "C", 5.0)))
    assert found["reactive_kvar"].state == "does not hold"
    assert found["reactive_kvar"].value == pytest.approx(5.0)


def test_a_result_that_does_not_say_is_seen(solved: StudyResult) -> None:
    silent = replace(
        solved, tables=replace(solved.tables, prosumers=solved.tables.prosumers.drop(columns="reactive_kvar"))
    )
    assert verify(silent)["reactive_kvar"].state == "does not hold"


def test_a_worse_choice_of_reactive_power_has_a_gap() -> None:
    dispatch, none = (document.from_dict(inverter_document(kind, most_pu=1.03)) for kind in ("dispatch", "none"))
    plain = study.run(none, study.Options(mode="fixed"))
    nothing = changed(plain, reactive_kvar=plain.tables.prosumers["pv_kw"] * 0.0)
    assert verify(replace(nothing, scenario=dispatch))["gap_central"].state == "does not hold"


def test_the_lower_bound_is_proved_and_no_other_is() -> None:
    scenario = document.from_dict(inverter_document(most_pu=1.03))
    result = study.run(scenario, study.Options(mode="fixed", certify=True))
    assert result.summary["lower_bound_eur"] is not None
    assert verify(result)["lower_bound"].holds
    higher = result.summary | {"lower_bound_eur": result.summary["lower_bound_eur"] + 1.0}
    assert verify(replace(result, summary=higher))["lower_bound"].state == "does not hold"
