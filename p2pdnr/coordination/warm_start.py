"""What a next solve starts from, as plain arrays, and how an edited market uses them: prosumers and pairs find their
numbers by name, and those that were not there before start with the others' prices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm import iterations, penalties
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.errors import TopologyError
from p2pdnr.network.topology import orient

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NAMES = ("agreed_kw", "price_eur", "wanted_kw", "charge_eur", "trade_weight", "charge_weight")


@dataclass(frozen=True, eq=False)
class Before:
    """An earlier plan: its packed ``arrays``, whose rows belong to the prosumers ``names`` and to ``pairs`` of names;
    ``schedule`` says whether its topologies are a plan of the mode, the grid and the rules of switching of now."""

    arrays: dict[str, Floats]
    names: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    schedule: bool = False


def pack(plan: Dispatch) -> dict[str, Floats]:
    """Duals, trades and schedule of a plan."""
    state = plan.agreement
    return {
        "agreed_kw": state.trading.agreed_kw,
        "price_eur": state.trading.price_eur_per_kw,
        "wanted_kw": state.wanted_kw,
        "charge_eur": state.charge_eur_per_kw,
        "trade_weight": state.trade_weight,
        "charge_weight": state.charge_weight,
        "closed": plan.closed.astype(np.float64),
        **({} if plan.positions is None else {"positions": plan.positions.astype(np.float64)}),
        **_packed(state),
    }


REACTIVE = ("devices_kw", "device_eur", "circle_kvar", "circle_eur", "operator_kvar", "operator_eur")


def _packed(state: Agreement) -> dict[str, Floats]:
    """Where the inverters' copies stand, where they count."""
    if state.reactive is None:
        return {}
    copies = dict(zip(REACTIVE, state.reactive.copies, strict=True))
    return {f"inverter_{name}": values for name, values in copies.items()} | {
        "inverter_weight": np.array([state.reactive.weight])
    }


def _inverters(fresh: Agreement, before: Before, people: Ints) -> Agreement:
    """The opening with the inverters' copies of before, where there are some of this day."""
    if fresh.reactive is None:
        return fresh
    stored = [before.arrays.get(f"inverter_{name}") for name in REACTIVE]
    weight = before.arrays.get("inverter_weight")
    shapes = [(len(before.names), *copy.shape[1:]) for copy in fresh.reactive.copies]
    if not all(map(_fits, stored, shapes)) or not _fits(weight, (1,)) or weight is None or not weight[0] > 0.0:
        return fresh
    copies = tuple(_rows(values, people) for values in stored if values is not None)
    return replace(fresh, reactive=replace(fresh.reactive.with_copies(copies), weight=float(weight[0])))


def unpack(problem: CoordinationProblem, before: Before, settings: AdmmSettings) -> Agreement:
    """Where the negotiation stood; the usual opening where an array is missing, has another horizon or holds what is no
    number."""
    fresh, arrays = iterations.opening(problem, settings), before.arrays
    if not _usable(before, problem.hours):
        return fresh
    people, (pairs, sign) = _people(problem, before), _pairs(problem, before)
    price = np.where((pairs < 0)[:, None], _usual(arrays["price_eur"], fresh.trading.price_eur_per_kw), 0.0)
    price[pairs >= 0] = arrays["price_eur"][pairs[pairs >= 0]]
    trading = replace(
        fresh.trading, agreed_kw=sign[:, None] * _rows(arrays["agreed_kw"], pairs), price_eur_per_kw=price
    )
    wanted_kw, charge_eur_per_kw = (_rows(arrays[name], people) for name in ("wanted_kw", "charge_eur"))
    fresh = _inverters(fresh, before, people)
    stood = replace(fresh, trading=trading, wanted_kw=wanted_kw, charge_eur_per_kw=charge_eur_per_kw)
    return penalties.weighted(problem, stood, arrays["trade_weight"], arrays["charge_weight"], settings)


def schedule_before(problem: CoordinationProblem, before: Before) -> Bools | None:
    """(T, m) the earlier schedule, where it may still be one."""
    stored, shape = before.arrays.get("closed"), (problem.hours, problem.network.n_lines)
    if not before.schedule or not _fits(stored, shape):
        return None
    assert stored is not None
    closed = stored > 0.5
    try:
        for row in np.unique(closed, axis=0):
            orient(problem.network, row)
    except TopologyError:
        return None
    return closed


def positions_before(problem: CoordinationProblem, before: Before) -> Ints | None:
    """(T, L) where levers stood in the earlier schedule, where they move now as well and may stand there."""
    stored, levers = before.arrays.get("positions"), problem.network.levers
    if levers is None or problem.levers is None or not before.schedule:
        return None
    if stored is None or not _fits(stored, (problem.hours, len(levers.items))):
        return None
    least, most = (np.array([getattr(item, end) for item in levers.items]) for end in ("least", "most"))
    return np.clip(np.rint(stored), least, most).astype(np.int64)


def gone_kw(problem: CoordinationProblem, before: Before) -> float:
    """What the prosumers who are no longer there injected or withdrew, summed over the hours."""
    if not _usable(before, problem.hours):
        return 0.0
    here = {terms.name for terms in problem.block.terms}
    gone = [k for k, name in enumerate(before.names) if name not in here]
    return float(np.abs(before.arrays["wanted_kw"][gone]).sum())


def _usable(before: Before, hours: int) -> bool:
    people, pairs = (len(before.names), hours), (len(before.pairs), hours)
    shapes = (pairs, pairs, people, people, (hours,), (hours,))
    return all(_fits(before.arrays.get(name), shape) for name, shape in zip(NAMES, shapes, strict=True))


def _fits(values: Floats | None, shape: tuple[int, ...]) -> bool:
    return values is not None and values.shape == shape and bool(np.isfinite(values).all())


def _people(problem: CoordinationProblem, before: Before) -> Ints:
    """(K,) row of every prosumer in the earlier arrays, -1 where it is new."""
    place = {name: k for k, name in enumerate(before.names)}
    return np.array([place.get(terms.name, -1) for terms in problem.block.terms], dtype=np.int64)


def _pairs(problem: CoordinationProblem, before: Before) -> tuple[Ints, Floats]:
    """(E,) row of every pair in the earlier arrays, -1 where it is new, and -1.0 where its order has turned round."""
    number = {terms.name: k for k, terms in enumerate(problem.block.terms)}
    for name in before.names:
        number.setdefault(name, len(number))
    count = len(number)
    ends = [np.array([number.get(pair[side], count) for pair in before.pairs], dtype=np.int64) for side in range(2)]
    first, second = problem.trades.pairs.T
    ahead, behind = (
        _last(ends[0] * (count + 1) + ends[1], one * (count + 1) + other)
        for one, other in ((first, second), (second, first))
    )
    return np.where(ahead >= 0, ahead, behind), np.where(ahead >= 0, 1.0, -1.0)


def _last(known: Ints, asked: Ints) -> Ints:
    """The last place of every number of ``asked`` in ``known``, -1 where it is not there."""
    if not len(known):
        return np.full(len(asked), -1, dtype=np.int64)
    order = np.argsort(known, kind="stable")
    at = order[np.searchsorted(known[order], asked, side="right") - 1]
    return np.where(known[at] == asked, at, -1)


def _rows(values: Floats, rows: Ints) -> Floats:
    """The rows of before, zeros where there was none."""
    found = np.zeros((len(rows), *values.shape[1:]))
    found[rows >= 0] = values[rows[rows >= 0]]
    return found


def _usual(price: Floats, otherwise: Floats) -> Floats:
    """(T,) the prices that most pairs had, or (E, T) those of an opening."""
    return np.asarray(np.median(price, axis=0)) if len(price) else otherwise
