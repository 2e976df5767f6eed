"""The market: who trades when, and at which prices."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from p2pdnr.figures import Payload, labels, traders
from p2pdnr.figures.frame import axis, figure, hour_axis, with_meta
from p2pdnr.figures.theme import Theme
from p2pdnr.languages import Language


def trades(payload: Payload, theme: Theme, asked: int | None = None) -> go.Figure:
    """Net trade of every prosumer and hour in kW: violet sells, above it the power traded in all; of many prosumers
    those who trade most, the one ``asked`` for, and the sum of the others."""
    own, ids, say = traders.rows(payload, asked), payload["prosumers"]["id"], theme.language
    names = [say("{0} others", row.count) if row.index is None else ids[row.index] for row in own]
    asked_for = [asked is not None and row.index == asked for row in own]
    marked = [_marked(short(name), mark) for name, mark in zip(names, asked_for, strict=True)]
    total = [sum(hour["power_kw"]) for hour in payload["trades"]]
    chart = figure(
        [_map(names, [row.net_kw for row in own], theme), _bars(total, theme)],
        theme,
        _caption(payload, total, len(own), say),
        xaxis=hour_axis(payload, theme),
        yaxis=axis(
            theme,
            domain=[0, 0.74],
            autorange=False,
            range=[len(names) - 0.5, -0.5],
            showgrid=False,
            tickvals=list(range(len(names))),
            ticktext=marked,
        ),
        yaxis2=axis(
            theme,
            domain=[0.8, 1],
            range=[0, 1.1 * max([*total, 1e-3])],
            nticks=3,
            title_text=say("traded, kW"),
            title_standoff=2,
        ),
        showlegend=False,
        hovermode="closest",
        margin={"l": 96, "r": 10, "t": 8, "b": 29},
    )
    return with_meta(chart, "column")


def prices(payload: Payload, theme: Theme) -> go.Figure:
    """Prices of trades between the retailer's two prices, and the network charges below, in ct/kWh."""
    lines = _trade_prices(payload, theme)
    known = [value for line in lines for value in line.y if value is not None] or [0.0]
    room = 0.1 * max(max(known) - min(known), 1.0)
    bounds = (min(known) - room, max(known) + room)
    named = [labels.Curve(line.name, line.y, labels.readable(line.line.color, theme)) for line in lines if line.name]
    names = labels.beside(named, bounds)
    chart = figure(
        [*lines, *_charges(payload, theme)],
        theme,
        _price_caption(payload, theme.language),
        annotations=names,
        showlegend=not names,
        margin={"l": 46, "r": 10, "t": 10 if names else 28, "b": 29},
        xaxis=hour_axis(payload, theme, anchor="y2"),
        yaxis=axis(theme, domain=[0.44, 1], range=bounds, title_text=theme.language("price, ct/kWh"), title_standoff=4),
        yaxis2=axis(theme, domain=[0, 0.34], title_text=theme.language("charge, ct/kWh"), title_standoff=4, nticks=4),
    )
    return with_meta(chart, "line")


def _marked(name: str, asked: bool) -> str:
    return f"<b>{name}</b>" if asked else name


def short(name: str, most: int = 13) -> str:
    """A name that fits beside an axis."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _map(names: list[str], net: list[list[float]], theme: Theme) -> go.Heatmap:
    top = max(max(abs(value) for row in net for value in row), 1e-3)
    scale = [[0.0, theme["ink"]], [0.5, theme["panel"]], [1.0, theme["trade"]]]
    label = [[_deal(name, value, theme.language) for value in row] for name, row in zip(names, net, strict=True)]
    return go.Heatmap(
        z=net,
        zmin=-top,
        zmax=top,
        colorscale=scale,
        showscale=False,
        xgap=1,
        ygap=1,
        text=label,
        hovertemplate="%{text}<extra></extra>",
    )


def _deal(name: str, kw: float, say: Language) -> str:
    amount = say.marks(f"{abs(kw):.1f}")
    return say("{0} sells {1} kW", name, amount) if kw > 0 else say("{0} buys {1} kW", name, amount)


def _bars(total: list[float], theme: Theme) -> go.Bar:
    return go.Bar(
        x=list(range(len(total))),
        y=total,
        yaxis="y2",
        marker={"color": theme["trade"]},
        width=0.8,
        hovertemplate=theme.language("%{y:.0f} kW traded") + "<extra></extra>",
    )


def _caption(payload: Payload, total: list[float], shown: int, say: Language) -> tuple[str, str]:
    energy = sum(total) * payload["step_h"]
    if not energy:
        return say("Nothing is traded. "), ""
    most = max(abs(value) for row in payload["prosumers"]["day"]["net_trade_kw"] for value in row)
    pairs = {pair for hour in payload["trades"] for pair in zip(hour["seller"], hour["buyer"], strict=True)}
    count = len(payload["prosumers"]["id"])
    many = count > shown
    few = say("Of {0} prosumers the {1} who trade most, the others in sum. ", count, shown - 1) if many else ""
    return say("{0} kWh change hands. ", say.number(energy)), few + say(
        "{0} seller–buyer pairs. Violet sells, grey buys, darkest = {1} kW in an hour; "
        "the largest seller stands on top.",
        len(pairs),
        say.number(most),
    )


def _cents(values: list[float | None]) -> list[float | None]:
    return [None if value is None else round(100 * value, 4) for value in values]


def _span(rows: list[list[float]]) -> tuple[list[float | None], list[float | None]]:
    return [min(row) if row else None for row in rows], [max(row) if row else None for row in rows]


def _trade_prices(payload: Payload, theme: Theme) -> list[go.Scatter]:
    low, high = _span([hour["price_eur_per_kwh"] for hour in payload["trades"]])
    weighted = [_mean(hour) for hour in payload["trades"]]
    retail, say = payload.get("tariff") or {}, theme.language
    lines = [
        _line(retail[key], name, theme["retail"], "solid" if key.startswith("buy") else "1.5px 4px")
        for key, name in (("buy_eur_per_kwh", say("Retailer sells")), ("sell_eur_per_kwh", say("Retailer buys")))
        if key in retail
    ]
    band: dict[str, Any] = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    return [
        *lines,
        go.Scatter(y=_cents(low), **band),
        go.Scatter(y=_cents(high), fill="tonexty", fillcolor=theme.faded("trade", 0.22), **band),
        _line(weighted, say("Trades"), theme["trade"], "solid", 2.5),
    ]


def _mean(hour: dict[str, list[float]]) -> float | None:
    energy = sum(hour["power_kw"])
    return (
        sum(p * c for p, c in zip(hour["power_kw"], hour["price_eur_per_kwh"], strict=True)) / energy
        if energy
        else None
    )


def _line(values: list[float | None], name: str, colour: str, dash: str, width: float = 1.5) -> go.Scatter:
    return go.Scatter(
        y=_cents(values),
        name=name,
        mode="lines",
        line={"color": colour, "dash": dash, "width": width, "shape": "hvh"},
        hovertemplate="%{y:.2f} ct/kWh",
    )


def _charges(payload: Payload, theme: Theme) -> list[go.Scatter]:
    low, high = _span(payload["buses"]["charge_eur_per_kwh"])
    common: dict[str, Any] = {
        "yaxis": "y2",
        "mode": "lines",
        "line": {"color": theme["ink"], "width": 1.25},
        "showlegend": False,
    }
    return [
        go.Scatter(y=_cents(low), name=theme.language("Lowest charge"), hovertemplate="%{y:.2f} ct/kWh", **common),
        go.Scatter(
            y=_cents(high),
            name=theme.language("Highest charge"),
            hovertemplate="%{y:.2f} ct/kWh",
            fill="tonexty",
            fillcolor=theme.faded("ink", 0.1),
            **common,
        ),
    ]


def _price_caption(payload: Payload, say: Language) -> tuple[str, str]:
    low, high = _span([hour["price_eur_per_kwh"] for hour in payload["trades"]])
    known = [value for value in (*low, *high) if value is not None]
    if known:
        cheap, dear = (say.marks(f"{100 * value:.1f}") for value in (min(known), max(known)))
        text = say("Trades cost {0} to {1} ct/kWh. ", cheap, dear)
    else:
        text = say("Nothing is traded. ")
    return text, say(
        "Below, the lowest and highest network charge of any bus: paid per kWh taken, earned per kWh fed in."
    )
