"""Losses per hour, one curve per mode; below them the PV that is curtailed, where there is any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from p2pdnr.figures import Payload, labels
from p2pdnr.figures.frame import axis, clock_time, figure, hour_axis, with_meta
from p2pdnr.figures.horizon import over
from p2pdnr.figures.theme import Theme
from p2pdnr.languages import Language, sentence

NAMES = {"hourly": sentence("Hourly"), "static": sentence("Best fixed"), "fixed": sentence("As built")}
_ORDER = ("fixed", "static", "hourly")


def losses(payloads: Sequence[Payload], theme: Theme) -> go.Figure:
    """Loss curves in kW, and curtailed PV in kW; the first payload is the one on show, the others stand beside it."""
    shown, say = payloads[0], theme.language
    ordered = sorted(payloads, key=lambda payload: _ORDER.index(payload["mode"]))
    unused = [curtailed(payload) for payload in ordered]
    below = max(map(max, unused)) > 1.0
    traces = [_curve(payload, payload["series"]["loss_kw"], payload is shown, theme) for payload in ordered]
    if below:
        traces += [
            _unused(payload, values, payload is shown, theme) for payload, values in zip(ordered, unused, strict=True)
        ]
    top = max(max(payload["series"]["loss_kw"]) for payload in payloads)
    names = _names(ordered, (0.0, 1.08 * top or 1.0), theme)
    chart = figure(
        traces,
        theme,
        _caption(payloads, theme.language),
        annotations=names,
        showlegend=not names,
        margin={"l": 46, "r": labels.room(names) if names else 10, "t": 10 if names else 28, "b": 29},
        xaxis=hour_axis(shown, theme, anchor="y2" if below else "y"),
        yaxis=_axis(theme, say("losses, kW"), top, [0.42 if below else 0, 1]),
        yaxis2=_axis(
            theme, theme.language("unused PV, kW"), max(_sun(shown) / 20, *map(max, unused)), [0, 0.32], visible=below
        ),
    )
    return with_meta(chart, "line")


def _names(ordered: Sequence[Payload], bounds: tuple[float, float], theme: Theme) -> list[dict[str, Any]]:
    """Names at the ends of the loss curves, where there are several."""
    if len(ordered) < 2:
        return []
    curves = [_curve(payload, payload["series"]["loss_kw"], False, theme) for payload in ordered]
    return labels.at_ends(
        [labels.Curve(curve.name, curve.y, labels.readable(curve.line.color, theme)) for curve in curves], bounds
    )


def curtailed(payload: Payload) -> list[float]:
    """PV that is there and not used, kW per hour."""
    day = payload["prosumers"]["day"]
    there, used = (zip(*day[name], strict=True) for name in ("pv_available_kw", "pv_kw"))
    return [
        sum(max(0.0, a - b) for a, b in zip(sun, taken, strict=True)) for sun, taken in zip(there, used, strict=True)
    ]


def _sun(payload: Payload) -> float:
    """The most PV that is there in an hour, kW: a twentieth of it is the least that the lower panel spans."""
    return max(map(sum, zip(*payload["prosumers"]["day"]["pv_available_kw"], strict=True)))


def _axis(theme: Theme, title: str, top: float, domain: list[float], visible: bool = True) -> dict[str, object]:
    return axis(
        theme,
        domain=domain,
        range=[0, 1.08 * top or 1.0],
        title_text=title,
        title_standoff=4,
        nticks=4 if domain[1] < 1 else 6,
        visible=visible,
    )


def _curve(payload: Payload, values: Sequence[float], shown: bool, theme: Theme) -> go.Scatter:
    colour, dash, width = {
        "hourly": (theme["accent"], "solid", 2.5),
        "static": (theme["ink"], "1.5px 4px", 2.0),
        "fixed": (theme["retail"], "solid", 1.5),
    }[payload["mode"]]
    return go.Scatter(
        x=list(range(payload["hours"])),
        y=values,
        name=theme.language(NAMES[payload["mode"]]),
        mode="lines",
        line={"color": colour, "dash": dash, "width": width},
        fill="tozeroy" if shown else "none",
        fillcolor=theme.faded("accent", 0.1),
        hovertemplate="%{y:.1f} kW",
    )


def _unused(payload: Payload, values: Sequence[float], shown: bool, theme: Theme) -> go.Scatter:
    curve = _curve(payload, values, shown, theme)
    name = theme.language("{0}, PV curtailed", curve.name)
    return curve.update(name=name, yaxis="y2", showlegend=False, fillcolor=theme.faded("pv", 0.25))


def _caption(payloads: Sequence[Payload], say: Language) -> tuple[str, str]:
    shown, by_mode = payloads[0], {payload["mode"]: payload for payload in payloads}
    name, value = say(NAMES[shown["mode"]]), shown["summary"]["losses_kwh"]
    initial = by_mode.get("fixed")
    if initial is None or initial is shown or not initial["summary"]["losses_kwh"]:
        return say("{0}: {1} kWh lost {2}. ", name, say.number(value), over(shown, say)), _others(shown, by_mode, say)
    change = 100 * (value / initial["summary"]["losses_kwh"] - 1)
    told = name, say.number(value), f"{abs(change):.0f}"
    if change < 0:
        first = say("{0}: {1} kWh lost, {2} % less than as built. ", *told)
    else:
        first = say("{0}: {1} kWh lost, {2} % more than as built. ", *told)
    return first, _trade_off(shown, initial, say) or _others(shown, by_mode, say)


def _others(shown: Payload, by_mode: dict[str, Payload], say: Language) -> str:
    others = [
        f"{say.inside(NAMES[mode])} {say.number(payload['summary']['losses_kwh'])} kWh"
        for mode, payload in by_mode.items()
        if payload is not shown
    ]
    return say("For comparison: {0}.", ", ".join(others)) if others else ""


def _trade_off(shown: Payload, initial: Payload, say: Language) -> str:
    """Hours that lose more than the initial topology because they carry PV it curtails; empty where that is not so."""
    step, top = shown["step_h"], max(initial["series"]["loss_kw"])
    extra = [a - b for a, b in zip(shown["series"]["loss_kw"], initial["series"]["loss_kw"], strict=True)]
    gained = [a - b for a, b in zip(curtailed(initial), curtailed(shown), strict=True)]
    hours = [hour for hour, value in enumerate(extra) if value > 0.02 * top and gained[hour] > value]
    if not hours:
        return ""
    lost, used = (sum(values[hour] for hour in hours) * step for values in (extra, gained))
    return say(
        "{0} it loses {1} kWh more, because the grid then carries {2} kWh of PV that the grid as built curtails.",
        _span(hours, step, say),
        say.number(lost),
        say.number(used),
    )


def _span(hours: list[int], step_h: float, say: Language) -> str:
    if len(hours) == 1:
        return say("At {0}", clock_time(hours[0], step_h, say))
    if hours == list(range(hours[0], hours[-1] + 1)):
        return say("From {0} to {1}", clock_time(hours[0], step_h, say), clock_time(hours[-1] + 1, step_h, say))
    return say("In {0} hours", len(hours))
