"""Topologies that a fault leaves to choose from, ranked in its hours by what limits they break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Bools, Floats, Network
from p2pdnr.network.topology import count_spanning_trees
from p2pdnr.reconfiguration.outages.fault import Fault
from p2pdnr.reconfiguration.terms import OperatorTerms
from p2pdnr.reconfiguration.topologies.neighbours import exchanges
from p2pdnr.reconfiguration.topologies.ranking import Landscape, TreeSet, all_trees, landscape
from p2pdnr.reconfiguration.topologies.tree_set import distinct


@dataclass(frozen=True, eq=False)
class Candidates:
    """Topologies ``closed`` (k, m) of what a fault leaves, with what limits they break ``broken_eur`` (k, H) and their
    losses (k, H); ``complete`` when there are no others."""

    closed: Bools
    broken_eur: Floats
    loss_kw: Floats
    complete: bool


def limit_terms(network: Network) -> OperatorTerms:
    """Terms under which nothing but broken limits is priced."""
    return OperatorTerms(np.zeros(network.n_lines), loss_price_eur_per_kwh=0.0)


def known_topologies(fault: Fault, known: Landscape | None) -> Candidates | None:
    """Those of a ranking of all the day's topologies in which the line is open; None where that does not hold all."""
    switchable = bool(fault.day.network.switchable[fault.line])
    if known is None or not (known.trees.complete and switchable) or fault.lost.any():
        return None
    rows = np.flatnonzero((known.trees.open_lines == fault.line).any(axis=1))
    here = np.ix_(rows, fault.hours)
    broken_eur = np.where(known.converged[here], known.violation_eur[here], np.inf)
    return Candidates(_closed(known.trees.subset(rows)), broken_eur, known.loss_kw[here], complete=True)


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
    return _trees(fault.rest, np.concatenate([found.closed, *_exchanged(fault.rest, found.closed[best])]))


def ranked(fault: Fault, trees: TreeSet) -> Candidates:
    """The ranking of topologies in the fault's hours."""
    view = landscape(fault.rest, trees, *fault.withdrawals, limit_terms(fault.rest))
    broken_eur = np.where(view.converged, view.violation_eur, np.inf)
    return Candidates(_closed(trees), broken_eur, view.loss_kw, trees.complete)


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


def _closed(trees: TreeSet) -> Bools:
    """(k, m) closed lines of all trees of a set."""
    closed = np.ones((len(trees), trees.n_lines), dtype=np.bool_)
    np.put_along_axis(closed, trees.open_lines.astype(np.int64), False, axis=1)
    return closed
