"""What a solve takes: from nothing, after one edit of several kinds, and until its first answer.

For every edit the same scenario is solved warm, from the result of the unedited one, and cold; the table states the
seconds of both, when the first answer stood (copies within 0.5 kW, dispatched exactly), the turns of the negotiation,
and by how much the costs of warm and cold differ. Wall-clock on an idle machine, CPU seconds on any.
The stages of the cold and of every warm solve are printed before it.

    PYTHONPATH=. python benchmarks/bench_solve.py [SCENARIO] [--edits N]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from benchmarks._tables import table
from p2pdnr import study
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario

Json = dict[str, Any]
Edit = Callable[[Json], None]
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
    "one prosumer more": _one_more,
    "trade fee doubled": _trade_fee,
    "switching cost doubled": _switching_cost,
}


def edited(scenario: Scenario, edit: Edit) -> Scenario:
    """The scenario after an edit."""
    changed = document.to_dict(scenario)
    edit(changed)
    return document.from_dict(changed)


def timed(scenario: Scenario, warm: StudyResult | None = None) -> tuple[StudyResult, float]:
    """A result and the CPU seconds it took."""
    began = time.process_time()
    result = study.run(scenario, study.Options(warm=warm))
    return result, time.process_time() - began


def row(name: str, warm: tuple[StudyResult, float], cold: tuple[StudyResult, float]) -> list[str]:
    """One line of the table."""
    cells = [name]
    for result, cpu_s in (warm, cold):
        seconds = result.summary["seconds"]
        first = seconds.get("first_answer", float("nan"))
        cells += [f"{seconds['total']:.2f}", f"{cpu_s:.2f}", f"{first:.2f}", str(result.summary["iterations"])]
    mine, other = warm[0].summary, cold[0].summary
    apart = (mine["objective_eur"] - other["objective_eur"]) / sum(map(abs, other["costs_eur"].values()))
    claims = mine["certificates"]
    failing = [claim for claim, item in claims.items() if not item["holds"]]
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
    timed(scenario)  # loads what the first solve of a process loads
    before = timed(scenario)
    print(f"cold: {stages(before[0])}")
    rows = [HEADER.split(","), row("none", timed(scenario, before[0]), before)]
    for name, edit in list(EDITS.items())[: options.edits]:
        changed = edited(scenario, edit)
        warm = timed(changed, before[0])
        rows.append(row(name, warm, timed(changed)))
        print(f"{name}, warm: {stages(warm[0])}")
    table("solve", f"Solving {scenario.name}, after one edit and from nothing", rows, ("clarabel", "pandapower"))


if __name__ == "__main__":
    main()
