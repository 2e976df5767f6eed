"""From two copies of every trade to one that both sides can deliver.

What a prosumer's own copies sum to is what it can deliver. The projection finds trades near the agreed ones with
exactly these sums, except at prosumers with room (a retailer that can make up for it, PV to curtail), who share what
is left over: a potential flow on the partner graph, whose conductances keep corrections on pairs that trade anyway and
away from limits.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

from p2pdnr.market import kernel_arrays as kernel
from p2pdnr.market.negotiation import Trading
from p2pdnr.market.responses import ProsumerBlock, Response
from p2pdnr.market.terms import TradeTerms

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROOM_CAP_KW = 10.0
LEAST_CONDUCTANCE_KW = 1e-6
NEGLIGIBLE_KW = 1e-9
GROUNDING = 1e-12
DENSE_UP_TO = 60
"""Prosumers up to whom all hours are corrected at once, by dense matrices."""


def project(block: ProsumerBlock, trades: TradeTerms, trading: Trading, response: Response) -> Floats:
    """(E, T) trades, the first of each pair sells: near the agreed ones, and deliverable by both sides."""
    if not trades.n_pairs:
        return np.zeros_like(trading.agreed_kw)
    count = len(block.terms)
    incidence = _incidence(trades.pairs, count)
    _, component = connected_components(abs(incidence) @ abs(incidence).T, directed=False)
    owned = _owned(block, response)
    rooms = [*_levels(_room(block, response)), _by_devices(block, response), _unserved(block, response)]
    limit_kw = trades.limit_kw[:, None]
    base = np.clip(trading.agreed_kw, -limit_kw, limit_kw)
    base = np.where(np.abs(base) > 1e-6, base, 0.0)
    need = owned + _shares(owned, rooms, component.astype(np.int64)) - incidence @ base
    conductance = np.minimum(np.abs(base), limit_kw - np.abs(base)) + LEAST_CONDUCTANCE_KW
    correct = _corrections_together if count <= DENSE_UP_TO else _corrections_apart
    result = base + correct(incidence, conductance, need)
    return np.where(np.abs(result) > NEGLIGIBLE_KW, result, 0.0)


def _incidence(pairs: Ints, count: int) -> sp.csr_matrix:
    """(K, E) +1 at the first and -1 at the second of each pair."""
    edges = np.arange(len(pairs))
    rows, columns = np.concatenate([pairs[:, 0], pairs[:, 1]]), np.concatenate([edges, edges])
    signs = np.repeat([1.0, -1.0], len(pairs))
    return sp.csr_matrix((signs, (rows, columns)), shape=(count, len(pairs)))


def _owned(block: ProsumerBlock, response: Response) -> Floats:
    """(K, T) what each prosumer has to sell in all, by its own devices and its retailer: what its copies sum to."""
    x, load_kw = response.columns, block.right[:, :, kernel.BALANCE]
    made = x[:, :, kernel.PV] + x[:, :, kernel.DISCHARGE] + x[:, :, kernel.GENERATOR] + x[:, :, kernel.UNSERVED]
    used = load_kw + x[:, :, kernel.CHARGE] + x[:, :, kernel.FLEXIBLE] + x[:, :, kernel.ELASTIC]
    return np.asarray(made - used + x[:, :, kernel.IMPORTED] - x[:, :, kernel.EXPORTED])


def _room(block: ProsumerBlock, response: Response) -> tuple[Floats, Floats]:
    """(K, T) how much more, and how much less, each could sell by turning to its retailer or its PV."""
    x, upper = response.columns, block.upper
    rise = _spare_import(block, response) + x[:, :, kernel.EXPORTED] + upper[:, :, kernel.PV] - x[:, :, kernel.PV]
    fall = _spare_export(block, response) + x[:, :, kernel.IMPORTED]
    return np.maximum(rise, 0.0), np.maximum(fall, 0.0)


def _spare_import(block: ProsumerBlock, response: Response) -> Floats:
    """(K, T) what each could still import: nobody imports more than it uses."""
    imported = response.columns[:, :, kernel.IMPORTED]
    return np.minimum(block.upper[:, :, kernel.IMPORTED] - imported, _slack(response, kernel.IMPORT_SLACK))


def _spare_export(block: ProsumerBlock, response: Response) -> Floats:
    """(K, T) what gives way, by export or curtailment, of own power that is not exported: nobody exports what was
    bought."""
    x = response.columns
    spare = block.upper[:, :, kernel.EXPORTED] - x[:, :, kernel.EXPORTED] + x[:, :, kernel.PV]
    return np.minimum(spare, _slack(response, kernel.EXPORT_SLACK))


def _slack(response: Response, column: int) -> Floats:
    """(K, T) what a rule against resale leaves."""
    return np.maximum(response.columns[:, :, column], 0.0)


def _by_devices(block: ProsumerBlock, response: Response) -> tuple[Floats, Floats]:
    """(K, T) the same by its generator, its elastic load and load that was not served.

    A generator that gives way, and an elastic load, take with them what was exported of the one and imported for the
    other: only what the rules against resale leave counts.
    """
    x, upper = response.columns, block.upper
    generated, elastic, unserved = (x[:, :, name] for name in (kernel.GENERATOR, kernel.ELASTIC, kernel.UNSERVED))
    most_generated, most_elastic = (upper[:, :, name] for name in (kernel.GENERATOR, kernel.ELASTIC))
    used = np.minimum(elastic, _slack(response, kernel.IMPORT_SLACK) - _spare_import(block, response))
    made = np.minimum(generated, _slack(response, kernel.EXPORT_SLACK) - _spare_export(block, response))
    rise = most_generated - generated + used
    fall = made + most_elastic - elastic + unserved
    return np.maximum(rise, 0.0), np.maximum(fall, 0.0)


def _unserved(block: ProsumerBlock, response: Response) -> tuple[Floats, Floats]:
    """(K, T) how much more each could sell by leaving load unserved: where nothing else is left, as that costs most."""
    rise = block.upper[:, :, kernel.UNSERVED] - response.columns[:, :, kernel.UNSERVED]
    return np.maximum(rise, 0.0), np.zeros_like(rise)


def _levels(room: tuple[Floats, Floats]) -> list[tuple[Floats, Floats]]:
    """Rooms (rise, fall) in the order in which they are used: a little of everybody's before much of a few's."""
    little = (np.minimum(room[0], ROOM_CAP_KW), np.minimum(room[1], ROOM_CAP_KW))
    return [little, (room[0] - little[0], room[1] - little[1])]


def _shares(owned: Floats, rooms: list[tuple[Floats, Floats]], component: Ints) -> Floats:
    """(K, T) changes that bring every component of the partner graph to a sum of zero, by the rooms (rise, fall) in
    their order: all share in one before the next is touched, and evenly in what no room is left for."""
    shares = np.zeros_like(owned)
    order = np.argsort(component, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(component[order])) + 1):
        excess = owned[members].sum(axis=0)
        left, given = np.abs(excess), np.zeros((len(members), len(excess)))
        for rise, fall in rooms:
            side = np.where(excess > 0, fall[members], rise[members])
            taken = np.minimum(left, side.sum(axis=0))
            given += taken * side / np.maximum(side.sum(axis=0), NEGLIGIBLE_KW)
            left = left - taken
        shares[members] = -np.sign(excess) * (given + left / len(members))
    return shares


def _corrections_together(incidence: sp.csr_matrix, conductance: Floats, need: Floats) -> Floats:
    """(E, T) flows along potential differences that deliver ``need`` (K, T), which sums to zero in every component."""
    ends = incidence.toarray()
    laplacian = (ends * conductance.T[:, None, :]) @ ends.T
    grounding = GROUNDING * np.maximum(1.0, np.diagonal(laplacian, axis1=1, axis2=2).max(axis=1))
    grounded = laplacian + grounding[:, None, None] * np.eye(len(need))
    flow = np.zeros_like(conductance)
    for _ in range(2):  # once more for what the grounding took away
        potential = np.linalg.solve(grounded, (need - ends @ flow).T[:, :, None])[:, :, 0]
        flow += conductance * (ends.T @ potential.T)
    return flow


def _corrections_apart(incidence: sp.csr_matrix, conductance: Floats, need: Floats) -> Floats:
    """The same hour by hour, for many prosumers of whom each has few partners."""
    flows = [_correction(incidence, conductance[:, t], need[:, t]) for t in range(need.shape[1])]
    return np.column_stack(flows)


def _correction(incidence: sp.csr_matrix, conductance: Floats, need: Floats) -> Floats:
    """(E,) the flows of one hour that deliver ``need`` (K,)."""
    weighted = incidence @ sp.diags(conductance)
    laplacian = weighted @ incidence.T
    grounded = laplacian + GROUNDING * sp.eye(len(need), format="csr") * max(1.0, laplacian.diagonal().max())
    flow = np.zeros(len(conductance))
    for _ in range(2):
        potential = spsolve(grounded.tocsc(), need - incidence @ flow)
        flow = flow + conductance * (incidence.T @ potential)
    return np.asarray(flow)
