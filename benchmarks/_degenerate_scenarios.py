"""Small random scenarios whose prices, sizes and limits coincide: many answers are equally good, or hardly any exists.

Values are drawn from short lists, so that selling is worth what buying costs, a generator costs what the retailer
pays, a charge or a fee is nothing, a battery loses nothing, a device has no size. All of them are valid, and each has
an answer: nobody trades, and load that nobody can supply goes unserved.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Json = dict[str, Any]
Rng = np.random.Generator

PRICES = (0.0, 0.1, 0.1, 0.3, 0.3, -0.05)
SIZES_KW = (0.0, 1e-6, 1e-3, 1.0, 50.0, 50.0, 300.0)
LIMITS_KW = (None, None, None, 0.0, 1e-6, 20.0, 50.0)
HOURS = (1, 1, 2, 3, 3, 6, 24)


def scenario(seed: int) -> Json:
    """The scenario of a seed."""
    rng = np.random.default_rng([23, seed])
    hours = int(rng.choice(HOURS))
    buses = int(rng.integers(3, 6))
    return {
        "name": f"degenerate, seed {seed}",
        "step_h": float(rng.choice([1.0, 1.0, 0.25, 24.0])),
        "network": {"source": _grid(rng, buses)},
        "profiles": {"load": _series(rng, hours), "pv": _series(rng, hours)},
        "tariff": _tariff(rng, hours),
        "market": _market(rng),
        "dso": {"loss_price_eur_per_kwh": _one(rng, (0.0, 0.12)), "switching_cost_eur": _one(rng, (0.0, 0.0, 1.0))},
        "prosumers": [_prosumer(rng, f"P{k}", buses, hours) for k in range(int(rng.integers(2, 5)))],
    }


def _one(rng: Rng, values: tuple[Any, ...]) -> Any:
    return values[int(rng.integers(len(values)))]


def _size_kw(rng: Rng) -> float:
    """One that others have too, or one of its own."""
    return float(_one(rng, SIZES_KW)) if rng.random() < 0.7 else float(rng.uniform(1.0, 600.0))


def _grid(rng: Rng, count: int) -> Json:
    """A ring with a chord."""
    buses: list[Json] = [{"vn_kv": 12.66, "p_kw": float(_one(rng, (0.0, 0.0, 40.0)))} for _ in range(count)]
    ends = [(bus, bus % count + 1) for bus in range(1, count + 1)] + [(1, 3)]
    lines = [
        {"from": a, "to": b, "r_ohm": float(rng.uniform(0.05, 2.0)), "x_ohm": float(rng.uniform(0.0, 1.0))}
        | {"closed": k < count - 1}
        for k, (a, b) in enumerate(ends)
    ]
    return {"buses": buses, "lines": lines}


def _series(rng: Rng, hours: int) -> list[float]:
    return [float(_one(rng, (0.0, 0.5, 1.0, 1.0))) for _ in range(hours)]


def _tariff(rng: Rng, hours: int) -> Json:
    """Selling is often worth what buying costs."""
    flat = rng.random() < 0.5
    buy = [float(_one(rng, PRICES)) for _ in range(hours)]
    buy = [buy[0]] * hours if flat else buy
    spread = float(_one(rng, (0.0, 0.0, 0.1)))
    return {"buy_eur_per_kwh": buy, "sell_eur_per_kwh": [value - spread for value in buy]}


def _market(rng: Rng) -> Json:
    fee = float(_one(rng, (0.0, 0.0, 0.001)))
    limit = _one(rng, (None, None, 0.0, 1e-6, 20.0))
    partners = _one(rng, ("all", "all", "all", 1, "none"))
    return {"partners": partners, "trade_fee_eur_per_kwh": fee, "trade_limit_kw": limit}


def _prosumer(rng: Rng, name: str, buses: int, hours: int) -> Json:
    row: Json = {"id": name, "bus": int(rng.integers(1, buses + 1))}
    row |= {"load_kw": _size_kw(rng), "pv_kw": _size_kw(rng) if rng.random() < 0.5 else 0.0}
    row |= {"import_limit_kw": _one(rng, LIMITS_KW), "export_limit_kw": _one(rng, LIMITS_KW)}
    if rng.random() < 0.4:
        row |= {"flexible_share": float(_one(rng, (0.2, 1.0))), "discomfort_eur_per_kw2h": _one(rng, (0.0, 0.002))}
    if rng.random() < 0.5:
        row["battery"] = _battery(rng)
    if rng.random() < 0.5:
        row["generator"] = {"max_kw": _size_kw(rng), "cost_eur_per_kwh": float(_one(rng, PRICES))}
        row["generator"] |= {"slope_eur_per_kw2h": _one(rng, (0.0, 0.0, 0.001))}
    if rng.random() < 0.4:
        row["elastic"] = {"max_kw": _size_kw(rng), "utility_eur_per_kwh": float(_one(rng, PRICES))}
        row["elastic"] |= {"slope_eur_per_kw2h": _one(rng, (0.0, 0.0, 0.001))}
    return row | ({"tariff": _tariff(rng, hours)} if rng.random() < 0.3 else {})


def _battery(rng: Rng) -> Json:
    capacity_kwh = _size_kw(rng)
    return {
        "capacity_kwh": capacity_kwh,
        "power_kw": _size_kw(rng),
        "efficiency": float(_one(rng, (1.0, 1.0, 0.9, 0.5))),
        "initial_kwh": capacity_kwh * float(_one(rng, (0.0, 0.5, 1.0))),
        "wear_eur_per_kwh": float(_one(rng, (0.0, 0.0, 0.001))),
    }
