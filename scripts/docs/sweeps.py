"""Cases in which one thing of the default day is varied: PV, batteries, partners, the price of an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from p2pdnr import study
from p2pdnr.results.summary import comparison_row
from p2pdnr.scenario import document, variation
from p2pdnr.scenario.schema import Scenario
from scripts.docs.charts import lines
from scripts.docs.modes import MODES
from scripts.docs.pages import RESULTS, SCENARIOS, markdown

NAMES: dict[study.Mode, str] = {"fixed": "initial", "static": "best fixed", "hourly": "hourly"}
BATTERY = ("capacity_kwh", "power_kw", "initial_kwh")


def swept(
    changed: Callable[[Scenario, float], Scenario], values: Sequence[float], modes: Sequence[study.Mode]
) -> pd.DataFrame:
    """The figures of the default day with every value in every mode, one row each."""
    path = SCENARIOS / "ieee33-solar.json"
    day, rows = document.load(path), []
    for value in values:
        scenario = changed(day, value)
        for mode in modes:
            result = study.run(scenario, study.Options(mode=mode), folder=path.parent)
            traded_kwh = float(result.tables.trades["power_kw"].sum())
            rows.append({"value": value, "mode": mode, **comparison_row(result.summary), "traded_kwh": traded_kwh})
            print(f"  {value:g} {mode}: {result.summary['objective_eur']:.2f} EUR")
    return pd.DataFrame(rows)


def varied(path: str) -> Callable[[Scenario, float], Scenario]:
    """A change of one number, as the command ``sweep`` makes it."""
    return lambda scenario, value: variation.vary(scenario, path, value)


def batteries(scenario: Scenario, factor: float) -> Scenario:
    """All batteries larger or smaller: energy, power and first charge."""
    plain = document.to_dict(scenario)
    for prosumer in plain["prosumers"]:
        if "battery" in prosumer:
            prosumer["battery"] |= {name: factor * prosumer["battery"][name] for name in BATTERY}
    return document.from_dict(plain)


def hosting() -> pd.DataFrame:
    """More PV on the same feeder, with topologies that may change less or more."""
    return swept(varied("pv_kw"), (0.5, 0.75, 1.0, 1.25, 1.5), ("fixed", "static", "hourly"))


def hosting_table(rows: pd.DataFrame) -> str:
    """Costs and curtailed PV."""
    return _by_mode(rows, "PV", {"cost, {}, EUR": "objective_eur", "curtailed, {}, kWh": "curtailed_kwh"}, "{:g} times")


def relief_table(_rows: pd.DataFrame) -> str:
    """What the grid bears on the default day, mode by mode, from data/results."""
    return markdown(
        ["", "lowest voltage, p.u.", "highest voltage, p.u.", "highest loading", "hours beyond a limit"],
        [[name, *_borne(mode)] for mode, name in MODES.items()],
    )


def _borne(mode: str) -> list[str]:
    """Voltages, loading, and hours in which one of them breaks a limit by more than rounding."""
    folder = RESULTS / f"ieee33-solar-{mode}"
    hours, limits = pd.read_csv(folder / "hours.csv"), document.load(folder / "scenario.json").network
    low, high = limits.vm_min_pu or 0.9, limits.vm_max_pu or 1.1
    loading = hours["max_loading_percent"]
    beyond = (hours["vm_min_pu"] < low - 1e-4) | (hours["vm_max_pu"] > high + 1e-4) | (loading > 100.1)
    low, high = hours["vm_min_pu"].min(), hours["vm_max_pu"].max()
    return [f"{low:.3f}", f"{high:.3f}", f"{loading.max():.0f} %", str(int(beyond.sum()))]


def hosting_picture(rows: pd.DataFrame) -> str:
    """Curtailed PV over installed PV."""
    return _curves(rows, "curtailed_kwh", "PV curtailed, kWh in the day", "PV, times that of the default day")


def frontier() -> pd.DataFrame:
    """What an operation costs, how many are made, and what the rest then costs."""
    return swept(varied("dso.switching_cost_eur"), (0.0, 1.0, 5.0, 20.0, 50.0), ("hourly",))


def frontier_table(rows: pd.DataFrame) -> str:
    """Operations, their cost, and all else."""
    head = ["EUR per operation", "operations", "switching, EUR", "all else, EUR", "total, EUR"]
    shown = [
        [
            f"{row.value:g}",
            f"{row.operations:.0f}",
            f"{row.switching_eur:,.0f}",
            f"{row.objective_eur - row.switching_eur:,.0f}",
            f"{row.objective_eur:,.0f}",
        ]
        for row in rows.itertuples()
    ]
    return markdown(head, shown)


def frontier_picture(rows: pd.DataFrame) -> str:
    """All other costs over the number of operations."""
    rest = rows["objective_eur"] - rows["switching_eur"]
    beyond = {"all else, beyond the cheapest": list(rest - rest.min())}
    return lines(list(rows["operations"]), beyond, "EUR in the day", "operations in the day")


def storage() -> pd.DataFrame:
    """Batteries of other sizes, energy and power alike."""
    return swept(batteries, (0.0, 0.5, 1.0, 2.0, 4.0), ("fixed", "hourly"))


def storage_table(rows: pd.DataFrame) -> str:
    """Costs, curtailed PV and losses."""
    figures = {
        "cost, {}, EUR": "objective_eur",
        "curtailed, {}, kWh": "curtailed_kwh",
        "losses, {}, kWh": "losses_kwh",
    }
    return _by_mode(rows, "batteries", figures, "{:g} times")


def storage_picture(rows: pd.DataFrame) -> str:
    """What the batteries save."""
    saved = rows.assign(saved_eur=-rows["objective_eur"])
    for mode in saved["mode"].unique():
        mine = saved["mode"] == mode
        saved.loc[mine, "saved_eur"] -= saved.loc[mine, "saved_eur"].iloc[0]
    return _curves(saved, "saved_eur", "EUR saved against no batteries", "batteries, times those of the default day")


def partners() -> pd.DataFrame:
    """More or fewer neighbours to trade with."""
    return swept(varied("market.partners"), (0, 1, 2, 4, 6, 10), ("fixed", "hourly"))


def partners_table(rows: pd.DataFrame) -> str:
    """Costs and traded energy."""
    figures = {"cost, {}, EUR": "objective_eur", "traded, {}, kWh": "traded_kwh"}
    return _by_mode(rows, "nearest partners of each", figures, "{:g}")


def partners_picture(rows: pd.DataFrame) -> str:
    """Traded energy over the number of partners."""
    return _curves(rows, "traded_kwh", "kWh traded in the day", "nearest partners of each prosumer")


def _by_mode(rows: pd.DataFrame, what: str, figures: Mapping[str, str], value: str) -> str:
    """One row per value; for every figure one column per mode."""
    tables = {column: rows.pivot(index="value", columns="mode", values=column) for column in figures.values()}
    modes = [mode for mode in NAMES if mode in set(rows["mode"])]
    head = [what, *(name.format(NAMES[mode]) for name in figures for mode in modes)]
    columns = [tables[column][mode] for column in figures.values() for mode in modes]
    return markdown(
        head, [[value.format(at), *(f"{column[at]:z,.0f}" for column in columns)] for at in columns[0].index]
    )


def _curves(rows: pd.DataFrame, column: str, label: str, below: str) -> str:
    """One curve per mode over the values."""
    values = list(rows["value"].unique())
    series = {MODES[mode]: list(rows[rows["mode"] == mode][column]) for mode in NAMES if mode in set(rows["mode"])}
    return lines(values, series, label, below)
