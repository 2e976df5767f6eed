"""The relaxation over all radial topologies: branch flow in every state of every chain, weighted.

A state s of a chain has a weight y_s in [0, 1], the weights of a chain sum to 1, and a junction is fed by arcs whose
weights sum to 1. Everything that belongs to a state is a copy multiplied by its weight (the disjunctive or perspective
form: Balas 1979; Frangioni and Gentile 2006). For an arc with squared voltage w at its tail, flow P, Q into its series
impedance and squared current l, all times the weight:

    P^2 + Q^2 <= w l,    w <= V^2 y,    voltage at its head w - 2 (r P + x Q) + (r^2 + x^2) l,
    arriving P - r l and Q - x l feed the load (times the weight) and the arcs that leave the head,
    the copies of the voltage of a junction sum to that voltage at most,
    what arrives at the end of a chain that feeds it lies between the least and the most that can hang there.

With weights 0 or 1 this is the branch flow of one topology, so its optimum is below the loss of every tree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from p2pdnr.network.admittance import Complexes
from p2pdnr.network.arrays import Floats, Ints
from p2pdnr.reconfiguration.bounds.cones import ConeProgramme, Rows
from p2pdnr.reconfiguration.bounds.grid import BoundedGrid
from p2pdnr.reconfiguration.bounds.states import ALWAYS
from p2pdnr.reconfiguration.topologies.graph_reduction import reduce_network
from p2pdnr.solvers import Cones

Entry = tuple[Ints, Ints, Floats]


@dataclass(frozen=True, eq=False)
class _Columns:
    """Where the variables stand: weights of states first, then voltages of buses, then four per arc, then two per
    place at which a dead end hangs on a chain."""

    states: int
    buses: int
    arcs: int
    hung: int

    @property
    def voltage(self) -> Ints:
        """(n,)"""
        return self.states + np.arange(self.buses)

    def arc(self, kind: str) -> Ints:
        """(arcs,) of ``P``, ``Q``, ``l`` or ``w``."""
        return self.states + self.buses + "PQlw".index(kind) * self.arcs + np.arange(self.arcs)

    def hanging(self, kind: str) -> Ints:
        """(hung,) of ``P`` or ``Q``."""
        return self.states + self.buses + 4 * self.arcs + "PQ".index(kind) * self.hung + np.arange(self.hung)

    @property
    def count(self) -> int:
        """Of all."""
        return self.states + self.buses + 4 * self.arcs + 2 * self.hung


def programme(grid: BoundedGrid) -> ConeProgramme:
    """The relaxation of a network as a cone programme."""
    return built(Builder(grid))


def built(model: Builder) -> ConeProgramme:
    """The programme of a model."""
    equalities, inequalities, cones = Rows(), Rows(), Rows()
    _balances(model, equalities)
    _voltages(model, equalities)
    _weights(model, equalities, inequalities)
    _sending_ends(model, inequalities)
    _arrivals(model, inequalities)
    _signs(model, inequalities)
    _currents(model, cones)
    parts = [rows.matrix(model.columns.count) for rows in (equalities, inequalities, cones)]
    low, high = _box(model)
    return ConeProgramme(
        linear=model.objective(),
        low=low,
        high=high,
        column_owner=model.column_owner(),
        matrix=sp.csr_matrix(sp.vstack([matrix for matrix, _, _ in parts])),
        right=np.concatenate([right for _, right, _ in parts]),
        row_owner=np.concatenate([owner for _, _, owner in parts]),
        cones=Cones(equalities.count, inequalities.count, cones.count),
        n_states=model.arcs.count,
        offset=model.offset(),
    )


class Builder:
    """A grid with everything the blocks of rows refer to."""

    def __init__(self, grid: BoundedGrid) -> None:
        self.grid, self.arcs = grid, grid.states
        n, arcs = grid.network.n_buses, grid.states
        inside = np.zeros(n, dtype=np.bool_)
        inside[list(grid.backbone.inside())] = True
        fed_from = np.zeros(n, dtype=np.bool_)
        fed_from[[tail for _, tail, _ in grid.backbone.bridges]] = True
        self.substation2 = np.full(n, np.nan)
        self.substation2[grid.network.substations] = grid.network.substation_vm_pu**2
        held = ~np.isnan(self.substation2)
        # buses that stand in the programme themselves; of those inside a chain, the ones with a dead end
        self.junction = ~inside & ~held
        self.hub = inside & fed_from
        copies = np.arange(n, len(arcs.bus))
        self.hung = copies[self.hub[arcs.bus[copies]]]
        # seen from the bus that is fed, behind the ratio at a line's from end
        square = grid.network.ratio[arcs.line] ** 2
        seen = np.where(arcs.forward, 1.0, square)
        self.gain = np.where(arcs.forward, 1.0 / square, square)
        self.r, self.x = grid.r[arcs.line] * seen, grid.x[arcs.line] * seen
        to_end = arcs.forward.astype(np.int64)
        self.at_tail, self.at_head = grid.added[1 - to_end, arcs.line], grid.added[to_end, arcs.line]
        self.feeder = np.full(len(arcs.bus), -1)
        inner = np.flatnonzero(arcs.head >= n)
        self.feeder[arcs.head[inner]] = inner
        self.arriving = arcs.head < n
        self.starting = (arcs.tail < n) & (arcs.state != ALWAYS)
        self.columns = _Columns(arcs.count, n, len(arcs.line), len(self.hung))
        # what has a balance, in the order of the rows, which stand first: active power, then reactive power
        self.places = np.concatenate([np.flatnonzero(self.junction | self.hub), copies])

    def arrival(self, kind: str, arcs: Ints, rows: Ints, sign: float = 1.0) -> list[Entry]:
        """Entries of the power that arcs bring to their heads, less what they take to earth there."""
        loss = self.r if kind == "P" else self.x
        columns = self.columns
        return [
            (rows, columns.arc(kind)[arcs], np.full(len(arcs), sign)),
            (rows, columns.arc("l")[arcs], -sign * loss[arcs]),
            *self.far_voltage(arcs, rows, -sign * taken(kind, self.at_head[arcs])),
        ]

    def far_voltage(self, arcs: Ints, rows: Ints, sign: Floats) -> list[Entry]:
        """Entries of the squared voltage that arcs bring to their heads, times ``sign`` (arcs,)."""
        if not sign.any():
            return []
        r, x, columns = self.r[arcs], self.x[arcs], self.columns
        return [
            (rows, columns.arc("w")[arcs], sign * self.gain[arcs]),
            (rows, columns.arc("P")[arcs], -2.0 * sign * r),
            (rows, columns.arc("Q")[arcs], -2.0 * sign * x),
            (rows, columns.arc("l")[arcs], sign * (r * r + x * x)),
        ]

    def weight(self, owners: Ints, values: Floats) -> tuple[Entry, Floats]:
        """``values`` times the weight of each row's state, as an entry, and as a constant where it is always 1."""
        rows = np.flatnonzero(owners != ALWAYS)
        return (rows, owners[rows], values[rows]), np.where(owners == ALWAYS, values, 0.0)

    def objective(self) -> Floats:
        """Losses in impedances and in conductances of lines to earth, without those at substations."""
        linear, leak, arcs = np.zeros(self.columns.count), self.grid.leak, self.arcs
        linear[self.columns.arc("l")] = self.r
        linear[self.columns.arc("w")] = self.at_tail.real
        linear[self.columns.voltage] = np.where(self.junction, leak, 0.0)
        inner = arcs.head >= len(leak)
        for _, column, value in self.far_voltage(
            np.arange(len(inner)), arcs.head, self.at_head.real + np.where(inner, leak[arcs.bus[arcs.head]], 0.0)
        ):
            linear[column] += value
        return linear / self.unit

    @property
    def unit(self) -> float:
        """The loss that is searched for less than."""
        return self.grid.assumed.loss_kw / self.grid.base_kw

    def offset(self) -> float:
        """Losses to earth at substations while all lines are open."""
        return float(np.nansum(self.grid.leak * self.substation2)) / self.unit

    def column_owner(self) -> Ints:
        """State each variable belongs to."""
        arcs = self.arcs
        hung = arcs.owner[self.hung]
        always = np.full(self.columns.buses, ALWAYS)
        return np.concatenate([np.arange(arcs.count), always, *[arcs.state] * 4, hung, hung])


def _balances(model: Builder, rows: Rows) -> None:
    """What arrives at a place feeds its load, the arcs that leave it and the dead end that hangs on it."""
    arcs, n, columns = model.arcs, model.grid.network.n_buses, model.columns
    places = model.places
    row_of = np.full(len(arcs.bus), -1)
    row_of[places] = np.arange(len(places))
    incoming, leaving = np.flatnonzero(row_of[arcs.head] >= 0), np.flatnonzero(row_of[arcs.tail] >= 0)
    hub = np.isin(places, np.flatnonzero(model.hub))
    own, inner = np.flatnonzero(model.junction), np.flatnonzero(arcs.head >= n)
    for kind, load in (("P", model.grid.p), ("Q", model.grid.q)):
        entry, constant = model.weight(arcs.owner[places], np.where(hub, 0.0, load[arcs.bus[places]]))
        rows.add(
            constant,
            arcs.owner[places],
            _negative(entry),
            *model.arrival(kind, incoming, row_of[arcs.head[incoming]]),
            (row_of[arcs.tail[leaving]], columns.arc(kind)[leaving], -np.ones(len(leaving))),
            (row_of[arcs.tail[leaving]], columns.arc("w")[leaving], -taken(kind, model.at_tail[leaving])),
            (row_of[own], columns.voltage[own], -taken(kind, model.grid.alone[own])),
            *model.far_voltage(
                inner, row_of[arcs.head[inner]], -taken(kind, model.grid.alone[arcs.bus[arcs.head[inner]]])
            ),
            (row_of[model.hung], columns.hanging(kind), -np.ones(len(model.hung))),
            (row_of[arcs.bus[model.hung]], columns.hanging(kind), np.ones(len(model.hung))),
        )


def taken(kind: str, admittance: Complexes) -> Floats:
    """Active or reactive power that an admittance to earth takes per unit of squared voltage."""
    return admittance.real if kind == "P" else -admittance.imag


def _negative(entry: Entry) -> Entry:
    return entry[0], entry[1], -entry[2]


def _voltages(model: Builder, rows: Rows) -> None:
    """The voltage of a bus is what arrives there; inside a state an arc starts from what arrives at its tail."""
    arcs, n, columns = model.arcs, model.grid.network.n_buses, model.columns
    buses = np.flatnonzero(model.junction | model.hub)
    row_of = np.full(n, -1)
    row_of[buses] = np.arange(len(buses))
    into = np.flatnonzero(row_of[arcs.bus[arcs.head]] >= 0)
    arriving = model.far_voltage(into, row_of[arcs.bus[arcs.head[into]]], -np.ones(len(into)))
    own = (np.arange(len(buses)), columns.voltage[buses], np.ones(len(buses)))
    rows.add(np.zeros(len(buses)), ALWAYS, own, *arriving)
    inner = np.flatnonzero(arcs.tail >= n)
    some = np.arange(len(inner))
    own = (some, columns.arc("w")[inner], np.ones(len(inner)))
    rows.add(
        np.zeros(len(inner)),
        arcs.state[inner],
        own,
        *model.far_voltage(model.feeder[arcs.tail[inner]], some, -np.ones(len(inner))),
    )
    bridges = np.flatnonzero(arcs.state == ALWAYS)
    entry, held = _tail_voltage(model, arcs.tail[bridges])
    own = (np.arange(len(bridges)), columns.arc("w")[bridges], np.ones(len(bridges)))
    rows.add(held, ALWAYS, own, _negative(entry))


def _tail_voltage(model: Builder, buses: Ints) -> tuple[Entry, Floats]:
    """Squared voltage of buses, as an entry per row where it is a variable and as a constant at substations."""
    held = np.nan_to_num(model.substation2[buses])
    rows = np.flatnonzero(np.isnan(model.substation2[buses]))
    return (rows, model.columns.voltage[buses[rows]], np.ones(len(rows))), held


def _weights(model: Builder, equalities: Rows, inequalities: Rows) -> None:
    """A chain is in one state, a junction has one parent, of lines that cut the network in two at most one is open."""
    arcs, grid, count = model.arcs, model.grid, model.arcs.count
    chains = np.ones(len(grid.backbone.chains))
    equalities.add(chains, ALWAYS, (arcs.chain, np.arange(count), np.ones(count)))
    feeding = np.flatnonzero(model.arriving & (arcs.state != ALWAYS) & model.junction[arcs.bus[arcs.head]])
    buses, row = np.unique(arcs.head[feeding], return_inverse=True)
    equalities.add(np.ones(len(buses)), ALWAYS, (row, arcs.state[feeding], np.ones(len(row))))
    group = _cut_groups(grid)[arcs.chain]
    length = np.array([len(chain.lines) for chain in grid.backbone.chains], dtype=np.int64)[arcs.chain]
    opened = np.flatnonzero((arcs.position > 0) & (arcs.position <= length) & (group >= 0))
    groups, row = np.unique(group[opened], return_inverse=True)
    inequalities.add(np.ones(len(groups)), ALWAYS, (row, opened, np.ones(len(opened))))


def _cut_groups(grid: BoundedGrid) -> Ints:
    """(chains,) a common number for chains any two lines of which cut the network in two, -1 for the others."""
    number = np.full(grid.network.n_lines, -1)
    for k, lines in enumerate(reduce_network(grid.network).chains):
        number[lines] = k
    group = np.array([number[list(chain.lines)].max() for chain in grid.backbone.chains], dtype=np.int64)
    times = np.bincount(group[group >= 0], minlength=len(number))
    return np.where((group >= 0) & (times[group] > 1), group, -1)


def _sending_ends(model: Builder, rows: Rows) -> None:
    """Copies of a junction's voltage: at most its bound times the weight each, and that voltage in sum."""
    arcs, columns = model.arcs, model.columns
    start = np.flatnonzero(model.starting)
    some = np.arange(len(start))
    highest = model.grid.highest[arcs.tail[start]]
    own = columns.arc("w")[start]
    rows.add(
        np.zeros(len(start)), arcs.state[start], (some, own, np.ones(len(start))), (some, arcs.state[start], -highest)
    )
    ends = np.stack([arcs.chain[arcs.state[start]], arcs.line[start], arcs.tail[start]])
    which, row = np.unique(ends, axis=1, return_inverse=True)
    entry, held = _tail_voltage(model, which[2])
    rows.add(held, ALWAYS, (row.ravel(), own, np.ones(len(start))), _negative(entry))


def _arrivals(model: Builder, rows: Rows) -> None:
    """Bounds on what a chain brings to the junction that it feeds, and on what a dead end draws."""
    arcs, grid = model.arcs, model.grid
    feeding = np.flatnonzero(model.arriving & (arcs.state != ALWAYS))
    some, state = np.arange(len(feeding)), arcs.state[feeding]
    own_q = np.array([grid.q, grid.q])
    for kind, own, drawn, cap in (
        ("P", grid.own_p, grid.range_p, grid.cap_p),
        ("Q", own_q, grid.range_q, grid.cap_q),
    ):
        least, most = _arrival_ranges(grid, feeding, drawn)
        for sign, limit in ((-1.0, -least), (1.0, most + cap)):
            rows.add(np.zeros(len(some)), state, *model.arrival(kind, feeding, some, sign), (some, state, -limit))
        owner, hung, bus = arcs.owner[model.hung], np.arange(len(model.hung)), arcs.bus[model.hung]
        low, high = ((grid.backbone.behind(extreme) - load)[bus] for extreme, load in zip(drawn, own, strict=True))
        for sign, limit in ((-1.0, -low), (1.0, high + cap)):
            drawn_there = (hung, model.columns.hanging(kind), np.full(len(hung), sign))
            rows.add(np.zeros(len(hung)), owner, drawn_there, (hung, owner, -limit))


def _arrival_ranges(grid: BoundedGrid, feeding: Ints, drawn: Floats) -> tuple[Floats, Floats]:
    """Least and most load, without losses, behind the arcs that feed a junction, from that of every bus (2, n)."""
    arcs, (low, high) = grid.states, (grid.backbone.behind(extreme) for extreme in drawn)
    ranges = []
    for state in arcs.state[feeding]:
        chain, backward = grid.backbone.chains[arcs.chain[state]], arcs.position[state] == 0
        least, most = (grid.backbone.arrival_range(chain, backward, behind) for behind in (low, high))
        ranges.append((least[0], most[1]))
    table = np.array(ranges).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _signs(model: Builder, rows: Rows) -> None:
    """Weights are not negative. These rows come last."""
    states = np.arange(model.arcs.count)
    rows.add(np.zeros(len(states)), states, (states, states, -np.ones(len(states))))


def _currents(model: Builder, rows: Rows) -> None:
    """P^2 + Q^2 <= w l as ||(2 P, 2 Q, w - l)|| <= w + l."""
    arcs, columns = model.arcs, model.columns
    some = 4 * np.arange(len(arcs.line))
    one = np.ones(len(some))
    rows.add(
        np.zeros(4 * len(some)),
        np.repeat(arcs.state, 4),
        (some, columns.arc("w"), -model.gain),
        (some, columns.arc("l"), -one),
        (some + 1, columns.arc("P"), -2.0 * one),
        (some + 2, columns.arc("Q"), -2.0 * one),
        (some + 3, columns.arc("w"), -model.gain),
        (some + 3, columns.arc("l"), one),
    )


def _box(model: Builder) -> tuple[Floats, Floats]:
    """Bounds on every variable, wide enough for every topology that loses less than the incumbent."""
    grid, arcs, columns = model.grid, model.arcs, model.columns
    low, high = np.zeros(columns.count), np.ones(columns.count)
    high[columns.voltage] = grid.highest
    high[columns.arc("w")] = grid.highest[arcs.bus[arcs.tail]]
    with np.errstate(divide="ignore"):
        high[columns.arc("l")] = np.minimum(grid.cap_p / model.r, (1.0 + grid.cap_q) * 1e3)
    for kind, drawn, cap in (("P", grid.range_p, grid.cap_p), ("Q", grid.range_q, grid.cap_q)):
        for place in (columns.arc(kind), columns.hanging(kind)):
            low[place] = np.minimum(drawn[0], 0.0).sum()
            high[place] = np.maximum(drawn[1], 0.0).sum() + cap
    return low, high
