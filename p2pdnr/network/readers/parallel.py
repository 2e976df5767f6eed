"""Which lines of a network table are operated by themselves though others run in parallel."""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.network.arrays import Bools, Ints
from p2pdnr.network.readers.columns import Rows


def apart(lines: Rows, from_bus: Ints, to_bus: Ints) -> Bools:
    """(m,) lines that say so, or that say ``switchable: true`` where one in parallel does not.

    A table in which every line says it (as those that this package writes) means no pair by that, so that there it is
    ``apart: true`` alone that counts.
    """
    said = lines.booleans("apart", default=False)
    asked = np.array([row.get("switchable") is True for row in lines.rows], dtype=np.bool_)
    groups: dict[Any, list[int]] = {}
    for line, ends in enumerate(zip(from_bus.tolist(), to_bus.tolist(), strict=True)):
        groups.setdefault(frozenset(ends), []).append(line)
    for group in groups.values():
        if not asked[group].all():
            said[group] |= asked[group]
    return said
