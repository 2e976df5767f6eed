"""The best state after one fault, hour by hour.

First topologies that supply everybody who can be reached and keep the limits: of them the one with the fewest
operations, then the least loss. Where all topologies are known, none is better. Else those are looked at that one tie
line brings, and what exchanges of two lines make of them. Where none keeps the limits, load is shed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from p2pdnr.errors import TopologyError
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.topology import count_spanning_trees, is_radial
from p2pdnr.reconfiguration.outages.all_states import MOST_STATES, count_states, every_state
from p2pdnr.reconfiguration.outages.back_feed import BackFeed, States, after, count_operations, never_supplied
from p2pdnr.reconfiguration.outages.day import OutageDay
from p2pdnr.reconfiguration.outages.energised import dead, supplied
from p2pdnr.reconfiguration.outages.restoration_order import restoration
from p2pdnr.reconfiguration.outages.shedding import Hours, cuts, shed
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.neighbours import exchanges
from p2pdnr.reconfiguration.topologies.ranking import Landscape, all_trees, landscape, pool

MAYBE_EUR = 0.02
"""Rankings are exact to so much at the price of :func:`limit_terms`; what they call less broken is looked at again."""


@dataclass(frozen=True)
class Effort:
    """How far to look where not all states can be known.

    ``rounds`` of exchanges from the ``exchanged`` best topologies; loads are shed in the ``shed_in`` best of an hour;
    at most ``most_trees`` topologies and ``most_states`` states of a fault are gone through one by one.
    """

    rounds: int = 2
    exchanged: int = 4
    shed_in: int = 4
    most_trees: int = 400
    most_states: int = MOST_STATES


@dataclass(frozen=True, eq=False)
class Fault:
    """A line out of order from the tree ``before`` (m,), in ``hours`` that have this tree.

    ``lost`` (n,) are the buses it alone can supply. ``rest`` is the network that is left to choose from: without the
    line, or, so that its topologies are still trees, with the line closed for good where some buses are lost; they
    draw nothing then.
    """

    day: OutageDay
    line: int
    before: Bools
    hours: Ints
    lost: Bools
    rest: Network

    @property
    def withdrawals(self) -> tuple[Floats, Floats]:
        """(H, n) active and reactive, nothing where supply is lost."""
        p_kw, q_kvar = self.day.p_kw[self.hours], self.day.q_kvar[self.hours]
        return np.where(self.lost, 0.0, p_kw), np.where(self.lost, 0.0, q_kvar)

    def states(self, trees: Bools, dark: Bools, hour: int) -> States:
        """Switching states of trees (k, m) with buses in the dark (k, n), as seen from ``hour``."""
        closed = after(self.day.network, trees, dark, self.before, self.line)
        shed_kw = (dark * self.day.load_kw[hour]).sum(axis=1)
        return States(closed, dark, shed_kw, count_operations(closed, self.before, self.line))


@dataclass(frozen=True, eq=False)
class Candidates:
    """Topologies of ``rest`` (k, m) with their ranking in the fault's hours; ``complete`` when there are no others."""

    closed: Bools
    broken_eur: Floats
    loss_kw: Floats
    complete: bool


def limit_terms(network: Network) -> OperatorTerms:
    """Terms under which nothing but broken limits is priced."""
    return OperatorTerms(np.zeros(network.n_lines), loss_price_eur_per_kwh=0.0)


def faults(day: OutageDay, line: int) -> Iterator[Fault]:
    """The fault of one line, by the tree it happens in; none for hours in which the line is open."""
    network, hours = day.network, np.flatnonzero(day.closed[:, line])
    lost = never_supplied(network, line)
    closed, switchable = network.closed.copy(), network.switchable.copy()
    closed[line], switchable[line] = lost.any(), False
    rest = network.with_(closed=closed, switchable=switchable)
    trees, which = np.unique(day.closed[hours], axis=0, return_inverse=True)
    for k, before in enumerate(trees):
        yield Fault(day, line, before, hours[which.ravel() == k], lost, rest)


def back_feeds(fault: Fault, known: Landscape | None, effort: Effort = Effort()) -> list[BackFeed]:
    """The best state found for every hour of a fault; ``known`` is the ranking of all topologies of the day's network,
    None where they are too many."""
    open_hours = np.arange(len(fault.hours))
    found: list[BackFeed] = []
    tried: list[Candidates] = []
    for candidates in _candidates(fault, known, effort):
        tried.append(candidates)
        chosen = {row: _without_shedding(fault, candidates, row) for row in open_hours.tolist()}
        found += [answer for answer in chosen.values() if answer is not None]
        open_hours = np.array([row for row, answer in chosen.items() if answer is None], dtype=np.int64)
        if not len(open_hours):
            return found
    return found + _with_shedding(fault, tried[-1], open_hours, effort)


def _candidates(fault: Fault, known: Landscape | None, effort: Effort) -> Iterator[Candidates]:
    """Topologies to choose from, nearest first."""
    switchable = bool(fault.day.network.switchable[fault.line])
    if known is not None and known.trees.complete and switchable and not fault.lost.any():
        yield _among_known(fault, known)
        return
    closed = _first(fault)
    yield _ranked(fault, closed)
    for _ in range(effort.rounds):
        ranked = _ranked(fault, closed)
        best = np.unique(np.argsort(ranked.broken_eur, axis=0, kind="stable")[: effort.exchanged])
        wider = [closed, *(_exchanged(fault.rest, ranked.closed[row]) for row in best.tolist())]
        closed = np.unique(np.concatenate(wider), axis=0)
        yield _ranked(fault, closed)


def _among_known(fault: Fault, known: Landscape) -> Candidates:
    rows = np.flatnonzero((known.trees.open_lines == fault.line).any(axis=1))
    closed = np.ones((len(rows), known.trees.n_lines), dtype=np.bool_)
    np.put_along_axis(closed, known.trees.open_lines[rows].astype(np.int64), False, axis=1)
    here = np.ix_(rows, fault.hours)
    broken_eur = np.where(known.converged[here], known.violation_eur[here], np.inf)
    return Candidates(closed, broken_eur, known.loss_kw[here], complete=True)


def _first(fault: Fault) -> Bools:
    """(k, m) the tree as it is where supply cannot be brought back at all, and what every single line makes of it."""
    network, before = fault.rest, fault.before.copy()
    before[fault.line] = fault.lost.any()
    rows = [before] if is_radial(network, before) else []
    usable = np.flatnonzero((network.switchable | network.closed) & ~before)
    for tie in usable.tolist():
        joined = before.copy()
        joined[tie] = True
        if not rows and is_radial(network, joined) or rows[:0]:
            rows.append(joined)
        elif is_radial(network, joined):
            rows.append(joined)
    return np.array(rows, dtype=np.bool_).reshape(len(rows), network.n_lines)


def _exchanged(network: Network, closed: Bools) -> Bools:
    """(k, m) what every exchange of two lines makes of a tree."""
    _, opened = exchanges(network.with_(closed=closed))
    states = np.ones((len(opened), network.n_lines), dtype=np.bool_)
    np.put_along_axis(states, opened, False, axis=1)
    return states


def _ranked(fault: Fault, closed: Bools) -> Candidates:
    if not len(closed):
        nothing = np.zeros((0, len(fault.hours)))
        return Candidates(closed, nothing, nothing, complete=False)
    trees = pool(fault.rest, [np.flatnonzero(~row) for row in closed])
    view = landscape(fault.rest, trees, *fault.withdrawals, limit_terms(fault.rest))
    states = np.array([trees.closed(row) for row in range(len(trees))])
    return Candidates(states, np.where(view.converged, view.violation_eur, np.inf), view.loss_kw, complete=False)


def _without_shedding(fault: Fault, candidates: Candidates, row: int) -> BackFeed | None:
    """The topology with the fewest operations that keeps all limits in an hour and supplies whoever can be reached."""
    maybe = np.flatnonzero(candidates.broken_eur[:, row] <= MAYBE_EUR)
    if not len(maybe):
        return None
    dark = np.broadcast_to(fault.lost, (len(maybe), len(fault.lost)))
    states = fault.states(candidates.closed[maybe], dark, int(fault.hours[row]))
    for place in np.lexsort((candidates.loss_kw[maybe, row], states.operations)).tolist():
        answer = _answer(fault, states, place, row, least=candidates.complete or not states.operations[place])
        if answer is not None:
            return answer
    return None


def _answer(fault: Fault, states: States, place: int, row: int, least: bool) -> BackFeed | None:
    """The record of a state, None where a limit is broken."""
    network, day, hour = fault.day.network, fault.day, int(fault.hours[row])
    closed = states.closed[place]
    supply = supplied(network, closed, day.p_kw[hour : hour + 1], day.q_kvar[hour : hour + 1])
    if supply.broken(network)[0] > 0.0:
        return None
    opened = fault.before.copy()
    opened[fault.line] = False
    cut_off = dead(network, opened)
    finite = np.where(np.isfinite(network.limit_a), supply.loading[0], np.nan)
    return BackFeed(
        line=fault.line,
        hour=hour,
        closed=closed,
        operations=tuple(restoration(network, opened, closed)),
        cut_off=cut_off,
        dark=states.dark[place],
        lost_kw=float(day.load_kw[hour] @ cut_off),
        shed_kw=float(states.shed_kw[place]),
        loss_kw=float(supply.loss_kw[0]),
        vm_min_pu=float(np.nanmin(supply.vm_pu)),
        vm_max_pu=float(np.nanmax(supply.vm_pu)),
        loading=float(np.nanmax(finite)) if np.isfinite(finite).any() else float("nan"),
        least=least,
    )


def _with_shedding(fault: Fault, candidates: Candidates, rows: Ints, effort: Effort) -> list[BackFeed]:
    """The least load left without supply in some hours: of all states where they are few, else as far as was looked."""
    trees = _all_trees(fault, effort)
    if trees is not None and count_states(fault.rest, trees, fault.lost, effort.most_states) <= effort.most_states:
        every = every_state(fault.rest, trees, fault.lost)
        return [_best(fault, fault.states(*every, int(fault.hours[row])), row, least=True) for row in rows.tolist()]
    shed_states = _shed(fault, candidates, rows, effort)
    return [
        _best(fault, fault.states(*shed_states[row], int(fault.hours[row])), row, least=False) for row in rows.tolist()
    ]


def _all_trees(fault: Fault, effort: Effort) -> Bools | None:
    """(k, m) all topologies of what is left, None where they are many."""
    if not 0 < count_spanning_trees(fault.rest) <= effort.most_trees:
        return None
    try:
        trees = all_trees(fault.rest)
    except TopologyError:
        return None
    return np.array([trees.closed(row) for row in range(len(trees))])


def _shed(fault: Fault, candidates: Candidates, rows: Ints, effort: Effort) -> dict[int, tuple[Bools, Bools]]:
    """By hour (a row of the fault's): trees (k, m) and the buses (k, n) left in the dark in them."""
    order = np.argsort(candidates.broken_eur[:, rows], axis=0, kind="stable")[: effort.shed_in]
    found: dict[int, list[tuple[Bools, Bools]]] = {row: [] for row in rows.tolist()}
    for number in np.unique(order).tolist():
        here = rows[(order == number).any(axis=0)]
        hours = fault.hours[here]
        dark = np.broadcast_to(fault.lost, (len(hours), len(fault.lost)))
        part = Hours(fault.day.p_kw[hours], fault.day.q_kvar[hours], fault.day.load_kw[hours], dark)
        after_cuts = shed(fault.rest, cuts(fault.rest, candidates.closed[number], fault.lost), part)
        for row, buses in zip(here.tolist(), after_cuts.dark, strict=True):
            found[row].append((candidates.closed[number], buses))
    nobody = ~np.isin(np.arange(fault.rest.n_buses), fault.rest.substations)
    for row in found:
        found[row].append((fault.before, nobody))
    return {
        row: (np.array([tree for tree, _ in pairs]), np.array([buses for _, buses in pairs]))
        for row, pairs in found.items()
    }


def _best(fault: Fault, states: States, row: int, least: bool) -> BackFeed:
    """The best state that keeps the limits; with nobody supplied none is broken."""
    ranks, best = states.rank(), None
    reached: tuple[float, int, int] | None = None
    for place in states.order().tolist():
        if best is not None and ranks[place] != reached:
            return best
        answer = _answer(fault, states, place, row, least)
        if answer is not None and (best is None or answer.loss_kw < best.loss_kw):
            best, reached = answer, ranks[place]
    assert best is not None, "a feeder without supply breaks no limit"
    return best
