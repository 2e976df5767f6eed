"""Moments of a negotiation, few enough to keep: what the page replays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOST = 60
"""Frames kept of a solve: when there are more, every second goes and from then on only every second is taken."""

MOST_VALUES = 20_000
"""Trades (pairs times hours) beyond which nothing is kept."""


@dataclass(frozen=True)
class Survivors:
    """The trees still in play: how many by hour, and the lines (from 0) of each hour on which they differ."""

    count: tuple[int, ...]
    undecided: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Frame:
    """One iteration: agreed trades in kW and their prices in EUR per kW and step, both (E, T); ``wanted_kw`` (K, T) are
    the operator's copies of the injections, ``open_lines`` (from 0) those of each hour.

    ``survivors`` is None while no trees are chosen among, ``open_lines`` where no schedule is told.
    """

    iteration: int
    phase: str
    primal_kw: float
    agreed_kw: Floats
    price_eur_per_kw: Floats
    wanted_kw: Floats
    survivors: Survivors | None
    open_lines: tuple[tuple[int, ...], ...] | None


@dataclass
class Film:
    """Frames of a solve, evenly spread over its iterations."""

    frames: list[Frame] = field(default_factory=list)
    stride: int = 1
    iterations: int = 0

    def take(self, frame: Frame) -> None:
        """Keep a frame when it is its turn."""
        wanted = self.iterations % self.stride == 0 and frame.agreed_kw.size <= MOST_VALUES
        self.iterations += 1
        if wanted:
            self.frames.append(frame)
        if len(self.frames) > MOST - 1:  # one place is for the plan that is kept
            self.frames = self.frames[::2]
            self.stride *= 2
