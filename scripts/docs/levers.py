"""The case about levers: what taps, reactive power and switching are worth, each alone and after the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from p2pdnr import read_network, study
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import comparison_row
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario
from p2pdnr.scenario.synthetic import synthetic
from scripts.docs.charts import bars
from scripts.docs.pages import SCENARIOS, markdown

Json = dict[str, Any]

TAP = {"min": -4, "max": 4, "step_percent": 1.25}
INVERTER = 1.1
"""kVA of an inverter per kW of PV."""

SIZES = ("capacity_kwh", "power_kw", "max_kw")

WAYS = {
    "none": (),
    "taps": ("taps",),
    "reactive power": ("reactive",),
    "switching": ("switching",),
    "all": ("taps", "reactive", "switching"),
    "all but taps": ("reactive", "switching"),
    "all but reactive power": ("taps", "switching"),
    "all but switching": ("taps", "reactive"),
}
"""What may move, by what a row is called."""

ALONE = tuple(WAYS)[1:4]
FIGURES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "total, EUR": lambda row: f"{row['objective_eur']:,.2f}",
    "losses, kWh": lambda row: f"{row['losses_kwh']:,.0f}",
    "violations, EUR": lambda row: f"{row['violations_eur']:,.2f}",
    "PV curtailed, kWh": lambda row: f"{abs(row['curtailed_kwh']):,.0f}",
    "switching operations": lambda row: f"{row['operations']:.0f}",
    "steps of tap changers": lambda row: f"{row['lever_steps']:.0f}",
    "lowest and highest voltage, p.u.": lambda row: f"{row['vm_min_pu']:.3f} to {row['vm_max_pu']:.3f}",
}


def _default() -> Scenario:
    return document.load(SCENARIOS / "ieee33-solar.json")


def _winter() -> Scenario:
    return document.load(SCENARIOS / "ieee33-quiet.json")


def _cigre() -> Scenario:
    return _made_up("cigre_mv", (15, 0.15, 1.0), vm_min_pu=0.95, vm_max_pu=1.05)


def _118() -> Scenario:
    return _made_up("case118zh", (25, 1.0, 2.0), vm_min_pu=0.93, vm_max_pu=1.05)


DAYS: dict[str, tuple[str, Callable[[], Scenario]]] = {
    "default": ("default day", _default),
    "winter": ("winter working day", _winter),
    "cigre": ("CIGRE MV", _cigre),
    "118": ("118 buses", _118),
}
"""A day's name and its scenario, by the mark of its table."""


def _made_up(source: str, size: tuple[int, float, float], **limits: float) -> Scenario:
    """A day of the maker of scenarios with so many prosumers, of so many times its size, and so many times its sun."""
    prosumers, share, sun = size
    told = document.to_dict(synthetic(read_network(source), source, prosumers, 1))
    told["network"] |= limits
    for row in told["prosumers"]:
        row |= {"load_kw": share * row["load_kw"], "pv_kw": share * sun * row.get("pv_kw", 0.0)}
        for part in ("battery", "elastic", "generator"):
            sizes = {name: share * value for name, value in (row.get(part) or {}).items() if name in SIZES}
            row |= {part: row[part] | sizes} if sizes else {}
    return document.from_dict(told)


def _with(scenario: Scenario, levers: tuple[str, ...]) -> Scenario:
    """The scenario in which these may move: tap changers at its substation, or at transformers where it has some."""
    told: Json = document.to_dict(scenario)
    if "taps" in levers:
        network = read_network(scenario.network.source) if isinstance(scenario.network.source, str) else None
        units = [] if network is None else [int(line) + 1 for line in network.is_transformer.nonzero()[0]]
        taps = {"line_taps": {str(line): TAP for line in units}} if units else {"bus_taps": {"1": TAP}}
        told["network"] |= taps
        told["dso"] |= {"levers": "taps", "lever_cost_eur": 0.2}
    if "reactive" in levers:
        told["dso"]["reactive"] = "dispatch"
        for row in told["prosumers"]:
            if row.get("pv_kw"):
                row["inverter_kva"] = round(INVERTER * row["pv_kw"], 1)
    return document.from_dict(told)


def levers() -> pd.DataFrame:
    """Every way on every day."""
    return pd.DataFrame.from_dict({f"{day}, {way}": row for day in DAYS for way, row in day_rows(day).items()}, "index")


def day_rows(day: str) -> dict[str, Json]:
    """Every way on one day."""
    scenario = DAYS[day][1]()
    return {way: _row(_solved(scenario, what)) for way, what in WAYS.items()}


def _solved(scenario: Scenario, levers: tuple[str, ...]) -> StudyResult:
    mode = "hourly" if "switching" in levers else "fixed"
    return study.run(_with(scenario, levers), study.Options(mode=mode))


def _row(result: StudyResult) -> Json:
    return comparison_row(result.summary) | {"lever_steps": result.summary.get("lever_steps", 0)}


def figures_table(day: str) -> Callable[[pd.DataFrame], str]:
    """One column for every way that is no remainder of all, one row for every figure."""

    def table(rows: pd.DataFrame) -> str:
        shown = _day(rows, day).loc[["none", *ALONE, "all"]]
        columns = [row for _, row in shown.iterrows()]
        return markdown(
            ["", *map(str, shown.index)], [[name, *(show(row) for row in columns)] for name, show in FIGURES.items()]
        )

    return table


def worth_table(rows: pd.DataFrame) -> str:
    """What each saves by itself, and what it still adds when the others are there."""
    lines = []
    for day, (name, _) in DAYS.items():
        total = _day(rows, day)["objective_eur"]
        alone = [f"{total['none'] - total[way]:,.2f}" for way in ALONE]
        after = [f"{total[f'all but {way}'] - total['all']:,.2f}" for way in ALONE]
        both = [f"{one} / {other}" for one, other in zip(alone, after, strict=True)]
        lines.append([name, *both, f"{total['none'] - total['all']:,.2f}"])
    return markdown(["EUR", *(f"{way}, alone / after the others" for way in ALONE), "all together"], lines)


def levers_picture(rows: pd.DataFrame) -> str:
    """What each still adds when the others are there."""
    totals = {day: _day(rows, day)["objective_eur"] for day in DAYS}
    series = {way: [float(total[f"all but {way}"] - total["all"]) for total in totals.values()] for way in ALONE}
    return bars([name for name, _ in DAYS.values()], series, "EUR in the day, added after the other two")


def _day(rows: pd.DataFrame, day: str) -> pd.DataFrame:
    """The ways of one day, under their names."""
    mine = rows[[str(name).startswith(f"{day}, ") for name in rows.index]]
    return mine.rename(index=lambda name: str(name).removeprefix(f"{day}, "))
