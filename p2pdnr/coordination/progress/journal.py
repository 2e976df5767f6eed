"""What the solve tells while it runs, and remembers for the convergence table."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.plans.dispatch import Bools, Dispatch
from p2pdnr.coordination.plans.incumbents import Offer, Offers, offer_of
from p2pdnr.coordination.plans.settings import AcceptanceSettings
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.frames import Film, Frame, Survivors
from p2pdnr.errors import Cancelled, TimeLimitError


@dataclass(frozen=True)
class Programme:
    """One programme that was solved: its ``hour``, lines left to decide, whether it ended with a proof, and whether it
    picked another tree than the one in use."""

    hour: int
    binaries: int
    proved: bool
    changed: bool


@dataclass(frozen=True)
class Progress:
    """One line of progress: ``primal_kw`` and ``dual`` (EUR/kWh) are the residuals of the negotiation; ``offer`` is a
    plan that could be run, when there is a first or a better one."""

    stage: str
    iteration: int
    primal_kw: float | None
    dual: float | None
    free_binaries: int | None
    objective_eur: float | None
    seconds: float
    offer: Offer | None = None


@dataclass(frozen=True)
class Record:
    """One row of the convergence table; ``dual`` is in EUR/kWh whatever the step, ``rho`` the mean charge weight in
    EUR/kW2."""

    iteration: int
    phase: str
    primal: float
    dual: float
    rho: float
    objective_eur: float
    free_binaries: int
    seconds: float


PHASES = ("binary", "convex", "polish")

Observe = Callable[[Progress], None]


@dataclass
class Journal:
    """Collects records and stage times of one solve, reports progress and keeps the time limit.

    ``stop`` is asked at every iteration; when it answers True the solve ends with :class:`Cancelled`. ``improvements``
    names the look that found each schedule which the local search accepted.
    """

    observe: Observe | None = None
    stop: Callable[[], bool] | None = None
    time_limit_s: float | None = None
    records: list[Record] = field(default_factory=list)
    stage_seconds: dict[str, float] = field(default_factory=dict)
    programmes: list[Programme] = field(default_factory=list)
    improvements: list[str] = field(default_factory=list)
    phase: str = "convex"
    free_binaries: int = 0
    survivors: Survivors | None = None
    film: Film = field(default_factory=Film)
    mode: str = ""
    offers: Offers = field(default_factory=Offers)
    remarks: dict[tuple[str, str], str] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)
    _since: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Seconds since the solve began."""
        return time.perf_counter() - self.started

    @property
    def out_of_time(self) -> bool:
        """Whether the time limit has passed."""
        return self.time_limit_s is not None and self.seconds > self.time_limit_s

    def remark(self, about: str, text: str) -> None:
        """Remember where the search of the present mode was narrower than what it allows; the last word on a matter
        stands."""
        self.remarks[self.mode, about] = text

    def check(self) -> None:
        """Raise :class:`Cancelled` when the caller asks to stop."""
        if self.stop is not None and self.stop():
            raise Cancelled("the solve was cancelled")

    def enter(self, stage: str) -> None:
        """Begin a stage: the time since the last one belongs to it no longer."""
        now = time.perf_counter()
        self.stage_seconds[self.phase] = self.stage_seconds.get(self.phase, 0.0) + now - self._since
        self._since, self.phase = now, stage
        self.report(None)

    def note(self, state: Agreement, closed: Bools | None = None) -> bool:
        """Record one iteration of the negotiation, on the schedule ``closed`` (T, m); returns whether the time is
        up."""
        self.check()
        if self.out_of_time and not self.records:
            raise TimeLimitError(f"the time limit of {self.time_limit_s} s passed before a first answer")
        self.records.append(self.record(state))
        self.film.take(self.frame(state, closed))
        self.report(state)
        return self.out_of_time

    def awaits_answer(self, state: Agreement, settings: AcceptanceSettings, tolerance_kw: float) -> bool:
        """Whether a state is to be made a first answer of the present ``mode``: once copies nearly agree, every few
        iterations until one can be run."""
        nearly = state.primal_kw <= max(settings.first_answer_kw, tolerance_kw)
        due = len(self.records) % settings.first_answer_every == 0
        return nearly and due and self.offers.first(self.mode) is None

    def record(self, state: Agreement) -> Record:
        """The row of the convergence table that shows a state now."""
        return Record(
            iteration=len(self.records),
            phase=self.phase if self.phase in PHASES else PHASES[-1],
            primal=state.primal_kw,
            dual=state.dual_eur_per_kwh,
            rho=float(np.mean(state.charge_weight)),
            objective_eur=state.objective_eur,
            free_binaries=self.free_binaries,
            seconds=self.seconds,
        )

    def frame(self, state: Agreement, closed: Bools | None) -> Frame:
        """What the page may replay of a state, on the schedule ``closed`` (T, m)."""
        trading, phase = state.trading, self.phase if self.phase in PHASES else PHASES[-1]
        count = len(self.records)
        return Frame(
            iteration=count,
            phase=phase,
            primal_kw=state.primal_kw,
            agreed_kw=trading.agreed_kw,
            price_eur_per_kw=trading.price_eur_per_kw,
            wanted_kw=state.wanted_kw,
            survivors=self.survivors,
            open_lines=None if closed is None else tuple(tuple(np.flatnonzero(~row).tolist()) for row in closed),
        )

    def offer(self, problem: CoordinationProblem, plan: Dispatch) -> None:
        """Tell of a plan of the present ``mode`` that could be run, if it is the mode's first or cheaper than all."""
        if self.offers.is_news(plan, self.mode):
            made = offer_of(problem, plan, self.mode, self.seconds)
            self.offers.made.append(made)
            self.report(plan.agreement, made)

    def report(self, state: Agreement | None, offer: Offer | None = None) -> None:
        """Tell the observer where the solve stands."""
        if self.observe is None:
            return
        figures = (
            (None, None, None) if state is None else (state.primal_kw, state.dual_eur_per_kwh, state.objective_eur)
        )
        primal_kw, dual, objective_eur = figures
        count = len(self.records)
        self.observe(
            Progress(self.phase, count, primal_kw, dual, self.free_binaries, objective_eur, self.seconds, offer)
        )
