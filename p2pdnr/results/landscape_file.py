"""The losses of all radial topologies, small enough to keep: sorted, in whole W, as steps from one to the next.

For 24 hours and 50,751 topologies that is 1.2 MB instead of 8 MB; a ranking's power flows are no more exact than 1 W.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

UNSOLVED = -1
"""Stands for a topology without a power flow solution; these come last."""


def pack(loss_kw: Floats) -> npt.NDArray[np.int32]:
    """(T, n) steps in W; ``loss_kw`` (T, n) is sorted, NaN last."""
    watts = np.rint(1000.0 * np.nan_to_num(loss_kw))
    steps = np.diff(watts, axis=1, prepend=0.0)
    return np.where(np.isnan(loss_kw), UNSOLVED, steps).astype(np.int32)


def unpack(steps: npt.NDArray[np.int32]) -> Floats:
    """(T, n) losses in kW, to 1 W. Raises ValueError when ``steps`` are not what :func:`pack` gives."""
    solved = steps != UNSOLVED
    if (
        steps.ndim != 2
        or steps.dtype.kind != "i"
        or (steps < UNSOLVED).any()
        or (solved[:, 1:] & ~solved[:, :-1]).any()
    ):
        raise ValueError("the losses of the topologies are not sorted")
    loss_kw = np.cumsum(np.where(solved, steps, 0), axis=1, dtype=np.int64) / 1000.0
    loss_kw[~solved] = np.nan
    return loss_kw
