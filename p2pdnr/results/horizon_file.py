"""A long horizon without a market as a folder: horizon.json, which the page opens too, and loads.npz.

horizon.json has the network, the terms, and of every plan its sums, the rows in which lines are switched, and the
losses row by row; loads.npz what is withdrawn. See docs/formats.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from p2pdnr.errors import InputError, Problem, ResultError
from p2pdnr.network import readers
from p2pdnr.network.arrays import Bools, Floats
from p2pdnr.reconfiguration.planning.day_plan import DayPlan
from p2pdnr.reconfiguration.planning.long_horizon import Horizon
from p2pdnr.reconfiguration.terms import LoadCase
from p2pdnr.results import files
from p2pdnr.results.day_file import floats_in, places_in, terms_in

KIND = "p2pdnr horizon"
HORIZON, LOADS = "horizon.json", "loads.npz"
REMEDY = "Write it again with reconfigure --hours --switch-at --keep DIR"
INITIAL = "initial"
"""The plan that switches nothing, beside those that do."""
SUMS = ("cost_eur", "losses_kwh", "violations_eur", "switching_eur", "operations")
LOSS_DECIMALS = 4


@dataclass(frozen=True, eq=False)
class StoredPlan:
    """One plan as it is stored: ``closed`` (T, m), the sums stated, losses (T,) in kW, and whether no other with its
    times of switching is said to be cheaper."""

    closed: Bools
    sums: Mapping[str, float]
    loss_kw: Floats
    proved: bool


@dataclass(frozen=True, eq=False)
class StoredHorizon:
    """The case, and its plans by name; "initial" is among them where it has a power flow in every row."""

    case: LoadCase
    plans: Mapping[str, StoredPlan]


def is_horizon(folder: Path) -> bool:
    """Whether a folder holds a long horizon."""
    return (folder / HORIZON).is_file()


def refuse_foreign(folder: Path) -> None:
    """Raise ResultError when ``folder`` holds something that a horizon must not replace."""
    if folder.exists() and not is_horizon(folder) and any(folder.iterdir()):
        _refuse(folder, "already exists and holds no long horizon", "Choose another folder, or an empty one")


def save(case: LoadCase, found: Horizon, folder: Path) -> None:
    """Write the plans of ``case`` to ``folder``. Raises ResultError when that holds something else, or cannot be
    written."""
    refuse_foreign(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.write_arrays(folder / LOADS, {"load_kw": case.load_kw, "load_kvar": case.load_kvar})
        text = json.dumps(_document(case, found), separators=(",", ":")) + "\n"
        (folder / HORIZON).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        _refuse(folder, f"cannot be written ({error.strerror or error})", "Choose a folder that may be written")


def load(folder: Path) -> StoredHorizon:
    """The horizon in ``folder``; raises ResultError with what is missing or cannot be read."""
    try:
        table, arrays = json.loads(files.read_text(folder / HORIZON)), files.read_arrays(folder / LOADS)
        return _horizon(table, floats_in(arrays["load_kw"]), floats_in(arrays["load_kvar"]))
    except InputError as error:
        raise ResultError(error.problems) from error
    except FileNotFoundError as error:
        _refuse(folder, f"has no {Path(str(error.filename)).name}", REMEDY)
    except (OSError, RecursionError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        told = f"{error} is missing" if isinstance(error, KeyError) else str(error)[:200]
        _refuse(folder, f"is no long horizon as it is written here: {told}", REMEDY)


def _refuse(folder: Path, message: str, remedy: str) -> NoReturn:
    raise ResultError([Problem("folder", "", (str(folder),), message, remedy)])


def _document(case: LoadCase, found: Horizon) -> dict[str, Any]:
    day = found.day
    plans = {name: _plan(plan, case, found.proved[name]) for name, plan in found.plans.items()}
    initial = {} if day.initial is None else {INITIAL: _plan(day.initial, case, proved=False)}
    return {
        "kind": KIND,
        "network": readers.to_table(day.network),
        "terms": asdict(case.terms) | {"switching_cost_eur": case.terms.switching_cost_eur.tolist()},
        "rows": case.steps,
        "initially_open": (np.flatnonzero(~day.network.closed) + 1).tolist(),
        "topologies": day.topologies,
        "ended": day.ended,
        "plans": initial | plans,
    }


def _plan(plan: DayPlan, case: LoadCase, proved: bool) -> dict[str, Any]:
    sums = plan.as_dict(case.terms.step_h)
    moved = np.flatnonzero(np.append(True, (plan.closed[1:] != plan.closed[:-1]).any(axis=1)))
    return {name: sums[name] for name in SUMS} | {
        "proved": proved,
        "changes": [[int(row), (np.flatnonzero(~plan.closed[row]) + 1).tolist()] for row in moved],
        "loss_kw": np.round(plan.loss_kw, LOSS_DECIMALS).tolist(),
    }


def _horizon(table: Mapping[str, Any], load_kw: Floats, load_kvar: Floats) -> StoredHorizon:
    if table["kind"] != KIND:
        raise ValueError(f"kind is {str(table['kind'])[:60]!r} and not {KIND!r}")
    network, terms = readers.from_table(table["network"]), terms_in(table["terms"])
    shape = (table["rows"], network.n_buses)
    if load_kw.shape != shape or load_kvar.shape != shape or terms.switching_cost_eur.shape != (network.n_lines,):
        raise ValueError(f"loads and prices do not fit {shape[0]} rows of {network.n_buses} buses")
    if not table["plans"]:
        raise ValueError("it has no plan")
    plans = {str(name): _stored(plan, shape[0], network.n_lines) for name, plan in table["plans"].items()}
    return StoredHorizon(LoadCase(network, load_kw, load_kvar, terms), plans)


def _stored(plan: Mapping[str, Any], rows: int, lines: int) -> StoredPlan:
    starts = [int(row) for row, _ in plan["changes"]]
    loss_kw = floats_in(plan["loss_kw"])
    if not starts or starts[0] != 0 or sorted(set(starts)) != starts or starts[-1] >= rows or loss_kw.shape != (rows,):
        raise ValueError(f"a plan does not fit {rows} rows")
    states = np.ones((len(starts), lines), dtype=np.bool_)
    for place, (_, opened) in enumerate(plan["changes"]):
        states[place, places_in(opened, lines)] = False
    closed = np.repeat(states, np.diff(starts, append=rows), axis=0)
    sums = {name: float(floats_in(plan[name])) for name in SUMS}
    return StoredPlan(closed, sums, loss_kw, plan["proved"] is True)
