"""What a schedule costs, for every method alike: the same exact power flow, the same clock, and a history of what was
found when.

The clock counts the processor seconds of all threads. A topology that was solved in an hour once is looked up
afterwards, whoever asks. What is compiled once per computer is compiled before the clock starts.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.network.kernel import new_branches, rank
from p2pdnr.network.kernel_arrays import Grid, Ranking, RankingWorkspace, new_state
from p2pdnr.network.powerflow import withdrawals_pu
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.reconfiguration.topologies.ranking import FINAL, kernel_grid

UNSOLVED_EUR = 1e6
"""For an hour of a topology without a power flow."""


@dataclass(frozen=True, eq=False)
class Workbench:
    """What the power flow of a case needs: the network for the kernel, and the withdrawals of every hour."""

    case: LoadCase
    grid: Grid
    hourly: list[tuple[Floats, Floats]]

    @property
    def open_count(self) -> int:
        """Lines that every radial topology leaves open."""
        return int((~self.case.network.closed).sum())

    def stage_eur(self, open_lines: Ints, hour: int) -> Floats:
        """(k,) losses and violations of topologies (k, n_open) in one hour."""
        count, network = len(open_lines), self.case.network
        ranking = Ranking(np.empty((count, 1)), np.empty((count, 1)), np.empty((count, 1), dtype=np.bool_))
        closed = np.ones(network.n_lines, dtype=np.bool_)
        room = RankingWorkspace(ranking, new_state(network.n_buses, 1), new_branches(self.grid), closed)
        rank(self.grid, np.ascontiguousarray(open_lines, dtype=np.int32), self.hourly[hour], room, tuple(FINAL))
        eur = self.case.terms.loss_eur_per_kw * network.base_kw * ranking.loss + ranking.violation_eur
        return np.asarray(np.where(ranking.converged, eur, UNSOLVED_EUR)[:, 0])


def workbench(case: LoadCase) -> Workbench:
    """For a case whose lines are series impedances and whose voltages no generator holds."""
    network = case.network
    assert network.generators is None
    hourly = [withdrawals_pu(network, case.load_kw[[t]], case.load_kvar[[t]])[0] for t in range(case.steps)]
    return Workbench(case, kernel_grid(network, case.terms), hourly)


@dataclass
class Judge:
    """Costs of one run that may take ``budget_s`` processor seconds; the clock starts when it is made.

    ``history`` has (processor seconds, EUR) of every schedule that was the cheapest so far, ``best`` its open lines
    (T, n_open).
    """

    bench: Workbench
    budget_s: float
    history: list[tuple[float, float]] = field(default_factory=list)
    best: Ints | None = None
    known: list[dict[bytes, float]] = field(default_factory=list)
    started: float = field(default_factory=time.process_time)

    def __post_init__(self) -> None:
        self.known = [{} for _ in range(self.bench.case.steps)]

    @property
    def spent_s(self) -> float:
        """Processor seconds since the start."""
        return time.process_time() - self.started

    @property
    def left_s(self) -> float:
        """Of the budget."""
        return self.budget_s - self.spent_s

    @property
    def best_eur(self) -> float:
        """The least cost so far."""
        return self.history[-1][1] if self.history else np.inf

    def stage(self, open_lines: npt.ArrayLike, hour: int) -> Floats:
        """(k,) EUR of losses and violations of topologies (k, n_open, ascending) in one hour."""
        rows, known = np.ascontiguousarray(open_lines, dtype=np.int32), self.known[hour]
        names = [row.tobytes() for row in rows]
        fresh = {name: place for place, name in enumerate(names) if name not in known}
        if fresh:
            found = self.bench.stage_eur(rows[list(fresh.values())], hour)
            known.update(zip(fresh, found.tolist(), strict=True))
        return np.array([known[name] for name in names])

    def costs(self, schedules: npt.ArrayLike) -> Floats:
        """(k,) EUR of schedules (k, T, n_open) of radial topologies, all operations included; the best is noted."""
        rows = np.sort(np.asarray(schedules, dtype=np.int32), axis=2)
        stage = sum(self.stage(rows[:, hour], hour) for hour in range(rows.shape[1]))
        total = np.asarray(stage + self._switching_eur(rows))
        place = int(np.argmin(total))
        self.note(float(total[place]), rows[place])
        return total

    def note(self, eur: float, schedule: Ints) -> None:
        """Keep a schedule (T, n_open) where it is cheaper than all before."""
        if eur < self.best_eur - 1e-9:
            self.history.append((self.spent_s, eur))
            self.best = schedule.astype(np.int64)

    def _switching_eur(self, rows: Ints) -> Floats:
        network, price = self.bench.case.network, self.bench.case.terms.switching_cost_eur
        closed = states(rows, network.n_lines)
        first = np.broadcast_to(network.closed, (len(rows), 1, network.n_lines))
        return np.asarray((np.concatenate([first, closed[:, :-1]], axis=1) != closed).sum(axis=1) @ price)


def states(open_lines: Ints, n_lines: int) -> Bools:
    """(..., m) closed lines of topologies given by their open ones (..., n_open)."""
    closed = np.ones((*open_lines.shape[:-1], n_lines), dtype=np.bool_)
    np.put_along_axis(closed, open_lines.astype(np.int64), False, axis=-1)
    return closed
