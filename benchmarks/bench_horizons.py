"""Long load profiles: rows, seconds, processor seconds and peak memory of plans that switch at every row down to once.

    PYTHONPATH=. python benchmarks/bench_horizons.py [--quarters]

Loads are those of the case of a year (scripts/docs/year.py). Every row of the table is a process of its own. The
table goes to docs/benchmarks/horizons.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys

from benchmarks._tables import shown, table
from benchmarks._timing import timed
from p2pdnr.reconfiguration.horizon.switching_times import NAMES
from p2pdnr.reconfiguration.planning.long_horizon import plan_horizon
from scripts.docs.year import load_case

HEAD = ("network", "rows", "step h", "plans", "proved", "seconds", "CPU s", "peak GB", "saves, EUR", "operations")
RUNS = (
    ("case33bw", 8760, 1.0, NAMES),
    ("case118zh", 8760, 1.0, NAMES),
    ("case33bw", 35040, 0.25, ("hourly",)),
)
"""The last one takes longest, and is measured with ``--quarters``."""
NOTE = (
    "Seconds by the clock are those of a machine with other work; processor seconds count. Savings and operations are "
    "the first plan's."
)


COST_EUR = 0.05


def measured(name: str, rows: int, step_h: float, names: tuple[str, ...]) -> tuple[str, ...]:
    """A row of the table."""
    plan_horizon(load_case(name, 24, 1.0, COST_EUR), ("daily",))  # loads kernels
    case = load_case(name, rows, step_h, COST_EUR)
    run = timed(lambda: plan_horizon(case, names))
    found, plan = run.answer, run.answer.plans[names[0]]
    saved = 0.0 if found.day.initial is None else found.day.initial.cost_eur - plan.cost_eur
    return (
        name,
        f"{rows:,}",
        f"{step_h:g}",
        ", ".join(names),
        "yes" if all(found.proved.values()) else "no",
        f"{run.wall_s:.0f}",
        f"{run.cpu_s:.0f}",
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f}",
        f"{saved:,.0f}",
        f"{int(plan.operations.sum()):,}",
    )


def in_a_process(number: int, rows: int | None) -> tuple[str, ...]:
    """A row measured by itself, so that memory is its own."""
    command = [sys.executable, __file__, "--run", str(number), *([] if rows is None else ["--rows", str(rows)])]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return tuple(json.loads(told.splitlines()[-1]))


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--run", type=int)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--quarters", action="store_true", help="a year of quarter hours, too")
    arguments = parser.parse_args()
    if arguments.run is not None:
        name, rows, step_h, names = RUNS[arguments.run]
        print(json.dumps(measured(name, arguments.rows or rows, step_h, names)))
        return
    rows = [shown(in_a_process(number, arguments.rows)) for number in range(len(RUNS) - (not arguments.quarters))]
    table("horizons", "Schedules of a year", [HEAD, *rows], kept=arguments.rows is None, note=NOTE)


if __name__ == "__main__":
    main()
