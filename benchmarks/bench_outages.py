"""Every single line fault in every hour: seconds, and the share of answers that are shown to be the least.

    PYTHONPATH=. python benchmarks/bench_outages.py [--feeders case33bw case118zh]

The feeder of 33 buses on the stored default day, others in their initial topology with their own loads times a day's
curve between 0.6 and 1, voltage limits of 0.9 to 1.1 p.u. during an outage. Rows of feeders that are not named stay as
they were measured before. The table goes to docs/benchmarks/outages.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks._tables import kept_rows, shown, table
from benchmarks._timing import timed
from p2pdnr.network import readers
from p2pdnr.reconfiguration.outages.day import OutageDay
from p2pdnr.reconfiguration.outages.faults import every_fault
from p2pdnr.results import folder
from p2pdnr.results.day_loads import consumed_kw
from p2pdnr.results.summary import matrix
from p2pdnr.results.withdrawn import withdrawals

HEAD = ("day", "faults", "seconds", "CPU s", "shed load", "shown the least", "limits broken")
STORED = Path("data/results/ieee33-solar-hourly")
LOWEST_PU = 0.9
NOTE = (
    "Seconds by the clock are those of a machine with much other work; processor seconds count, and are up to twice "
    "those of an idle one."
)
TITLE = "Single line faults, every hour of a day"
DEFAULT_DAY = "33 buses, default day"
FEEDERS = (DEFAULT_DAY, "case33bw", "case118zh", "case533mt_hi")


def stored_day() -> OutageDay:
    """The default day as it is solved."""
    result = folder.load(STORED)
    injection_kw = matrix(result.tables.prosumers, "injection_kw", result.scenario)
    closed = matrix(result.tables.lines, "closed", result.scenario) > 0.5
    p_kw, q_kvar = withdrawals(result.scenario, result.network, injection_kw)
    return OutageDay(result.network, closed, p_kw, q_kvar, consumed_kw(result))


def initial_day(name: str) -> OutageDay:
    """A feeder as it stands, 24 hours of its own loads."""
    network = readers.read(name, Path())
    curve = 0.6 + 0.4 * np.sin(np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)) ** 2
    p_kw, q_kvar = np.outer(curve, network.p_kw), np.outer(curve, network.q_kvar)
    closed = np.tile(network.closed, (24, 1))
    return OutageDay(network.with_(vm_min_pu=LOWEST_PU), closed, p_kw, q_kvar, np.maximum(p_kw, 0.0))


def row(name: str, day: OutageDay) -> tuple[str, ...]:
    """A row of the table."""
    every_fault(day, [0])  # loads kernels
    run = timed(lambda: every_fault(day))
    answers = run.answer
    return (
        name,
        f"{len(answers):,}",
        f"{run.wall_s:.1f}",
        f"{run.cpu_s:.1f}",
        f"{sum(answer.shed_kw > 1e-6 for answer in answers):,}",
        f"{sum(answer.least for answer in answers):,}",
        f"{sum(answer.broken > 0.0 for answer in answers):,}",
    )


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--feeders", nargs="+", default=list(FEEDERS))
    found = {before[0]: before for before in kept_rows("outages", TITLE)}
    for name in parser.parse_args().feeders:
        found[name] = list(shown(row(name, stored_day() if name == DEFAULT_DAY else initial_day(name))))
    table("outages", TITLE, [HEAD, *(found[name] for name in FEEDERS if name in found)], note=NOTE)


if __name__ == "__main__":
    main()
