"""Figures by name: what the page asks for."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from p2pdnr.figures import Payload
from p2pdnr.figures.convergence import convergence
from p2pdnr.figures.losses import losses
from p2pdnr.figures.market import prices, trades
from p2pdnr.figures.prosumer import prosumer
from p2pdnr.figures.secure import fans
from p2pdnr.figures.theme import Theme
from p2pdnr.figures.voltages import voltages

NAMES = ("losses", "voltages", "trades", "prices", "prosumer", "convergence", "secure")


def names_of(payload: Payload) -> tuple[str, ...]:
    """The figures that there are of a payload."""
    return tuple(name for name in NAMES if name != "secure" or payload.get("secure") is not None)


def draw(name: str, payloads: Sequence[Payload], theme: Theme, index: int = 0) -> go.Figure:
    """The figure of that name for the first payload; "losses" compares all, "prosumer" shows the one at ``index``.

    Raises KeyError for a name that is none and for what the payload does not have, IndexError for a prosumer that is
    none.
    """
    if name == "losses":
        return losses(payloads, theme)
    if name == "prosumer":
        if not 0 <= index < len(payloads[0]["prosumers"]["id"]):
            raise IndexError(index)
        return prosumer(payloads[0], index, theme)
    plain = {"voltages": voltages, "trades": trades, "prices": prices, "convergence": convergence, "secure": fans}
    return plain[name](payloads[0], theme)
