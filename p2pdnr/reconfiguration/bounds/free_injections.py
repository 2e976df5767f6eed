"""The relaxation over all radial topologies where buses may feed in between bounds, and broken limits have a price.

What a bus inside a chain feeds in is split among the states of that chain, u_s between low y_s and high y_s, and the
parts sum to u. A voltage below or above the band, and a current above its limit, cost what the operator's terms say,
also state by state: with a slack e >= 0,

    vmin^2 y_s - v_s <= e,      v_s - vmax^2 y_s <= e,      l / Imax^2 - y_s <= e.

Limits may be left out: the bound is lower then, and true.
"""

from __future__ import annotations

from collections.abc import Iterator
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


@dataclass(frozen=True, eq=False)
class _Limit:
    """Rows ``sign (bound y - value) <= e``, one for each state of ``owner``; ``price`` and ``most`` of the slack e."""

    owner: Ints
    sign: float
    bound: Floats
    value: list[Entry]
    price: Floats
    most: Floats


def _with_limits(model: Builder, base: ConeProgramme, terms: OperatorTerms, watched: Watched) -> ConeProgramme:
    """A slack for every limit that is watched, in every state."""
    limits = [*_voltage_limits(model, terms, watched), _current_limit(model, base, terms, watched)]
    below, place = Rows(), len(base.linear)
    for limit in limits:
        some = np.arange(len(limit.owner))
        entry, constant = model.weight(limit.owner, limit.sign * limit.bound)
        scaled = [(row, column, -limit.sign * np.asarray(factor)) for row, column, factor in limit.value]
        below.add(-constant, limit.owner, entry, *scaled, (some, place + some, -np.ones(len(some))))
        place += len(some)
    price, most, owner = (
        np.concatenate([getattr(item, name) for item in limits]) for name in ("price", "most", "owner")
    )
    count, nothing = len(owner), np.zeros(0, dtype=np.int64)
    new = NewColumns(price, np.zeros(count), np.zeros(count), most, owner, (nothing, nothing, np.zeros(0)))
    below.add(np.zeros(count), owner, (np.arange(count), len(base.linear) + np.arange(count), -np.ones(count)))
    return extended(base, new, Rows().matrix(place), below.matrix(place))


def _voltage_limits(model: Builder, terms: OperatorTerms, watched: Watched) -> Iterator[_Limit]:
    """Below and above the band: at junctions, which are in every state, and at buses inside chains state by state."""
    grid, arcs = model.grid, model.arcs
    network, price = grid.network, 1000.0 * terms.half_violation_eur_per_kw
    for sign, bound, flags in ((1.0, network.vm_min_pu**2, watched.low), (-1.0, network.vm_max_pu**2, watched.high)):
        own = np.flatnonzero(model.junction & flags)
        inner = np.flatnonzero((arcs.head >= network.n_buses) & flags[arcs.bus[arcs.head]])
        room = max(bound, float(grid.highest.max()))
        for owner, value in (
            (np.full(len(own), ALWAYS), [(np.arange(len(own)), model.columns.voltage[own], np.ones(len(own)))]),
            (arcs.state[inner], model.far_voltage(inner, np.arange(len(inner)), np.ones(len(inner)))),
        ):
            bounds, prices, most = (np.full(len(owner), item) for item in (bound, price, room))
            yield _Limit(owner, sign, bounds, value, prices, most)


def _current_limit(model: Builder, base: ConeProgramme, terms: OperatorTerms, watched: Watched) -> _Limit:
    """Squared currents of lines with a limit, as shares of its square."""
    grid, arcs = model.grid, model.arcs
    network = grid.network
    limit2 = (network.limit_pu * network.base_kw / grid.base_kw) ** 2
    rated = np.flatnonzero((watched.current & np.isfinite(limit2))[arcs.line])
    line, column = arcs.line[rated], model.columns.arc("l")[rated]
    value = [(np.arange(len(rated)), column, 1.0 / limit2[line])]
    price = terms.half_violation_eur_per_kw * limit_kva(network)[line]
    return _Limit(arcs.state[rated], -1.0, np.ones(len(rated)), value, price, base.high[column] / limit2[line])
