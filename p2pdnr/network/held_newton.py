"""Voltages that generators hold, by pandapower's Newton-Raphson: the judge of :mod:`p2pdnr.network.held_kernel`.

``runpp(enforce_q_lims=True)`` puts generators to the ends of their range of reactive power and never takes them back,
so that one may stay at its upper limit though its bus is above the set point, which no regulator does. Here they are
taken back where that is so, until every generator holds its voltage or is at the end that is on the way there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from p2pdnr.errors import PowerFlowError
from p2pdnr.network import pandapower_net
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.generators import own_loads
from p2pdnr.network.pandapower_net import Solved

Run = Callable[[Any], object]
MOST_RUNS = 60
MOST_GENERATORS = 100
"""In a net; with more of them it is no distribution network, and each run is long."""
_ALL_AT_ONCE = 10
_Q_MVAR, _V_PU = 1e-9, 1e-9


def stuck(net: Any) -> Bools:
    """(rows of net.gen) generators at an end of their range in a solved net though their voltage asks for less; none
    where there are more than are taken back."""
    gen, result = net.gen, net.res_gen
    if len(gen) > MOST_GENERATORS:
        return np.zeros(len(gen), dtype=np.bool_)
    vm = net.res_bus.vm_pu.reindex(gen.bus).to_numpy(dtype=np.float64)
    q, beyond = result.q_mvar.to_numpy(dtype=np.float64), vm - gen.vm_pu.to_numpy(dtype=np.float64)
    least, most = _limits(gen)
    high = (q >= most - 1e-6) & (beyond > 1e-7) & (q > least)
    low = (q <= least + 1e-6) & (beyond < -1e-7) & (q < most)
    return np.asarray(gen.in_service.to_numpy(dtype=bool) & ~gen.slack.to_numpy(dtype=bool) & (high | low))


def run_held(net: Any, run: Run) -> None:
    """Solve a net whose generators hold their voltages within their limits; ``run`` solves it without limits.

    Generators at a limit are replaced by static ones in ``net``; what they give stands in ``net.res_gen`` all the same.
    Raises :class:`PowerFlowError` where no state is found.
    """
    import pandapower as pp

    gen = net.gen[net.gen.in_service.astype(bool) & ~net.gen.slack.astype(bool)]
    rows, buses = gen.index.to_numpy(), gen.bus.to_numpy()
    least, most = _limits(gen)
    power = (gen.p_mw * gen.scaling).to_numpy(dtype=np.float64)
    instead = pp.create_sgens(net, buses, p_mw=power, q_mvar=0.0, in_service=False)
    end = np.zeros(len(rows), dtype=np.int64)
    for attempt in range(MOST_RUNS):
        net.gen.loc[rows, "in_service"] = end == 0
        net.sgen.loc[instead, "in_service"] = end != 0
        net.sgen.loc[instead, "q_mvar"] = np.where(end > 0, most, np.where(end < 0, least, 0.0))
        run(net)
        q = net.res_gen.q_mvar.loc[rows].to_numpy(dtype=np.float64)
        beyond = net.res_bus.vm_pu.loc[buses].to_numpy(dtype=np.float64) - gen.vm_pu.to_numpy(dtype=np.float64)
        new = _next(end, (q, beyond), (least, most))
        if (new == end).all():
            given = np.where(end > 0, most, np.where(end < 0, least, q))
            net.res_gen.loc[rows, ["p_mw", "q_mvar"]] = np.column_stack([power, given])
            return
        if attempt >= _ALL_AT_ONCE:  # one by one, the first of them
            new[np.flatnonzero(new != end)[1:]] = end[np.flatnonzero(new != end)[1:]]
        end = new
    raise PowerFlowError("generators that hold a voltage were not settled")


def _next(end: Ints, found: tuple[Floats, Floats], limits: tuple[Floats, Floats]) -> Ints:
    """Where generators are next: -1 and 1 at the ends of their range, 0 where they hold their voltage."""
    (q, beyond), (least, most) = found, limits
    new = end.copy()
    new[(end == 0) & (q > most + _Q_MVAR)] = 1
    new[(end == 0) & (q < least - _Q_MVAR)] = -1
    new[(least < most) & (end * beyond > _V_PU)] = 0
    return new


def _limits(gen: Any) -> tuple[Floats, Floats]:
    """Limits of reactive power in Mvar, infinite where there are none."""
    ends = []
    for name, none in (("min_q_mvar", -np.inf), ("max_q_mvar", np.inf)):
        values = gen[name].to_numpy(dtype=np.float64) if name in gen else np.full(len(gen), np.nan)
        ends.append(np.where(np.isnan(values), none, values))
    return ends[0], ends[1]


def solve_held(network: Network, closed: Bools) -> tuple[Solved, Floats]:
    """Voltages, losses and currents with lines ``closed`` (m,) at the network's own load, one hour, and (G,) what its
    generators give, kvar. Raises :class:`PowerFlowError` where there is no solution. Imports pandapower."""
    generators = network.generators
    assert generators is not None
    p_kw, q_kvar = own_loads(network)
    p_kw[generators.bus] -= generators.p_kw
    solved, kvar = solve_held_hours(network, np.asarray(closed, dtype=np.bool_)[None], p_kw[None], q_kvar[None])
    return solved, kvar[0]


def solve_held_hours(network: Network, closed: Bools, p_kw: Floats, q_kvar: Floats) -> tuple[Solved, Floats]:
    """The same of hours side by side in one net, ``closed`` (T, m), and (T, G) what generators give; withdrawals (T, n)
    count what these feed in, but not what they give in reactive power."""
    import pandapower as pp

    generators = network.generators
    assert generators is not None
    built, (hours, buses) = pandapower_net.build(network, closed), p_kw.shape
    pp.create_loads(built.net, np.arange(p_kw.size), p_mw=p_kw.ravel() / 1e3, q_mvar=q_kvar.ravel() / 1e3)
    at = (np.arange(hours)[:, None] * buses + generators.bus).ravel()
    limits = {
        "min_q_mvar": np.tile(generators.least_kvar, hours) / 1e3,
        "max_q_mvar": np.tile(generators.most_kvar, hours) / 1e3,
    }
    pp.create_gens(built.net, at, p_mw=np.zeros(len(at)), vm_pu=np.tile(generators.vm_pu, hours), **limits)
    run_held(built.net, lambda net: pandapower_net.run(net, network))
    given = 1e3 * built.net.res_gen.q_mvar.to_numpy(dtype=np.float64)
    return pandapower_net.read(built), given.reshape(hours, -1)
