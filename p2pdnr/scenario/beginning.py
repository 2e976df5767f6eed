"""What a day changes of its network's own state, so that it begins without loops and with every bus supplied."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.arrays import Bools, Network
from p2pdnr.network.readers.report import some


def changes(network: Network, closed: Bools) -> tuple[str, ...]:
    """The lines whose state is another in ``closed`` (m,) than in the network, in words; () where none is."""
    opened, closing = network.closed & ~closed, closed & ~network.closed
    told: tuple[str, ...] = ()
    if opened.any():
        told += (f"decided: {some(_named(network, opened))} starts open, as a day starts without loops",)
    if closing.any():
        told += (f"decided: {some(_named(network, closing))} starts closed, as a day starts with every bus supplied",)
    return told


def _named(network: Network, lines: Bools) -> list[str]:
    names = map(network.line_name, np.flatnonzero(lines).tolist())
    return [f"line {name}" if name.isdigit() else name for name in names]
