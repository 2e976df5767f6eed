"""Runs of all methods: kept as a table of what was found when, and read again as curves."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from p2pdnr.network.arrays import Floats

HEAD = ("feeder", "method", "seed", "cpu_s", "eur")
THINNED = 0.03
"""Share of what is left above the run's last cost by which a cost has to fall to be kept."""


@dataclass(frozen=True)
class Run:
    """One run: (processor seconds, EUR) of its improvements, in order, the last at its end."""

    feeder: str
    method: str
    seed: int
    history: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        """That it took."""
        return self.history[-1][0]

    def eur(self, at_s: float) -> float:
        """The least cost found until then, infinite before the first."""
        return min((eur for when, eur in self.history if when <= at_s), default=np.inf)


def thinned(history: Sequence[tuple[float, float]], ended_s: float) -> tuple[tuple[float, float], ...]:
    """The first and all larger improvements, the last cost when it was found, and again at the end."""
    last = history[-1][1]
    kept = [history[0]]
    for when, eur in history[1:-1]:
        if kept[-1][1] - eur > THINNED * (kept[-1][1] - last):
            kept.append((when, eur))
    rows = [*kept, *history[1:][-1:], (ended_s, last)]
    return tuple((round(when, 3), round(eur, 4)) for when, eur in rows)


def read(path: Path) -> list[Run]:
    """Runs that are kept, none where there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    found: dict[tuple[str, str, int], list[tuple[float, float]]] = {}
    for row in rows:
        name = (row["feeder"], row["method"], int(row["seed"]))
        found.setdefault(name, []).append((float(row["cpu_s"]), float(row["eur"])))
    return [Run(*name, tuple(history)) for name, history in found.items()]


def write(path: Path, runs: Sequence[Run]) -> None:
    """Keep them, in order of feeder, method and seed."""
    with path.open("w", encoding="utf8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEAD)
        for run in sorted(runs, key=lambda run: (run.feeder, run.method, run.seed)):
            writer.writerows((run.feeder, run.method, run.seed, when, eur) for when, eur in run.history)


def gap_percent(eur: float, bound_eur: float) -> float:
    """By which a cost is above a bound."""
    return 100.0 * (eur / bound_eur - 1.0)


def median_curve(runs: Sequence[Run], bound_eur: float, least: float) -> list[tuple[float, float]]:
    """(seconds, gap in percent) of the median over runs, from when half of them have something; gaps below ``least``
    are drawn there."""
    times = sorted({when for run in runs for when, _ in run.history})
    found: list[tuple[float, float]] = []
    for when in times:
        middle = _median([run.eur(when) for run in runs])
        gap = max(gap_percent(middle, bound_eur), least)
        if np.isfinite(gap) and (not found or gap < found[-1][1] or when == times[-1]):
            found.append((when, gap))
    return found


def seconds_to(run: Run, within: Callable[[float], bool]) -> float:
    """When a run had a cost that is good enough, infinite where it never had."""
    return min((when for when, eur in run.history if within(eur)), default=np.inf)


def _median(values: Sequence[float]) -> float:
    """The upper one of an even number, which may be infinite."""
    ordered: Floats = np.sort(np.array(values))
    return float(ordered[len(ordered) // 2])
