"""The radial topology with the least loss at the network's own load: search, proof, and what a planner asks about it.

Topologies that keep every limit of voltage and current go before those that break one; within each, less loss goes
first. Where all topologies can be evaluated that proves the answer; elsewhere an exchange search finds a good one, and
a relaxation, on demand with branch and bound behind it, says how much better another could be at most.

Closed lines between the same two buses are one branch in all of this. Whatever state the network is in today, radial or
not, its loss stands beside the answer: a meshed state may lose less than any radial one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from p2pdnr.errors import Cancelled, PowerFlowError, SolverError
from p2pdnr.network import readers
from p2pdnr.network.arrays import Bools, Network
from p2pdnr.network.bundles import Bundled, bundled
from p2pdnr.network.cuts import fixed_loop
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import count_spanning_trees, is_radial, orient
from p2pdnr.reconfiguration.bounds import Assumptions, Bound, lower_bound
from p2pdnr.reconfiguration.planning import meshed_loss
from p2pdnr.reconfiguration.planning.candidates import Ranked, Search, candidates, loss_terms, own_load
from p2pdnr.reconfiguration.planning.least_loss import Reconfiguration
from p2pdnr.reconfiguration.planning.present_state import BROKEN_EUR, present_state
from p2pdnr.reconfiguration.planning.progress import Progress, Watch
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.topologies import branch_exchange, ranking, switching_sequence
from p2pdnr.reconfiguration.topologies.meshed_parts import refuse_many_loops


@dataclass(frozen=True, eq=False)
class _Proof:
    """A lower bound on the losses in kW and where it is from, None without one; and whether no topology is better."""

    bound_kw: float | None
    bound_by: str | None
    proved: bool


@dataclass(frozen=True, eq=False)
class _Best:
    """A topology (m,), its losses and whether it keeps the limits."""

    closed: Bools
    loss_kw: float
    within_limits: bool


def reconfigure(
    network: Network | str | Path,
    *,
    exact: bool = False,
    time_limit_s: float | None = None,
    seed: int = 0,
    observe: Callable[[Progress], object] | None = None,
) -> Reconfiguration:
    """The radial topology with the least loss by exact power flow, at the network's own load.

    Parameters: ``network``, or a built-in name or file of one; ``exact`` to go on by branch and bound, where there are
    too many topologies to evaluate, until the least loss is proved (which may take for ever: set a limit);
    ``time_limit_s`` for everything together; ``seed`` of
    the search, which decides alone what it finds as long as the limit is not reached; ``observe`` is told how it goes,
    and may raise :class:`p2pdnr.errors.Cancelled` to end the work: the best so far is returned.

    Loops that nothing can open stay meshed (:mod:`.meshed_loss`): topologies are then radial but for these.

    Raises :class:`NetworkError` when the network cannot be read or lines that nothing can open form many loops,
    :class:`TopologyError` when no topology supplies every bus, :class:`PowerFlowError` when none that was met has a
    power flow.

    >>> reconfigure("case33bw")
    <Reconfiguration of 'case33bw': 139.551 kW, open 7 9 14 32 37, proved least>
    """
    if not isinstance(network, Network):
        network = readers.read(str(network), Path())
    return least_loss_of(network, PlanningSettings(seed=seed), exact, Watch(time_limit_s, observe))


def least_loss_of(network: Network, settings: PlanningSettings, exact: bool, watch: Watch) -> Reconfiguration:
    """The same with all settings; ``watch`` ends the work early."""
    bundle = bundled(network)
    if len(fixed_loop(bundle.network)):
        refuse_many_loops(bundle)
        return meshed_loss.least_loss_of(bundle, settings, watch)
    search = Search(bundle, count_spanning_trees(bundle.network), settings, watch)
    return _result(search, candidates(search), exact)


def warm_up(plain: bool = True) -> None:
    """Load or compile the kernels on a tiny network, so that the next answer does not wait for it; those for networks
    of series impedances alone (``plain``), or those for ratios and admittances to earth."""
    tiny = readers.from_text("S1 2, 2 3, 3 1 open")
    tiny = tiny if plain else tiny.with_(shunt_b_pu=np.full(3, 1e-3))
    reconfigure(tiny)
    branch_exchange.search(tiny, *own_load(tiny), loss_terms(tiny), branch_exchange.Effort(rounds=1, chains=1, keep=2))


def _best(network: Network, ranked: Ranked, finalists: int) -> _Best:
    """The best of the ranked topologies and the initial one, to full accuracy."""
    radial = is_radial(network, network.closed)
    initial = np.flatnonzero(~network.closed)[None] if radial else ranked.open_lines[:0]
    open_sets = np.vstack([ranked.open_lines[: 2 * finalists], initial])
    exact = ranking.evaluate(network, open_sets, *own_load(network), loss_terms(network))
    broken = exact.violation_eur[:, 0] > BROKEN_EUR
    order = np.lexsort((np.where(exact.converged[:, 0], exact.loss_kw[:, 0], np.inf), broken))
    order = order[exact.converged[order, 0]]
    if not len(order):
        which = "no radial topology of this network" if ranked.complete else "no radial topology that was met"
        raise PowerFlowError(f"{which} has a power flow solution at the network's load")
    best = int(order[0])
    return _Best(exact.trees.closed(best), float(exact.loss_kw[best, 0]), not broken[best])


def _bound(search: Search, best: _Best, exact: bool) -> Bound | None:
    """Lower bound on the losses; by branch and bound until proved or told to end, or by one relaxation."""
    network, watch = search.network, search.watch
    if watch.ended != "done" or not (exact or network.n_buses <= search.settings.most_bounded):
        return None
    if not network.is_passive or network.generators is not None:
        return None  # the relaxation takes losses for positive, and reactive powers for fixed
    left_s = np.inf if watch.left_s is None else watch.left_s
    try:
        found = lower_bound(
            network,
            (network.p_kw, network.q_kvar),
            Assumptions(best.loss_kw, best.within_limits),
            time_limit_s=left_s if exact else None,
            observe=lambda bound: watch.note(bound),
        )
    except SolverError:
        return None
    except (Cancelled, KeyboardInterrupt):
        watch.ended = "interrupted" if watch.ended == "done" else watch.ended
        return watch.bound_found
    watch.go_on("bound", found.incumbent_kw, found.value_kw)
    if exact and not found.proved and watch.ended == "done":
        watch.ended = "interrupted"
    return found


def _improved(network: Network, best: _Best, bound: Bound | None) -> _Best:
    """The better of the best so far and a topology that the proof has met on its way."""
    if bound is None or bound.closed is None:
        return best
    both = np.array([np.flatnonzero(~closed) for closed in (bound.closed, best.closed)])
    return _best(network, Ranked(both, complete=False), len(both))


def _proof(best: _Best, bound: Bound | None, ranked: Ranked) -> _Proof:
    """What is proved about the best topology."""
    if ranked.complete:
        return _Proof(best.loss_kw, "enumeration", proved=True)
    if bound is None:
        return _Proof(None, None, proved=False)
    # where limits are broken a topology that keeps them would be better whatever it loses
    return _Proof(min(bound.value_kw, best.loss_kw), bound.method, bound.proved and best.within_limits)


def _result(search: Search, ranked: Ranked, exact: bool) -> Reconfiguration:
    """All figures about the best of the ranked topologies; ``exact``: whether to go on to a proof."""
    bundle, network = search.bundle, search.network
    best, bound = _best(network, ranked, search.settings.finalists), None
    if not ranked.complete:
        bound = _bound(search, best, exact)
        best = _improved(network, best, bound)
    proof = _proof(best, bound, ranked)
    flow = solve_tree(network, orient(network, best.closed), *own_load(network))
    return Reconfiguration(
        ended=search.watch.ended,
        seconds=search.watch.seconds,
        network=bundle.whole,
        closed=bundle.closed(best.closed),
        loss_kw=best.loss_kw,
        flow=bundle.flow(flow, best.closed),
        within_limits=best.within_limits,
        present=present_state(bundle, loss_terms(network)),
        together=tuple(tuple((lines + 1).tolist()) for lines in bundle.groups),
        initial_rank=_rank(ranked, network.closed),
        lower_bound_kw=proof.bound_kw,
        bound_by=proof.bound_by,
        proved=proof.proved,
        topologies=search.topologies,
        operations=_operations(bundle, best.closed),
    )


def _rank(ranked: Ranked, closed: Bools) -> int | None:
    """Place of a topology among all, from 1."""
    if not ranked.complete:
        return None
    opened = np.flatnonzero(~closed)
    if len(opened) != ranked.open_lines.shape[1]:
        return None
    here = np.flatnonzero((ranked.open_lines == opened).all(axis=1))
    return int(here[0]) + 1 if len(here) else None


def _operations(bundle: Bundled, closed: Bools) -> tuple[tuple[int, str], ...]:
    """From the initial state, with line numbers from 1; lines that run together one after the other."""
    network = bundle.network
    how = switching_sequence.operations if is_radial(network, network.closed) else switching_sequence.from_any
    steps = how(network, network.closed, closed)
    return tuple((int(line) + 1, action) for place, action in steps for line in bundle.members[place])
