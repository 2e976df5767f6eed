"""The compiled lower bound of what a tree costs in an hour: one sweep instead of a power flow.

Losses add to what flows and take from voltages. With P, Q what arrives at the far end of a line and P0, Q0 the sums of
withdrawals below it (branch flow of Baran and Wu 1989, as in :mod:`p2pdnr.network.kernel`),

    P0 <= P <= P0 + L,    Q0 <= Q <= Q0 + K L,    v <= v0, where v0_j = v0_i - 2 (r P0 + x Q0),

L the losses of the whole tree, K the largest x / r of a line; r and x are not negative and there is nothing to earth. A
tree that costs less than a cap has losses below the cap divided by their price. So either it costs at least the cap, or
at least what currents and voltages nearest to these bounds do: sum of r l with l = (P^2 + Q^2) / v, undervoltage and
overload at their price.
"""

from __future__ import annotations

from typing import Any

from p2pdnr.network import kernel, kernel_arrays, kernel_shunts, lanes
from p2pdnr.network.compilation import entry_point, fingerprint, inner
from p2pdnr.network.kernel import orient
from p2pdnr.network.lanes import LANES, larger, load, smaller, spread, store

LEAST_V = 1e-6
"""Squared voltage, per unit, that stands for all below it."""


@inner
def _collect(branches, withdrawals, n_roots, state, block):  # type: ignore[no-untyped-def]
    """The withdrawals below every bus, its own included, into ``p`` and ``q``."""
    load_p, load_q = withdrawals
    p, q, zero = state.p, state.q, spread(0.0)
    for k in range(len(p)):
        store(p, k, block, zero)
        store(q, k, block, zero)
    for k in range(len(p) - 1, n_roots - 1, -1):
        bus, up = branches.bus[k], branches.parent[k]
        below_p = load(p, k, block) + load(load_p, bus, block)
        below_q = load(q, k, block) + load(load_q, bus, block)
        store(p, k, block, below_p)
        store(q, k, block, below_q)
        store(p, up, block, load(p, up, block) + below_p)
        store(q, up, block, load(q, up, block) + below_q)


@inner
def _price(grid, branches, state, caps, block):  # type: ignore[no-untyped-def]
    """EUR of eight hours from the sums of withdrawals, at most the cap; ``caps`` (3, T): EUR, P and Q of its losses."""
    v, p, q, n_roots = state.v, state.p, state.q, len(grid.roots)
    most_p, most_q = load(caps, 1, block), load(caps, 2, block)
    low, price, zero = grid.band[0], grid.band[2], spread(0.0)
    loss, violation = spread(0.0), spread(0.0)
    for k in range(n_roots):
        store(v, k, block, spread(grid.root_v[k]))
    for k in range(n_roots, len(v)):
        r, x, line = branches.r[k], branches.x[k], branches.line[k]
        here_p, here_q = load(p, k, block), load(q, k, block)
        square = load(v, branches.parent[k], block) - 2.0 * (r * here_p + x * here_q)
        store(v, k, block, square)
        near_p = larger(here_p, zero) + smaller(here_p + most_p, zero)
        near_q = larger(here_q, zero) + smaller(here_q + most_q, zero)
        current = (near_p * near_p + near_q * near_q) / larger(square, spread(LEAST_V))
        loss = loss + r * current
        violation = violation + price * larger(low - square, zero)
        violation = violation + grid.overload[1, line] * larger(current * grid.overload[0, line] - 1.0, zero)
    return loss, violation


def _entry_point(sources: int) -> Any:
    @entry_point
    def floors(grid, open_lines, withdrawals, workspace, price):  # type: ignore[no-untyped-def]
        """EUR (n_trees, T padded) that every tree costs at least in every hour, at most the cap, into ``eur``;
        ``price``: the caps, and EUR for losses of 1 p.u."""
        assert sources
        caps, loss_eur = price
        eur, state, branches, closed = workspace
        for tree in range(len(open_lines)):
            for line in open_lines[tree]:
                closed[line] = False
            orient(grid, closed, branches)
            for line in open_lines[tree]:
                closed[line] = True
            for block in range(state.v.shape[1] // LANES):
                _collect(branches, withdrawals, len(grid.roots), state, block)
                loss, violation = _price(grid, branches, state, caps, block)
                store(eur, tree, block, smaller(loss_eur * loss + violation, load(caps, 0, block)))

    return floors


floors = _entry_point(fingerprint(kernel, kernel_arrays, kernel_shunts, lanes))
