"""Cases that set the modes side by side: the quiet day, the week, coordination; and the table they share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from p2pdnr import study
from p2pdnr.results.payload import payload
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import comparison_row
from p2pdnr.scenario import document
from p2pdnr.server.store import write_payload
from scripts.docs import week_scenario
from scripts.docs.charts import bars
from scripts.docs.pages import RESULTS, SCENARIOS, markdown
from scripts.docs.readme import MODES

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FIGURES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "total cost, EUR": lambda row: f"{row['objective_eur']:,.0f}",
    "of it losses": lambda row: f"{row['losses_eur']:,.0f}",
    "of it violations": lambda row: f"{row['violations_eur']:,.0f}",
    "of it switching": lambda row: f"{row['switching_eur']:,.0f}",
    "PV curtailed, kWh": lambda row: f"{abs(row['curtailed_kwh']):,.0f}",
    "voltage, p.u.": lambda row: f"{row['vm_min_pu']:.3f} to {row['vm_max_pu']:.3f}",
    "switching operations": lambda row: f"{row['operations']:.0f}",
}


def modes_table(rows: pd.DataFrame) -> str:
    """One column for every mode (the rows' names), one row for every figure."""
    columns = [row for _, row in rows.iterrows()]
    return markdown(
        ["", *map(str, rows.index)], [[name, *(show(row) for row in columns)] for name, show in FIGURES.items()]
    )


def compared(name: str) -> dict[str, StudyResult]:
    """Every mode of a scenario in data/scenarios; what the page shows of it is kept in data/results."""
    path = SCENARIOS / f"{name}.json"
    results = study.compare(document.load(path), study.Options(), folder=path.parent)
    for mode, result in results.items():
        write_payload(payload(result), RESULTS / f"{name}-{mode}")
    return results


def quiet() -> pd.DataFrame:
    """A day on which hourly switching does not pay."""
    return _rows({MODES[mode]: result for mode, result in compared("ieee33-quiet").items()})


def quiet_picture(rows: pd.DataFrame) -> str:
    """What the grid costs in every mode."""
    parts = {"losses": "losses_eur", "violations": "violations_eur", "switching": "switching_eur"}
    series = {str(name): [float(row[key]) for key in parts.values()] for name, row in rows.iterrows()}
    return bars(list(parts), series, "EUR in the day")


def week() -> pd.DataFrame:
    """Seven days in one plan, with losses and curtailed PV of every day."""
    week_scenario.write()
    results = compared("ieee33-week")
    rows = _rows({MODES[mode]: result for mode, result in results.items()})
    for name, by_hour in (("loss", _losses_kw), ("curtailed", _curtailed_kw)):
        sums = np.array([by_hour(result).reshape(len(DAYS), -1).sum(axis=1) for result in results.values()])
        rows[[f"{name}_kwh_{day}" for day in DAYS]] = sums
    return rows


def week_table(rows: pd.DataFrame) -> str:
    """Losses and curtailed PV day by day."""
    shown = {"losses": "loss", "curtailed": "curtailed"}
    return markdown(
        ["kWh", *DAYS],
        [
            [f"{what}, {mode}", *(f"{abs(row[f'{key}_kwh_{day}']):,.0f}" for day in DAYS)]
            for what, key in shown.items()
            for mode, row in rows.iterrows()
        ],
    )


def week_picture(rows: pd.DataFrame) -> str:
    """Curtailed PV day by day, trading allowed."""
    drawn = rows.drop(index=MODES["fixed-no-p2p"])
    series = {
        str(mode): [abs(float(row[f"curtailed_kwh_{day}"])) / 1000 for day in DAYS] for mode, row in drawn.iterrows()
    }
    return bars(DAYS, series, "PV curtailed, MWh in the day")


def coordination() -> pd.DataFrame:
    """Trading first and the grid after it, against both together."""
    path = SCENARIOS / "ieee33-solar.json"
    apart = study.uncoordinated(document.load(path), study.Options(), folder=path.parent)
    names = {mode: name for mode, name in MODES.items() if mode in apart}
    rows = {f"{name}, apart": comparison_row(apart[mode].summary) for mode, name in names.items()}
    rows |= {f"{name}, together": stored(mode) for mode, name in names.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def coordination_picture(rows: pd.DataFrame) -> str:
    """Total costs but those of the initial topology, whose violations would dwarf the others."""
    drawn = [MODES["static"], MODES["hourly"]]
    how = {way: [float(rows["objective_eur"][f"{name}, {way}"]) for name in drawn] for way in ("apart", "together")}
    return bars(drawn, how, "total cost, EUR in the day")


def stored(mode: str) -> dict[str, Any]:
    """The row of a mode of the default day, from data/results."""
    text = (RESULTS / f"ieee33-solar-{mode}" / "summary.json").read_text(encoding="utf8")
    return comparison_row(json.loads(text))


def _rows(results: Mapping[str, StudyResult]) -> pd.DataFrame:
    figures = {name: comparison_row(result.summary) for name, result in results.items()}
    return pd.DataFrame.from_dict(figures, orient="index")


def _losses_kw(result: StudyResult) -> Any:
    return result.tables.hours["loss_kw"].to_numpy() * result.scenario.step_h


def _curtailed_kw(result: StudyResult) -> Any:
    """(T,) PV that was there and was not used, in kWh."""
    scenario = result.scenario
    there = sum(np.array(scenario.profiles[item.pv_profile]) * item.pv_kw for item in scenario.prosumers)
    used = result.tables.prosumers.groupby("hour")["pv_kw"].sum().to_numpy()
    return (there - used) * scenario.step_h
