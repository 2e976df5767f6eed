"""Generators that hold the voltage of their bus, as parts of a network.

Each gives a fixed active power, and the reactive power between its limits that brings its bus to its set point; at the
end of its range where that does not reach. What that is depends on the hour and the topology, and the power flow of a
tree finds it (:mod:`p2pdnr.network.held_kernel`). A network's own loads count what generators give in its own state,
so that whoever knows nothing of them takes them as fixed injections.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from p2pdnr.network.arrays import Floats, Generators, HeldHours, Ints, Network
from p2pdnr.network.names import enumerated

AT_LIMIT_KVAR = 1e-6
"""Within which a generator is at an end of its range, or beyond it."""

_TODAY = "hold a voltage; here they keep giving what does so today"


def with_generators(network: Network, generators: Generators | None) -> Network:
    """A network, its loads so far those of ``generators.load_kw`` and ``load_kvar`` at their buses, with generators."""
    if generators is None or not len(generators.bus):
        return network
    p_kw, q_kvar = network.p_kw.copy(), network.q_kvar.copy()
    p_kw[generators.bus] = generators.load_kw - generators.p_kw
    q_kvar[generators.bus] = generators.load_kvar - generators.kvar
    return network.with_(p_kw=p_kw, q_kvar=q_kvar, generators=generators)


def giving(network: Network, kvar: Floats) -> Network:
    """The network with its generators giving ``kvar`` (G,) in its own state."""
    assert network.generators is not None
    return with_generators(network, replace(network.generators, kvar=np.asarray(kvar, dtype=np.float64)))


def fixed(network: Network) -> Network:
    """The network with generators that keep giving what they give in its own state, and a remark that says so."""
    if network.generators is None:
        return network
    said = f"generators at bus {bus_names(network)} {_TODAY}"
    held = HeldHours(network.generators)
    return network.with_(generators=None, held=held, remarks=(*network.remarks, said))


def fixed_remarks(network: Network) -> tuple[str, ...]:
    """What :func:`fixed` has said about a network, where generators do not hold their voltages in the day."""
    if is_held(network):
        return ()
    return tuple(remark for remark in network.remarks if remark.endswith(_TODAY))


def is_held(network: Network) -> bool:
    """Whether generators hold their voltages in a solved day."""
    return network.held is not None and network.held.kvar is not None


def at_limit(generators: Generators, kvar: Floats) -> Ints:
    """(T, G) 1 where a generator that gives ``kvar`` (T, G) gives the most that it can, -1 where the least, else 0."""
    high, low = kvar >= generators.most_kvar - AT_LIMIT_KVAR, kvar <= generators.least_kvar + AT_LIMIT_KVAR
    return np.where(high, 1, np.where(low, -1, 0)).astype(np.int64)


def holding(network: Network, kvar: Floats) -> Network:
    """A network that counts generators as fixed injections, with ``kvar`` (T, G) of what they give hour by hour."""
    assert network.held is not None
    return network.with_(held=replace(network.held, kvar=np.asarray(kvar, dtype=np.float64)))


def at_work(network: Network) -> Network:
    """A network that counts generators as fixed injections, with generators that hold their voltages: for power flows
    at loads that do not count what these give."""
    assert network.held is not None
    generators = network.held.generators
    return network.with_(generators=replace(generators, kvar=np.zeros(len(generators.bus))), held=None)


def released(network: Network) -> Network:
    """The same for a network whose generators hold their voltages in a solved day, its own loads without what these
    give; as it is where none does."""
    if not is_held(network):
        return network
    there = at_work(network)
    assert there.generators is not None
    q_kvar = there.q_kvar.copy()
    q_kvar[there.generators.bus] = there.generators.load_kvar
    return there.with_(q_kvar=q_kvar)


def held_again(network: Network, hours: int) -> Network:
    """A :func:`released` network for a plan of so many hours: generators give nothing in them yet."""
    if network.generators is None:
        return network
    held = HeldHours(network.generators, np.zeros((hours, len(network.generators.bus))))
    return network.with_(generators=None, held=held)


def given_kvar(network: Network, factors: Floats) -> Floats:
    """(T, n) reactive power that generators give in a day beyond what the network's loads count, by the ``factors``
    (T, n) that these are scaled with."""
    more, held = np.zeros(factors.shape), network.held
    if held is not None and held.kvar is not None:
        bus = held.generators.bus
        more[:, bus] = held.kvar - factors[:, bus] * held.generators.kvar
    return more


def of_network(network: Network) -> Generators | None:
    """Generators that hold a voltage, whether or not the network's loads count them."""
    return network.generators if network.held is None else network.held.generators


def bus_names(network: Network) -> str:
    """What people call the buses of a network's generators: "3 and 8", at most so many as fit a line."""
    generators = of_network(network)
    assert generators is not None
    return enumerated([network.bus_name(bus).removeprefix("bus ") for bus in generators.bus.tolist()])


def own_loads(network: Network) -> tuple[Floats, Floats]:
    """(n,) loads of the buses without what their generators give, kW and kvar."""
    p_kw, q_kvar = network.p_kw.copy(), network.q_kvar.copy()
    if network.generators is not None:
        p_kw[network.generators.bus] = network.generators.load_kw
        q_kvar[network.generators.bus] = network.generators.load_kvar
    return p_kw, q_kvar
