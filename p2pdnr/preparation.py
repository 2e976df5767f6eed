"""The kernels of a first solve: compiled once per computer, by two processes that divide the work, and told as it goes.

numba keeps what it has compiled beside the sources or in ``NUMBA_CACHE_DIR``; where it is all there, nothing is told.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, TextIO

from numba.core import event

COST = {
    "solve_block": 9.0,
    "solve_hours": 9.0,
    "rank": 3.0,
    "_enumerate": 2.0,
    "power_flow": 1.5,
    "_rounds": 1.0,
    "_buckets": 0.8,
    "_distances": 0.5,
    "shared_buses": 0.4,
    "_pairs": 0.2,
}
"""Entry points of a first solve and what they take to compile: processor seconds as measured on one computer, of which
only the ratios count."""

EXPECTED_PACE, FIRM = 0.5, 5.0
"""Seconds per unit of COST, and how much of COST has to be done before what is measured counts as much as that."""

Tell = Callable[[int, int, float, float], None]
"""(kernels done, of how many, share of the work done, seconds left)."""


@dataclass
class _Progress(event.Listener):
    """Hears numba compile; a kernel counts once, whichever process compiles it."""

    tell: Tell
    began: float | None = None
    done: set[str] = field(default_factory=set)

    def on_start(self, event: Any) -> None:
        """Compiling begins."""
        if self.began is None and _name(event) in COST:
            self.began = time.monotonic()
            self.say()

    def on_end(self, event: Any) -> None:
        """A kernel is compiled."""
        self.note(_name(event))

    def note(self, name: str) -> None:
        """A kernel of that name is compiled, here or elsewhere."""
        if name in COST.keys() - self.done:
            self.done.add(name)
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
    event.register("numba:compile", progress)
    try:
        helper = None if _is_compiled() else _start_helper(progress)
        _market_and_search()
        if helper is not None:
            helper.wait()
        study.warm_up()
    finally:
        event.unregister("numba:compile", progress)


def operator() -> None:
    """The half of the other process: hours of the operator on trees."""
    import numpy as np

    from p2pdnr.network import readers
    from p2pdnr.network.arrays import Network
    from p2pdnr.reconfiguration.operator.problem import OperatorProblem
    from p2pdnr.reconfiguration.planning import snapshot

    network: Network = readers.from_text("S1 2, 2 3, 3 1 open")
    load_kw, load_kvar = snapshot.own_load(network)
    buses = np.array([1, 2])
    problem = OperatorProblem(network, snapshot.loss_terms(network), load_kw, load_kvar, buses)
    wanted_kw = np.ones((1, len(buses)))
    problem.solve(network.closed[None, :], (wanted_kw, wanted_kw), np.array([0]))


def _market_and_search() -> None:
    """This process's half."""
    from p2pdnr.coordination.problem import build_problem
    from p2pdnr.network import readers
    from p2pdnr.reconfiguration.planning import snapshot
    from p2pdnr.scenario import document
    from p2pdnr.scenario.assembly import build_network
    from p2pdnr.scenario.synthetic import tiny

    scenario = document.from_dict(tiny())
    block = build_problem(scenario, build_network(scenario, None)).block
    block.respond(block.no_pull())
    snapshot.reconfigure(readers.from_text("S1 2, 2 3, 3 1 open"))


def _is_compiled() -> bool:
    """Whether the helper's half has been compiled here since its sources changed."""
    from p2pdnr.reconfiguration.operator import kernel

    stats = getattr(kernel.solve_hours, "stats", None)  # kernels may run interpreted
    if stats is None:
        return True
    sources = Path(str(kernel.__file__)).parent.glob("*.py")
    made = [index.stat().st_mtime for index in Path(stats.cache_path).glob("*solve_hours*.nbi")]
    return max(made, default=0.0) > max(source.stat().st_mtime for source in sources)


def _start_helper(progress: _Progress) -> subprocess.Popen[str]:
    """Another process for :func:`operator`; where it fails, this one compiles its half when it gets there."""
    command = [sys.executable, "-m", "p2pdnr.preparation"]
    quiet, root = subprocess.DEVNULL, Path(__file__).resolve().parent.parent
    helper = subprocess.Popen(command, cwd=root, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, text=True)
    assert helper.stdout is not None
    Thread(target=_relay, args=(helper.stdout, progress), daemon=True).start()
    return helper


def _relay(lines: TextIO, progress: _Progress) -> None:
    for line in lines:
        progress.note(line.strip())


def _name(event: Any) -> str:
    """The Python name of what an event is about."""
    return str(event.data["dispatcher"].py_func.__name__)


class _Printed(event.Listener):
    """Prints the name of everything compiled, for the process that waits."""

    def on_start(self, event: Any) -> None:
        """Nothing to say."""

    def on_end(self, event: Any) -> None:
        """One line."""
        sys.stdout.write(f"{_name(event)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    event.register("numba:compile", _Printed())
    operator()
