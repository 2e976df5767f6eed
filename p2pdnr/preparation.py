"""The kernels of a first solve: compiled once per computer, by two processes that divide the work, and told as it goes.

numba keeps what it has compiled beside the sources or in ``NUMBA_CACHE_DIR``; where it is all there, nothing is told.
Both processes have the same list, one from its begin and one from its end. What another process compiles, be it that
of a second server, is waited for and loaded (:mod:`p2pdnr.network.shared_cache`); so they meet.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, TextIO

import numpy as np
from numba.core import event

from p2pdnr.network.shared_cache import WAITED

EXPECTED_PACE, FIRM = 0.5, 5.0
"""Seconds per unit of COST, and how much of COST has to be done before what is measured counts as much as that."""

TRIANGLE = "S1 2, 2 3, 3 1 open"
"""The network whose solves compile kernels: three lines, one of them open."""

Tell = Callable[[int, int, float, float], None]
"""(kernels done, of how many, share of the work done, seconds left)."""


def prosumers() -> None:
    """The prosumers' answer to prices."""
    from p2pdnr.coordination.problem import build_problem
    from p2pdnr.scenario import document
    from p2pdnr.scenario.assembly import build_network
    from p2pdnr.scenario.synthetic import tiny

    scenario = document.from_dict(tiny())
    block = build_problem(scenario, build_network(scenario, None)).block
    block.respond(block.no_pull())


def ranking() -> None:
    """Losses of many trees, and the power flow of one."""
    from p2pdnr.network import powerflow, readers, topology
    from p2pdnr.reconfiguration.terms import OperatorTerms
    from p2pdnr.reconfiguration.topologies.ranking import landscape, pool

    network = readers.from_text(TRIANGLE)
    load = network.p_kw[None, :], network.q_kvar[None, :]
    trees = pool(network, [np.flatnonzero(~network.closed)])
    landscape(network, trees, *load, OperatorTerms(np.zeros(network.n_lines)))
    powerflow.solve_tree(network, topology.orient(network, network.closed), *load)


def schedules() -> None:
    """All trees of a network, and what it costs to get from one to another."""
    from p2pdnr.network import readers
    from p2pdnr.reconfiguration.schedule.transition_cost import distances, moves
    from p2pdnr.reconfiguration.topologies.ranking import all_trees

    network = readers.from_text(TRIANGLE)
    trees, cost_eur = all_trees(network), np.ones(network.n_lines)
    distances(trees, network.closed, cost_eur)
    for some in (trees, trees.subset(range(len(trees)))):
        moves(some, cost_eur).reach(np.zeros(len(some)), 1)


def operator() -> None:
    """The operator's hours on trees."""
    from p2pdnr.network import readers
    from p2pdnr.reconfiguration.operator.problem import OperatorProblem
    from p2pdnr.reconfiguration.terms import OperatorTerms

    network, buses = readers.from_text(TRIANGLE), np.array([1, 2])
    terms = OperatorTerms(np.zeros(network.n_lines))
    problem = OperatorProblem(network, terms, network.p_kw[None, :], network.q_kvar[None, :], buses)
    wanted_kw = np.ones((1, len(buses)))
    problem.solve(network.closed[None, :], (wanted_kw, wanted_kw), np.array([0]))


JOBS: dict[Callable[[], None], dict[str, float]] = {
    prosumers: {"solve_block": 7.5},
    ranking: {"rank": 3.0, "power_flow": 1.0},
    schedules: {"_enumerate": 1.5, "_buckets": 0.8, "_distances": 0.5, "_rounds": 0.8, "_pairs": 0.2},
    operator: {"shared_buses": 0.4, "solve_hours": 8.0},
}
"""What compiles the kernels of a first solve, and those: the entry points and what they take to compile, processor
seconds as measured on one computer, of which only the ratios count."""

COST = {name: cost for kernels in JOBS.values() for name, cost in kernels.items()}


@dataclass
class _Progress(event.Listener):
    """Hears numba compile or wait; a kernel counts once, whichever process compiles it."""

    tell: Tell
    began: float | None = None
    done: set[str] = field(default_factory=set)

    def on_start(self, event: Any) -> None:
        """Compiling, or waiting for another process that compiles, begins."""
        if self.began is None and _name(event) in COST:
            self.began = time.monotonic()
            self.say()

    def on_end(self, event: Any) -> None:
        """A kernel is there."""
        self.note([_name(event)])

    def note(self, names: Iterable[str]) -> None:
        """Kernels of these names are there, compiled here or elsewhere."""
        new = (COST.keys() & set(names)) - self.done
        self.done |= new
        if new and self.began is not None:
            self.say()

    def say(self) -> None:
        """Tell how far it is; the pace is that of two processes on the computer of COST, until there is one to
        measure."""
        spent, every = sum(COST[name] for name in self.done), sum(COST.values())
        passed = time.monotonic() - self.began if self.began is not None else 0.0
        pace = (passed + EXPECTED_PACE * FIRM) / (spent + FIRM)
        self.tell(len(self.done), len(COST), spent / every, max(0.0, pace * (every - spent)))


def prepare(tell: Tell) -> None:
    """Load or compile everything that a first solve needs; ``tell`` is called only where something is compiled."""
    from p2pdnr import study

    progress = _Progress(tell)
    for kind in ("numba:compile", WAITED):
        event.register(kind, progress)
    helper = None if _is_compiled() else _start_helper(progress)
    try:
        for work, kernels in JOBS.items():
            work()
            progress.note(kernels)
        study.warm_up()
    finally:
        for kind in ("numba:compile", WAITED):
            event.unregister(kind, progress)
        if helper is not None:
            helper.kill()  # it has nothing left to compile
            helper.wait()


def _is_compiled() -> bool:
    """Whether the first kernel of the other process has been compiled here since its sources changed."""
    from p2pdnr.reconfiguration.operator import kernel

    stats = getattr(kernel.solve_hours, "stats", None)  # kernels may run interpreted
    if stats is None:
        return True
    sources = Path(str(kernel.__file__)).parent.glob("*.py")
    made = [index.stat().st_mtime for index in Path(stats.cache_path).glob("*solve_hours*.nbi")]
    return max(made, default=0.0) > max(source.stat().st_mtime for source in sources)


def _start_helper(progress: _Progress) -> subprocess.Popen[str]:
    """Another process at the same jobs from the last to the first; where it fails, this one does them all."""
    command = [sys.executable, "-m", "p2pdnr.preparation"]
    quiet, root = subprocess.DEVNULL, Path(__file__).resolve().parent.parent
    plain = {**os.environ, "NUMBA_DISABLE_ERROR_MESSAGE_HIGHLIGHTING": "1"}  # colouring what nobody reads takes time
    helper = subprocess.Popen(
        command, cwd=root, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, text=True, env=plain
    )
    assert helper.stdout is not None
    Thread(target=_relay, args=(helper.stdout, progress), daemon=True).start()
    return helper


def _relay(lines: TextIO, progress: _Progress) -> None:
    for line in lines:
        progress.note([line.strip()])


def _name(event: Any) -> str:
    """The Python name of what an event is about."""
    about = event.data
    return str(about["function"] if "function" in about else about["dispatcher"].py_func.__name__)


class _Printed(event.Listener):
    """Prints the name of everything compiled, for the process that waits."""

    def on_start(self, event: Any) -> None:
        """Nothing to say."""

    def on_end(self, event: Any) -> None:
        """One line."""
        sys.stdout.write(f"{_name(event)}\n")
        sys.stdout.flush()


def help_out() -> None:
    """What the other process does."""
    event.register("numba:compile", _Printed())
    for work in reversed(JOBS):
        work()


if __name__ == "__main__":
    help_out()
