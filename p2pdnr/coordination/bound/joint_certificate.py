"""The lower bound where topologies are too many to be enumerated: in words, as arrays, and repeated from these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.bound.joint_proof import Ground, JointEvidence, shown_eur
from p2pdnr.coordination.bound.matrix import Floats
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.duality import Prices, Storage
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration.bounds.free_injections import Watched
from p2pdnr.reconfiguration.day_bound.evidence import Unsound
from p2pdnr.reconfiguration.day_bound.packing import multipliers_in, packed_multipliers, packed_sets, sets_in
from p2pdnr.reconfiguration.day_bound.prices import Prices as LinePrices

PREFIX = "bound_"
MARKET = ("balance_eur", "imports_eur", "exports_eur", "pair_eur")
WATCHED = ("low", "high", "current")
LINES = ("open_eur", "day_eur", "step_eur")

LARGEST = 1e8
"""The largest price in EUR: a larger one could make a bound by rounding alone."""
LARGEST_MULTIPLIER = 1e6
"""The same for multipliers, which count in shares of what an hour costs."""


def refusal(problem: CoordinationProblem) -> str:
    """Why there is no bound of this kind, nothing where there may be one."""
    many = "the radial topologies are too many to be enumerated, and"
    if problem.levers is not None:
        return f"{many} tap changers or capacitors move"
    if problem.inverters.used:
        return f"{many} inverters give reactive power"
    if problem.terms.loss_eur_per_kw <= 0.0:
        return f"{many} losses cost nothing"
    return ""


def topologies(problem: CoordinationProblem) -> str:
    """How many there are, in words."""
    count = count_spanning_trees(problem.network)
    return f"{count:,}" if count < 10**9 else f"{float(count):.1e}"


def pack(ground: Ground, evidence: JointEvidence) -> dict[str, npt.NDArray[Any]]:
    """A proof as plain arrays."""
    market = {name: getattr(ground.prices, name) for name in MARKET}
    watched = {f"watched_{name}": getattr(ground.watched, name) for name in WATCHED}
    lines = {name: getattr(evidence.prices, name) for name in LINES}
    parts: dict[str, npt.NDArray[Any]] = {
        "stored_eur": ground.storage.stored_eur,
        "shifted_eur": ground.storage.shifted_eur,
        "known_eur": np.array([ground.known_eur]),
        **market,
        **watched,
        **lines,
        "cutoff_eur": evidence.cutoff_eur,
        **packed_multipliers("floor", evidence.floors),
        **packed_sets(evidence.looked),
    }
    single = {name: values.astype(np.float32) for name, values in parts.items() if name.endswith("_multipliers")}
    return {PREFIX + name: values for name, values in (parts | single).items()}


def repeated_eur(problem: CoordinationProblem, mode: str, arrays: Mapping[str, npt.NDArray[Any]]) -> float:
    """The bound that stored arrays prove, by arithmetic. Raises ``ValueError`` where they are incomplete or unsound."""
    if why := refusal(problem):
        raise ValueError(why)
    try:
        return shown_eur(problem, mode, *unpack(problem, arrays))
    except Unsound as wrong:
        raise ValueError(str(wrong)) from wrong


def unpack(problem: CoordinationProblem, arrays: Mapping[str, npt.NDArray[Any]]) -> tuple[Ground, JointEvidence]:
    """The proof in stored arrays. Raises ``ValueError`` where they are incomplete, or do not fit."""
    found = {name.removeprefix(PREFIX): values for name, values in arrays.items() if name.startswith(PREFIX)}
    for name, shape in _shapes(problem).items():
        if name not in found or found[name].shape != shape or not (np.abs(found[name]) <= LARGEST).all():
            raise ValueError(f"{PREFIX}{name} is missing or does not fit")
    balance, imports, exports, pair = (found[name] for name in MARKET)
    prices = Prices(balance, np.maximum(imports, 0.0), np.maximum(exports, 0.0), pair)
    watched = Watched(*(found[f"watched_{name}"] != 0.0 for name in WATCHED))
    storage = Storage(found["stored_eur"], found["shifted_eur"])
    lines = LinePrices(*(found[name] for name in LINES))
    try:
        floors, looked = multipliers_in("floor", found), sets_in(found)
    except (KeyError, IndexError, OverflowError, ValueError) as error:
        raise ValueError(f"what the bound rests on is incomplete, or does not fit: {error}") from error
    every = [*floors, *(one.multipliers for hour in looked for one in hour)]
    there = [one for one in every if one is not None]
    if not all((np.abs(one.values) <= LARGEST_MULTIPLIER).all() for one in there) or None in floors:
        raise ValueError("a multiplier is none that proves anything")
    if not len(floors) == len(looked) == problem.hours:
        raise ValueError(f"the multipliers are not about {problem.hours} hours")
    floor_multipliers = tuple(one for one in floors if one is not None)
    ground = Ground(storage, prices, float(found["known_eur"][0]), watched)
    return ground, JointEvidence(floor_multipliers, lines, found["cutoff_eur"], looked)


def _shapes(problem: CoordinationProblem) -> dict[str, tuple[int, ...]]:
    prosumers, edges, hours = len(problem.block.terms), problem.trades.n_pairs, problem.hours
    buses, lines = problem.network.n_buses, problem.network.n_lines
    rows = {"balance_eur": prosumers, "imports_eur": prosumers, "exports_eur": prosumers, "pair_eur": edges}
    return {
        "stored_eur": (prosumers, hours),
        "shifted_eur": (prosumers, int(problem.block.window[-1]) + 1),
        "known_eur": (1,),
        **{name: (count, hours) for name, count in rows.items()},
        "watched_low": (hours, buses),
        "watched_high": (hours, buses),
        "watched_current": (hours, lines),
        "open_eur": (hours, lines),
        "day_eur": (-(-hours // problem.terms.steps_per_day),),
        "step_eur": (hours + 1,),
        "cutoff_eur": (hours,),
    }


def usable(arrays: Mapping[str, Floats], bound_eur: float) -> bool:
    """Whether a bound is a number, and all of its multipliers are such that rounding leaves them alone."""
    multipliers = (values for name, values in arrays.items() if name.endswith("_multipliers"))
    return bool(np.isfinite(bound_eur)) and all((np.abs(values) <= LARGEST_MULTIPLIER).all() for values in multipliers)
