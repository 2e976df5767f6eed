"""How the negotiation converged: residuals on a log axis, undecided switches below, phases behind."""

from __future__ import annotations

import math
from itertools import groupby
from typing import Any

import plotly.graph_objects as go

from p2pdnr.figures import Payload
from p2pdnr.figures.frame import axis, figure
from p2pdnr.figures.theme import Theme
from p2pdnr.languages import Language, sentence

_STATUSES = {"converged": sentence("Agreement reached"), "stopped": sentence("Stopped")}
_PHASES = {"binary": sentence("topologies"), "convex": sentence("negotiation"), "polish": sentence("polish")}


def convergence(payload: Payload, theme: Theme) -> go.Figure:
    """Primal residual in kW, dual residual, and free binaries over the iterations."""
    table, say = payload["convergence"], theme.language
    places = list(range(1, len(table["iteration"]) + 1))
    lines = [
        ("primal", say("Primal residual, kW"), "accent", "solid"),
        ("dual", say("Dual residual"), "ink", "1.5px 4px"),
    ]
    curves = [_curve(places, table[key], name, theme[colour], dash) for key, name, colour, dash in lines]
    shapes, notes = _phases(table["phase"], theme)
    undecided = any(table["free_binaries"])
    return figure(
        [*curves, *([_binaries(places, table["free_binaries"], theme)] if undecided else [])],
        theme,
        _caption(payload, say),
        xaxis=axis(
            theme,
            range=[0.5, max(len(places), 2) + 0.5],
            showgrid=False,
            anchor="y2" if undecided else "y",
            title_text=say("iteration"),
            title_standoff=4,
        ),
        yaxis=axis(
            theme, domain=[0.4 if undecided else 0, 0.92], type="log", tickformat="~g", dtick=_decades_per_tick(table)
        ),
        yaxis2=axis(
            theme,
            domain=[0, 0.3],
            visible=undecided,
            rangemode="tozero",
            nticks=3,
            title_text=say("undecided"),
            title_standoff=4,
        ),
        shapes=[*shapes, *_tolerance(payload, theme)],
        annotations=notes,
        margin={"b": 40},
    )


def _decades_per_tick(table: dict[str, list[Any]]) -> int:
    """So many decades from tick to tick that the labels stay apart."""
    values = [value for key in ("primal", "dual") for value in table[key] if value and value > 0]
    return 1 if not values or math.log10(max(values) / min(values)) < 5 else 2


def _curve(x: list[int], values: list[float | None], name: str, colour: str, dash: str) -> go.Scatter:
    positive = [value if value and value > 0 else None for value in values]
    return go.Scatter(
        x=x,
        y=positive,
        name=name,
        mode="lines",
        line={"color": colour, "width": 2, "dash": dash},
        hovertemplate="%{y:.2g}",
    )


def _binaries(x: list[int], values: list[float | None], theme: Theme) -> go.Scatter:
    line = {"color": theme["ink"], "width": 1.5, "shape": "hv"}
    return go.Scatter(
        x=x,
        y=values,
        name=theme.language("Undecided switches"),
        yaxis="y2",
        mode="lines",
        line=line,
        showlegend=False,
        hovertemplate="%{y:.0f}",
    )


def _phases(phase: list[str], theme: Theme) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Bands behind the runs of one phase, and a name on those wide enough."""
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    start = 1
    for place, (name, group) in enumerate(groupby(phase)):
        end = start + len(list(group))
        if place % 2 == 0:
            shapes.append(
                {
                    "type": "rect",
                    "xref": "x",
                    "x0": start - 0.5,
                    "x1": end - 0.5,
                    "yref": "paper",
                    "y0": 0,
                    "y1": 0.92,
                    "fillcolor": theme["wash"],
                    "line": {"width": 0},
                    "layer": "below",
                }
            )
        if end - start > 0.12 * len(phase):
            notes.append(
                {
                    "x": (start + end - 1) / 2,
                    "y": 0.92,
                    "yref": "paper",
                    "yanchor": "top",
                    "showarrow": False,
                    "text": theme.language(_PHASES.get(name, name)),
                    "font": {"color": theme["muted"], "size": 12},
                }
            )
        start = end
    return shapes, notes


def _tolerance(payload: Payload, theme: Theme) -> list[dict[str, Any]]:
    limit = (payload["summary"].get("certificates") or {}).get("primal_kw", {}).get("limit")
    if not limit:
        return []
    line = {"color": theme["over"], "width": 1, "dash": "2px 3px"}
    return [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": limit, "y1": limit, "line": line}]


def _caption(payload: Payload, say: Language) -> tuple[str, str]:
    summary = payload["summary"]
    seconds = (summary.get("seconds") or {}).get("total")
    status = str(summary["status"])
    rows, status = len(payload["convergence"]["iteration"]), say(_STATUSES.get(status, status.capitalize()))
    if seconds is None:
        first = say("{0} after {1} iterations. ", status, rows)
    else:
        first = say("{0} after {1} iterations in {2} s. ", status, rows, say.marks(f"{seconds:.1f}"))
    return first, say(
        "The primal residual is how far prosumers and operator still disagree; it has to fall below the red dots."
    )
