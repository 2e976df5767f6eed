"""What all charts share: margins, axes, fonts, hours on the x axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from p2pdnr.figures import Payload
from p2pdnr.figures.theme import FONT, Theme
from p2pdnr.languages import ENGLISH, Language, sentence

_WEEKDAYS = (
    sentence("Mon"),
    sentence("Tue"),
    sentence("Wed"),
    sentence("Thu"),
    sentence("Fri"),
    sentence("Sat"),
    sentence("Sun"),
)


def figure(traces: Sequence[Any], theme: Theme, caption: tuple[str, str], **layout: Any) -> go.Figure:
    """A figure in the page's dress; ``layout`` goes before the defaults."""
    dress = _dress(theme) | {"template": "none", "meta": {"caption": list(caption), "cursor": None}}
    if theme.language is not ENGLISH:  # marks of numbers, as the chart library writes them
        dress["separators"] = theme.language.decimal + theme.language.thousands
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
    hours, step, times = payload["hours"], payload["step_h"], payload.get("times")
    every = next((n for n in (1, 2, 3, 4, 6, 12, 24, 48) if hours / n <= 7), 48)
    ticks = list(range(0, hours, every))
    one_day = hours * step <= 24.0
    say = theme.language
    texts = [_stamp_text(times[at], one_day, say) if times else _text(at, step, one_day, say) for at in ticks]
    return axis(
        theme,
        range=[-0.5, hours - 0.5],
        showgrid=False,
        tickvals=ticks,
        tickangle=0,
        ticklabelstandoff=3,
        ticktext=texts,
        unifiedhovertitle={"text": _hover(payload, say)},
        **changes,
    )


def _text(hour: int, step_h: float, one_day: bool, say: Language) -> str:
    return clock_time(hour, step_h, say) if one_day else _day_time(hour, step_h, say)


def _stamp_text(stamp: str, one_day: bool, say: Language) -> str:
    """ "14:00" of a day's time stamp; over several days "Mon 22" where a day begins, "Mon 06" within it."""
    at = datetime.fromisoformat(stamp)
    if one_day:
        return f"{at:%H:%M}"
    return f"{say(_WEEKDAYS[at.weekday()])} {at.day if (at.hour, at.minute) == (0, 0) else f'{at:%H}'}"


def _hover(payload: Payload, say: Language) -> str:
    plain = payload["hours"] <= 24 and payload["step_h"] == 1.0 and _from_midnight(payload.get("times"))
    return "%{x:02d}:00" if plain else say("step %{x}, from 0")


def _from_midnight(times: Sequence[str] | None) -> bool:
    """Whether the steps of a day are its full hours, as they are where nothing says when it starts."""
    return all(stamp[11:16] == f"{hour:02d}:00" for hour, stamp in enumerate(times or ()))


def clock(hour: int, step_h: float, say: Language = ENGLISH) -> str:
    """ "14" for full hours, "14:30" for others; later days are counted."""
    day, minutes = divmod(round(hour * step_h * 60), 1440)
    text = f"{minutes // 60:02d}" + (f":{minutes % 60:02d}" if minutes % 60 else "")
    return say("d{0} {1}", day + 1, text) if day else text


def clock_time(hour: int, step_h: float, say: Language = ENGLISH) -> str:
    """ "14:00" for full hours, too."""
    text = clock(hour, step_h, say)
    return text if ":" in text else f"{text}:00"


def _day_time(hour: int, step_h: float, say: Language) -> str:
    """ "day 2" where a day begins, "d2 06" within it."""
    day, minutes = divmod(round(hour * step_h * 60), 1440)
    return clock(hour, step_h, say) if minutes else say("day {0}", day + 1)


def with_meta(chart: go.Figure, cursor: str) -> go.Figure:
    """The figure with a cursor that the page moves: "line" or "column"."""
    chart.layout.meta = {**chart.layout.meta, "cursor": cursor}
    return chart


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
