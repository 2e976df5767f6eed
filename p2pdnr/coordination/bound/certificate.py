"""A lower bound on what the best schedule and the best prosumers together could cost, in the mode of a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.bound import joint_certificate, joint_search
from p2pdnr.coordination.bound.proof import NOTHING_EUR, Proof, Refined, proved_eur
from p2pdnr.coordination.bound.search import MOST_TURNS, Found, search
from p2pdnr.coordination.bound.step_prices import StepPrices, allowed, day_of
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule.choice import Choice, Hourly, Static
from p2pdnr.errors import P2pdnrError
from p2pdnr.market.duality import Prices, Storage
from p2pdnr.network.arrays import Network
from p2pdnr.network.names import enumerated
from p2pdnr.reconfiguration.lagrangian.all_trees import Seen
from p2pdnr.reconfiguration.lagrangian.one_tree import Multipliers
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet, pool

Floats = npt.NDArray[np.float64]

COMMON = ("balance_eur", "imports_eur", "exports_eur", "pair_eur")
PREFIX = "bound_"
LARGEST = 1e8
"""Times the price of violations, or 10 EUR where that is less: a larger price could make a bound by rounding alone."""
SEEN_BESIDE = ("seen_source_pu2", "seen_fed_kvar", "seen_active_kw")
NO_PRICES = ("seen_kw", "also_seen_kw", "seen_kvar", *SEEN_BESIDE, "known_eur", "tree", "hour", "turn")

SOURCE_PU2 = (0.01, 100.0)
"""Squared voltages of substations at which a power flow may be looked at."""

LARGE_GAP = 0.01
FAR = " So large a gap does not show that the plan is near the best: it may be the plan's or the bound's."
"""Of the sum of the cost parts: a distance to the bound that shows little, and what is said then."""


@dataclass(frozen=True, eq=False)
class LowerBound:
    """``bound_eur`` on everything both levels pay, None where there is none; ``text`` says over what it holds, or why
    there is none; ``arrays`` are the prices that prove it, ``stage_eur`` (n_trees, T) what every tree in every hour
    costs at least at these."""

    bound_eur: float | None
    text: str
    arrays: dict[str, Floats]
    stage_eur: Floats | None = None


@dataclass(frozen=True)
class Quest:
    """How prices are looked for that prove a bound, and the journal of the solve."""

    journal: Journal
    seek: Callable[[CoordinationProblem, TreeSet, Choice, Dispatch, Journal], Found] = search


def lower_bound(
    problem: CoordinationProblem, trees: TreeSet | None, mode: str, plan: Dispatch, journal: Journal
) -> LowerBound:
    """The bound over all schedules that ``mode`` ("hourly", "static", "fixed") allows and all plans of the prosumers.

    ``trees`` are all radial topologies, None where they are too many.
    """
    if trees is not None or mode == "fixed":
        return sought(problem, trees, mode, plan, Quest(journal))
    refusal = _refusal(problem) or joint_certificate.refusal(problem) or _late(journal)
    if refusal:
        return LowerBound(None, f"No lower bound: {refusal}.", {})
    return _over_states(problem, mode, plan, journal)


def _over_states(problem: CoordinationProblem, mode: str, plan: Dispatch, journal: Journal) -> LowerBound:
    """The bound where topologies are too many to be enumerated."""
    try:
        found = joint_search.search(problem, mode, plan, journal)
    except P2pdnrError as error:
        return LowerBound(None, f"No lower bound: {error}.", {})
    arrays = joint_certificate.pack(found.ground, found.evidence)
    if not joint_certificate.usable(arrays, found.bound_eur):
        return LowerBound(None, "No lower bound: the multipliers found for some hour prove nothing.", {})
    count = joint_certificate.topologies(problem)
    return LowerBound(found.bound_eur, _text(problem, mode, count, plan, found.bound_eur), arrays)


def _late(journal: Journal) -> str:
    return "the time limit has passed" if journal.out_of_time else ""


def sought(problem: CoordinationProblem, trees: TreeSet | None, mode: str, plan: Dispatch, quest: Quest) -> LowerBound:
    """:func:`lower_bound` with prices looked for in a way of one's own."""
    many = "the radial topologies are too many to be enumerated" if trees is None and mode != "fixed" else ""
    refusal = _refusal(problem) or many or _late(quest.journal)
    if refusal:
        return LowerBound(None, f"No lower bound: {refusal}.", {})
    own, choice = schedules(problem, trees, mode)
    try:
        found = quest.seek(problem, own, choice, plan, quest.journal)
    except P2pdnrError as error:
        return LowerBound(None, f"No lower bound: {error}.", {})
    arrays, bound_eur = pack(found.proof), found.bound_eur
    if not np.isfinite(bound_eur) or bound_eur <= NOTHING_EUR / 2.0 or not _is_sane(problem, arrays):
        return LowerBound(None, "No lower bound: the prices found for some topology prove nothing.", {})
    bound_eur += unsupplied_floor_eur(problem, own, mode)
    text = _text(problem, mode, f"{len(own):,}", plan, bound_eur)
    return LowerBound(bound_eur, text, arrays, found.stage_eur)


def _not_plain(network: Network) -> str:
    """The lines and buses that have a ratio or an admittance to earth."""
    parts = ("g_from_pu", "b_from_pu", "g_to_pu", "b_to_pu")
    lines = (network.ratio != 1.0) | np.any([getattr(network, name) != 0.0 for name in parts], axis=0)
    buses = (network.shunt_g_pu != 0.0) | (network.shunt_b_pu != 0.0)
    told = []
    if lines.any():
        told.append(f"line {enumerated([network.line_name(line) for line in np.flatnonzero(lines).tolist()])}")
    if buses.any():
        told.append(f"bus {enumerated([network.bus_name(bus) for bus in np.flatnonzero(buses).tolist()])}")
    return "; ".join(told)


def _refusal(problem: CoordinationProblem) -> str:
    levers = problem.network.levers if problem.levers is not None else None
    moving = [item.place for item in levers.items if item.kind == "line tap"] if levers is not None else []
    if moving:
        named = enumerated([problem.network.line_name(line) for line in moving])
        return f"tap changers of lines move ({named}), whose ratios it does not cover"
    plain = problem.network if levers is None else levers.without
    if not plain.is_plain:
        told = f"the network has transformers with ratios, or admittances to earth ({_not_plain(plain)})"
        return f"{told}, which it does not cover"
    if not problem.network.is_passive:
        return "a transformer has a leg with an impedance below zero, which it does not cover"
    return ""


def schedules(problem: CoordinationProblem, trees: TreeSet | None, mode: str) -> tuple[TreeSet, Choice]:
    """The topologies and schedules of a mode."""
    if trees is None or mode == "fixed":
        return pool(problem.network, [np.flatnonzero(~problem.network.closed)]), Static()
    return trees, Hourly() if mode == "hourly" else Static()


def _text(problem: CoordinationProblem, mode: str, count: str, plan: Dispatch, bound_eur: float) -> str:
    limits = " that the limits on switching allow" if problem.terms.limits_switching else ""
    moved = "" if problem.levers is None else ", all positions of tap changers and capacitors"
    what = {
        "fixed": "the initial topology",
        "static": f"each of {count} topologies all the time{limits}",
        "hourly": f"all schedules of {count} topologies{limits}",
    }[mode]
    gap = round((plan.total_eur - bound_eur) / plan.scale_eur, 5) + 0.0  # rounding is not below nothing
    return (
        f"Over {what}{moved} and all plans of the prosumers nothing costs less than {bound_eur:,.2f} EUR; this plan is "
        f"within {gap:.3%} of the sum of its cost parts of that.{FAR if gap > LARGE_GAP else ''}"
    )


def pack(proof: Proof) -> dict[str, Floats]:
    """A proof as plain arrays."""
    parts = {
        "stored_eur": proof.storage.stored_eur,
        "shifted_eur": _by_window(proof.storage.shifted_eur),
        "seen_kw": proof.seen_kw,
        "known_eur": np.array([proof.known_eur]),
        **{name: getattr(proof.prices, name) for name in COMMON},
        "tree": np.concatenate([item.tree for item in proof.refined]).astype(np.float64),
        "hour": np.concatenate([item.hour for item in proof.refined]).astype(np.float64),
        "turn": np.concatenate([item.turn for item in proof.refined]).astype(np.float64),
    }
    if proof.also_seen_kw is not None:
        parts |= {"also_seen_kw": proof.also_seen_kw}
    names = [name for name, part in vars(proof.prices).items() if part is not None]
    if proof.seen is not None:
        parts |= {"seen_kvar": proof.seen.kvar, "seen_limit_eur": proof.seen.limit_eur}
    if proof.seen is not None:
        beside = (proof.seen.source_v2, proof.seen.fed_kvar, proof.seen.active_kw)
        parts |= {name: part for name, part in zip(SEEN_BESIDE, beside, strict=True) if part is not None}
    if proof.prices.active_eur is not None:
        parts |= {"active_eur": proof.prices.active_eur}
    if proof.steps is not None:
        parts |= {"step_eur": proof.steps.step_eur, "toll_eur": proof.steps.toll_eur}
    for name in names:
        parts[f"own_{name}"] = np.hstack([getattr(item.prices, name) for item in proof.refined])
    for name in Multipliers._fields:
        parts[f"grid_{name}"] = np.hstack([getattr(item.multipliers, name) for item in proof.refined])
    return {PREFIX + name: values for name, values in parts.items()}


def repeated_eur(problem: CoordinationProblem, trees: TreeSet | None, mode: str, arrays: dict[str, Floats]) -> float:
    """The bound that stored prices prove, computed again without any solver.

    Raises ``ValueError`` where the arrays are incomplete or do not fit.
    """
    if trees is None and mode != "fixed":
        return joint_certificate.repeated_eur(problem, mode, arrays)
    own, choice = schedules(problem, trees, mode)
    return proved_eur(problem, own, choice, unpack(problem, own, arrays)) + unsupplied_floor_eur(problem, own, mode)


def unsupplied_floor_eur(problem: CoordinationProblem, trees: TreeSet, mode: str) -> float:
    """What energy not supplied costs at least in the schedules of a mode over ``trees``, limits on switching aside;
    nothing where it has no price. The prices of a proof do not know this part, which is never below zero: the least of
    a sum is at least the sum of the least."""
    if problem.outages is None:
        return 0.0
    stage_eur = problem.outages.stage_eur(problem.network, trees.open_lines)
    return float(stage_eur.min(axis=0).sum() if mode == "hourly" else stage_eur.sum(axis=1).min())


def unpack(problem: CoordinationProblem, trees: TreeSet, arrays: dict[str, Floats]) -> Proof:
    """The proof in stored arrays.

    Raises ``ValueError`` where they are incomplete or do not fit, or where a price is none that proves anything.
    """
    shapes = _shapes(problem, len(arrays.get(PREFIX + "tree", ())))
    if PREFIX + "also_seen_kw" in arrays:
        shapes["also_seen_kw"] = (len(arrays[PREFIX + "also_seen_kw"]), *shapes["seen_kw"])
    found = {name: arrays[PREFIX + name] for name in shapes if PREFIX + name in arrays}
    for name, shape in shapes.items():
        if name not in found or found[name].shape != shape or not _is_sane(problem, {name: found[name]}):
            raise ValueError(f"{PREFIX}{name} is missing or does not fit")
    tree, hour, turn = (found[name].astype(np.int64) for name in ("tree", "hour", "turn"))
    limits = ((tree, len(trees)), (hour, problem.hours), (turn, MOST_TURNS))
    if any(np.any((index < 0) | (index >= most)) for index, most in limits):
        raise ValueError("the refined pairs are none of this problem")
    if (problem.inverters.used or problem.levers is not None) and turn.any():
        raise ValueError("caps are not for inverters, and not where levers move")
    refined = Refined(tree, hour, turn, _prices(found, "own_"), _multipliers(found))
    storage = Storage(found["stored_eur"], found["shifted_eur"].reshape(len(found["stored_eur"]), -1))
    seen = None
    if "seen_kvar" in found:
        source_v2 = None if problem.levers is None else np.clip(found["seen_source_pu2"], *SOURCE_PU2)
        beside = (found.get(name) for name in SEEN_BESIDE[1:])
        seen = Seen(found["seen_kvar"], found["seen_limit_eur"], source_v2, *beside)
    steps = None
    if problem.levers is not None:
        steps = allowed(problem, StepPrices(found["step_eur"], found["toll_eur"]))
    known_eur, also_kw = float(found["known_eur"][0]), found.get("also_seen_kw")
    return Proof(storage, _prices(found, ""), found["seen_kw"], known_eur, (refined,), seen, also_kw, steps)


def _by_window(shifted_eur: Floats) -> Floats:
    """Prices (K, V) as they are stored: (K,) where the horizon is the only window."""
    return shifted_eur[:, 0] if shifted_eur.shape[1] == 1 else shifted_eur


def _is_sane(problem: CoordinationProblem, arrays: dict[str, Floats]) -> bool:
    """Whether all are finite numbers, and prices such that rounding leaves alone."""
    most = LARGEST * max(10.0, problem.terms.violation_price_eur_per_kwh * problem.step_h)
    prices = (values for name, values in arrays.items() if name.removeprefix(PREFIX) not in NO_PRICES)
    finite = all(np.isfinite(values).all() for values in arrays.values())
    return finite and all((np.abs(values) <= most).all() for values in prices)


def _prices(found: dict[str, Floats], prefix: str) -> Prices:
    """Prices of which those of inequalities are not negative, whatever the file says."""
    balance, imports, exports, pair = (found[prefix + name] for name in COMMON)
    active = found.get(f"{prefix}active_eur")
    return Prices(balance, np.maximum(imports, 0.0), np.maximum(exports, 0.0), pair, active)


def _multipliers(found: dict[str, Floats]) -> Multipliers:
    return Multipliers(*(found[f"grid_{name}"] for name in Multipliers._fields))


def _shapes(problem: CoordinationProblem, pairs: int) -> dict[str, tuple[int, ...]]:
    prosumers, edges, buses = len(problem.block.terms), problem.trades.n_pairs, problem.network.n_buses
    windows, inverters = int(problem.block.window[-1]) + 1, dict[str, tuple[int, ...]]()
    if problem.inverters.used:
        inverters = {"active_eur": (prosumers, problem.hours), "own_active_eur": (prosumers, pairs)}
        inverters |= dict.fromkeys(SEEN_BESIDE[1:], (len(problem.inverters.who), problem.hours))
    if problem.inverters.used or problem.levers is not None:
        inverters |= dict.fromkeys(("seen_kvar", "seen_limit_eur"), (problem.hours, buses))
    if problem.levers is not None:
        inverters |= _lever_shapes(problem)
    rows = {"balance_eur": prosumers, "imports_eur": prosumers, "exports_eur": prosumers, "pair_eur": edges}
    return {
        "stored_eur": (prosumers, problem.hours),
        "shifted_eur": (prosumers, windows) if windows > 1 else (prosumers,),
        "seen_kw": (problem.hours, buses),
        "known_eur": (1,),
        **{name: (count, problem.hours) for name, count in rows.items()},
        **inverters,
        "tree": (pairs,),
        "hour": (pairs,),
        "turn": (pairs,),
        **{f"own_{name}": (count, pairs) for name, count in rows.items()},
        **{f"grid_{name}": (buses, pairs) for name in Multipliers._fields},
    }


def _lever_shapes(problem: CoordinationProblem) -> dict[str, tuple[int, ...]]:
    levers = problem.network.levers
    assert levers is not None
    return {
        "seen_source_pu2": (problem.hours, len(problem.network.substations)),
        "step_eur": (problem.hours + 1, len(levers.items)),
        "toll_eur": (int(day_of(problem)[-1]) + 1,),
    }
