"""Solve a scenario in every mode and keep the results beside it: python scripts/precompute.py [SCENARIO.json ...].

The dashboard opens with these; a test solves the default again and compares. Answers to the questions of
data/questions/ are solved, too.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

DEFAULT = ROOT / "data" / "scenarios" / "ieee33-solar.json"


def precompute(path: Path) -> None:
    """Write data/results/<scenario>-<mode> for every mode, with what the page receives."""
    from p2pdnr import study
    from p2pdnr.results import folder
    from p2pdnr.results.claims import verdict_of
    from p2pdnr.results.payload import payload
    from p2pdnr.results.replay import replay
    from p2pdnr.scenario import document
    from p2pdnr.server.store import REPLAY, write_payload

    for mode, result in study.compare(document.load(path), folder=path.parent).items():
        target = ROOT / "data" / "results" / f"{path.stem}-{mode}"
        folder.save(result, target, landscape=False)  # 1.2 MB, and nobody reads it there
        write_payload(payload(result), target)
        if mode == "hourly":
            write_payload(replay(result), target, REPLAY)
        verdict = verdict_of(result.summary["certificates"])
        print(f"{target.name}: {result.summary['objective_eur']:.2f} EUR, {verdict}")


def answer(path: Path) -> None:
    """Write data/results/<scenario>-<question> for every question that changes the scenario: the payload alone."""
    from p2pdnr import study
    from p2pdnr.dashboard.cases import read_scenario
    from p2pdnr.results.payload import payload
    from p2pdnr.scenario import patch
    from p2pdnr.server.store import write_payload

    questions = ROOT / "data" / "questions" / path.name
    for item in json.loads(questions.read_text(encoding="utf-8")) if questions.is_file() else ():
        if "patch" in item:
            result = study.run(patch.apply(read_scenario(path), item["patch"]))
            write_payload(payload(result), ROOT / "data" / "results" / f"{path.stem}-{item['key']}")
            print(f"{item['question']} {result.summary['objective_eur']:.2f} EUR")


if __name__ == "__main__":
    from scripts.docs import readme

    for name in sys.argv[1:] or [DEFAULT]:
        precompute(Path(name))
        answer(Path(name))
    readme.write()
