"""The tables and pictures of docs/cases, from real runs and from data/results.

Usage: PYTHONPATH=. python scripts/make_cases.py [CASE ...]

Every page has its table between marks; what stands outside them is written by hand.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import p2pdnr
from p2pdnr import study
from p2pdnr.results.summary import comparison_row
from p2pdnr.scenario import document, variation
from scripts.case_charts import bars, lines
from scripts.readme_table import MODES, ROOT, filled

PAGES = ROOT / "docs" / "cases"
SCENARIOS = ROOT / "data" / "scenarios"
RESULTS = ROOT / "data" / "results"
FEEDERS = ("case33bw", "cigre_mv", "mv_oberrhein", "case70da", "case118zh", "case136ma")
AVOIDED = "Foundry"
FIGURES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "total cost, EUR": lambda row: f"{row['objective_eur']:,.0f}",
    "of it losses": lambda row: f"{row['losses_eur']:,.0f}",
    "of it violations": lambda row: f"{row['violations_eur']:,.0f}",
    "of it switching": lambda row: f"{row['switching_eur']:,.0f}",
    "PV curtailed, kWh": lambda row: f"{abs(row['curtailed_kwh']):,.0f}",
    "voltage, p.u.": lambda row: f"{row['vm_min_pu']:.3f} to {row['vm_max_pu']:.3f}",
    "switching operations": lambda row: str(row["operations"]),
}
Page = tuple[str, str]  # the table as Markdown, the picture as SVG


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with its first column to the left and the others to the right."""
    lines_of = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines_of)


def modes_table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """One column for every mode, named by the keys of ``rows``; one row for every figure."""
    return markdown(["", *rows], [[name, *(show(row) for row in rows.values())] for name, show in FIGURES.items()])


def quiet() -> Page:
    """A day on which hourly switching does not pay."""
    rows = compare("ieee33-quiet")
    parts = {"losses": "losses_eur", "violations": "violations_eur", "switching": "switching_eur"}
    picture = bars(
        list(parts), {name: [row[key] for key in parts.values()] for name, row in rows.items()}, "EUR in the day"
    )
    return modes_table(rows), picture


def compare(name: str) -> dict[str, dict[str, Any]]:
    """Rows of ``compare`` on a scenario of data/scenarios, by readable names of the modes."""
    path = SCENARIOS / f"{name}.json"
    results = study.compare(document.load(path), study.Options(), folder=path.parent)
    return {MODES[mode]: comparison_row(result.summary) for mode, result in results.items()}


def losses() -> Page:
    """Initial and best radial topology of feeders from the literature."""
    found = {name: p2pdnr.reconfigure(name) for name in FEEDERS}
    rows = [
        [
            name,
            f"{item.initial_loss_kw:,.2f}",
            f"{item.loss_kw:,.2f}",
            f"{100 * (1 - item.loss_kw / item.initial_loss_kw):.1f} %",
            f"{item.lower_bound_kw:,.2f}" if item.lower_bound_kw is not None else "none",
            "yes" if item.proved else "no",
            str(len(item.operations)),
        ]
        for name, item in found.items()
    ]
    head = ["feeder", "initial loss, kW", "found, kW", "saved", "lower bound, kW", "proved least", "operations"]
    shares = [100 * item.loss_kw / item.initial_loss_kw for item in found.values()]
    series = {"initial topology": [100.0] * len(shares), "topology found": shares}
    return markdown(head, rows), bars(list(found), series, "loss, % of the initial topology's")


def coordination() -> Page:
    """Trading first and the grid after it, against both together."""
    path = SCENARIOS / "ieee33-solar.json"
    apart = study.uncoordinated(document.load(path), study.Options(), folder=path.parent)
    names = {mode: name for mode, name in MODES.items() if mode in apart}
    rows = {f"{name}, apart": comparison_row(apart[mode].summary) for mode, name in names.items()}
    rows |= {f"{name}, together": stored(mode) for mode, name in names.items()}
    drawn = [name for mode, name in names.items() if mode != "fixed"]  # whose violations would dwarf the others
    costs = {how: [rows[f"{name}, {how}"]["objective_eur"] for name in drawn] for how in ("apart", "together")}
    return modes_table(rows), bars(drawn, costs, "total cost, EUR in the day")


def stored(mode: str) -> dict[str, Any]:
    """The row of a mode of the default day, from data/results."""
    path = RESULTS / f"ieee33-solar-{mode}" / "summary.json"
    return comparison_row(json.loads(path.read_text(encoding="utf8")))


def market() -> Page:
    """Bills of the default day with and without trading, and prices of the trades by the hour."""
    folder = RESULTS / "ieee33-solar-fixed"
    bills = pd.read_csv(folder / "bills.csv", index_col="prosumer")
    alone = pd.read_csv(RESULTS / "ieee33-solar-fixed-no-p2p" / "bills.csv", index_col="prosumer")
    rows = [
        [str(name), *(f"{value:,.1f}" for value in (alone["total_eur"][name], *bill))]
        for name, bill in bills[["total_eur", "trades_eur", "fees_eur", "network_eur"]].iterrows()
    ]
    total = bills.sum()
    sums = (alone["total_eur"].sum(), *total[["total_eur", "trades_eur", "fees_eur", "network_eur"]])
    rows.append(["**all**", *(f"{value + 0.0:,.1f}".replace("-0.0", "0.0") for value in sums)])
    head = ["prosumer", "no trading, EUR", "with trading, EUR", "of it trades", "fees", "network charges"]
    return markdown(head, rows), prices(folder)


def prices(folder: Path) -> str:
    """Mean price of the traded energy in every hour, between what the retailer pays and takes."""
    trades = pd.read_csv(folder / "trades.csv")
    trades["value"] = trades["power_kw"] * trades["price_eur_per_kwh"]
    hours = trades.groupby("hour")[["power_kw", "value"]].sum()
    tariff = document.load(folder / "scenario.json").tariff
    series = {
        "retailer pays": list(tariff.sell_eur_per_kwh),
        "mean price of trades": list(hours["value"] / hours["power_kw"]),
        "retailer takes": list(tariff.buy_eur_per_kwh),
    }
    return lines([float(hour) for hour in hours.index], series, "EUR/kWh", "hour")


def preferences() -> Page:
    """Trading when it costs more, or when nobody likes to trade with the one who buys most."""
    rows, bought = [], []
    for name, market_terms in terms().items():
        plain = json.loads((SCENARIOS / "ieee33-solar.json").read_text(encoding="utf8"))
        plain["market"] |= market_terms
        scenario = document.from_dict(plain)
        result = study.run(scenario, study.Options(mode="fixed"), folder=SCENARIOS)
        trades = result.tables.trades
        bought.append((float(trades["power_kw"].sum()), float(trades[trades["buyer"] == AVOIDED]["power_kw"].sum())))
        bill = result.tables.bills.set_index("prosumer")["total_eur"]
        figures = (*bought[-1], result.summary["objective_eur"], bill[AVOIDED], bill.drop(AVOIDED).sum())
        rows.append([name, *(f"{value:,.0f}" for value in figures)])
    head = [
        "",
        "traded, kWh",
        f"of it bought by the {AVOIDED}",
        "total cost, EUR",
        f"bill of the {AVOIDED}",
        "bills of all others",
    ]
    series = {"all trades": [pair[0] for pair in bought], f"bought by the {AVOIDED}": [pair[1] for pair in bought]}
    return markdown(head, rows), bars(list(terms()), series, "kWh in the day")


def terms() -> dict[str, dict[str, Any]]:
    """Changes to the market of the default day, by name."""
    people = [person.id for person in document.load(SCENARIOS / "ieee33-solar.json").prosumers]
    pairs = pd.read_csv(RESULTS / "ieee33-solar-fixed" / "partners.csv").to_numpy().tolist()
    friends = [name for name in people if [name, AVOIDED] in pairs or [AVOIDED, name] in pairs]
    avoiding = [{"from": name, "to": AVOIDED, "eur_per_kwh": 0.1} for name in friends]
    return {
        "as it is": {},
        "fee of 0.05 EUR/kWh": {"trade_fee_eur_per_kwh": 0.05},
        f"the {AVOIDED} avoided": {"preferences": avoiding},
    }


def hosting() -> Page:
    """More PV on the same feeder, with topologies that may change less or more."""
    rows: list[list[str]] = []
    modes: tuple[study.Mode, ...] = ("fixed", "static", "hourly")
    curtailed: dict[str, list[float]] = {MODES[mode]: [] for mode in modes}
    factors = (0.5, 0.75, 1.0, 1.25, 1.5)
    for factor in factors:
        found = {mode: varied(mode, {"pv_kw": factor}) for mode in modes}
        for mode, row in found.items():
            curtailed[MODES[mode]].append(abs(row["curtailed_kwh"]) / 1000)
        costs = [f"{row['objective_eur']:,.0f}" for row in found.values()]
        spilt = [f"{abs(row['curtailed_kwh']):,.0f}" for row in found.values()]
        rows.append([f"{factor:g} times", *costs, *spilt])
    names = ("initial", "best fixed", "hourly")
    head = ["PV", *(f"cost, {name}, EUR" for name in names), *(f"curtailed, {name}, kWh" for name in names)]
    return markdown(head, rows), lines(
        factors, curtailed, "PV curtailed, MWh in the day", "PV, times that of the default day"
    )


def frontier() -> Page:
    """What an operation costs, how many are made, and what the rest then costs."""
    costs = (0.0, 1.0, 5.0, 20.0, 50.0)
    found = [varied("hourly", {"dso.switching_cost_eur": cost}) for cost in costs]
    rest = [row["objective_eur"] - row["switching_eur"] for row in found]
    rows = [
        [
            f"{cost:g}",
            str(row["operations"]),
            f"{row['switching_eur']:,.0f}",
            f"{other:,.0f}",
            f"{row['objective_eur']:,.0f}",
        ]
        for cost, row, other in zip(costs, found, rest, strict=True)
    ]
    head = ["EUR per operation", "operations", "switching, EUR", "all else, EUR", "total, EUR"]
    operations = [float(row["operations"]) for row in found]
    beyond = {"all else, beyond the cheapest": [other - min(rest) for other in rest]}
    return markdown(head, rows), lines(operations, beyond, "EUR in the day", "operations in the day")


def varied(mode: study.Mode, settings: Mapping[str, float]) -> dict[str, Any]:
    """A row of the default day with some of its numbers changed."""
    path = SCENARIOS / "ieee33-solar.json"
    scenario = variation.vary_all(document.load(path), dict(settings))
    return comparison_row(study.run(scenario, study.Options(mode=mode), folder=path.parent).summary)


CASES: dict[str, Callable[[], Page]] = {
    "market": market,
    "preferences": preferences,
    "hosting": hosting,
    "frontier": frontier,
    "losses": losses,
    "coordination": coordination,
    "quiet": quiet,
}


def main() -> None:
    """Renew the pages asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; default all")
    for name in parser.parse_args().cases or CASES:
        table, picture = CASES[name]()
        page = PAGES / f"{name}.md"
        page.write_text(filled(page.read_text(encoding="utf8"), table), encoding="utf8")
        (PAGES / f"{name}.svg").write_text(picture, encoding="utf8")
        print(f"{page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
