"""Which prosumers have a row of their own in a chart of trades: all where they are few, else those who trade most, and
one who is asked for; the others are summed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from p2pdnr.figures import Payload

MOST_ROWS = 22
"""Names that can be told apart beside the chart."""


@dataclass(frozen=True)
class Row:
    """One row: the prosumer's ``index``, or None for the sum of ``count`` others, and its net trade by hour, kW."""

    index: int | None
    net_kw: list[float]
    count: int = 1


def rows(payload: Payload, asked: int | None = None) -> list[Row]:
    """The largest seller on top; the sum of the others is the last row."""
    net: list[list[float]] = payload["prosumers"]["day"]["net_trade_kw"]
    everybody = range(len(net))
    if len(net) <= MOST_ROWS:
        own, rest = list(everybody), []
    else:
        by_energy = sorted(everybody, key=lambda k: -sum(map(abs, net[k])))
        own = by_energy[: MOST_ROWS - 1]
        own[-1:] = [asked] if asked is not None and asked not in own else own[-1:]
        rest = [k for k in everybody if k not in own]
    found = [Row(k, net[k]) for k in sorted(own, key=lambda k: -sum(net[k]))]
    return found + ([Row(None, _sum(net[k] for k in rest), len(rest))] if rest else [])


def _sum(series: Iterable[list[float]]) -> list[float]:
    return [sum(hour) for hour in zip(*series, strict=True)]
