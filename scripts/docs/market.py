"""Cases about the market: what trading changes, and what fees and preferences do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from p2pdnr import study
from p2pdnr.scenario import document
from scripts.docs.charts import bars, lines
from scripts.docs.pages import RESULTS, SCENARIOS, markdown

FIXED, ALONE = RESULTS / "ieee33-solar-fixed", RESULTS / "ieee33-solar-fixed-no-p2p"
PARTS = ["total_eur", "trades_eur", "fees_eur", "network_eur"]
AVOIDED = "Foundry"


def market() -> pd.DataFrame:
    """Bills of the default day with and without trading, from data/results."""
    bills = pd.read_csv(FIXED / "bills.csv", index_col="prosumer")
    alone = pd.read_csv(ALONE / "bills.csv", index_col="prosumer")
    return bills[PARTS].assign(alone_eur=alone["total_eur"])


def market_table(bills: pd.DataFrame) -> str:
    """One row per prosumer, and the sums."""
    rows = bills[["alone_eur", *PARTS]]
    shown = [[str(name), *(f"{value:,.1f}" for value in row)] for name, row in rows.iterrows()]
    shown.append(["**all**", *(f"{value + 0.0:,.1f}".replace("-0.0", "0.0") for value in rows.sum())])
    head = ["prosumer", "no trading, EUR", "with trading, EUR", "of it trades", "fees", "network charges"]
    return markdown(head, shown)


def market_picture(_bills: pd.DataFrame) -> str:
    """Mean price of the traded energy in every hour, between what the retailer pays and takes."""
    hours = _by_hour(FIXED)
    tariff = document.load(FIXED / "scenario.json").tariff
    series = {
        "retailer pays": list(tariff.sell_eur_per_kwh),
        "mean price of trades": list(hours["value"] / hours["power_kw"]),
        "retailer takes": list(tariff.buy_eur_per_kwh),
    }
    return lines([float(hour) for hour in hours.index], series, "EUR/kWh", "hour")


def _by_hour(folder: Path) -> pd.DataFrame:
    trades = pd.read_csv(folder / "trades.csv")
    trades["value"] = trades["power_kw"] * trades["price_eur_per_kwh"]
    return trades.groupby("hour")[["power_kw", "value"]].sum()


def preferences() -> pd.DataFrame:
    """Trading when it costs more, or when nobody likes to trade with the one who buys most."""
    return pd.DataFrame.from_dict({name: _traded(changed) for name, changed in _terms().items()}, orient="index")


def _traded(market_terms: dict[str, Any]) -> dict[str, float]:
    plain = json.loads((SCENARIOS / "ieee33-solar.json").read_text(encoding="utf8"))
    plain["market"] |= market_terms
    result = study.run(document.from_dict(plain), study.Options(mode="fixed"), folder=SCENARIOS)
    trades, bill = result.tables.trades, result.tables.bills.set_index("prosumer")["total_eur"]
    return {
        "traded_kwh": float(trades["power_kw"].sum()),
        "bought_kwh": float(trades[trades["buyer"] == AVOIDED]["power_kw"].sum()),
        "objective_eur": result.summary["objective_eur"],
        "bill_eur": bill[AVOIDED],
        "other_bills_eur": bill.drop(AVOIDED).sum(),
    }


def _terms() -> dict[str, dict[str, Any]]:
    """Changes to the market of the default day, by name."""
    people = [person.id for person in document.load(SCENARIOS / "ieee33-solar.json").prosumers]
    pairs = pd.read_csv(FIXED / "partners.csv").to_numpy().tolist()
    friends = [name for name in people if [name, AVOIDED] in pairs or [AVOIDED, name] in pairs]
    avoiding = [{"from": name, "to": AVOIDED, "eur_per_kwh": 0.1} for name in friends]
    return {
        "as it is": {},
        "fee of 0.05 EUR/kWh": {"trade_fee_eur_per_kwh": 0.05},
        f"the {AVOIDED} avoided": {"preferences": avoiding},
    }


def preferences_table(rows: pd.DataFrame) -> str:
    """One row for every change."""
    head = [
        "",
        "traded, kWh",
        f"of it bought by the {AVOIDED}",
        "total cost, EUR",
        f"bill of the {AVOIDED}",
        "bills of all others",
    ]
    return markdown(head, [[str(name), *(f"{value:,.0f}" for value in row)] for name, row in rows.iterrows()])


def preferences_picture(rows: pd.DataFrame) -> str:
    """Traded energy, and what of it the avoided one buys."""
    series = {"all trades": list(rows["traded_kwh"]), f"bought by the {AVOIDED}": list(rows["bought_kwh"])}
    return bars(list(rows.index), series, "kWh in the day")
