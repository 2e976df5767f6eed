"""A prosumer's day: where its power comes from and where it goes, and the energy in its battery."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from p2pdnr.figures import Payload
from p2pdnr.figures.frame import axis, figure, hour_axis, with_meta
from p2pdnr.figures.theme import Theme
from p2pdnr.languages import Language, sentence

_SOURCES = (
    (sentence("PV"), "pv_kw", "pv"),
    (sentence("Generator"), "generator_kw", "generator"),
    (sentence("Battery"), "discharge_kw", "battery"),
    (sentence("Bought from partners"), "bought", "trade"),
    (sentence("Retailer"), "import_kw", "retail"),
    (sentence("Unserved"), "unserved_kw", "over"),
    (sentence("PV curtailed"), "curtailed", "high"),
)
_DONE = {
    "import_kw": sentence("bought"),
    "export_kw": sentence("sold"),
    "discharge_kw": sentence("discharged"),
    "charge_kw": sentence("charged"),
}
"""What a part does, where its name alone could be either."""
_SINKS = (
    (sentence("Load"), "load", "load-high"),
    (sentence("Elastic load"), "elastic_kw", "low"),
    (sentence("Battery"), "charge_kw", "battery"),
    (sentence("Sold to partners"), "sold", "trade"),
    (sentence("Retailer"), "export_kw", "retail"),
)


def prosumer(payload: Payload, index: int, theme: Theme) -> go.Figure:
    """Stacked balance in kW, sources up and uses down; below it the battery's energy in kWh where there is one."""
    day = _day(payload, index)
    battery = max(day["energy_kwh"]) > 1e-3
    role = payload.get("role") or {}
    height = 1.08 * max(*_stacks(day, _SOURCES), *_stacks(day, _SINKS), 1e-3)
    balance = {"domain": [0.3, 0.84] if battery else [0, 0.84], "range": [-height, height]}
    stored = {"domain": [0, 0.2], "range": [0, 1.1 * max([*day["energy_kwh"], 1e-3])], "visible": battery}
    chart = figure(
        [*_envelope(role, index, theme), *_bars(day, theme), *([_energy(day["energy_kwh"], theme)] if battery else [])],
        theme,
        _caption(payload, index, day, theme.language),
        barmode="relative",
        bargap=0.12,
        xaxis=hour_axis(payload, theme, anchor="y2" if battery else "y"),
        yaxis=axis(theme, title_text="kW", title_standoff=4, **balance),
        yaxis2=axis(theme, nticks=3, title_text="kWh", title_standoff=4, **stored),
        legend={"y": 1.0, "yanchor": "top"},
        margin={"t": 0},
    )
    return with_meta(chart, "line")


def _day(payload: Payload, index: int) -> dict[str, list[float]]:
    """One prosumer's series, with the load as it was and trades split by direction."""
    day = {name: rows[index] for name, rows in payload["prosumers"]["day"].items()}
    unused = [max(0.0, there - used) for there, used in zip(day["pv_available_kw"], day["pv_kw"], strict=True)]
    return day | {
        "curtailed": unused,
        "load": [d + f for d, f in zip(day["load_kw"], day["flexible_kw"], strict=True)],
        "sold": [max(0.0, e) for e in day["net_trade_kw"]],
        "bought": [max(0.0, -e) for e in day["net_trade_kw"]],
    }


def _bars(day: dict[str, list[float]], theme: Theme) -> list[go.Bar]:
    """Bars of all parts that are not zero all day; each name stands once in the legend."""
    up = [_bar((name, key), day[key], 1, theme, colour) for name, key, colour in _SOURCES if max(day[key]) > 1e-3]
    seen = {bar.name for bar in up}
    sinks = [part for part in _SINKS if max(day[part[1]]) > 1e-3]
    down = [_bar((name, key), day[key], -1, theme, colour) for name, key, colour in sinks]
    return up + [bar.update(showlegend=bar.name not in seen) for bar in down]


def _stacks(day: dict[str, list[float]], parts: tuple[tuple[str, str, str], ...]) -> list[float]:
    return [sum(values) for values in zip(*(day[key] for _, key, _ in parts), strict=True)]


def _bar(part: tuple[str, str], values: list[float], sign: int, theme: Theme, colour: str) -> go.Bar:
    """Bars of a part (name, key); an hour in which it is nothing has none, so that no one reads of it there."""
    name, key = theme.language(part[0]), part[1]
    return go.Bar(
        y=[sign * value if value > 1e-3 else None for value in values],
        customdata=values,
        name=name,
        marker={"color": theme[colour], "line": {"width": 0}},
        showlegend=True,
        legendgroup=name,
        hovertemplate=f"%{{customdata:.1f}} kW {theme.language(_DONE.get(key, ''))}".rstrip(),
    )


def _envelope(role: Mapping[str, list[list[float]]], index: int, theme: Theme) -> list[go.Scatter]:
    """The band in which the operator lets this prosumer's injection be, and what it injects; nothing without one."""
    if "low_kw" not in role or "high_kw" not in role:
        return []
    low, high = role["low_kw"][index], role["high_kw"][index]
    edge = {"mode": "lines", "line": {"color": theme["accent"], "width": 1, "shape": "hvh"}, "showlegend": False}
    fill = {"fill": "tonexty", "fillcolor": theme.faded("accent", 0.15), "showlegend": True}
    name = theme.language("Envelope")
    least = theme.language("%{y:.1f} kW at least fed in")
    most = theme.language("%{y:.1f} kW at most fed in")
    return [
        go.Scatter(y=low, name=name, hovertemplate=least, **edge),
        go.Scatter(y=high, name=name, hovertemplate=most, **edge | fill),
    ]


def _energy(values: list[float], theme: Theme) -> go.Scatter:
    return go.Scatter(
        y=values,
        yaxis="y2",
        mode="lines",
        name=theme.language("Stored"),
        showlegend=False,
        line={"color": theme["battery"], "width": 2},
        fill="tozeroy",
        fillcolor=theme.faded("battery", 0.15),
        hovertemplate="%{y:.0f} kWh",
    )


def _caption(payload: Payload, index: int, day: dict[str, list[float]], say: Language) -> tuple[str, str]:
    step, bills = payload["step_h"], payload["bills"]
    saving = bills["retail_only_eur"][index] - bills["total_eur"][index]
    sold, bought = sum(day["sold"]) * step, sum(day["bought"]) * step
    name, bus = payload["prosumers"]["id"][index], payload["prosumers"]["bus"][index]
    amount = say.marks(f"{abs(saving):.2f}")
    if saving >= 0:
        first = say("{0} at bus {1} saves {2} € against the retailer alone. ", name, bus, amount)
    else:
        first = say("{0} at bus {1} loses {2} € against the retailer alone. ", name, bus, amount)
    traded = say.number(sold), say.number(bought)
    return first, say("It sells {0} and buys {1} kWh; supply above, use below.", *traded)
