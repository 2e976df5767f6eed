"""Topologies that a fault leaves to choose from, ranked in its hours by what limits they break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.lanes import LANES
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration.outages.day import OutageDay
from p2pdnr.reconfiguration.outages.fault import Fault
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.neighbours import exchanges
from p2pdnr.reconfiguration.topologies.ranking import Landscape, TreeSet, all_trees, landscape
from p2pdnr.reconfiguration.topologies.tree_set import distinct


@dataclass(frozen=True, eq=False)
class Candidates:
    """Topologies ``trees`` (k) of what a fault leaves, with what limits they break ``broken_eur`` (k, H) and their
    losses (k, H); ``complete`` when there are no others, or none that need as few operations."""

    trees: TreeSet
    broken_eur: Floats
    loss_kw: Floats
    complete: bool

    def closed(self, rows: npt.ArrayLike | None = None) -> Bools:
        """(k, m) closed lines of all trees, or of those in some rows."""
        opened = self.trees.open_lines if rows is None else self.trees.open_lines[np.asarray(rows)]
        closed = np.ones((len(opened), self.trees.n_lines), dtype=np.bool_)
        np.put_along_axis(closed, opened.astype(np.int64), False, axis=1)
        return closed

    def best(self, row: int, most: int) -> Ints:
        """The ``most`` trees that break least in an hour, in their order."""
        broken = self.broken_eur[:, row]
        if len(broken) > most:
            good = np.flatnonzero(broken <= np.partition(broken, most - 1)[most - 1])
        else:
            good = np.arange(len(broken))
        return good[np.argsort(broken[good], kind="stable")[:most]]


@dataclass(frozen=True, eq=False)
class RankedHours:
    """Topologies of a day's network, all or those that few operations reach, ranked in some of its ``hours`` (H,),
    ascending."""

    ranking: Landscape
    hours: Ints


def limit_terms(network: Network) -> OperatorTerms:
    """Terms under which nothing but broken limits is priced."""
    return OperatorTerms(np.zeros(network.n_lines), loss_price_eur_per_kwh=0.0)


def listed(fault: Fault) -> bool:
    """Whether the topologies that are left after a fault are those of the day in which its line is open."""
    return bool(fault.day.network.switchable[fault.line]) and not fault.lost.any()


def near(day: OutageDay, every: TreeSet, before: Bools, hours: Ints) -> RankedHours:
    """Of all topologies ``every`` those with at most two lines open that are closed in the tree ``before`` (m,), ranked
    in ``hours``: after a fault they need three operations at most, all others more.

    With j such lines, the faulted one among them, it takes 2 j - 1 operations.
    """
    trees = every.subset(np.flatnonzero(before[every.open_lines].sum(axis=1) <= 2))
    return rank_hours(day, trees, hours)


def rank_hours(day: OutageDay, trees: TreeSet, hours: Ints) -> RankedHours:
    """Topologies ranked in some hours of the day, ascending, by the limits they break."""
    view = landscape(day.network, trees, day.p_kw[hours], day.q_kvar[hours], limit_terms(day.network))
    return RankedHours(view, hours)


def rank_isolated(day: OutageDay, every: TreeSet, wanted: Bools) -> RankedHours:
    """Of all topologies ``every`` those in which a line is open that is ``wanted`` (T, m) in some hour, ranked in the
    hours in which one is. Hours with few such lines are ranked apart, in fewer topologies; what is not ranked is not
    ``converged``."""
    hours = np.flatnonzero(wanted.any(axis=1))
    trees = every.subset(np.flatnonzero(np.asarray(wanted.any(axis=0))[every.open_lines].any(axis=1)))
    shape = (len(trees), len(hours))
    view = Landscape(trees, np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=np.bool_))
    order = np.argsort(wanted[hours].sum(axis=1), kind="stable")
    for first in range(0, len(order), LANES):
        columns = np.sort(order[first : first + LANES])
        rows = np.flatnonzero(np.asarray(wanted[hours[columns]].any(axis=0))[trees.open_lines].any(axis=1))
        part, place = rank_hours(day, trees.subset(rows), hours[columns]).ranking, np.ix_(rows, columns)
        view.loss_kw[place], view.violation_eur[place] = part.loss_kw, part.violation_eur
        view.converged[place] = part.converged
    return RankedHours(view, hours)


def known_topologies(fault: Fault, known: RankedHours | None) -> Candidates | None:
    """Those of a ranking in which the line is open; None where these are not what a fault leaves. They are complete in
    that no others need as few operations."""
    if known is None or not listed(fault):
        return None
    rows = np.flatnonzero((known.ranking.open_lines == fault.line).any(axis=1))
    here = np.ix_(rows, np.searchsorted(known.hours, fault.hours))
    broken_eur = np.where(known.ranking.converged[here], known.ranking.violation_eur[here], np.inf)
    return Candidates(known.ranking.trees.subset(rows), broken_eur, known.ranking.loss_kw[here], complete=True)


def few_topologies(fault: Fault, most: int) -> Candidates | None:
    """All topologies of what is left where there are at most ``most``, else None.

    A tree with the line becomes one without it by an exchange, and at most n trees become the same one: at least an
    n-th of the day's topologies is left, which spares the count where there are very many.
    """
    if fault.day.topologies > most * fault.network.n_buses:
        return None
    if not 0 < count_spanning_trees(fault.rest) <= most:
        return None
    return ranked(fault, all_trees(fault.rest))


def nearest(fault: Fault) -> TreeSet:
    """The tree as it is where nothing can bring supply back, else what every single line makes of it."""
    joined = fault.before.copy()
    joined[fault.line] = fault.lost.any()
    if (fault.cut_off == fault.lost).all():
        return _trees(fault.rest, joined[None, :])
    network, inside = fault.rest, fault.cut_off & ~fault.lost
    crossing = inside[network.from_bus] != inside[network.to_bus]
    ties = np.flatnonzero(crossing & ~joined & (network.switchable | network.closed))
    rows = np.tile(joined, (len(ties), 1))
    rows[np.arange(len(ties)), ties] = True
    return _trees(network, rows)


def wider(fault: Fault, found: Candidates, exchanged: int) -> TreeSet:
    """Topologies with those that one exchange of lines makes of the ``exchanged`` best of every hour."""
    best = np.unique(np.argsort(found.broken_eur, axis=0, kind="stable")[:exchanged])
    return _trees(fault.rest, np.concatenate([found.closed(), *_exchanged(fault.rest, found.closed(best))]))


def ranked(fault: Fault, trees: TreeSet) -> Candidates:
    """The ranking of topologies in the fault's hours."""
    view = landscape(fault.rest, trees, *fault.withdrawals, limit_terms(fault.rest))
    broken_eur = np.where(view.converged, view.violation_eur, np.inf)
    return Candidates(trees, broken_eur, view.loss_kw, trees.complete)


def _exchanged(network: Network, trees: Bools) -> Iterator[Bools]:
    """(k, m) what every exchange of two lines makes of each tree."""
    for closed in trees:
        opened = exchanges(network.with_(closed=closed))[1]
        states = np.ones((len(opened), network.n_lines), dtype=np.bool_)
        np.put_along_axis(states, opened, False, axis=1)
        yield states


def _trees(network: Network, closed: Bools) -> TreeSet:
    n_open = network.n_lines - (network.n_buses - len(network.substations))
    return distinct(network, np.nonzero(~closed)[1].reshape(len(closed), n_open))
