"""A day without a market as a folder, with what its lower bound rests on: day.json and bound.npz.

day.json has the network, the loads, the terms, the schedule and its figures; bound.npz the prices, and of every
relaxation the states that it is about and its multipliers. See docs/formats.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from p2pdnr.errors import InputError, Problem, ResultError
from p2pdnr.network import readers
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.day_bound.packing import Arrays, multipliers_in, packed_multipliers, packed_sets, sets_in
from p2pdnr.reconfiguration.day_bound.prices import Prices
from p2pdnr.reconfiguration.day_bound.proof import DayBound, Evidence, Floors
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.results import files

KIND = "p2pdnr day"
DAY, BOUND = "day.json", "bound.npz"
REMEDY = "Write the day again with reconfigure --hours --gap --proof"


@dataclass(frozen=True, eq=False)
class StoredDay:
    """A day as it is stored: ``closed`` (T, m) of its schedule, what that is said to cost, the least that any schedule
    is said to cost, and what that rests on."""

    case: LoadCase
    closed: Bools
    cost_eur: float
    bound_eur: float
    prices: Prices
    evidence: Evidence


def is_day(folder: Path) -> bool:
    """Whether a folder holds a day."""
    return (folder / DAY).is_file()


def stored_day(case: LoadCase, closed: Bools, cost_eur: float, bound: DayBound) -> StoredDay:
    """A day to be written. Raises ValueError where the bound was not kept with its evidence."""
    if bound.evidence is None:
        raise ValueError("nothing was kept of what the bound rests on")
    return StoredDay(case, closed, cost_eur, bound.value_eur, bound.prices, bound.evidence)


def save(day: StoredDay, folder: Path) -> None:
    """Write ``day`` to ``folder``. Raises ResultError when that holds something else, or cannot be written."""
    try:
        if folder.exists() and not is_day(folder) and any(folder.iterdir()):
            _refuse(folder, "already exists and holds no day", "Choose another folder, or an empty one")
        folder.mkdir(parents=True, exist_ok=True)
        files.write_arrays(folder / BOUND, _arrays(day))
        (folder / DAY).write_text(json.dumps(_document(day)) + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        _refuse(folder, f"cannot be written ({error.strerror or error})", "Choose a folder that may be written")


def load(folder: Path) -> StoredDay:
    """The day in ``folder``; raises ResultError with what is missing or cannot be read."""
    table = _read(folder / DAY, lambda path: json.loads(files.read_text(path)))
    arrays = _read(folder / BOUND, files.read_arrays)
    try:
        return _day(table, arrays)
    except InputError as error:
        raise ResultError(error.problems) from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        told = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        _refuse(folder, f"is no day as it is written here: {told}", REMEDY)


def _read(path: Path, reading: Callable[[Path], Any]) -> Any:
    try:
        return reading(path)
    except (OSError, ValueError, RecursionError) as error:
        told = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
        _refuse(path, told, REMEDY)


def _refuse(path: Path, message: str, remedy: str) -> NoReturn:
    raise ResultError([Problem("file" if path.suffix else "folder", "", (str(path),), message, remedy)])


def _document(day: StoredDay) -> dict[str, Any]:
    case = day.case
    terms = asdict(case.terms) | {"switching_cost_eur": case.terms.switching_cost_eur.tolist()}
    return {
        "kind": KIND,
        "network": readers.to_table(case.network),
        "load_kw": case.load_kw.tolist(),
        "load_kvar": case.load_kvar.tolist(),
        "terms": terms,
        "open_lines": [(np.flatnonzero(~row) + 1).tolist() for row in day.closed],
        "cost_eur": day.cost_eur,
        "bound_eur": day.bound_eur,
    }


def _arrays(day: StoredDay) -> dict[str, npt.NDArray[Any]]:
    floors, looked = day.evidence.floors, day.evidence.looked
    return {
        "open_eur": day.prices.open_eur,
        "day_eur": day.prices.day_eur,
        "step_eur": day.prices.step_eur,
        "floor_most_kw": floors.most_loss_kw,
        "cutoff_eur": day.evidence.cutoff_eur,
        **packed_multipliers("floor", floors.multipliers),
        **packed_sets(looked),
    }


def _day(table: Mapping[str, Any], arrays: Arrays) -> StoredDay:
    if table["kind"] != KIND:
        raise ValueError(f"kind is {str(table['kind'])[:60]!r} and not {KIND!r}")
    network = readers.from_table(table["network"])
    terms = terms_in(table["terms"])
    load_kw, load_kvar = floats_in(table["load_kw"]), floats_in(table["load_kvar"])
    steps, lines = len(table["open_lines"]), network.n_lines
    shapes = load_kw.shape, load_kvar.shape, terms.switching_cost_eur.shape
    if not steps or shapes != ((steps, network.n_buses), (steps, network.n_buses), (lines,)):
        raise ValueError(f"loads and prices do not fit {steps} hours of {network.n_buses} buses and {lines} lines")
    closed = np.ones((steps, lines), dtype=np.bool_)
    for step, opened in enumerate(table["open_lines"]):
        closed[step, places_in(opened, lines)] = False
    cost_eur, bound_eur = (float(table[name]) for name in ("cost_eur", "bound_eur"))
    prices = Prices(*(floats_in(arrays[name]) for name in ("open_eur", "day_eur", "step_eur")))
    case = LoadCase(network, load_kw, load_kvar, terms)
    return StoredDay(case, closed, cost_eur, bound_eur, prices, _evidence(arrays, steps))


def terms_in(stated: Mapping[str, Any]) -> OperatorTerms:
    """Prices and limits, none of them negative."""
    limits = {name: stated[name] for name in ("max_per_hour", "max_per_day", "min_dwell_steps")}
    prices: dict[str, Any] = {
        name: float(stated[name]) for name in ("loss_price_eur_per_kwh", "violation_price_eur_per_kwh", "step_h")
    }
    switching = floats_in(stated["switching_cost_eur"])
    least = min([*prices.values(), *(limit for limit in limits.values() if limit is not None), *switching])
    whole = all(limit is None or type(limit) is int for limit in limits.values())
    if not (least >= 0.0 and prices["step_h"] > 0.0 and whole and type(stated["return_to_initial"]) is bool):
        raise ValueError("a price or a limit on switching is negative or no number")
    back: bool = stated["return_to_initial"]
    return OperatorTerms(switching, return_to_initial=back, **(prices | limits))


def places_in(numbers: object, lines: int) -> Ints:
    """Places of lines from their numbers; raises ValueError for one that there is not."""
    found = np.asarray(numbers, dtype=np.int64)
    if found.ndim != 1 or ((found < 1) | (found > lines)).any():
        raise ValueError(f"an open line is no number from 1 to {lines}")
    return found - 1


def floats_in(values: object) -> Floats:
    """Figures as an array; raises ValueError for one that is not finite."""
    found = np.asarray(values, dtype=np.float64)
    if not np.isfinite(found).all():
        raise ValueError("a figure is not finite")
    return found


def _evidence(arrays: Arrays, steps: int) -> Evidence:
    floors = [one for one in multipliers_in("floor", arrays) if one is not None]
    most_kw, cutoff_eur = floats_in(arrays["floor_most_kw"]), floats_in(arrays["cutoff_eur"])
    looked = sets_in(arrays)
    if not len(floors) == len(looked) == steps or most_kw.shape != (steps,) or cutoff_eur.shape != (steps,):
        raise ValueError(f"{BOUND} is not about {steps} hours")
    return Evidence(Floors(np.zeros(steps), most_kw, tuple(floors)), cutoff_eur, looked)
