"""The negotiation iteration by iteration, for the page's second scrubber: fetched when asked for, beside the payload.

::

    {"frames": [{"iteration": 12, "phase": "binary"|"convex"|"polish", "primal_kw": 3.2,
                 "power_kw": (T) of (E) whole kW by partner pair, positive = the pair's first sells,
                 "price_eur_per_kwh": (T) means weighted by power, null without trades,
                 "kept": (T) of topologies in play or null, "undecided": (T) of [line numbers] or null}, ...]}
"""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.coordination.progress.frames import Frame
from p2pdnr.results.study_result import StudyResult


def replay(result: StudyResult) -> dict[str, Any]:
    """The frames of a result as plain objects; an empty list where none were kept."""
    return {"frames": [_frame(frame, result.scenario.step_h) for frame in result.frames]}


def _frame(frame: Frame, step_h: float) -> dict[str, Any]:
    size = np.abs(frame.agreed_kw)
    power = size.sum(axis=0)
    paid = (size * frame.price_eur_per_kw).sum(axis=0) / step_h
    price = [round(float(eur / kw), 4) if kw > 0.05 else None for eur, kw in zip(paid, power, strict=True)]
    survivors = frame.survivors
    return {
        "iteration": frame.iteration,
        "phase": frame.phase,
        "primal_kw": float(f"{frame.primal_kw:.4g}") if np.isfinite(frame.primal_kw) else None,
        "power_kw": np.rint(frame.agreed_kw).astype(int).T.tolist(),
        "price_eur_per_kwh": price,
        "kept": list(survivors.count) if survivors else None,
        "undecided": [[line + 1 for line in lines] for lines in survivors.undecided] if survivors else None,
    }
