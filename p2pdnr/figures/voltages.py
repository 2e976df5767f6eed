"""Voltages: a heat map of buses and hours, above it the range of each hour against the limits."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from p2pdnr.figures import Payload
from p2pdnr.figures.frame import axis, figure, hour_axis, with_meta
from p2pdnr.figures.theme import Theme
from p2pdnr.languages import Language


def voltages(payload: Payload, theme: Theme) -> go.Figure:
    """Voltage of every bus and hour in p.u.; the colours are those of the diagram."""
    network, buses = payload["network"], payload["network"]["buses"]
    span = voltage_span(payload)
    chart = figure(
        [_map(payload, span, theme), *_range(payload, theme)],
        theme,
        _caption(payload, theme.language),
        xaxis=hour_axis(payload, theme),
        yaxis=axis(
            theme,
            domain=[0, 0.68],
            autorange=False,
            range=[buses + 0.5, 0.5],
            tickvals=bus_ticks(buses),
            showgrid=False,
            title_text=theme.language("bus"),
            title_standoff=2,
        ),
        yaxis2=axis(
            theme,
            domain=[0.76, 1],
            range=_bounds(payload),
            nticks=4,
            tickformat=".2f",
            title_text="p.u.",
            title_standoff=2,
        ),
        shapes=[_limit(network[key], theme) for key in ("vm_min_pu", "vm_max_pu")],
        showlegend=False,
        hovermode="closest",
        margin={"l": 46, "r": 10, "t": 8, "b": 29},
    )
    return with_meta(chart, "column")


def voltage_span(payload: Payload) -> float:
    """Half the width of the colour scale around 1 p.u.: the limits, as in the diagram (assets/diagram/scales.js)."""
    network = payload["network"]
    return float(min(0.1, max(0.02, 1.0 - network["vm_min_pu"], network["vm_max_pu"] - 1.0)))


def bus_ticks(buses: int) -> list[int]:
    """Bus numbers to write on an axis, at most about eight."""
    every = next((n for n in (1, 2, 4, 8, 16, 20, 50, 100, 200) if buses / n <= 8.5), 500)
    return [1, *range(every + 1, buses + 1, every)] if every > 1 else list(range(1, buses + 1))


def _map(payload: Payload, span: float, theme: Theme) -> go.Heatmap:
    rows = [list(column) for column in zip(*payload["buses"]["vm_pu"], strict=True)]
    return go.Heatmap(
        x=list(range(payload["hours"])),
        y=list(range(1, len(rows) + 1)),
        z=rows,
        zmin=1 - span,
        zmax=1 + span,
        colorscale=theme.voltage_scale,
        showscale=False,
        hovertemplate=theme.language("bus %{y}: %{z:.4f} p.u.") + "<extra></extra>",
    )


def _range(payload: Payload, theme: Theme) -> list[go.Scatter]:
    hours, series, say = list(range(payload["hours"])), payload["series"], theme.language
    common: dict[str, Any] = {
        "x": hours,
        "yaxis": "y2",
        "mode": "lines",
        "line": {"color": theme["ink"], "width": 1.25},
    }
    return [
        go.Scatter(y=series["vm_min_pu"], hovertemplate=say("lowest %{y:.4f} p.u.") + "<extra></extra>", **common),
        go.Scatter(
            y=series["vm_max_pu"],
            hovertemplate=say("highest %{y:.4f} p.u.") + "<extra></extra>",
            fill="tonexty",
            fillcolor=theme.faded("ink", 0.08),
            **common,
        ),
    ]


def _bounds(payload: Payload) -> list[float]:
    series, network = payload["series"], payload["network"]
    low, high = min(*series["vm_min_pu"], network["vm_min_pu"]), max(*series["vm_max_pu"], network["vm_max_pu"])
    room = 0.08 * (high - low)
    return [low - room, high + room]


def _limit(value: float, theme: Theme) -> dict[str, Any]:
    line = {"color": theme["over"], "width": 1, "dash": "2px 3px"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": value, "y1": value, "line": line}


def _caption(payload: Payload, say: Language) -> tuple[str, str]:
    summary, network = payload["summary"], payload["network"]
    low, high = summary["vm_min_pu"], summary["vm_max_pu"]
    inside = low >= network["vm_min_pu"] - 1e-5 and high <= network["vm_max_pu"] + 1e-5
    text = say("All voltages stay within the limits. ") if inside else say("A voltage limit is broken. ")
    return text, say(
        "Lowest {0}, highest {1} p.u.; blue is low, amber high, the dotted lines are the limits.",
        say.marks(f"{low:.3f}"),
        say.marks(f"{high:.3f}"),
    )
