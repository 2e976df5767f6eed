"""The case about the operator's roles: what each costs, and whom, on the day of surplus and on the default day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from p2pdnr import study
from p2pdnr.network.arrays import Floats
from p2pdnr.results.role_rows import role_row
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from scripts.docs.charts import bars
from scripts.docs.pages import SCENARIOS, markdown

DAYS = {"surplus": "ieee33-surplus", "default": "ieee33-solar"}
NOTICED_KWH = 0.5
"""Less curtailed in an hour is none: a solver's remainder."""
BILL, TARIFF = "bill_eur_", "tariff_eur_"
FIGURES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "total, EUR": lambda row: f"{row['objective_eur']:,.2f}",
    "more than welfare, of all cost parts": lambda row: f"{row['above_welfare']:.2%}",
    "losses, violations and switching, EUR": lambda row: f"{row['operator_cost_eur']:,.2f}",
    "network charges collected, EUR": lambda row: f"{row['charges_collected_eur']:,.2f}",
    "PV curtailed, kWh": lambda row: f"{abs(row['curtailed_kwh']):,.0f}",
    "PV used, kWh": lambda row: f"{row['pv_kwh']:,.0f}",
    "charged and used by choice while welfare curtails, kWh": lambda row: f"{row['taken_kwh']:,.0f}",
    "load not served, kWh": lambda row: f"{abs(row['unserved_kwh']):,.0f}",
    "losses, kWh": lambda row: f"{row['losses_kwh']:,.0f}",
    "switching operations": lambda row: f"{row['operations']:.0f}",
    "hours with the topology of welfare": lambda row: f"{row['same_hours']:.0f} of 24",
    "pay more than the retailer's tariff alone": lambda row: f"{row['lose_against_tariff']:.0f} of 15",
}


def roles() -> pd.DataFrame:
    """Every role on both days, with the bill of everybody and what the retailer's tariff alone would cost it."""
    return pd.DataFrame.from_dict({f"{day}, {role}": row for day in DAYS for role, row in _of(day).items()}, "index")


def _of(day: str) -> dict[str, dict[str, Any]]:
    path = SCENARIOS / f"{DAYS[day]}.json"
    found = study.compare_roles(document.load(path), folder=path.parent)
    for role, reason in found.missing.items():
        print(f"  {day}, no {role}: {reason}")
    return {role: _row(result, found.results["welfare"]) for role, result in found.results.items()}


def _row(result: StudyResult, welfare: StudyResult) -> dict[str, Any]:
    prosumers, bills = result.tables.prosumers, result.tables.bills.set_index("prosumer")
    step_h, hours = result.scenario.step_h, _curtailing(welfare)
    scarce = prosumers[prosumers["hour"].isin(hours)]
    taken_kw = scarce["charge_kw"] - scarce["discharge_kw"] + scarce["flexible_kw"] + scarce["elastic_kw"]
    there, reference = (item.tables.hours["open_lines"].to_numpy() for item in (result, welfare))
    energy = {
        "pv_kwh": step_h * prosumers["pv_kw"].sum(),
        "taken_kwh": step_h * taken_kw.sum(),
        "unserved_kwh": step_h * prosumers["unserved_kw"].sum(),
        "same_hours": int((there == reference).sum()),
    }
    told = {
        f"{key}{name}": bills.loc[name, column]
        for key, column in ((BILL, "total_eur"), (TARIFF, "retail_only_uncharged_eur"))
        for name in bills.index
    }
    return role_row(result, welfare) | energy | told


def _curtailing(welfare: StudyResult) -> list[int]:
    """The hours in which the agreed plan leaves PV unused."""
    prosumers = welfare.tables.prosumers
    used_kw = prosumers.groupby("hour")["pv_kw"].sum()
    lost_kwh = welfare.scenario.step_h * (_available_kw(welfare) - used_kw.to_numpy())
    return [int(hour) for hour, lost in zip(used_kw.index, lost_kwh, strict=True) if lost > NOTICED_KWH]


def _available_kw(result: StudyResult) -> Floats:
    """PV that the sun would give, all prosumers, (T,)."""
    profiles = result.scenario.profiles
    rows = [
        person.pv_kw * np.array(profiles[person.pv_profile]) for person in result.scenario.prosumers if person.pv_kw
    ]
    total: Floats = np.sum(rows, axis=0)
    return total


def figures_table(day: str) -> Callable[[pd.DataFrame], str]:
    """One column for every role, one row for every figure."""

    def table(rows: pd.DataFrame) -> str:
        shown = _day(rows, day)
        columns = [row for _, row in shown.iterrows()]
        return markdown(
            ["", *map(str, shown.index)], [[name, *(show(row) for row in columns)] for name, show in FIGURES.items()]
        )

    return table


def people_table(day: str) -> Callable[[pd.DataFrame], str]:
    """What everybody pays by the retailer's tariff alone, and how much more or less in every role."""

    def table(rows: pd.DataFrame) -> str:
        shown = _day(rows, day)
        lines = [_person(shown, column.removeprefix(BILL)) for column in shown if str(column).startswith(BILL)]
        return markdown(["prosumer", "tariff alone, EUR", *map(str, shown.index)], lines)

    return table


def _person(rows: pd.DataFrame, name: str) -> list[str]:
    alone_eur = rows[f"{TARIFF}{name}"]
    return [name, f"{alone_eur.iloc[0]:,.2f}", *(f"{value:+,.2f}" for value in rows[f"{BILL}{name}"] - alone_eur)]


TABLES = {"figures": figures_table, "people": people_table}
"""What is made for each day, by what it shows."""


def roles_picture(rows: pd.DataFrame) -> str:
    """What validate and envelopes cost more than the agreed plan, day by day; a leader's total would dwarf both."""
    days = {day: _day(rows, day)["objective_eur"] for day in DAYS}
    others = ("validate", "envelopes")
    series = {role: [float(total[role] - total["welfare"]) for total in days.values()] for role in others}
    return bars([f"{day} day" for day in DAYS], series, "EUR in all more than welfare")


def _day(rows: pd.DataFrame, day: str) -> pd.DataFrame:
    """The roles of one day, under their names."""
    mine = rows[[str(name).startswith(f"{day}, ") for name in rows.index]]
    return mine.rename(index=lambda name: str(name).removeprefix(f"{day}, "))
