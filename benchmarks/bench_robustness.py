"""Twenty random scenarios of ten kinds: what each solve ends with, and which certificate does not hold.

    PYTHONPATH=. python benchmarks/bench_robustness.py [--seeds 2] [--only "one hour"] [--mode hourly] [--adversarial]

Every family of ``_random_scenarios.py`` is solved for every seed, with ``--adversarial`` instead what
``_adversarial_scenarios.py`` takes to its end, one property each; the CPU time counts all threads of the process. The
default takes a minute, more seeds as many times longer, ``--adversarial`` with its fifty properties three times. The
tables of more than one scenario (no ``--only``) are docs/benchmarks/robustness.md and adversarial.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import product

from benchmarks import _adversarial_scenarios as adversarial
from benchmarks import _random_scenarios as drawn
from benchmarks._tables import shown, table
from benchmarks._timing import timed
from p2pdnr import study
from p2pdnr.errors import P2pdnrError
from p2pdnr.results.claims import FAILS, state_of
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document

HEAD = ("scenario, seed", "hours", "prosumers", "trees", "status", "W EUR", "gap", "turns", "CPU s", "does not hold")
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
        if state_of(claim) == FAILS
    ]
    return found + [f"free binaries grew {count} times" for count in [growths(result)] if count]


def row(family: str, seed: int, mode: str) -> tuple[list[str], bool]:
    """One line of the table, and whether everything holds."""
    source = drawn if family in drawn.FAMILIES else adversarial
    scene = document.from_dict(source.scenario(family, seed))
    head = [f"{family}, {seed}", str(scene.hours), str(len(scene.prosumers))]
    try:
        solved = timed(lambda: study.run(scene, study.Options(mode=mode)))  # type: ignore[arg-type]
    except P2pdnrError as error:
        return [*head, "-", f"no plan: {error}", *["-"] * 5], False
    cells, found = figures(solved.answer), shortcomings(solved.answer)
    holds = not found and solved.answer.summary["status"] == "converged"
    return [*head, *cells, f"{solved.cpu_s:.1f}", "; ".join(found) or "-"], holds


def figures(result: StudyResult) -> list[str]:
    """Trees, status, cost, gap and turns of a result."""
    summary = result.summary
    gap = summary["certificates"]["gap_central"]["value"]
    cells = [str(summary["topologies"] or "-"), summary["status"], f"{summary['objective_eur']:.2f}"]
    return [*cells, "none" if gap is None else f"{gap:.0e}", str(summary["iterations"])]


def main() -> None:
    """Solve, and keep the table with how many runs stand up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", choices=(*drawn.FAMILIES, *ADVERSARIAL))
    parser.add_argument("--adversarial", action="store_true")
    parser.add_argument("--mode", choices=("hourly", "static", "fixed"), default="hourly")
    arguments = parser.parse_args()
    study.warm_up()
    every = ADVERSARIAL if arguments.adversarial else tuple(drawn.FAMILIES)
    rows: list[Sequence[str]] = [HEAD]
    sound = 0
    for family, seed in product([arguments.only] if arguments.only else every, range(arguments.seeds)):
        cells, holds = row(family, seed, arguments.mode)
        rows.append(shown(cells))
        sound += holds
    kind = "Adversarial" if arguments.adversarial else "Random"
    title = f"{kind} scenarios, {arguments.mode} topology: {sound} of {len(rows) - 1} converge with every certificate"
    page = "adversarial" if arguments.adversarial else "robustness"
    table(page, title, rows, ("clarabel", "pandapower"), kept=not arguments.only)


if __name__ == "__main__":
    main()
