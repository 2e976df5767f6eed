"""The topology of least loss where a part of the network runs meshed for good, as a 110 kV ring does.

The loops that nothing can open are broken (:mod:`p2pdnr.network.break_points`), so that topologies are trees again.
What flows through the broken lines depends on the topology: topologies are ranked with what flows there in the best one
so far, the first of them are solved exactly, and that is done again until the best one stays the same. Where topologies
are few all are solved exactly, which proves the answer; elsewhere nothing is proved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network import break_points
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.bundles import Bundled
from p2pdnr.network.powerflow import Flow
from p2pdnr.network.topology import count_spanning_trees, is_radial, orient
from p2pdnr.reconfiguration.planning.candidates import Search, candidates, loss_terms, own_load
from p2pdnr.reconfiguration.planning.least_loss import Reconfiguration
from p2pdnr.reconfiguration.planning.present_state import BROKEN_EUR, present_state
from p2pdnr.reconfiguration.planning.progress import Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.reconfiguration.topologies import switching_sequence
from p2pdnr.reconfiguration.topologies.initial_trees import start
from p2pdnr.reconfiguration.topologies.tree_set import all_trees

MOST_SOLVED = 500
"""Topologies up to which each of them is solved exactly."""
MOST_ROUNDS = 6
"""Rankings, each with the flows of the best topology so far."""


@dataclass(frozen=True, eq=False)
class _Solved:
    """A topology: its open lines (indices, those at break points too), its power flow, and what draws there."""

    opened: Ints
    broken_limit: bool
    loss_kw: float
    found: break_points.Compensated

    @property
    def key(self) -> tuple[bool, float]:
        """Topologies that keep the limits first, then by loss."""
        return self.broken_limit, self.loss_kw


@dataclass(frozen=True, eq=False)
class _Ranked:
    """The topologies that were solved, best first; and whether these are all there are."""

    solved: tuple[_Solved, ...]
    complete: bool


def least_loss_of(bundle: Bundled, settings: PlanningSettings, watch: Watch) -> Reconfiguration:
    """The same as for a radial network; ``proved`` where all topologies were solved.

    Raises :class:`TopologyError` when no topology supplies every bus, :class:`PowerFlowError` when none that was met
    has a power flow.
    """
    parts = break_points.broken(bundle.network)
    count = count_spanning_trees(parts.network)
    complete = 0 < count <= MOST_SOLVED
    ranked = _all(parts, watch) if complete else _searched(parts, Search(bundle, count, settings, watch))
    if not ranked.solved:
        which = "no topology of this network" if ranked.complete else "no topology that was met"
        raise PowerFlowError(f"{which} has a power flow solution that was found at the network's load")
    return _result(bundle, parts, ranked, (count, watch))


def _result(bundle: Bundled, parts: break_points.Broken, ranked: _Ranked, how: tuple[int, Watch]) -> Reconfiguration:
    best, (count, watch) = ranked.solved[0], how
    closed = _closed(parts, best.opened)
    state = parts.state(closed)
    flow = bundle.flow(best.found.flow, state)
    before = np.flatnonzero(~parts.network.closed)
    rank = [place for place, other in enumerate(ranked.solved) if np.array_equal(other.opened, before)]
    return Reconfiguration(
        ended=watch.ended,
        seconds=watch.seconds,
        network=bundle.whole,
        closed=bundle.closed(state),
        loss_kw=best.loss_kw,
        flow=flow,
        within_limits=not best.broken_limit,
        present=present_state(bundle, loss_terms(bundle.network)),
        together=tuple(tuple((lines + 1).tolist()) for lines in bundle.groups),
        initial_rank=rank[0] + 1 if rank and ranked.complete else None,
        lower_bound_kw=best.loss_kw if ranked.complete else None,
        bound_by="enumeration" if ranked.complete else None,
        proved=ranked.complete,
        topologies=count,
        operations=_operations(bundle, parts, closed),
        meshed=tuple(int(line) + 1 for place in parts.meshed for line in bundle.members[place]),
    )


def _operations(bundle: Bundled, parts: break_points.Broken, closed: Bools) -> tuple[tuple[int, str], ...]:
    network = parts.network
    how = switching_sequence.operations if is_radial(network, network.closed) else switching_sequence.from_any
    steps = how(network, network.closed, closed)
    return tuple((int(line) + 1, action) for place, action in steps for line in bundle.members[place])


def _closed(parts: break_points.Broken, opened: Ints) -> Bools:
    closed = np.ones(parts.network.n_lines, dtype=np.bool_)
    closed[opened] = False
    return closed


def _solved(parts: break_points.Broken, opened: Ints) -> _Solved | None:
    """One topology by exact power flow at the network's own load; None where it has none."""
    network = parts.network
    found = break_points.solve(parts, orient(network, _closed(parts, opened)), *own_load(network))
    if not found.flow.converged[0]:
        return None
    return _Solved(np.asarray(opened), _breaks_limits(parts.whole, found.flow), float(found.flow.loss_kw.sum()), found)


def _breaks_limits(network: Network, flow: Flow) -> bool:
    return bool(violation_eur(network, loss_terms(network), flow.vm_pu, flow.current_a)[0] > BROKEN_EUR)


def _all(parts: break_points.Broken, watch: Watch) -> _Ranked:
    """Every topology, as far as the time goes."""
    opened, solved = all_trees(parts.network).open_lines.astype(np.int64), list[_Solved]()
    for place, row in enumerate(opened):
        if (one := _solved(parts, row)) is not None:
            solved.append(one)
        least = min((other.loss_kw for other in solved if not other.broken_limit), default=None)
        if not watch.go_on("ranking", least) and place + 1 < len(opened):
            return _Ranked(_sorted(solved), complete=False)
    return _Ranked(_sorted(solved), complete=True)


def _searched(parts: break_points.Broken, search: Search) -> _Ranked:
    """The best of rankings with what flows at break points in the best topology so far."""
    network, finalists = parts.network, search.settings.finalists
    radial = is_radial(network, network.closed)
    first = network.closed if radial else start(network, 0, search.settings.seed)
    met: dict[tuple[int, ...], _Solved] = {}
    best = _meet(parts, met, np.flatnonzero(~first)[None])
    for _ in range(MOST_ROUNDS):
        drawn = _drawn(network, best)
        held = network.with_(p_kw=network.p_kw + drawn[0], q_kvar=network.q_kvar + drawn[1])
        one = Bundled(held, held, tuple(np.arange(network.n_lines)[:, None]))
        ranked = candidates(replace(search, bundle=one))
        before, best = best, _meet(parts, met, ranked.open_lines[:finalists])
        if best is before or search.watch.ended != "done":
            break
    return _Ranked(_sorted(list(met.values())), complete=False)


def _drawn(network: Network, best: _Solved | None) -> tuple[Floats, Floats]:
    """What break points draw in a topology, (n,) each in kW and kvar; nothing without one."""
    if best is None:
        return np.zeros(network.n_buses), np.zeros(network.n_buses)
    return best.found.p_kw[0], best.found.q_kvar[0]


def _meet(parts: break_points.Broken, met: dict[tuple[int, ...], _Solved], opened: Ints) -> _Solved | None:
    """Solve topologies (rows of open lines) that were not ``met``; the best of all."""
    for row in opened:
        key = tuple(row.tolist())
        if key not in met and (one := _solved(parts, row)) is not None:
            met[key] = one
    return _sorted(list(met.values()))[0] if met else None


def _sorted(solved: list[_Solved]) -> tuple[_Solved, ...]:
    return tuple(sorted(solved, key=lambda one: one.key))
