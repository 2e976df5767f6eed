"""Two thousand small scenarios whose prices, sizes and limits coincide: how many have no answer.

    PYTHONPATH=. python benchmarks/bench_answers.py [--first 0] [--count 2000] [--mode hourly] [--adding]

``_degenerate_scenarios.py`` draws them. The default takes a quarter of an hour; ``--first`` and ``--count`` take a
part, and with ``--adding`` its row is added to the table in docs/benchmarks/answers.md, which begins anew otherwise.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks import _degenerate_scenarios as degenerate
from benchmarks._tables import FOLDER, shown, table
from benchmarks._timing import timed
from p2pdnr import study
from p2pdnr.errors import P2pdnrError
from p2pdnr.results.claims import FAILS, named
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document

HEAD = ("seeds", "mode", "answers", "none", "stopped", "certificates that do not hold", "CPU s")


def ended(result: StudyResult) -> Iterator[str]:
    """What an answer is counted under besides."""
    if result.summary["status"] != "converged":
        yield "stopped"
    yield from named(result.summary["certificates"], FAILS)


def counted(seeds: range, mode: str) -> Counter[str]:
    """How the scenarios ended: "answers", "none", "stopped", and every certificate that does not hold."""
    tally: Counter[str] = Counter()
    for seed in seeds:
        try:
            result = study.run(document.from_dict(degenerate.scenario(seed)), study.Options(mode=mode))  # type: ignore[arg-type]
        except P2pdnrError as error:
            tally["none"] += 1
            print(f"seed {seed}: {error}", flush=True)
        else:
            tally.update(["answers", *ended(result)])
    return tally


def row(seeds: range, mode: str) -> list[str]:
    """One line of the table."""
    solved = timed(lambda: counted(seeds, mode))
    tally = solved.answer
    failing = [f"{name} {count}" for name, count in tally.items() if name not in ("answers", "none", "stopped")]
    counts = [str(tally[name]) for name in ("answers", "none", "stopped")]
    return [f"{seeds.start} to {seeds.stop - 1}", mode, *counts, ", ".join(failing) or "-", f"{solved.cpu_s:.0f}"]


def earlier() -> list[Sequence[str]]:
    """Rows of the table that stands."""
    path = FOLDER / "answers.md"
    lines = path.read_text(encoding="utf8").splitlines() if path.exists() else []
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]


def main() -> None:
    """Solve, and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--mode", choices=("hourly", "static", "fixed"), default="hourly")
    parser.add_argument("--adding", action="store_true")
    arguments = parser.parse_args()
    study.warm_up()
    seeds = range(arguments.first, arguments.first + arguments.count)
    rows = [HEAD, *(earlier() if arguments.adding else []), shown(row(seeds, arguments.mode))]
    table("answers", "Degenerate scenarios: how many have no answer", rows, ("clarabel",))


if __name__ == "__main__":
    main()
