"""The relaxation over all radial topologies where buses may feed in between bounds, and broken limits have a price.

What a bus inside a chain feeds in is split among the states of that chain, u_s between low y_s and high y_s, and the
parts sum to u. A voltage below or above the band, and a current above its limit, cost what the operator's terms say,
also state by state: with a slack e >= 0,

    vmin^2 y_s - v_s <= e,      v_s - vmax^2 y_s <= e,      l / Imax^2 - y_s <= e.

Limits may be left out: the bound is lower then, and true.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.reconfiguration.bounds.cones import ConeProgramme, Rows
from p2pdnr.reconfiguration.bounds.extension import NewColumns, extended
from p2pdnr.reconfiguration.bounds.grid import BoundedGrid
from p2pdnr.reconfiguration.bounds.relaxation import Builder, Entry, built
from p2pdnr.reconfiguration.bounds.states import ALWAYS
from p2pdnr.reconfiguration.terms import OperatorTerms, limit_kva


@dataclass(frozen=True, eq=False)
class Watched:
    """Limits that are part of a relaxation: of the voltages of buses, ``low`` and ``high`` (n,), and of the currents of
    lines, ``current`` (m,)."""

    low: Bools
    high: Bools
    current: Bools


@dataclass(frozen=True, eq=False)
class OpenGrid:
    """A relaxation in which buses feed in what they choose: the ``programme``, and the column of what each of the
    buses ``bus`` feeds in, per unit of the grid's base."""

    grid: BoundedGrid
    programme: ConeProgramme
    bus: Ints
    fed: Ints


def open_grid(grid: BoundedGrid, injected: Floats, terms: OperatorTerms, watched: Watched) -> OpenGrid:
    """The relaxation of a grid in which buses feed in between ``injected`` (2, n), per unit; an objective of 1 is 1
    EUR over a step. Buses that can feed in nothing but nought have no column."""
    model = Builder(grid)
    base, loss_eur = built(model), terms.loss_eur_per_kw * grid.assumed.loss_kw
    base = replace(base, linear=base.linear * loss_eur, offset=base.offset * loss_eur)
    bus = np.flatnonzero(injected.any(axis=0) & np.isnan(model.substation2))
    fed = len(base.linear) + np.arange(len(bus))
    base = _with_injections(model, base, injected, bus)
    return OpenGrid(grid, _with_limits(model, base, terms, watched), bus, fed)


def _with_injections(model: Builder, base: ConeProgramme, injected: Floats, bus: Ints) -> ConeProgramme:
    """A column for every bus that feeds in, then one for every copy of it in a state of its chain."""
    owner, of_place = model.arcs.owner[model.places], model.arcs.bus[model.places]
    number = np.full(injected.shape[1], -1)
    number[bus] = np.arange(len(bus))
    copies = np.flatnonzero((owner != ALWAYS) & (number[of_place] >= 0))
    inside = np.zeros(injected.shape[1], dtype=np.bool_)
    inside[of_place[copies]] = True
    itself = np.flatnonzero((owner == ALWAYS) & (number[of_place] >= 0) & ~inside[of_place])
    first, some = len(base.linear), np.arange(len(copies))
    column = first + len(bus) + some
    low, high = injected[:, np.concatenate([bus, of_place[copies]])]
    entries = (
        np.concatenate([itself, copies]),
        np.concatenate([first + number[of_place[itself]], column]),
        np.ones(len(itself) + len(copies)),
    )
    equal, below = Rows(), Rows()
    split = np.flatnonzero(inside[bus])
    row = np.full(len(bus), -1)
    row[split] = np.arange(len(split))
    equal.add(
        np.zeros(len(split)),
        ALWAYS,
        (row[split], first + split, -np.ones(len(split))),
        (row[number[of_place[copies]]], column, np.ones(len(copies))),
    )
    state = owner[copies]
    for sign, limit in ((-1.0, injected[0]), (1.0, injected[1])):
        of_state = (some, state, -sign * limit[of_place[copies]])
        below.add(np.zeros(len(copies)), state, (some, column, np.full(len(copies), sign)), of_state)
    count = len(bus) + len(copies)
    owners = np.concatenate([np.full(len(bus), ALWAYS), state])
    new = NewColumns(np.zeros(count), np.zeros(count), np.minimum(low, 0.0), np.maximum(high, 0.0), owners, entries)
    width = first + count
    return extended(base, new, equal.matrix(width), below.matrix(width))


def _with_limits(model: Builder, base: ConeProgramme, terms: OperatorTerms, watched: Watched) -> ConeProgramme:
    """A slack for every limit that is watched, in every state."""
    grid, arcs, columns = model.grid, model.arcs, model.columns
    network, n, half = grid.network, grid.network.n_buses, terms.half_violation_eur_per_kw
    below, first = Rows(), len(base.linear)
    cost, most, owners = list[Floats](), list[Floats](), list[Ints]()

    def limit(owner: Ints, of_limit: tuple[float, Floats], value: list[Entry], slack: tuple[Floats, Floats]) -> None:
        """Rows ``sign (limit y - value) <= e`` with the price and the most of e."""
        sign, bound = of_limit
        some = np.arange(len(owner))
        entry, constant = model.weight(owner, sign * bound)
        place = first + sum(map(len, cost)) + some
        scaled = [(row, column, -sign * np.asarray(factor)) for row, column, factor in value]
        below.add(-constant, owner, entry, *scaled, (some, place, -np.ones(len(some))))
        cost.append(slack[0])
        most.append(slack[1])
        owners.append(owner)

    for sign, bound, flags in ((1.0, network.vm_min_pu**2, watched.low), (-1.0, network.vm_max_pu**2, watched.high)):
        own = np.flatnonzero(model.junction & flags)
        inner = np.flatnonzero((arcs.head >= n) & flags[arcs.bus[arcs.head]])
        price, room = 1000.0 * half, max(bound, float(grid.highest.max()))
        for owner, value in (
            (np.full(len(own), ALWAYS), [(np.arange(len(own)), columns.voltage[own], np.ones(len(own)))]),
            (arcs.state[inner], model.far_voltage(inner, np.arange(len(inner)), np.ones(len(inner)))),
        ):
            count = len(owner)
            limit(owner, (sign, np.full(count, bound)), value, (np.full(count, price), np.full(count, room)))
    limit2 = (network.limit_pu * network.base_kw / grid.base_kw) ** 2
    rated = np.flatnonzero((watched.current & np.isfinite(limit2))[arcs.line])
    line, some = arcs.line[rated], np.arange(len(rated))
    most_l = base.high[columns.arc("l")[rated]] / limit2[line]
    value = [(some, columns.arc("l")[rated], 1.0 / limit2[line])]
    limit(arcs.state[rated], (-1.0, np.ones(len(rated))), value, (half * limit_kva(network)[line], most_l))
    count = sum(map(len, cost))
    nothing = np.zeros(0, dtype=np.int64)
    new = NewColumns(
        np.concatenate(cost),
        np.zeros(count),
        np.zeros(count),
        np.concatenate(most),
        np.concatenate(owners),
        (nothing, nothing, np.zeros(0)),
    )
    below.add(np.zeros(count), new.owner, (np.arange(count), first + np.arange(count), -np.ones(count)))
    return extended(base, new, Rows().matrix(first + count), below.matrix(first + count))
