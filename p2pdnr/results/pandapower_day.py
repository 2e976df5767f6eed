"""A whole day as one pandapower net: what changes from hour to hour stands in controllers of its time series.

``pandapower.timeseries.run_timeseries(net)`` then gives the power flows of all hours.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from p2pdnr.errors import Problem, ResultError
from p2pdnr.network import pandapower_net as writer
from p2pdnr.network.arrays import BOTH_ENDS
from p2pdnr.results.exports import add_places, hour_net
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import true_network

_VARYING = ("load", "sgen", "line", "trafo", "switch", "ext_grid", "shunt")
"""Tables that may change from hour to hour."""


def write_day(result: StudyResult, path: Path) -> None:
    """Write :func:`day_net` as pandapower's JSON."""
    import pandapower as pp

    pp.to_json(day_net(result), str(path))


def day_net(result: StudyResult) -> Any:
    """The net of hour 0, solved, with a controller for each column of a table in which hours differ (T time steps).

    Tap changers of substations move the voltage of an external grid, those of lines a transformer's nominal voltage,
    capacitors a shunt. Raises ResultError where a line's charging changes with the end at which it is open, for which
    these time series have no place; PowerFlowError when pandapower does not solve hour 0. Imports pandapower.
    """
    _refuse_changing_ends(result)
    nets = [hour_net(result, hour, every_lever=True) for hour in range(result.scenario.hours)]
    day = nets[0]
    _refuse_changing_tables(nets)
    for table in _VARYING:
        for column in day[table].columns if len(day[table]) else ():
            _follow(day, table, column, pd.DataFrame([net[table][column].to_numpy() for net in nets]))
    add_places(day, result)
    network = true_network(result)
    writer.state_tolerance(day, network)
    writer.run(day, network)
    return day


def _follow(net: Any, table: str, column: str, values: pd.DataFrame) -> None:
    """A controller that sets a column of a table to ``values`` (T, rows), in the rows where these change."""
    from pandapower.control import ConstControl
    from pandapower.timeseries import DFData

    differs = (values != values.iloc[0]) & values.notna()
    changing = np.flatnonzero(differs.any(axis=0)).tolist()
    if not changing:
        return
    elements = net[table].index[changing].tolist()
    source = DFData(values[changing].set_axis(elements, axis=1))
    ConstControl(net, table, column, elements, profile_name=elements, data_source=source)


def _refuse_changing_ends(result: StudyResult) -> None:
    network, lines = result.network, result.tables.lines
    closed = lines["closed"].to_numpy().reshape(result.scenario.hours, -1)
    draws = (network.opened_at != BOTH_ENDS) | (_beside_lines(result) != 0.0)
    wrong = np.flatnonzero(draws & (closed != closed[0]).any(axis=0))
    if len(wrong):
        ids = tuple(network.line_name(line) for line in wrong.tolist()[:12])
        told = "is switched during the day and has charging that stands beside its pandapower element"
        raise ResultError([Problem("line", "opened_at", ids, told, "Export single hours: --pandapower HOUR FILE")])


def _refuse_changing_tables(nets: list[Any]) -> None:
    wrong = tuple(table for table in _VARYING if len({len(net[table]) for net in nets}) > 1)
    if wrong:
        told = "have other elements from hour to hour, which these time series cannot hold"
        raise ResultError([Problem("result", "tables", wrong, told, "Export single hours: --pandapower HOUR FILE")])


def _beside_lines(result: StudyResult) -> Any:
    """(m,) what of a line's admittance to earth its pandapower element does not hold, open or closed, p.u."""
    network = result.network
    both = np.array([network.closed, ~network.closed])
    return np.abs(writer.beside(network, both)).max(axis=(0, 1))
