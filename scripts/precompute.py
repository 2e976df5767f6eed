"""Solve a scenario in every mode and keep the results beside it: python scripts/precompute.py [SCENARIO.json ...].

The dashboard opens with these; a test solves the default again and compares. Answers to the questions of
data/questions/ are solved, too. What is found again as it is kept, but for the seconds it took, stays untouched.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

RESULTS = ROOT / "data" / "results"
DEFAULT = ROOT / "data" / "scenarios" / "ieee33-solar.json"


def precompute(path: Path) -> None:
    """Keep data/results/<scenario>-<mode> for every mode, with what the page receives."""
    from p2pdnr import study
    from p2pdnr.results.claims import verdict_of
    from p2pdnr.scenario import document
    from scripts.kept_results import keep

    for mode, result in study.compare(document.load(path), study.Options(free_market=True), folder=path.parent).items():
        target = RESULTS / f"{path.stem}-{mode}"
        written = keep(result, target, with_replay=mode == "hourly")
        verdict = verdict_of(result.summary["certificates"])
        done = "written" if written else "as it is kept"
        print(f"{target.name}: {result.summary['objective_eur']:.2f} EUR, {verdict}; {done}")


def answer(path: Path) -> None:
    """Keep data/results/<scenario>-<question> for every question that changes the scenario: the payload alone."""
    from p2pdnr import study
    from p2pdnr.dashboard.cases import read_scenario
    from p2pdnr.results.payload import payload
    from p2pdnr.scenario import patch
    from scripts.kept_results import keep_payload

    questions = ROOT / "data" / "questions" / path.name
    for item in json.loads(questions.read_text(encoding="utf-8")) if questions.is_file() else ():
        if "patch" in item:
            result = study.run(patch.apply(read_scenario(path), item["patch"]))
            written = keep_payload(payload(result), RESULTS / f"{path.stem}-{item['key']}")
            done = "written" if written else "as it is kept"
            print(f"{item['question']} {result.summary['objective_eur']:.2f} EUR; {done}")


if __name__ == "__main__":
    from scripts.docs import readme

    for name in sys.argv[1:] or [DEFAULT]:
        precompute(Path(name))
        answer(Path(name))
    readme.write()
