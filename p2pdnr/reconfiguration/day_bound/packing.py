"""What bounds of hours rest on, as plain arrays: multipliers one after the other, and sets of states as bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from p2pdnr.network.arrays import Bools, Ints
from p2pdnr.reconfiguration.bounds.cones import Multipliers
from p2pdnr.reconfiguration.day_bound.hour import Looked

Arrays = Mapping[str, npt.NDArray[Any]]
LEFT = -1
"""Multipliers of a set of states that was not looked at any more."""


def packed_multipliers(name: str, every: Sequence[Multipliers | None]) -> dict[str, npt.NDArray[Any]]:
    """Multipliers one after the other, with how many there are of each, under names that begin with ``name``."""
    return {
        f"{name}_counts": np.array([LEFT if one is None else len(one.values) for one in every]),
        f"{name}_empty": np.array([one is not None and one.empty for one in every]),
        f"{name}_multipliers": np.concatenate([np.zeros(0), *(one.values for one in every if one is not None)]),
    }


def packed_sets(looked: Sequence[Sequence[Looked]]) -> dict[str, npt.NDArray[Any]]:
    """The sets of states of all hours."""
    every = [one for hour in looked for one in hour]
    return {
        **packed_multipliers("set", [one.multipliers for one in every]),
        "sets": np.array([len(hour) for hour in looked]),
        "set_parent": np.array([one.parent for one in every]),
        "set_states": np.array([len(one.alive) for one in every]),
        "set_alive": np.concatenate([np.packbits(one.alive) for one in every]),
    }


def multipliers_in(name: str, arrays: Arrays) -> list[Multipliers | None]:
    """What :func:`packed_multipliers` packed. Raises KeyError and ValueError where the arrays do not fit."""
    counts, empty = arrays[f"{name}_counts"].astype(np.int64), arrays[f"{name}_empty"].astype(np.bool_)
    values, ends = np.asarray(arrays[f"{name}_multipliers"], dtype=np.float64), np.cumsum(np.maximum(counts, 0))
    if counts.ndim != 1 or empty.shape != counts.shape or values.shape != (int(ends[-1]) if len(ends) else 0,):
        raise ValueError("the multipliers are not as many as the file says")
    parts = zip(counts.tolist(), empty.tolist(), ends.tolist(), strict=True)
    return [None if count < 0 else Multipliers(values[end - count : end], none) for count, none, end in parts]


def sets_in(arrays: Arrays) -> tuple[tuple[Looked, ...], ...]:
    """What :func:`packed_sets` packed, hour by hour. Raises KeyError and ValueError where the arrays do not fit."""
    counts, parents = arrays["sets"].astype(np.int64), arrays["set_parent"].astype(np.int64)
    alive = _alive(arrays["set_alive"], arrays["set_states"].astype(np.int64))
    parts = zip(parents.tolist(), alive, multipliers_in("set", arrays), strict=True)
    every = [Looked(parent, states, multipliers) for parent, states, multipliers in parts]
    ends = np.cumsum(counts)
    if counts.min(initial=1) < 1 or not len(ends) or ends[-1] != len(every):
        raise ValueError(f"there are {len(every)} sets of states, and the file says {int(counts.sum())}")
    return tuple(tuple(every[end - count : end]) for count, end in zip(counts.tolist(), ends.tolist(), strict=True))


def _alive(packed: npt.NDArray[Any], states: Ints) -> list[Bools]:
    widths = -(-states // 8)
    if states.min(initial=1) < 1 or widths.sum() != packed.size or ((packed < 0) | (packed > 255)).any():
        raise ValueError("the states are not as many as the file says")
    ends, bits = np.cumsum(widths).tolist(), packed.astype(np.uint8)
    return [
        np.unpackbits(bits[end - width : end], count=count).astype(np.bool_)
        for end, width, count in zip(ends, widths.tolist(), states.tolist(), strict=True)
    ]
