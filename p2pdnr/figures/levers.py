"""What the operator moves beside lines, by hour: where taps and capacitors stand, and what inverters give in kvar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from p2pdnr.figures import Payload
from p2pdnr.figures.frame import axis, clock_time, figure, hour_axis, signed, with_meta
from p2pdnr.figures.theme import Theme

_FEW = 4
"""Inverters that are drawn one by one; more are drawn as their sum."""
_NOTHING_KVAR = 5e-3
_POSITION_COLOURS = ("accent", "load-high", "high", "trade", "generator", "low")
_KVAR_COLOURS = ("pv", "battery", "trade", "generator")
_DASHES = ("solid", "5px 3px", "1.5px 4px")


def has_levers(payload: Payload) -> bool:
    """Whether taps or capacitors move, or inverters give or take reactive power."""
    return payload.get("levers") is not None or bool(_kvar(payload))


def levers(payload: Payload, theme: Theme) -> go.Figure:
    """Positions of every tap changer and capacitor in steps; below them reactive power of inverters in kvar, of each
    where there are few, else their sum. A part that the day does not have is left out.

    Raises KeyError where the day has neither.
    """
    if not has_levers(payload):
        raise KeyError("levers")
    moved, kvar = payload.get("levers"), _kvar(payload)
    both = moved is not None and bool(kvar)
    traces = [*(_positions(payload, theme) if moved else []), *_curves(kvar, theme)]
    values = [value for row in _drawn(kvar).values() for value in row]
    low, high = min([0.0, *values]), max([0.0, *values])
    room = 0.08 * (high - low) or 1.0
    chart = figure(
        traces,
        theme,
        _caption(payload, kvar),
        showlegend=len(traces) > 1,
        xaxis=hour_axis(payload, theme, anchor="y2" if kvar else "y"),
        yaxis=_steps_axis(moved, theme, [0.46 if both else 0, 1]),
        yaxis2=axis(
            theme,
            domain=[0, 0.36 if both else 1],
            range=[low - (room if low < 0 else 0), high + room],
            nticks=4 if both else 6,
            title_text="kvar given",
            title_standoff=4,
            visible=bool(kvar),
        ),
    )
    return with_meta(chart, "line")


def _kvar(payload: Payload) -> dict[str, list[float]]:
    """Reactive power by prosumer, kvar per hour, of those whose inverters give or take any."""
    rows = payload["prosumers"]["day"].get("reactive_kvar") or []
    named = zip(payload["prosumers"]["id"], rows, strict=False)
    return {name: row for name, row in named if max(map(abs, row)) > _NOTHING_KVAR}


def _drawn(kvar: dict[str, list[float]]) -> dict[str, list[float]]:
    """The curves of the lower panel: each inverter, or the sum of many."""
    if len(kvar) <= _FEW:
        return kvar
    return {f"{len(kvar)} inverters": [sum(values) for values in zip(*kvar.values(), strict=True)]}


def _positions(payload: Payload, theme: Theme) -> list[go.Scatter]:
    """A stepped line per lever, later ones thinner, so that one that stands where another does is seen on it."""
    told = payload["levers"]
    count = len(told["kind"])
    return [
        go.Scatter(
            x=list(range(payload["hours"])),
            y=[row[index] for row in told["position"]],
            customdata=[_told(told, index, hour) for hour in range(payload["hours"])],
            name=_name(told, index),
            mode="lines",
            line={
                "color": theme[_POSITION_COLOURS[index % len(_POSITION_COLOURS)]],
                "width": 2.5 if count == 1 else max(1.5, 4.0 - index),
                "dash": _DASHES[index // len(_POSITION_COLOURS) % len(_DASHES)],
                "shape": "hvh",
            },
            hovertemplate="%{customdata}",
        )
        for index in range(count)
    ]


def _name(told: dict[str, Any], index: int) -> str:
    kind, number = told["kind"][index], told["number"][index]
    if kind == "capacitor":
        return f"Capacitor, bus {number}"
    return f"Tap, {'line' if kind == 'line tap' else 'bus'} {number}"


def _told(told: dict[str, Any], index: int, hour: int) -> str:
    """ "+2, moves 1 step": where a lever stands in an hour, and how far it goes at its start."""
    position, moved = told["position"][hour][index], told["steps"][hour][index]
    if told["kind"][index] == "capacitor":
        where = f"{position} of {told['max'][index]} steps"
    else:
        where = _signed(position) if told["min"][index] < 0 else str(position)
    return f"{where}, moves {moved} step{'s' if moved > 1 else ''}" if moved else where


def _signed(position: int) -> str:
    return ("+" if position > 0 else "") + signed(position)


def _steps_axis(told: dict[str, Any] | None, theme: Theme, domain: list[float]) -> dict[str, Any]:
    """Whole positions, one beyond those that are taken where the range goes on."""
    if told is None:
        return axis(theme, domain=domain, visible=False)
    taken = [position for row in told["position"] for position in row]
    low, high = max(min(taken) - 1, min(told["min"])), min(max(taken) + 1, max(told["max"]))
    every = max(1, math.ceil((high - low) / 6))
    ticks = [at for at in range(low, high + 1) if at % every == 0]
    texts = [_signed(at) if min(told["min"]) < 0 else str(at) for at in ticks]
    title = "steps" if set(told["kind"]) == {"capacitor"} else "position"
    span = {"range": [low - 0.3, high + 0.3], "tickvals": ticks, "ticktext": texts}
    return axis(theme, domain=domain, title_text=title, title_standoff=4, **span)


def _curves(kvar: dict[str, list[float]], theme: Theme) -> list[go.Scatter]:
    drawn = _drawn(kvar)
    return [
        go.Scatter(
            x=list(range(len(row))),
            y=row,
            yaxis="y2",
            name=f"{name}, kvar",
            mode="lines",
            line={"color": theme[colour], "width": 2.5 if len(drawn) == 1 else 2.0, "shape": "hvh"},
            fill="tozeroy" if len(drawn) == 1 else "none",
            fillcolor=theme.faded(colour, 0.16),
            hovertemplate="%{y:.1f} kvar",
        )
        for (name, row), colour in zip(drawn.items(), _KVAR_COLOURS, strict=False)
    ]


def _caption(payload: Payload, kvar: dict[str, list[float]]) -> tuple[str, str]:
    sentences = [*(_moves(payload) if payload.get("levers") else ()), *(_given(payload, kvar) if kvar else ())]
    return f"{sentences[0]} ", " ".join(sentences[1:])


def _moves(payload: Payload) -> tuple[str, str]:
    """How far levers go in all, and between which positions each one, or how many of them move."""
    told, summary = payload["levers"], payload["summary"]
    steps = summary.get("lever_steps", sum(map(sum, told["steps"])))
    cost = summary.get("costs_eur", {}).get("levers", 0.0)
    priced = f", which cost {signed(cost, 2)}\u00a0€" if cost else ""
    first = f"{_all_of(told)} make {steps} step{'' if steps == 1 else 's'}{priced}."
    rows = list(zip(*told["position"], strict=True))
    if len(rows) > 3:
        return first, f"{sum(len(set(row)) > 1 for row in rows)} of {len(rows)} move during the day."
    return first, f"{'; '.join(_course(told, index, row) for index, row in enumerate(rows))}."


def _all_of(told: dict[str, Any]) -> str:
    kinds = {"Capacitors" if kind == "capacitor" else "Taps" for kind in told["kind"]}
    return kinds.pop() if len(kinds) == 1 else "Taps and capacitors"


def _course(told: dict[str, Any], index: int, row: Sequence[int]) -> str:
    plain = told["min"][index] >= 0
    low, high = (str(at) if plain else _signed(at) for at in (min(row), max(row)))
    where = f"at {low} all day" if low == high else f"from {low} to {high}"
    return f"{_name(told, index)}: {where}"


def _given(payload: Payload, kvar: dict[str, list[float]]) -> tuple[str, str]:
    """The most that all inverters give and take together, and when."""
    total = [sum(values) for values in zip(*kvar.values(), strict=True)]
    parts = [
        f"{verb} up to {signed(abs(value))} kvar at {clock_time(total.index(value), payload['step_h'])}"
        for verb, value in (("give", max(total)), ("take", min(total)))
        if (value > 0.5 if verb == "give" else value < -0.5)
    ]
    said = f"Inverters together {' and '.join(parts)}." if parts else "Inverters give and take nothing together."
    return said, "Above zero they give reactive power, below it they take it."
