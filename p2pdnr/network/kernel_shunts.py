"""What ratios and admittances to earth add to the compiled power flow of trees; nothing where a grid has none.

Compiled code picks the empty version of a function by the type of its first argument, so that networks of series
impedances alone run as if this file was not there.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import overload

from p2pdnr.network.lanes import LANES, larger, load, spread, store


def charge(earth: Any, grid: Any, branches: Any, reached: int) -> None:
    """Ratios of a tree's lines, and what stands between its buses and earth, into ``branches``."""
    if earth is not None:
        _charge(earth, grid, branches, reached)


def at_ends(earth: Any, grid: Any, branches: Any, state: Any) -> None:
    """Prepare :func:`limited`: what a line puts on its own buses flows at its ends, too; ``drop`` is free for it."""
    if earth is not None:
        _at_ends(earth, grid, branches, state)


def limited(earth: Any, state: Any, k: int, block: int) -> Any:
    """Squared current of the line that feeds bus k, at the larger of its ends."""
    return load(state.l if earth is None else state.drop, k, block)


def leaked(earth: Any, branches: Any, v: Any, block: int) -> Any:
    """What the conductance of lines to earth takes in eight hours; that of shunts is no loss."""
    return spread(0.0) if earth is None else _leaked(earth, branches, v, block)


def _charge(earth: Any, grid: Any, branches: Any, reached: int) -> None:
    drawn, ends = branches.earth, grid.ends
    for k in range(reached):
        for part in range(2):
            drawn[part, k] = earth.alone[part, branches.bus[k]]
    for k in range(len(grid.roots), reached):
        edge, up = branches.line[k], branches.parent[k]
        far = 1 if ends[1, edge] == branches.bus[k] else 0
        drawn[2, k] = 1.0 / earth.square[edge] if far == 1 else earth.square[edge]
        if far == 0:
            branches.r[k] *= earth.square[edge]
            branches.x[k] *= earth.square[edge]
        for part in range(2):
            drawn[part, k] += earth.added[2 * part + far, edge]
            drawn[part, up] += earth.added[2 * part + 1 - far, edge]


def _at_ends(earth: Any, grid: Any, branches: Any, state: Any) -> None:
    v = state.v
    for k in range(len(grid.roots), len(v)):
        edge, up, r, x = branches.line[k], branches.parent[k], branches.r[k], branches.x[k]
        far = 1 if grid.ends[1, edge] == branches.bus[k] else 0
        g_far, b_far = earth.closed[far, edge], earth.closed[2 + far, edge]
        g_near, b_near = earth.closed[1 - far, edge], earth.closed[3 - far, edge]
        for block in range(v.shape[1] // LANES):
            p, q, current = load(state.p, k, block), load(state.q, k, block), load(state.l, k, block)
            fed = current - 2.0 * (g_far * p - b_far * q) + (g_far * g_far + b_far * b_far) * load(v, k, block)
            p, q = p + r * current, q + x * current
            feeding = branches.earth[2, k] * current + 2.0 * (g_near * p - b_near * q)
            feeding = feeding + (g_near * g_near + b_near * b_near) * load(v, up, block)
            store(state.drop, k, block, larger(fed, feeding))


def _leaked(earth: Any, branches: Any, v: Any, block: int) -> Any:
    loss = spread(0.0)
    for k in range(len(v)):
        loss = loss + (branches.earth[0, k] - earth.alone[2, branches.bus[k]]) * load(v, k, block)
    return loss


@overload(charge, strict=False)
def _(earth: Any, grid: Any, branches: Any, reached: int) -> Any:
    return (lambda earth, grid, branches, reached: None) if isinstance(earth, types.NoneType) else _charge


@overload(at_ends, strict=False)
def _(earth: Any, grid: Any, branches: Any, state: Any) -> Any:
    return (lambda earth, grid, branches, state: None) if isinstance(earth, types.NoneType) else _at_ends


@overload(limited, strict=False)
def _(earth: Any, state: Any, k: int, block: int) -> Any:
    if isinstance(earth, types.NoneType):
        return lambda earth, state, k, block: load(state.l, k, block)
    return lambda earth, state, k, block: load(state.drop, k, block)


@overload(leaked, strict=False)
def _(earth: Any, branches: Any, v: Any, block: int) -> Any:
    return (lambda earth, branches, v, block: spread(0.0)) if isinstance(earth, types.NoneType) else _leaked
