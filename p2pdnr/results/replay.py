"""The negotiation iteration by iteration, for the page's second scrubber: fetched when asked for, beside the payload.

::

    {"frames": [{"iteration": 12, "phase": "binary"|"convex"|"polish", "primal_kw": 3.2,
                 "power_kw": (T) of (E) whole kW by partner pair, positive = the pair's first sells,
                 "injection_kw": (T) of (K) whole kW that the operator reckons with,
                 "price_eur_per_kwh": (T) means weighted by power, null without trades,
                 "kept": (T) of topologies in play or null, "undecided": (T) of [line numbers] or null,
                 "open": (T) of [line numbers] open in that turn, or null}, ...]}
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
        "injection_kw": np.rint(frame.wanted_kw).astype(int).T.tolist(),
        "price_eur_per_kwh": price,
        "kept": list(survivors.count) if survivors else None,
        "undecided": _lines(survivors.undecided) if survivors else None,
        "open": _lines(frame.open_lines) if frame.open_lines else None,
    }


def _lines(hours: tuple[tuple[int, ...], ...]) -> list[list[int]]:
    """Numbers of lines, from 1, by hour."""
    return [[line + 1 for line in lines] for lines in hours]
