"""How far the page's preview of an edit is from what the solver then finds.

Edits drawn at random, each one number of the default day changed by up to 20 %, are predicted as the page does it
(assets/preview, in Node, from the payload of the unedited day) and solved, warm from the unedited day as on the
server. The table goes to docs/benchmarks/preview.md: by kind of edit, how far all costs, losses and the bill that is
furthest off are from the solved ones, how often the solved schedule is another, and the processor time of a prediction.

    PYTHONPATH=. python benchmarks/bench_preview.py [SCENARIO] [--edits 200] [--seed 0] [--seconds S] [--kept FILE]

``--seconds`` ends it early, after as many edits as were solved by then; the table says how many. ``--kept`` holds what
was solved, for the same scenario and seed, and the next run goes on from there.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._tables import table
from p2pdnr import study
from p2pdnr.results import payload
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from scripts import node

Json = dict[str, Any]
DEFAULT = "data/scenarios/ieee33-solar.json"
REACH = 0.2
"""Largest change of a number, as a share of it."""


@dataclass(frozen=True)
class Edit:
    """One number changed: its kind, the scenario with it, what the solver found."""

    kind: str
    scenario: Json
    solved: Json


def _of_one(field: str) -> Callable[[Json, float, np.random.Generator], None]:
    """Scale a number of one of those prosumers who have it."""

    def scale(scenario: Json, factor: float, random: np.random.Generator) -> None:
        owners = [person for person in scenario["prosumers"] if person.get(field)]
        owners[random.integers(len(owners))][field] *= factor

    return scale


def _battery(scenario: Json, factor: float, random: np.random.Generator) -> None:
    owners = [person["battery"] for person in scenario["prosumers"] if person.get("battery")]
    battery = owners[random.integers(len(owners))]
    battery[("capacity_kwh", "power_kw")[random.integers(2)]] *= factor
    if battery.get("initial_kwh"):
        battery["initial_kwh"] = min(battery["initial_kwh"], battery["capacity_kwh"])


def _tariff(scenario: Json, factor: float, random: np.random.Generator) -> None:
    tariff = scenario["tariff"]
    field, other = [("buy_eur_per_kwh", "sell_eur_per_kwh"), ("sell_eur_per_kwh", "buy_eur_per_kwh")][
        random.integers(2)
    ]
    pick = max if field.startswith("buy") else min
    tariff[field] = [pick(factor * own, against) for own, against in zip(tariff[field], tariff[other], strict=True)]


def _fee(scenario: Json, factor: float, random: np.random.Generator) -> None:
    scenario["market"]["trade_fee_eur_per_kwh"] *= factor


def _voltage(scenario: Json, factor: float, random: np.random.Generator) -> None:
    """A limit is moved by up to 0.01 p.u.: a fifth of its distance from the nominal voltage."""
    field = ("vm_min_pu", "vm_max_pu")[random.integers(2)]
    scenario["network"][field] = 1.0 + factor * (scenario["network"][field] - 1.0)


def _current(scenario: Json, factor: float, random: np.random.Generator) -> None:
    limits = scenario["network"]["line_limits_a"]
    limits[list(limits)[random.integers(len(limits))]] *= factor


KINDS = {
    "load of one": _of_one("load_kw"),
    "PV of one": _of_one("pv_kw"),
    "battery of one": _battery,
    "flexible share of one": _of_one("flexible_share"),
    "retailer's prices": _tariff,
    "trade fee": _fee,
    "voltage limit": _voltage,
    "current limit of a line": _current,
}


def edits(scenario: Json, seed: int) -> Iterator[tuple[str, Json]]:
    """Kinds in turn, each with a scenario in which one number differs."""
    random = np.random.default_rng(seed)
    while True:
        for kind, change in KINDS.items():
            edited = copy.deepcopy(scenario)
            change(edited, 1.0 + random.uniform(-REACH, REACH), random)
            yield kind, edited


def solved(scenario: Json, before: StudyResult | None) -> StudyResult:
    """The day switched hourly."""
    return study.run(document.parse(json.dumps(scenario)), study.Options(warm=before))


def _told(result: StudyResult) -> Json:
    """What is compared, as the page has it."""
    shown = payload.payload(result)
    summary = shown["summary"]
    return {
        "cost": summary["objective_eur"],
        "losses": summary["losses_kwh"],
        "bills": shown["bills"]["total_eur"],
        "open": shown["series"]["open_lines"],
    }


def predicted(day: Json, scenarios: list[Json]) -> list[Json]:
    """What the page's preview makes of each."""
    program = node.find()
    if program is None:
        raise SystemExit(node.MISSING)
    with tempfile.TemporaryDirectory() as place:
        asked = Path(place) / "asked.json"
        asked.write_text(json.dumps({"payload": day, "scenarios": scenarios}))
        command = [str(program), str(Path(__file__).with_name("_predictions.js")), str(asked)]
        found: list[Json] = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return found


def _row(kind: str, made: list[tuple[Edit, Json]], base: Json) -> list[str]:
    """Figures of some edits; those without a prediction are only counted."""
    pairs = [(edit.solved, guess["day"]) for edit, guess in made if guess["day"]]
    change = np.array([abs(now["cost"] - base["cost"]) for now, _ in pairs])
    error = np.array([abs(guess["cost"] - now["cost"]) for now, guess in pairs])
    losses = np.array([abs(guess["losses"] / now["losses"] - 1.0) for now, guess in pairs])
    bills = np.array([np.abs(np.subtract(guess["bills"], now["bills"])).max() for now, guess in pairs])
    other = sum(now["open"] != base["open"] for now, _ in pairs)
    share = np.array([value / now["cost"] for value, (now, _) in zip(error, pairs, strict=True)])
    return [
        kind,
        f"{len(pairs)} of {len(made)}",
        f"{np.median(change):.2f}",
        f"{np.median(error):.3f}, {np.quantile(error, 0.9):.3f}, {error.max():.3f}",
        f"{100 * share.max():.3f}",
        f"{100 * np.median(losses):.2f}, {100 * losses.max():.2f}",
        f"{np.median(bills):.2f}, {bills.max():.2f}",
        str(other),
        ", ".join(f"{np.median([guess[look] for _, guess in made]):.0f}" for look in ("quick", "careful")),
    ]


HEADER = (
    "edit",
    "predicted",
    "all costs change by, EUR (median)",
    "error of all costs, EUR (median, 90 %, worst)",
    "worst, % of all costs",
    "error of losses, % (median, worst)",
    "bill furthest off, EUR (median, worst)",
    "solved switches otherwise",
    "CPU ms of a look: moving, let go (median)",
)


def main() -> None:
    """Solve, predict, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", nargs="?", type=Path, default=Path(DEFAULT))
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--kept", type=Path)
    options = parser.parse_args()
    end = time.monotonic() + options.seconds
    scenario = json.loads(options.scenario.read_text())
    before = solved(scenario, None)
    day = json.loads(json.dumps(payload.payload(before)))
    made: list[Edit] = []
    kept = json.loads(options.kept.read_text()) if options.kept and options.kept.exists() else []
    for kind, edited in itertools.islice(edits(scenario, options.seed), options.edits):
        if len(made) == len(kept):
            if time.monotonic() > end and len(made) >= len(KINDS):
                break
            kept.append(_told(solved(edited, before)))
            if options.kept:
                options.kept.write_text(json.dumps(kept))
        made.append(Edit(kind, edited, kept[len(made)]))
    pairs = list(zip(made, predicted(day, [edit.scenario for edit in made]), strict=True))
    base = _told(before)
    rows = [_row(kind, [pair for pair in pairs if pair[0].kind == kind], base) for kind in KINDS]
    rows.append(_row("all", pairs, base))
    rows.append(
        _row("all whose switching stays", [pair for pair in pairs if pair[0].solved["open"] == base["open"]], base)
    )
    note = f"{len(made)} edits of {before.scenario.name}, each up to {100 * REACH:.0f} %, seed {options.seed}."
    table("preview", "Predicted and solved", [HEADER, *rows], note=note)


if __name__ == "__main__":
    main()
