"""Figures by name: what the page asks for."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from p2pdnr.figures import Payload
from p2pdnr.figures.convergence import convergence
from p2pdnr.figures.levers import has_levers, levers
from p2pdnr.figures.losses import losses
from p2pdnr.figures.market import prices, trades
from p2pdnr.figures.prosumer import prosumer
from p2pdnr.figures.secure import fans
from p2pdnr.figures.theme import Theme
from p2pdnr.figures.voltages import voltages

NAMES = ("losses", "voltages", "trades", "prices", "prosumer", "convergence", "secure", "levers")


def names_of(payload: Payload) -> tuple[str, ...]:
    """The figures that there are of a payload."""
    missing = {"secure": payload.get("secure") is None, "levers": not has_levers(payload)}
    return tuple(name for name in NAMES if not missing.get(name, False))


def draw(name: str, payloads: Sequence[Payload], theme: Theme, index: int | None = None) -> go.Figure:
    """The figure of that name for the first payload; "losses" compares all, "prosumer" shows the one at ``index``, the
    first without one, and "trades" has it among its rows.

    Raises KeyError for a name that is none and for what the payload does not have, IndexError for a prosumer that is
    none.
    """
    if name == "losses":
        return losses(payloads, theme)
    if index is not None and not 0 <= index < len(payloads[0]["prosumers"]["id"]):
        raise IndexError(index)
    if name == "prosumer":
        return prosumer(payloads[0], index or 0, theme)
    if name == "trades":
        return trades(payloads[0], theme, index)
    plain = {"voltages": voltages, "prices": prices, "convergence": convergence}
    plain |= {"secure": fans, "levers": levers}
    return plain[name](payloads[0], theme)
