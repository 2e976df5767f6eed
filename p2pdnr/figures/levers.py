"""What the operator moves beside lines, by hour: where taps and capacitors stand, and what inverters give in kvar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from p2pdnr.figures import Payload
from p2pdnr.figures.frame import axis, clock_time, figure, hour_axis, with_meta
from p2pdnr.figures.horizon import over, throughout
from p2pdnr.figures.theme import Theme
from p2pdnr.languages import Language

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
    moved, kvar, say = payload.get("levers"), _kvar(payload), theme.language
    both = moved is not None and bool(kvar)
    traces = [*(_positions(payload, theme) if moved else []), *_curves(kvar, theme)]
    values = [value for row in _drawn(kvar, say).values() for value in row]
    low, high = min([0.0, *values]), max([0.0, *values])
    room = 0.08 * (high - low) or 1.0
    chart = figure(
        traces,
        theme,
        _caption(payload, kvar, say),
        showlegend=len(traces) > 1,
        xaxis=hour_axis(payload, theme, anchor="y2" if kvar else "y"),
        yaxis=_steps_axis(moved, theme, [0.46 if both else 0, 1]),
        yaxis2=axis(
            theme,
            domain=[0, 0.36 if both else 1],
            range=[low - (room if low < 0 else 0), high + room],
            nticks=4 if both else 6,
            title_text=say("kvar given"),
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


def _drawn(kvar: dict[str, list[float]], say: Language) -> dict[str, list[float]]:
    """The curves of the lower panel: each inverter, or the sum of many."""
    if len(kvar) <= _FEW:
        return kvar
    return {say("{0} inverters", len(kvar)): [sum(values) for values in zip(*kvar.values(), strict=True)]}


def _positions(payload: Payload, theme: Theme) -> list[go.Scatter]:
    """A stepped line per lever, later ones thinner, so that one that stands where another does is seen on it."""
    told = payload["levers"]
    count = len(told["kind"])
    return [
        go.Scatter(
            x=list(range(payload["hours"])),
            y=[row[index] for row in told["position"]],
            customdata=[_told(told, index, hour, theme.language) for hour in range(payload["hours"])],
            name=_name(told, index, theme.language),
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


def _name(told: dict[str, Any], index: int, say: Language) -> str:
    kind, number = told["kind"][index], told["number"][index]
    if kind == "capacitor":
        return say("Capacitor, bus {0}", number)
    return say("Tap, line {0}", number) if kind == "line tap" else say("Tap, bus {0}", number)


def _told(told: dict[str, Any], index: int, hour: int, say: Language) -> str:
    """ "+2, moves 1 step": where a lever stands in an hour, and how far it goes at its start."""
    position, moved = told["position"][hour][index], told["steps"][hour][index]
    if told["kind"][index] == "capacitor":
        where = say("{0} of {1} steps", position, told["max"][index])
    else:
        where = _signed(position) if told["min"][index] < 0 else str(position)
    if not moved:
        return where
    return say("{0}, moves {1} steps", where, moved) if moved > 1 else say("{0}, moves 1 step", where)


def _signed(position: int) -> str:
    return f"{position:+d}".replace("-", "−") if position else "0"


def _steps_axis(told: dict[str, Any] | None, theme: Theme, domain: list[float]) -> dict[str, Any]:
    """Whole positions, one beyond those that are taken where the range goes on."""
    if told is None:
        return axis(theme, domain=domain, visible=False)
    taken = [position for row in told["position"] for position in row]
    low, high = max(min(taken) - 1, min(told["min"])), min(max(taken) + 1, max(told["max"]))
    every = max(1, math.ceil((high - low) / 6))
    ticks = [at for at in range(low, high + 1) if at % every == 0]
    texts = [_signed(at) if min(told["min"]) < 0 else str(at) for at in ticks]
    say = theme.language
    title = say("steps") if set(told["kind"]) == {"capacitor"} else say("position")
    span = {"range": [low - 0.3, high + 0.3], "tickvals": ticks, "ticktext": texts}
    return axis(theme, domain=domain, title_text=title, title_standoff=4, **span)


def _curves(kvar: dict[str, list[float]], theme: Theme) -> list[go.Scatter]:
    drawn = _drawn(kvar, theme.language)
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


def _caption(payload: Payload, kvar: dict[str, list[float]], say: Language) -> tuple[str, str]:
    moves = _moves(payload, say) if payload.get("levers") else ()
    sentences = [*moves, *(_given(payload, kvar, say) if kvar else ())]
    return f"{sentences[0]} ", " ".join(sentences[1:])


def _moves(payload: Payload, say: Language) -> tuple[str, str]:
    """How far levers go in all, and between which positions each one, or how many of them move."""
    told, summary = payload["levers"], payload["summary"]
    steps = summary.get("lever_steps", sum(map(sum, told["steps"])))
    cost = summary.get("costs_eur", {}).get("levers", 0.0)
    priced = say(", which cost {0}\u00a0€", say.number(cost, 2)) if cost else ""
    whose = _all_of(told, say)
    first = (
        say("{0} make 1 step{1}.", whose, priced) if steps == 1 else say("{0} make {1} steps{2}.", whose, steps, priced)
    )
    rows = list(zip(*told["position"], strict=True))
    if len(rows) > 3:
        moving = sum(len(set(row)) > 1 for row in rows)
        return first, say("{0} of {1} move {2}.", moving, len(rows), over(payload, say))
    return first, f"{'; '.join(_course(payload, index, row, say) for index, row in enumerate(rows))}."


def _all_of(told: dict[str, Any], say: Language) -> str:
    kinds = {kind == "capacitor" for kind in told["kind"]}
    if len(kinds) > 1:
        return say("Taps and capacitors")
    return say("Capacitors") if True in kinds else say("Taps")


def _course(payload: Payload, index: int, row: Sequence[int], say: Language) -> str:
    told = payload["levers"]
    plain = told["min"][index] >= 0
    low, high = (str(at) if plain else _signed(at) for at in (min(row), max(row)))
    where = say("at {0} {1}", low, throughout(payload, say)) if low == high else say("from {0} to {1}", low, high)
    return f"{_name(told, index, say)}: {where}"


def _given(payload: Payload, kvar: dict[str, list[float]], say: Language) -> tuple[str, str]:
    """The most that all inverters give and take together, and when."""
    total = [sum(values) for values in zip(*kvar.values(), strict=True)]
    most, least = max(total), min(total)
    when = {value: clock_time(total.index(value), payload["step_h"], say) for value in (most, least)}
    parts = []
    if most > 0.5:
        parts.append(say("give up to {0} kvar at {1}", say.number(most), when[most]))
    if least < -0.5:
        parts.append(say("take up to {0} kvar at {1}", say.number(-least), when[least]))
    together = say(" and ").join(parts)
    said = say("Inverters together {0}.", together) if parts else say("Inverters give and take nothing together.")
    return said, say("Above zero they give reactive power, below it they take it.")
