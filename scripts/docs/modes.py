"""Cases that set the modes side by side: the quiet day, the week, coordination; and the table they share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from p2pdnr import study
from p2pdnr.figures import Payload
from p2pdnr.network.arrays import Floats
from p2pdnr.results.payload import payload
from p2pdnr.results.summary import comparison_row
from p2pdnr.scenario import document
from scripts.docs import week_scenario
from scripts.docs.charts import bars
from scripts.docs.pages import RESULTS, SCENARIOS, markdown
from scripts.docs.readme import FIGURES, MODES, stored
from scripts.kept_results import keep_payload

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def modes_table(rows: pd.DataFrame) -> str:
    """One column for every mode (the rows' names), one row for every figure."""
    columns = [row for _, row in rows.iterrows()]
    return markdown(
        ["", *map(str, rows.index)], [[name, *(show(row) for row in columns)] for name, show in FIGURES.items()]
    )


def compared(name: str) -> dict[str, Payload]:
    """Every mode of a scenario in data/scenarios: what the page shows of it, which is also kept in data/results."""
    path, found = SCENARIOS / f"{name}.json", {}
    for mode, result in study.compare(document.load(path), study.Options(), folder=path.parent).items():
        found[mode] = payload(result)
        keep_payload(found[mode], RESULTS / f"{name}-{mode}")
    return found


def quiet() -> pd.DataFrame:
    """A day on which hourly switching does not pay."""
    return _rows(compared("ieee33-quiet"))


def quiet_picture(rows: pd.DataFrame) -> str:
    """What the grid costs in every mode."""
    parts = {"losses": "losses_eur", "violations": "violations_eur", "switching": "switching_eur"}
    series = {str(name): [float(row[key]) for key in parts.values()] for name, row in rows.iterrows()}
    return bars(list(parts), series, "EUR in the day")


def week() -> pd.DataFrame:
    """Seven days in one plan, with losses and curtailed PV of every day."""
    week_scenario.write()
    return by_day(compared("ieee33-week"))


def by_day(found: Mapping[str, Payload]) -> pd.DataFrame:
    """The figures of every mode, and losses and curtailed PV of its seven days in kWh."""
    rows = _rows(found)
    for name, by_hour in (("loss", _losses_kwh), ("curtailed", _curtailed_kwh)):
        sums = np.array([by_hour(item).reshape(len(DAYS), -1).sum(axis=1) for item in found.values()])
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


def _rows(found: Mapping[str, Payload]) -> pd.DataFrame:
    rows = {MODES[mode]: comparison_row(item["summary"]) for mode, item in found.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def _losses_kwh(item: Payload) -> Floats:
    return item["step_h"] * np.array(item["series"]["loss_kw"])


def _curtailed_kwh(item: Payload) -> Floats:
    day = item["prosumers"]["day"]
    return item["step_h"] * (np.array(day["pv_available_kw"]) - np.array(day["pv_kw"])).sum(axis=0)
