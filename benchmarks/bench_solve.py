"""What a solve takes: from nothing, after one edit of several kinds, and until its first answer.

For every edit the same scenario is solved warm, from the result of the unedited one, and cold; the table states the
seconds of both, when the first answer stood (copies within 0.5 kW, dispatched exactly), the turns of the negotiation,
and by how much the costs of warm and cold differ. Wall-clock on an idle machine, CPU seconds on any.
The stages of the cold and of every warm solve are printed before it.

    PYTHONPATH=. python benchmarks/bench_solve.py [SCENARIO] [--edits N]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from benchmarks._tables import table
from benchmarks._timing import Timed, timed
from p2pdnr import study
from p2pdnr.results.claims import FAILS, named
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario

Json = dict[str, Any]
Edit = Callable[[Json], None]
Solved = Timed[StudyResult]
DEFAULT = "data/scenarios/ieee33-solar.json"
HEADER = "after an edit,warm s,CPU s,first answer s,turns,cold s,CPU s,first answer s,turns,costs apart,gap,failing"


def _first(document: Json, wanted: Callable[[Json], Any]) -> Json:
    """The first prosumer with something."""
    return next(item for item in document["prosumers"] if wanted(item))


def _more_pv(edited: Json) -> None:
    _first(edited, lambda item: item.get("pv_kw"))["pv_kw"] *= 1.1


def _more_load(edited: Json) -> None:
    _first(edited, lambda item: item.get("load_kw"))["load_kw"] *= 1.2


def _larger_battery(edited: Json) -> None:
    battery = _first(edited, lambda item: item.get("battery"))["battery"]
    battery["capacity_kwh"] *= 1.5


def _dearer_tariff(edited: Json) -> None:
    edited["tariff"]["buy_eur_per_kwh"] = [1.05 * price for price in edited["tariff"]["buy_eur_per_kwh"]]


def _without_one(edited: Json) -> None:
    del edited["prosumers"][len(edited["prosumers"]) // 3]


def _without_largest(edited: Json) -> None:
    powers = ("load_kw", "pv_kw")
    largest = max(edited["prosumers"], key=lambda item: max(item.get(name) or 0.0 for name in powers))
    edited["prosumers"].remove(largest)


def _one_more(edited: Json) -> None:
    edited["prosumers"].append(edited["prosumers"][3] | {"id": "one more"})


def _trade_fee(edited: Json) -> None:
    edited["market"]["trade_fee_eur_per_kwh"] = 2.0 * edited["market"]["trade_fee_eur_per_kwh"]


def _switching_cost(edited: Json) -> None:
    edited["dso"]["switching_cost_eur"] = 2.0 * edited["dso"]["switching_cost_eur"]


EDITS: dict[str, Edit] = {
    "10 % more PV at one": _more_pv,
    "20 % more load of one": _more_load,
    "half as much battery again": _larger_battery,
    "tariff 5 % up": _dearer_tariff,
    "one prosumer less": _without_one,
    "largest prosumer less": _without_largest,
    "one prosumer more": _one_more,
    "trade fee doubled": _trade_fee,
    "switching cost doubled": _switching_cost,
}


def edited(scenario: Scenario, edit: Edit) -> Scenario:
    """The scenario after an edit."""
    changed = document.to_dict(scenario)
    edit(changed)
    return document.from_dict(changed)


def solved(scenario: Scenario, warm: StudyResult | None = None) -> Solved:
    """A result and what it took."""
    return timed(lambda: study.run(scenario, study.Options(warm=warm)))


def row(name: str, warm: Solved, cold: Solved) -> list[str]:
    """One line of the table."""
    cells = [name]
    for run in (warm, cold):
        summary, seconds = run.answer.summary, run.answer.summary["seconds"]
        first = seconds.get("first_answer", float("nan"))
        cells += [f"{seconds['total']:.2f}", f"{run.cpu_s:.2f}", f"{first:.2f}", str(summary["iterations"])]
    mine, other = warm.answer.summary, cold.answer.summary
    apart = (mine["objective_eur"] - other["objective_eur"]) / sum(map(abs, other["costs_eur"].values()))
    claims = mine["certificates"]
    failing = named(claims, FAILS)
    return [*cells, f"{apart:+.1e}", f"{claims['gap_central']['value']:.0e}", ", ".join(failing) or "none"]


def stages(result: StudyResult) -> str:
    """Where the time went."""
    seconds = {
        name: value for name, value in result.summary["seconds"].items() if name not in ("total", "first_answer")
    }
    return ", ".join(f"{name} {value:.2f}" for name, value in seconds.items())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", nargs="?", default=DEFAULT)
    parser.add_argument("--edits", type=int, default=len(EDITS))
    options = parser.parse_args()
    scenario = document.load(options.scenario)
    study.warm_up()
    solved(scenario)  # loads what the first solve of a process loads
    before = solved(scenario)
    print(f"cold: {stages(before.answer)}")
    rows = [HEADER.split(","), row("none", solved(scenario, before.answer), before)]
    for name, edit in list(EDITS.items())[: options.edits]:
        changed = edited(scenario, edit)
        warm = solved(changed, before.answer)
        rows.append(row(name, warm, solved(changed)))
        print(f"{name}, warm: {stages(warm.answer)}")
    table("solve", f"Solving {scenario.name}, after one edit and from nothing", rows, ("clarabel", "pandapower"))


if __name__ == "__main__":
    main()
