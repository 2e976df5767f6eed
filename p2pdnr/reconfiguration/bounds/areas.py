"""A relaxation taken apart into areas whose bounds add up.

A relaxation of a large feeder leaves a little open at every loop, and branching on one of them closes that one's share
alone: what is needed for all of them together grows with the product. But loops that are far from each other meet in
few places. Chains that share a junction are put into areas with few chains between them; a chain between two areas, and
all that belongs to it, is copied into both. With multipliers z of the whole programme,

    min c x, A x = b, ...   >=   sum over areas a of (min c_a x_a over the rows whose columns are all in a) + constant,

for any costs c_a of the copies of a column that sum to c + A_0' z, where A_0 are the rows that fit into no area, with
the constant -b_0 z. Rows that two areas have count for half in either (Lagrangian decomposition with copies: Guignard
and Kim 1987). With the best multipliers of the whole relaxation the bounds of the areas sum to its own; branching in
every area by itself lifts each of them (:mod:`.area_search`), and the sum of the rises is the rise of the bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.bounds.backbone import Backbone, Chain
from p2pdnr.reconfiguration.bounds.cones import ConeProgramme
from p2pdnr.reconfiguration.bounds.relaxation import Builder
from p2pdnr.reconfiguration.bounds.states import ALWAYS, StateOrder


@dataclass(frozen=True, eq=False)
class Area:
    """A programme of some chains, and the chain and the place in its order of each of their states."""

    programme: ConeProgramme
    order: StateOrder


@dataclass(frozen=True, eq=False)
class Decomposition:
    """``constant`` + the sum of the least values of the ``areas`` is at most that of the whole programme."""

    constant: float
    areas: tuple[Area, ...]


@dataclass(frozen=True, eq=False)
class _Split:
    """What belongs where: ``columns`` (columns, areas), ``rows`` (rows, areas)."""

    columns: Bools
    rows: Bools


def communities(backbone: Backbone) -> dict[int, int]:
    """The area of each junction: many chains within areas, few between them (Louvain: Blondel et al. 2008)."""
    from networkx import Graph, community  # late: the server starts without it

    graph = Graph()
    for chain in backbone.chains:
        ends = _junctions(backbone, chain)
        graph.add_nodes_from(ends)
        if len(ends) == 2:
            known = graph.get_edge_data(*ends, {"weight": 0})["weight"]
            graph.add_edge(*ends, weight=known + 1)
    found = community.louvain_communities(graph, seed=0) if len(graph) else []
    return {junction: number for number, junctions in enumerate(found) for junction in sorted(junctions)}


def decomposed(
    model: Builder, programme: ConeProgramme, multipliers: Floats, area_of: Mapping[int, int]
) -> Decomposition:
    """The areas of a programme, at ``multipliers`` (rows,) of the whole of it, by the area of each junction."""
    dual, split = programme.cones.into_dual(multipliers), _split(model, programme, area_of)
    times = split.rows.sum(axis=1)
    outside = times == 0
    shared = np.where(outside, 0.0, dual / np.maximum(times, 1))
    left = programme.linear + programme.matrix.T @ dual
    priced = programme.linear + programme.matrix[outside].T @ dual[outside]
    copies = split.columns.sum(axis=1)
    areas = []
    for columns, rows in zip(split.columns.T, split.rows.T, strict=True):
        own = left / copies - programme.matrix[rows].T @ shared[rows]
        areas.append(_area(model, programme, (columns, rows), (np.where(copies == 1, priced, own), copies)))
    constant = programme.offset - float(programme.right[outside] @ dual[outside])
    return Decomposition(constant, tuple(areas))


def _area(model: Builder, programme: ConeProgramme, part: tuple[Bools, Bools], costs: tuple[Floats, Ints]) -> Area:
    """The programme of some columns and rows with costs (columns,) that a column's copies share."""
    columns, rows = (np.flatnonzero(chosen) for chosen in part)
    states = columns[columns < programme.n_states]
    number = np.full(programme.n_states + 1, ALWAYS)
    number[states] = np.arange(len(states))
    linear, copies = costs
    cut = ConeProgramme(
        linear=linear[columns],
        low=programme.low[columns],
        high=programme.high[columns],
        column_owner=number[programme.column_owner[columns]],
        matrix=sp.csr_matrix(programme.matrix[rows][:, columns]),
        right=programme.right[rows],
        row_owner=number[programme.row_owner[rows]],
        cones=programme.cones.restricted(rows),
        n_states=len(states),
        bend=programme.bends[columns] / copies[columns],
    )
    chain = np.unique(model.arcs.chain[states], return_inverse=True)[1]
    return Area(cut, StateOrder(chain, model.arcs.position[states]))


def _split(model: Builder, programme: ConeProgramme, area_of: Mapping[int, int]) -> _Split:
    """A row belongs to the areas that have all its columns; the rows of one cone go together."""
    columns = _columns(model, area_of)
    filled = np.diff(programme.matrix.indptr)
    pattern = sp.csr_matrix(
        (np.ones(programme.matrix.nnz), programme.matrix.indices, programme.matrix.indptr), programme.matrix.shape
    )
    rows = np.asarray(pattern @ columns.astype(np.float64)) == filled[:, None]
    start, size = programme.cones.zero + programme.cones.nonnegative, programme.cones.size
    rows[start:] = rows[start:].reshape(-1, size, columns.shape[1]).all(axis=1).repeat(size, axis=0)
    rows[:start][filled[:start] == 0] = False
    return _Split(columns, rows)


def _columns(model: Builder, area_of: Mapping[int, int]) -> Bools:
    """(columns, areas) which columns belong to each area; the last one holds what is on no way to a loop."""
    arcs, of_chain = model.arcs, _of_chains(model.grid.backbone, area_of)
    of_bus = _of_buses(model, of_chain, area_of)
    columns = np.zeros((model.columns.count, of_bus.shape[1]), dtype=np.bool_)
    columns[: arcs.count] = of_chain[arcs.chain]
    columns[model.columns.voltage] = of_bus

    def owned(state: Ints, bus: Ints) -> Bools:
        by_state = columns[np.where(state == ALWAYS, 0, state)]
        return np.where((state == ALWAYS)[:, None], of_bus[bus], by_state)

    for kind in "PQlw":
        columns[model.columns.arc(kind)] = owned(arcs.state, arcs.bus[arcs.head])
    for kind in "PQ":
        columns[model.columns.hanging(kind)] = owned(arcs.owner[model.hung], arcs.bus[model.hung])
    return columns


def _of_chains(backbone: Backbone, area_of: Mapping[int, int]) -> Bools:
    """(chains, areas) the areas of a chain's ends; what hangs between substations alone goes to the first."""
    member = np.zeros((len(backbone.chains), 2 + max(area_of.values(), default=-1)), dtype=np.bool_)
    for number, chain in enumerate(backbone.chains):
        member[number, [area_of[end] for end in _junctions(backbone, chain)] or [0]] = True
    return member


def _of_buses(model: Builder, of_chain: Bools, area_of: Mapping[int, int]) -> Bools:
    """(n, areas) a junction has one area, a bus inside a chain those of the chain, a dead end that of its start."""
    backbone, network = model.grid.backbone, model.grid.network
    member = np.zeros((network.n_buses, of_chain.shape[1]), dtype=np.bool_)
    for chain, areas in zip(backbone.chains, of_chain, strict=True):
        member[list(chain.buses[1:-1])] = areas
    for junction, area in area_of.items():
        member[junction] = np.arange(member.shape[1]) == area
    place = {node: k for k, node in enumerate(backbone.order)}
    for _, tail, head in sorted(backbone.bridges, key=lambda bridge: place[int(backbone.node[bridge[2]])]):
        if not member[head].any():
            member[head] = member[tail]
    member[~member.any(axis=1), -1] = True
    return member


def _junctions(backbone: Backbone, chain: Chain) -> list[int]:
    """The different nodes at the ends of a chain, without that of the substations."""
    ends: Iterator[int] = (int(backbone.node[bus]) for bus in (chain.buses[0], chain.buses[-1]))
    return sorted({end for end in ends if end != backbone.root})
