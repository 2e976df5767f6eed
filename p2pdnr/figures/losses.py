"""Losses per hour, one curve per mode."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from p2pdnr.figures import Payload
from p2pdnr.figures.frame import axis, figure, hour_axis, signed, with_meta
from p2pdnr.figures.theme import Theme

NAMES = {"hourly": "Hourly", "static": "Best fixed", "fixed": "Initial"}
_ORDER = ("fixed", "static", "hourly")


def losses(payloads: Sequence[Payload], theme: Theme) -> go.Figure:
    """Loss curves in kW; the first payload is the one on show, the others stand beside it."""
    shown = payloads[0]
    ordered = sorted(payloads, key=lambda payload: _ORDER.index(payload["mode"]))
    top = max(max(payload["series"]["loss_kw"]) for payload in payloads)
    chart = figure(
        [_curve(payload, payload is shown, theme) for payload in ordered],
        theme,
        _caption(payloads),
        xaxis=hour_axis(shown, theme),
        yaxis=axis(theme, range=[0, 1.08 * top or 1.0], title_text="kW", title_standoff=4),
    )
    return with_meta(chart, "line")


def _curve(payload: Payload, shown: bool, theme: Theme) -> go.Scatter:
    colour, dash, width = {
        "hourly": (theme["accent"], "solid", 2.5),
        "static": (theme["ink"], "1.5px 4px", 2.0),
        "fixed": (theme["retail"], "solid", 1.5),
    }[payload["mode"]]
    return go.Scatter(
        x=list(range(payload["hours"])),
        y=payload["series"]["loss_kw"],
        name=NAMES[payload["mode"]],
        mode="lines",
        line={"color": colour, "dash": dash, "width": width},
        fill="tozeroy" if shown else "none",
        fillcolor=theme.faded("accent", 0.1),
        hovertemplate="%{y:.1f} kW",
    )


def _caption(payloads: Sequence[Payload]) -> tuple[str, str]:
    shown, by_mode = payloads[0], {payload["mode"]: payload["summary"]["losses_kwh"] for payload in payloads}
    first = f"{NAMES[shown['mode']]}: {signed(by_mode[shown['mode']])} kWh lost over the day. "
    others = [f"{NAMES[mode].lower()} {signed(value)} kWh" for mode, value in by_mode.items() if mode != shown["mode"]]
    return first, f"Beside it: {', '.join(others)}." if others else ""
