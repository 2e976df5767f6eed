"""What all charts share: margins, axes, fonts, hours on the x axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from p2pdnr.figures import Payload
from p2pdnr.figures.theme import FONT, Theme

MINUS = "−"


def figure(traces: Sequence[Any], theme: Theme, caption: tuple[str, str], **layout: Any) -> go.Figure:
    """A figure in the page's dress; ``layout`` goes before the defaults."""
    dress = _dress(theme) | {"template": "none", "meta": {"caption": list(caption), "cursor": None}}
    return go.Figure(list(traces), _over(dress, layout))  # in one go: every update of a layout checks it all again


def _over(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``changes``, what is inside of both put together."""
    both = {name: base[name] | changes[name] for name in base.keys() & changes.keys() if isinstance(base[name], dict)}
    return base | dict(changes) | both


def axis(theme: Theme, **changes: Any) -> dict[str, Any]:
    """A quiet axis: hairline grid, no zero line, no zooming."""
    return {
        "gridcolor": theme["hairline"],
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "fixedrange": True,
        "automargin": False,
        "showspikes": False,
        "tickfont": {"color": theme["muted"], "size": 12},
        "title": {"font": {"color": theme["muted"], "size": 12}},
    } | changes


def hour_axis(payload: Payload, theme: Theme, **changes: Any) -> dict[str, Any]:
    """The x axis of hours, labelled with clock times, half an hour of room at both ends."""
    hours, step = payload["hours"], payload["step_h"]
    every = next((n for n in (1, 2, 3, 4, 6, 12, 24, 48) if hours / n <= 7), 48)
    ticks = list(range(0, hours, every))
    label = clock_time if hours * step <= 24.0 else _day_time
    return axis(
        theme,
        range=[-0.5, hours - 0.5],
        showgrid=False,
        tickvals=ticks,
        tickangle=0,
        ticklabelstandoff=3,
        ticktext=[label(hour, step) for hour in ticks],
        unifiedhovertitle={"text": "%{x:02d}:00" if hours <= 24 and step == 1.0 else "step %{x}, from 0"},
        **changes,
    )


def clock(hour: int, step_h: float) -> str:
    """ "14" for full hours, "14:30" for others; later days are counted."""
    day, minutes = divmod(round(hour * step_h * 60), 1440)
    text = f"{minutes // 60:02d}" + (f":{minutes % 60:02d}" if minutes % 60 else "")
    return f"d{day + 1} {text}" if day else text


def clock_time(hour: int, step_h: float) -> str:
    """ "14:00" for full hours, too."""
    text = clock(hour, step_h)
    return text if ":" in text else f"{text}:00"


def _day_time(hour: int, step_h: float) -> str:
    """ "day 2" where a day begins, "d2 06" within it."""
    day, minutes = divmod(round(hour * step_h * 60), 1440)
    return clock(hour, step_h) if minutes else f"day {day + 1}"


def with_meta(chart: go.Figure, cursor: str) -> go.Figure:
    """The figure with a cursor that the page moves: "line" or "column"."""
    chart.layout.meta = {**chart.layout.meta, "cursor": cursor}
    return chart


def signed(value: float, digits: int = 0) -> str:
    """A number with thousands separators and a true minus sign."""
    return f"{value:,.{digits}f}".replace("-", MINUS)


def _dress(theme: Theme) -> dict[str, Any]:
    return {
        "font": {"family": FONT, "size": 12, "color": theme["ink"]},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 46, "r": 10, "t": 28, "b": 29},
        "hovermode": "x unified",
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": theme["panel"],
            "bordercolor": theme["control"],
            "font": {"family": FONT, "size": 12, "color": theme["ink"]},
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.0,
            "xanchor": "left",
            "yanchor": "bottom",
            "font": {"size": 12, "color": theme["muted"]},
            "bgcolor": "rgba(0,0,0,0)",
            "itemclick": False,
            "itemdoubleclick": False,
        },
    }
