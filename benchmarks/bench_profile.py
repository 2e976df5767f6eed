"""Where the processor time of a solve goes: the default day from nothing, and warm after edits.

Functions that stand for a part of the work are timed from outside while a solve runs; a part that runs within another
counts for itself alone, and threads count with whoever waits for them. What is left is "all else". CPU seconds of one
process, kernels compiled. The table goes to docs/benchmarks/profile.md.

    PYTHONPATH=. python benchmarks/bench_profile.py [SCENARIO] [--repeats 3]
"""

from __future__ import annotations

import argparse
import functools
import importlib
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks._tables import table
from benchmarks.bench_solve import DEFAULT, EDITS, edited, solved
from p2pdnr import study
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario

PARTS = {
    "power flow of all trees": "p2pdnr.reconfiguration.topologies.ranking:landscape",
    "trees with prosumers that move": "p2pdnr.coordination.schedule.tree_costs:soft_stage_costs",
    "cheapest schedules": "p2pdnr.reconfiguration.schedule.pruning:least",
    "what schedules through a tree cost": "p2pdnr.reconfiguration.schedule.pruning:marginals",
    "which trees look promising": "p2pdnr.coordination.schedule.local_search:promising",
    "turns of the negotiation": "p2pdnr.coordination.admm.iterations:iterate",
    "of it the operator": "p2pdnr.coordination.admm.iterations:ask_operator",
    "from agreements to plans": "p2pdnr.coordination.plans.dispatch:dispatch",
    "bounds on tested schedules": "p2pdnr.coordination.optimality.duality:near",
    "losses of all trees, sorted": "p2pdnr.results.landscape:all_topologies",
    "tables": "p2pdnr.results.tables:tables",
    "certificates": "p2pdnr.verification.certificates:verify",
}
"""Parts by name: the function that does them."""

CASES = ("half as much battery again", "one prosumer more", "one prosumer less", "largest prosumer less")
ELSE = "all else"


class Clock:
    """Processor seconds by part; only the thread that solves is asked."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        self._inside: list[float] = []
        self._thread = threading.current_thread()

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose time counts for a part."""

        @functools.wraps(function)
        def inner(*arguments: Any, **named: Any) -> Any:
            if threading.current_thread() is not self._thread:
                return function(*arguments, **named)
            began = time.process_time()
            self._inside.append(0.0)
            try:
                return function(*arguments, **named)
            finally:
                spent, within = time.process_time() - began, self._inside.pop()
                self.seconds[part] += spent - within
                if self._inside:
                    self._inside[-1] += spent

        return inner


def watch(clock: Clock) -> None:
    """Put timed functions in the place of those of PARTS, wherever the package has imported them."""
    for part, place in PARTS.items():
        module, name = place.split(":")
        function = getattr(importlib.import_module(module), name)
        timed = clock.timed(part, function)
        for other in [item for key, item in sys.modules.items() if key.startswith("p2pdnr")]:
            for key, value in list(vars(other).items()):
                if value is function:
                    setattr(other, key, timed)


def profile(clock: Clock, repeats: int, run: Callable[[], float]) -> dict[str, float]:
    """Mean processor seconds by part."""
    clock.seconds |= dict.fromkeys(PARTS, 0.0)
    whole = sum(run() for _ in range(repeats))
    found = {part: clock.seconds[part] / repeats for part in PARTS}
    return found | {ELSE: whole / repeats - sum(found.values()), "whole": whole / repeats}


def warm_s(scenario: Scenario, before: StudyResult) -> float:
    """Processor seconds of a solve that starts from an earlier result."""
    return solved(scenario, before).cpu_s


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", default=DEFAULT)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    scenario, clock = document.load(options.scenario), Clock()
    study.warm_up()
    before = solved(scenario).answer
    watch(clock)
    columns = {"from nothing": profile(clock, options.repeats, lambda: solved(scenario).cpu_s)}
    columns["unchanged"] = profile(clock, options.repeats, partial(warm_s, scenario, before))
    for name in CASES:
        changed = edited(scenario, EDITS[name])
        columns[name] = profile(clock, options.repeats, partial(warm_s, changed, before))
    head = ("CPU s", *columns)
    rows = [[part, *(f"{column[part]:.2f}" for column in columns.values())] for part in (*PARTS, ELSE, "whole")]
    table("profile", f"Where the processor time of a solve goes: {scenario.name}", [head, *rows])


if __name__ == "__main__":
    main()
