"""What unseen days do to a secure plan: fans of the lowest and highest voltage and of the highest loading, by hour."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from p2pdnr.figures import Payload
from p2pdnr.figures.frame import axis, figure, hour_axis, with_meta
from p2pdnr.figures.theme import Theme
from p2pdnr.languages import Language, sentence

_BANDS = (("p05", "p95", 0.16), ("p25", "p75", 0.3))
_EDGES = {"p05": sentence("lower end of 9 of 10 days"), "p95": sentence("upper end")}
_LOADED = "max_loading_percent"


def fans(payload: Payload, theme: Theme) -> go.Figure:
    """Bands that hold nine tenths and half of the unseen days, the middle, and the worst day; limits as lines.

    Raises KeyError where the plan was not made for other days.
    """
    told = payload.get("secure")
    if told is None:
        raise KeyError("secure")
    say, found = theme.language, told["fans"]
    loaded = any(value is not None for value in told["fans"][_LOADED]["p50"])
    traces = [
        *_fan(found["vm_max_pu"], "high", say("highest voltage"), theme),
        *_fan(found["vm_min_pu"], "low", say("lowest voltage"), theme),
        *(_fan(found[_LOADED], "load-high", say("highest loading"), theme, yaxis="y2") if loaded else []),
    ]
    limits = payload["summary"]["secure"]["limits"]
    kept = [limits["vm_min_pu"], limits["vm_max_pu"]]
    top = max([100.0, *(value for value in found[_LOADED]["worst1"] if value is not None)])
    shapes = [*(_limit(value, "y", theme) for value in kept), *([_limit(100.0, "y2", theme)] if loaded else [])]
    chart = figure(
        traces,
        theme,
        _caption(payload, say),
        xaxis=hour_axis(payload, theme, anchor="y2" if loaded else "y"),
        yaxis=_panel(theme, [0.46 if loaded else 0, 0.96], _span(found, kept), say("voltage, p.u."), tickformat=".2f"),
        yaxis2=_panel(theme, [0, 0.36], [0, 1.08 * top], say("loading, %"), visible=loaded),
        shapes=shapes,
        showlegend=False,
        annotations=_names(loaded, theme),
        margin={"l": 50, "r": 10, "t": 8, "b": 29},
    )
    return with_meta(chart, "line")


def _panel(theme: Theme, domain: list[float], span: list[float], title: str, **changes: Any) -> dict[str, Any]:
    room = {"domain": domain, "range": span, "nticks": 6 if domain[1] > 0.5 else 4}
    return axis(theme, title_text=title, title_standoff=2, **room, **changes)


def _fan(spread: dict[str, Any], token: str, name: str, theme: Theme, yaxis: str = "y") -> list[go.Scatter]:
    hours = list(range(len(spread["p50"])))
    digits, unit = ("1f", "%") if yaxis == "y2" else ("4f", "p.u.")
    common: dict[str, Any] = {"x": hours, "yaxis": yaxis, "mode": "lines", "showlegend": False}
    shown = f"%{{y:.{digits}}} {unit}"
    bands = [
        go.Scatter(
            y=spread[edge],
            line={"width": 0, "color": theme[token]},
            fill="none" if edge == low else "tonexty",
            fillcolor=theme.faded(token, opacity),
            name=f"{name}, {theme.language(_EDGES.get(edge, ''))}",
            hovertemplate=shown if edge in _EDGES else None,
            hoverinfo=None if edge in _EDGES else "skip",
            **common,
        )
        for low, high, opacity in _BANDS
        for edge in (low, high)
    ]
    lines = [
        ("p50", theme.language("the middle"), {"color": theme[token], "width": 2}),
        ("worst1", theme.language("the worst day"), {"color": theme["over"], "width": 1.25, "dash": "3px 3px"}),
    ]
    curves = [
        go.Scatter(y=spread[key], name=f"{name}, {text}", line=line, hovertemplate=shown, **common)
        for key, text, line in lines
    ]
    return [*bands, *curves]


def _span(found: dict[str, Any], limits: list[float]) -> list[float]:
    ends = [
        value
        for name in ("vm_min_pu", "vm_max_pu")
        for label in ("p05", "p95", "worst1")
        for value in found[name][label]
        if value is not None
    ]
    low, high = min([*limits, *ends]), max([*limits, *ends])
    room = 0.06 * (high - low)
    return [low - room, high + room]


def _limit(value: float, yref: str, theme: Theme) -> dict[str, Any]:
    line = {"color": theme["over"], "width": 1.25}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": yref, "y0": value, "y1": value, "line": line}


def _names(loaded: bool, theme: Theme) -> list[dict[str, Any]]:
    """What the bands are, above the first panel and the second."""
    common = {"xref": "paper", "yref": "paper", "x": 0, "xanchor": "left", "yanchor": "bottom", "showarrow": False}
    say = theme.language
    told = [(say("highest (amber) and lowest (blue) voltage of any bus"), 0.965)]
    told += [(say("highest loading of any line"), 0.365)] if loaded else []
    return [{"text": text, "y": y, "font": {"color": theme["muted"], "size": 12}, **common} for text, y in told]


def _caption(payload: Payload, say: Language) -> tuple[str, str]:
    stated = payload["summary"]["secure"]
    test = stated["test"]
    kept = 100.0 * (1.0 - test["violated"] / test["days"])
    first = say(
        "On {0} % of {1} unseen days all limits hold; {2} % was asked for. ",
        say.marks(f"{kept:.1f}"),
        say.number(test["days"]),
        say.marks(f"{100 * stated['share']:g}"),
    )
    return first, say(
        "Wide bands hold 9 of 10 days, narrow ones half of them, the line is the middle; dashed is the worst day, "
        "red lines are the limits."
    )
