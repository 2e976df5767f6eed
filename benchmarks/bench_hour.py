"""One hour of a large market cleared again after everybody's load and sun have changed: seconds by stage.

A synthetic market on the 136-bus feeder at noon, initial topology, tolerance 0.1 %: solved once, then every load and PV
is changed by up to 5 %, at random, and the hour is cleared again from the earlier result, with exact AC power flow and
all certificates. CPU seconds of one process by the stages that a result tells, whose wall seconds share them out.
The table goes to docs/benchmarks/hour.md.

    PYTHONPATH=. python benchmarks/bench_hour.py [--sizes 1000] [--seed 1]
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks._tables import kept_rows, shown, table
from benchmarks._timing import Timed, timed
from p2pdnr import study
from p2pdnr.network import readers
from p2pdnr.results.claims import FAILS, named
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario
from p2pdnr.scenario.synthetic import synthetic

NETWORK, NOON, CHANGE = "case136ma", slice(12, 13), 0.05
TITLE = "One hour cleared again: 136 buses, noon, initial topology, tolerance 0.1 %, everybody changed by up to 5 %"
HEAD = ("prosumers", "", "turns", "CPU s", "of it reading", "negotiation and plan", "settlement", "certificates",
        "gap", "failing")  # fmt: skip


def hour_of(size: int, seed: int) -> Scenario:
    """A synthetic market at noon."""
    scene: dict[str, Any] = document.to_dict(synthetic(readers.read(NETWORK, None), NETWORK, size, seed))
    scene["profiles"] = {name: values[NOON] for name, values in scene["profiles"].items()}
    scene["tariff"] = {name: values[NOON] for name, values in scene["tariff"].items()}
    return document.from_dict(scene)


def changed(scenario: Scenario, seed: int) -> Scenario:
    """The same with other loads and other sun."""
    scene, rng = document.to_dict(scenario), np.random.default_rng(seed)
    for item in scene["prosumers"]:
        for name in ("load_kw", "pv_kw"):
            if item.get(name):
                item[name] *= float(rng.uniform(1.0 - CHANGE, 1.0 + CHANGE))
    return document.from_dict(scene)


def cells(size: int, name: str, run: Timed[StudyResult]) -> tuple[str, ...]:
    """One line of the table."""
    told = run.answer.summary
    share = run.cpu_s / told["seconds"]["total"]
    stages = [share * told["seconds"].get(stage, 0.0) for stage in ("reading", "convex", "settlement", "verification")]
    gap, failing = told["certificates"]["gap_central"]["value"], named(told["certificates"], FAILS)
    each = [f"{seconds:.2f}" for seconds in (run.cpu_s, *stages)]
    return (f"{size:,}", name, f"{told['iterations']}", *each, f"{gap:.0e}", ", ".join(failing) or "none")


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    how = study.Options(mode="fixed", tolerance_share=1e-3)
    study.warm_up()
    for size in options.sizes:
        scenario = hour_of(size, options.seed)
        before = timed(partial(study.run, scenario, how))
        again = timed(partial(study.run, changed(scenario, options.seed), replace(how, warm=before.answer)))
        rows = [shown(cells(size, "first", before)), shown(cells(size, "again", again))]
        kept = [row for row in kept_rows("hour", TITLE) if row[0] != f"{size:,}"]
        table("hour", TITLE, [HEAD, *sorted([*kept, *rows], key=lambda row: int(row[0].replace(",", "")))])


if __name__ == "__main__":
    main()
