"""Twenty random scenarios of ten kinds: what each solve ends with, and which certificate does not hold.

Usage: python benchmarks/bench_robustness.py [--seeds 2] [--only "one hour"] [--mode hourly] [--adversarial]

Every family of ``_random_scenarios.py`` is solved for every seed, with ``--adversarial`` also what
``_adversarial_scenarios.py`` takes to its end, one property each; the CPU time counts all threads of the process.
"""

from __future__ import annotations

import argparse
import time
from itertools import product

from benchmarks import _adversarial_scenarios as adversarial
from benchmarks import _random_scenarios as drawn
from p2pdnr import study
from p2pdnr.errors import P2pdnrError
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document

HEADER = (
    f"{'scenario':<26}{'hours':>6}{'people':>7}{'trees':>8}  {'status':<10}{'W EUR':>11}{'gap':>9}{'turns':>7}{'s':>7}"
)


ADVERSARIAL = (*adversarial.CHANGES, *adversarial.NETWORKS)


def growths(result: StudyResult) -> int:
    """How often the number of free binaries grew from one turn of a binary phase to the next."""
    table = result.tables.convergence
    binary = (table["phase"] == "binary").to_numpy()
    free = table["free_binaries"].to_numpy(dtype=float)
    return int(sum(binary[k] and binary[k - 1] and free[k] > free[k - 1] for k in range(1, len(table))))


def shortcomings(result: StudyResult) -> list[str]:
    """What does not hold, with value and limit."""
    found = [
        f"{name} {'none' if claim['value'] is None else format(claim['value'], '.3g')} > {claim['limit']}"
        for name, claim in result.summary["certificates"].items()
        if not claim["holds"]
    ]
    return found + [f"free binaries grew {count} times" for count in [growths(result)] if count]


def row(family: str, seed: int, mode: str) -> tuple[str, bool]:
    """One line of the table, and whether everything holds."""
    source = drawn if family in drawn.FAMILIES else adversarial
    scene = document.from_dict(source.scenario(family, seed))
    started = time.process_time()
    head = f"{family + ' ' + str(seed):<26}{scene.hours:>6}{len(scene.prosumers):>7}"
    try:
        result = study.run(scene, study.Options(mode=mode))  # type: ignore[arg-type]
    except P2pdnrError as error:
        return f"{head}{'':>8}  no plan: {error}", False
    summary, seconds = result.summary, time.process_time() - started
    gap = summary["certificates"]["gap_central"]["value"]
    figures = f"{summary['objective_eur']:>11.2f}{'none' if gap is None else format(gap, '.1e'):>9}"
    trees = summary["topologies"] or "-"
    text = f"{head}{trees:>8}  {summary['status']:<10}{figures}{summary['iterations']:>7}{seconds:>7.1f}"
    found = shortcomings(result)
    return "\n".join([text, *(f"    {item}" for item in found)]), not found and summary["status"] == "converged"


def main() -> None:
    """Print the table and how many runs stand up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", choices=(*drawn.FAMILIES, *ADVERSARIAL))
    parser.add_argument("--adversarial", action="store_true")
    parser.add_argument("--mode", choices=("hourly", "static", "fixed"), default="hourly")
    arguments = parser.parse_args()
    study.warm_up()
    print(HEADER, flush=True)
    sound = 0
    every = [*drawn.FAMILIES, *ADVERSARIAL] if arguments.adversarial else list(drawn.FAMILIES)
    families = [arguments.only] if arguments.only else every
    for family, seed in product(families, range(arguments.seeds)):
        text, holds = row(family, seed, arguments.mode)
        sound += holds
        print(text, flush=True)
    print(f"{sound} of {len(families) * arguments.seeds} converge with every certificate")


if __name__ == "__main__":
    main()
