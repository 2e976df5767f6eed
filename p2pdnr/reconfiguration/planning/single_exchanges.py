"""Single exchanges from the state a network is in, by what they save: close one line, open another of the loop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network import break_points
from p2pdnr.network.arrays import Ints, Network
from p2pdnr.network.bundles import bundled
from p2pdnr.network.powerflow import Flow, solve_tree
from p2pdnr.network.topology import Tree, orient
from p2pdnr.reconfiguration.planning.candidates import loss_terms, own_load
from p2pdnr.reconfiguration.planning.least_loss import max_loading_percent
from p2pdnr.reconfiguration.planning.present_state import BROKEN_EUR, initial_tree
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.reconfiguration.topologies import ranking
from p2pdnr.reconfiguration.topologies.meshed_parts import refuse_many_loops
from p2pdnr.reconfiguration.topologies.neighbours import exchanges
from p2pdnr.reconfiguration.topologies.tree_set import TreeSet


@dataclass(frozen=True)
class Swap:
    """One exchange: line numbers (from 1), what people call these lines, and the state it leads to.

    ``max_loading_percent`` is None where no line has a limit.
    """

    close: int
    open: int
    saving_kw: float
    loss_kw: float
    within_limits: bool
    vm_min_pu: float
    max_loading_percent: float | None
    close_id: str
    open_id: str


@dataclass(frozen=True)
class Swaps:
    """The best exchanges, those that keep the limits first, then by saving; ``possible`` is how many there are in all.

    ``initial_loss_kw`` and ``initial_within_limits`` belong to the state they start from.
    """

    initial_loss_kw: float
    initial_within_limits: bool
    possible: int
    swaps: tuple[Swap, ...]

    def as_dict(self) -> dict[str, Any]:
        """Figures as JSON can hold them."""
        return {**vars(self), "swaps": [dict(vars(swap)) for swap in self.swaps]}


def rank_swaps(network: Network, most: int) -> Swaps:
    """The ``most`` best single exchanges of switchable lines from the network's initial state, at its own load. Closed
    lines between the same two buses are operated together, and the first of them stands for all. Loops that nothing can
    open stay meshed; each exchange is then solved with what flows in them.

    Raises :class:`NetworkError` when that state is not radial but for such loops or these are many,
    :class:`PowerFlowError` when it has no power flow.
    """
    bundle = bundled(network)
    refuse_many_loops(bundle)
    parts = break_points.broken(bundle.network)
    found = _all_solved(parts, most) if len(parts.breaks) else _ranked(bundle.network, most)
    number = [int(lines[0]) + 1 for lines in bundle.members]
    swaps = (replace(swap, close=number[swap.close - 1], open=number[swap.open - 1]) for swap in found.swaps)
    return replace(found, swaps=tuple(swaps))


def _all_solved(parts: break_points.Broken, most: int) -> Swaps:
    """Every exchange by exact power flow, where loops were broken."""
    initial = _initial_flow(parts.network, parts)
    loss, within = float(initial.loss_kw.sum()), _within_limits(parts.network, initial)
    pairs, opened = exchanges(parts.network)
    every = (_swap(parts.network, loss, pair, row, parts) for pair, row in zip(pairs, opened, strict=True))
    solved = [swap for swap in every if np.isfinite(swap.loss_kw)]
    return Swaps(loss, within, len(solved), tuple(sorted(solved, key=_key)[:most]))


def _key(swap: Swap) -> tuple[bool, float]:
    return not swap.within_limits, swap.loss_kw


def _ranked(network: Network, most: int) -> Swaps:
    initial = _initial_flow(network)
    pairs, opened = exchanges(network)
    trees = TreeSet(opened.astype(np.int32), network.n_lines, complete=False)
    ranked = ranking.landscape(network, trees, *own_load(network), loss_terms(network))
    loss_kw = np.where(ranked.converged[:, 0], ranked.loss_kw[:, 0], np.inf)
    order = np.lexsort((loss_kw, ranked.violation_eur[:, 0] > BROKEN_EUR))
    order = order[np.isfinite(loss_kw[order])]
    loss, within = float(initial.loss_kw.sum()), _within_limits(network, initial)
    best = [_swap(network, loss, pairs[row], opened[row]) for row in order[:most].tolist()]
    return Swaps(loss, within, len(order), tuple(sorted(best, key=_key)))


def _initial_flow(network: Network, parts: break_points.Broken | None = None) -> Flow:
    """Power flow of the initial state; ``parts`` where loops were broken, of which ``network`` is what is left."""
    remedy = "Say which lines are open at the start, or let reconfigure find a radial topology first"
    tree = initial_tree(network, remedy)
    flow = _flow(network, tree, parts)
    if not flow.converged[0]:
        raise PowerFlowError("the initial state of this network has no power flow solution at its load")
    return flow


def _flow(network: Network, tree: Tree, parts: break_points.Broken | None) -> Flow:
    """Of a tree at the network's own load, with what flows through broken lines."""
    if parts is None:
        return solve_tree(network, tree, *own_load(network))
    return break_points.solve(parts, tree, *own_load(network)).flow


def _swap(
    network: Network, initial_kw: float, pair: Ints, opened: Ints, parts: break_points.Broken | None = None
) -> Swap:
    """Figures of one exchange to full accuracy, NaN where it has no power flow."""
    closed = np.ones(network.n_lines, dtype=np.bool_)
    closed[opened] = False
    flow = _flow(network, orient(network, closed), parts)
    loss_kw = float(flow.loss_kw.sum())
    return Swap(
        close=int(pair[0]) + 1,
        open=int(pair[1]) + 1,
        saving_kw=initial_kw - loss_kw,
        loss_kw=loss_kw,
        within_limits=_within_limits(network, flow),
        vm_min_pu=float(flow.vm_pu.min()),
        max_loading_percent=max_loading_percent(network, flow),
        close_id=network.line_name(int(pair[0])),
        open_id=network.line_name(int(pair[1])),
    )


def _within_limits(network: Network, flow: Flow) -> bool:
    return bool(violation_eur(network, loss_terms(network), flow.vm_pu, flow.current_a)[0] <= BROKEN_EUR)
