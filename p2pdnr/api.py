"""What a notebook uses: a few functions around the package's entry point (:mod:`p2pdnr.study`).

``import p2pdnr`` offers all of them; docs/python.md is a tour. Tables are pandas frames, figures plotly figures,
pictures of the grid Pillow images: a notebook shows each of them by itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from p2pdnr import study
from p2pdnr.coordination.progress.journal import Progress
from p2pdnr.network import readers
from p2pdnr.network.arrays import Network
from p2pdnr.results import folder
from p2pdnr.results.role_rows import RoleComparison
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import comparison_row
from p2pdnr.scenario import assembly, document, variation
from p2pdnr.scenario.parallel_lines import together
from p2pdnr.scenario.schema import Scenario

if TYPE_CHECKING:
    from PIL.Image import Image
    from plotly.graph_objects import Figure

Source = Scenario | Mapping[str, Any] | str | os.PathLike[str]
"""A scenario, the document of one as a dictionary, or the name of its file."""


def load_scenario(source: Source) -> Scenario:
    """A scenario from a file or a dictionary; a network that lies beside the file becomes part of it.

    Raises :class:`p2pdnr.errors.ScenarioError` or :class:`p2pdnr.errors.NetworkError` with every problem.

    >>> load_scenario("data/scenarios/ieee33-solar.json")
    <Scenario 'IEEE 33, sunny working day': 15 prosumers on case33bw, 24 hours>
    """
    if isinstance(source, Scenario):
        return source
    if isinstance(source, Mapping):
        return assembly.standalone(together(document.from_dict(dict(source)), Path()), Path())
    folder = Path(source).parent
    return assembly.standalone(together(document.load(source), folder), folder)


def read_network(source: str | os.PathLike[str] | Mapping[str, Any]) -> Network:
    """A feeder by a built-in name, from a file (our table as .json, MATPOWER .m) or from a table as a dictionary.

    Raises :class:`p2pdnr.errors.NetworkError` with every problem.

    >>> read_network("case33bw")
    <Network 'case33bw': 33 buses, 37 lines, open 33 34 35 36 37>
    """
    return readers.read(source if isinstance(source, Mapping) else os.fspath(source), Path())


def vary(scenario: Source, changes: Mapping[str, float]) -> Scenario:
    """The scenario with numbers changed: a path that names one number sets it, one that names many multiplies them.

    Paths are those of the command ``sweep``: ``dso.switching_cost_eur``, ``prosumers.Dairy.pv_kw``, ``pv_kw`` (of all).
    Raises :class:`p2pdnr.errors.ScenarioError` where a path names nothing.

    >>> day = load_scenario("data/scenarios/ieee33-solar.json")
    >>> vary(day, {"pv_kw": 2, "dso.switching_cost_eur": 5}).prosumers[0].pv_kw
    130.0
    """
    return variation.vary_all(load_scenario(scenario), changes)


def solve(
    scenario: Source, mode: study.Mode = "hourly", *, observe: Callable[[Progress], None] | None = None, **options: Any
) -> StudyResult:
    """Solve a scenario and verify the plan.

    ``mode`` is "hourly" (a topology every hour), "static" (the best one all the time) or "fixed" (the initial one).
    ``options`` are the other fields of :class:`p2pdnr.Options`, such as ``p2p=False``, ``tolerance_kw=0.5``,
    ``time_limit_s=10``, ``warm=result`` or ``certify=True``. ``observe`` is told how the negotiation goes.

    Raises :class:`p2pdnr.errors.InputError` with every problem of the input, :class:`p2pdnr.errors.P2pdnrError` when
    there is no answer.

    >>> feeder = {
    ...     "buses": [{"vn_kv": 10}, {"vn_kv": 10, "p_kw": 50}, {"vn_kv": 10, "p_kw": 20}],
    ...     "lines": [{"from": a, "to": b, "r_ohm": 1, "x_ohm": 1} for a, b in ((1, 2), (2, 3))]
    ...     + [{"from": 3, "to": 1, "r_ohm": 1, "x_ohm": 1, "closed": False}],
    ... }
    >>> result = solve({
    ...     "name": "Two neighbours",
    ...     "network": {"source": feeder},
    ...     "profiles": {"load": [1.0, 1.0], "pv": [0.0, 1.0]},
    ...     "tariff": {"buy_eur_per_kwh": [0.3, 0.3], "sell_eur_per_kwh": [0.1, 0.1]},
    ...     "prosumers": [{"id": "Home", "bus": 2, "load_kw": 10}, {"id": "Roof", "bus": 3, "pv_kw": 20}],
    ... })
    >>> result
    <StudyResult 'Two neighbours': hourly, 2.03 EUR, converged, every certificate holds>
    >>> result.tables.trades.query("power_kw > 1e-3")[["hour", "seller", "buyer", "power_kw"]].round(2)
       hour seller buyer  power_kw
    1     1   Roof  Home      10.0
    """
    return study.run(load_scenario(scenario), study.Options(mode=mode, **options), observe=observe)


def compare(
    scenario: Source, *, observe: Callable[[Progress], None] | None = None, **options: Any
) -> dict[str, StudyResult]:
    """The same scenario in every mode: "fixed-no-p2p", "fixed", "static" and "hourly"; :func:`table` sets them side
    by side. ``options`` and errors are those of :func:`solve`."""
    return study.compare(load_scenario(scenario), study.Options(**options), observe=observe)


def compare_roles(
    scenario: Source, mode: study.Mode = "hourly", *, observe: Callable[[Progress], None] | None = None, **options: Any
) -> RoleComparison:
    """The same scenario in one mode under every role of the operator: ``results`` by role, and why a role is
    ``missing``. :func:`table` sets the results side by side; ``options`` and errors are those of :func:`solve`."""
    return study.compare_roles(load_scenario(scenario), study.Options(mode=mode, **options), observe=observe)


def table(results: Mapping[str, StudyResult]) -> pd.DataFrame:
    """The figures of several results, one column each: total cost and its parts in EUR, losses, voltages, operations.

    >>> from p2pdnr import load_result
    >>> modes = {mode: load_result(f"data/results/ieee33-solar-{mode}") for mode in ("static", "hourly")}
    >>> table(modes).loc[["objective_eur", "curtailed_kwh", "operations"]].astype(float).round()
                   static  hourly
    objective_eur  2236.0  1919.0
    curtailed_kwh  3776.0     0.0
    operations        6.0    16.0
    """
    return pd.DataFrame({name: comparison_row(result.summary) for name, result in results.items()})


def load_result(place: str | os.PathLike[str]) -> StudyResult:
    """The result in a folder that ``solve --out`` or :func:`save_result` has written.

    Raises :class:`p2pdnr.errors.ResultError` with everything that is missing or wrong.

    >>> load_result("data/results/ieee33-solar-hourly")
    <StudyResult 'IEEE 33, sunny working day': hourly, 1,919.32 EUR, converged, every certificate holds>
    """
    return folder.load(Path(place))


def save_result(result: StudyResult, place: str | os.PathLike[str]) -> None:
    """Write a result folder, whole or not at all; ``python -m p2pdnr check`` proves it from the files alone.

    Raises :class:`p2pdnr.errors.ResultError` when the folder holds something else or cannot be written.
    """
    folder.save(result, Path(place))


def figure(name: str, *results: StudyResult, theme: str = "light", prosumer: str | None = None) -> Figure:
    """A chart as on the page: "losses" (of all ``results``), "voltages", "trades", "prices", "prosumer" (the one named,
    else the first) or "convergence" (of the first). ``theme`` is "light" or "dark".

    Raises KeyError for a chart or a theme that is none, ValueError for a prosumer that is none.

    >>> chart = figure("losses", load_result("data/results/ieee33-solar-hourly"))
    >>> chart.layout.yaxis.title.text
    'losses, kW'
    """
    from p2pdnr.figures.catalogue import draw
    from p2pdnr.figures.theme import read_themes
    from p2pdnr.results.payload import payload

    payloads = [payload(result) for result in results]
    index = 0 if prosumer is None else payloads[0]["prosumers"]["id"].index(prosumer)
    return draw(name, payloads, read_themes()[theme], index)


def picture(result: StudyResult, hour: int, theme: str = "light") -> Image:
    """The grid at one hour, as ``export --gif`` draws it. Raises :class:`p2pdnr.errors.InputError` without Pillow.

    >>> picture(load_result("data/results/ieee33-solar-hourly"), hour=13).width
    960
    """
    from p2pdnr.figures.animation import Scene
    from p2pdnr.figures.theme import read_themes
    from p2pdnr.results.payload import payload

    drawn: Image = Scene(payload(result), read_themes()[theme]).picture(hour)
    return drawn
