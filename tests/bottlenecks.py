"""Days on feeders whose limits on the way to the substation make the cone relaxation loose."""

from __future__ import annotations

from typing import Any

from tests.coordination.cases import Json, grid


def scene(source: Json | str, sell: float, loss: float, *prosumers: Json, **network: Any) -> Json:
    """Three hours of sun behind a bottleneck; 0.30 EUR/kWh to buy, ``sell`` to sell, ``loss`` for lost energy."""
    return {
        "name": "bottleneck",
        "network": {"source": source, "vm_min_pu": 0.9, "vm_max_pu": 1.1, **network},
        "profiles": {"load": [1.0, 0.6, 0.8], "pv": [0.3, 1.0, 0.6]},
        "tariff": {"buy_eur_per_kwh": [0.3] * 3, "sell_eur_per_kwh": [sell] * 3},
        "market": {"partners": "all"},
        "dso": {"loss_price_eur_per_kwh": loss},
        "prosumers": list(prosumers),
    }


def trunk() -> Json:
    """PV at the end of a lateral without limit, behind a trunk of 30 A."""
    network = grid(((1, 2, True), (2, 3, True)), r_ohm=1.0, x_ohm=0.5)
    network["lines"][0]["limit_a"] = 30.0
    return scene(network, 0.25, 0.05, {"id": "Sun", "bus": 3, "pv_kw": 1500}, {"id": "Home", "bus": 2, "load_kw": 50})


def laterals() -> Json:
    """Two laterals behind one limit, with a battery, an elastic load, a tie line and the network's own loads."""
    ends = ((1, 2, True), (2, 3, True), (3, 4, True), (2, 5, True), (4, 5, False))
    network = grid(ends, 60.0, r_ohm=0.8, x_ohm=0.4)
    network["lines"][0]["limit_a"] = 40.0
    store = {"capacity_kwh": 200, "power_kw": 100}
    elastic = {"max_kw": 60, "utility_eur_per_kwh": 0.28, "slope_eur_per_kw2h": 0.001}
    return scene(
        network,
        0.2,
        0.1,
        {"id": "A", "bus": 4, "pv_kw": 1200, "battery": store},
        {"id": "B", "bus": 5, "pv_kw": 700, "load_kw": 80},
        {"id": "C", "bus": 3, "load_kw": 120, "elastic": elastic},
    )


def feeder() -> Json:
    """The 33-bus feeder with two limits and 6 MW of PV behind them."""
    store = {"capacity_kwh": 300, "power_kw": 100}
    people = [{"id": f"P{bus}", "bus": bus, "pv_kw": kw} for bus, kw in ((12, 2500), (18, 900), (24, 2500))]
    home = {"id": "H", "bus": 15, "load_kw": 200, "battery": store}
    return scene("case33bw", 0.22, 0.08, *people, home, background_scale=0.5, line_limits_a={"6": 60, "22": 70})
