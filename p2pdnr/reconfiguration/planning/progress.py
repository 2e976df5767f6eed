"""The clock and the observer of a piece of work that can be ended early and keeps what it has."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from p2pdnr.errors import Cancelled
from p2pdnr.reconfiguration.bounds import Bound


@dataclass(frozen=True)
class Progress:
    """What an observer is told: ``stage`` ("search", "ranking", "bound", "schedule"), the least loss found and the
    lower bound so far (None where there is none), the seconds since the start, and of a day the share of its cost that
    the bound leaves open."""

    stage: str
    incumbent_kw: float | None
    bound_kw: float | None
    seconds: float
    gap: float | None = None


@dataclass
class Watch:
    """The clock, which starts now, and the observer, which may raise :class:`p2pdnr.errors.Cancelled` to end the work;
    remembers why it has to end."""

    limit_s: float | None = None
    observe: Callable[[Progress], object] | None = None
    started: float = field(default_factory=time.perf_counter)
    ended: str = "done"
    bound_found: Bound | None = None

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self.started

    @property
    def left_s(self) -> float | None:
        """Seconds that are left, None without limit."""
        return None if self.limit_s is None else max(0.0, self.limit_s - self.seconds)

    def go_on(
        self, stage: str, incumbent_kw: float | None = None, bound_kw: float | None = None, gap: float | None = None
    ) -> bool:
        """Tell the observer; whether to go on."""
        try:
            if self.observe is not None:
                self.observe(Progress(stage, incumbent_kw, bound_kw, self.seconds, gap))
        except Cancelled:
            self.ended = "interrupted"
        if self.ended == "done" and self.limit_s is not None and self.seconds > self.limit_s:
            self.ended = "time limit"
        return self.ended == "done"

    def note(self, bound: Bound) -> None:
        """Remember a lower bound and tell the observer; raises Cancelled to end the work."""
        self.bound_found = bound
        if not self.go_on("bound", bound.incumbent_kw, bound.value_kw):
            raise Cancelled(self.ended)
