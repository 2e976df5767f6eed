"""pandapower's own time series of an exported day give our voltages and losses in every hour."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandapower as pp
import pytest
from pandapower.timeseries import OutputWriter, run_timeseries

from p2pdnr import study
from p2pdnr.errors import ResultError
from p2pdnr.network.arrays import TO_END
from p2pdnr.results import pandapower_day
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from tests.lever_scenario import lever_document


def test_time_series_of_pandapower_give_our_day(sample: StudyResult, tmp_path: Path) -> None:
    pandapower_day.write_day(sample, tmp_path / "day.json")
    net = pp.from_json(str(tmp_path / "day.json"))
    told = OutputWriter(net, output_path=None, log_variables=[("res_bus", "vm_pu"), ("res_line", "pl_mw")])
    hours = range(sample.scenario.hours)
    run_timeseries(net, time_steps=hours, verbose=False, numba=False, tolerance_mva=1e-9)
    vm_pu, loss_mw = told.output["res_bus.vm_pu"], told.output["res_line.pl_mw"]
    ours = sample.tables.buses["vm_pu"].to_numpy().reshape(len(hours), -1)
    assert np.allclose(vm_pu.to_numpy(dtype=np.float64), ours, atol=1e-9)
    assert np.allclose(1e3 * loss_mw.fillna(0.0).sum(axis=1), sample.tables.hours["loss_kw"], atol=1e-5)
    assert sample.tables.hours["open_lines"].nunique() > 1


@pytest.mark.parametrize("reactive", ["none", "volt_var"])
def test_tap_changers_and_capacitors_move_in_the_time_series(reactive: str, tmp_path: Path) -> None:
    told = lever_document(reactive=reactive)
    told["network"]["line_taps"] = {"2": {"min": -1, "max": 1, "step_percent": 1.0}}
    told["prosumers"][1]["inverter_kva"] = 2600
    result = study.run(document.from_dict(told), study.Options(mode="fixed"))
    assert result.tables.levers is not None
    moved = result.tables.levers.groupby(["kind", "number"])["position"].nunique()
    assert len(moved) == 3 and (moved > 1).sum() >= 2
    pandapower_day.write_day(result, tmp_path / "day.json")
    net = pp.from_json(str(tmp_path / "day.json"))
    log = OutputWriter(net, output_path=None, log_variables=[("res_bus", "vm_pu")])
    hours = range(result.scenario.hours)
    run_timeseries(net, time_steps=hours, verbose=False, numba=False, tolerance_mva=1e-9)
    ours = result.tables.buses["vm_pu"].to_numpy().reshape(len(hours), -1)
    theirs = log.output["res_bus.vm_pu"].to_numpy(dtype=np.float64)
    assert np.allclose(theirs[:, : ours.shape[1]], ours, rtol=0.0, atol=1e-8)


def test_charging_that_moves_with_the_open_end_is_refused_by_line(sample: StudyResult) -> None:
    network = replace(sample.network, opened_at=np.full_like(sample.network.opened_at, TO_END))
    with pytest.raises(ResultError, match=r"switched during the day.*--pandapower HOUR"):
        pandapower_day.day_net(replace(sample, network=network))
