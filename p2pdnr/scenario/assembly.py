"""What a scenario makes of its network: limits, initial topology, background loads, partners; all as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from p2pdnr.network import readers
from p2pdnr.network.arrays import Floats, Ints, Network
from p2pdnr.network.cut_loops import cut
from p2pdnr.network.generators import fixed, given_kvar
from p2pdnr.network.topology import Tree, orient
from p2pdnr.scenario import document
from p2pdnr.scenario.checks import check, initially_closed, may_switch
from p2pdnr.scenario.levers import freed, leveled
from p2pdnr.scenario.network_schema import NetworkTable
from p2pdnr.scenario.schema import NetworkSettings, Scenario

BASE_MVA = 1.0
"""Base of every network that is solved, whatever its file states: tolerances of solvers are in per unit, and results
must not hang on what only a file is written in."""

_SAME_PU = 10
"""Distances that agree to this many decimals are equal: sums in another order must not break ties of the list."""


def build_network(scenario: Scenario, folder: Path | None = None, *, parsed: bool = False) -> Network:
    """The scenario's network with its settings applied, its per-unit values on a base of :data:`BASE_MVA`.

    ``folder`` is where a relative ``network.source`` is looked up; None refuses paths altogether. ``parsed`` says that
    the scenario has just come out of its document and need not be judged alone once more. Generators that hold a
    voltage keep giving what holds it in the network's own state, and a remark says so. Raises
    :class:`~p2pdnr.errors.NetworkError` when the network cannot be read and :class:`~p2pdnr.errors.ScenarioError` when
    the scenario does not fit it.
    """
    settings = scenario.network
    network = fixed(readers.read(network_source(settings), folder))
    check(scenario, network, parsed=parsed)
    return freed(with_settings(network, settings), scenario.dso)


def with_settings(network: Network, settings: NetworkSettings) -> Network:
    """A network as it was read with what a scenario says about it; the numbers in the settings must fit it."""
    network = leveled(network.in_base(BASE_MVA), settings)
    return network.with_(
        closed=initially_closed(settings, network),
        limit_a=_limits(settings, network),
        switchable=may_switch(settings, network),
        vm_min_pu=network.vm_min_pu if settings.vm_min_pu is None else settings.vm_min_pu,
        vm_max_pu=network.vm_max_pu if settings.vm_max_pu is None else settings.vm_max_pu,
    )


def standalone(scenario: Scenario, folder: Path) -> Scenario:
    """The scenario with a network that lies in a file of ``folder`` written into it, so that it stands for itself.

    Raises :class:`~p2pdnr.errors.NetworkError` when the network cannot be read.
    """
    source = scenario.network.source
    if not readers.is_file(source):
        return scenario
    written = document.to_dict(scenario)
    written["network"]["source"] = readers.to_table(readers.read(source, folder))
    return document.from_dict(written)


def profile(scenario: Scenario, name: str) -> Floats:
    """(T,) factors of a profile."""
    return np.array(scenario.profiles[name], dtype=np.float64)


def background_kw(scenario: Scenario, network: Network) -> tuple[Floats, Floats]:
    """The network's own loads hour by hour: P in kW and Q in kvar, both (T, n); scale x profile x nominal, less what
    generators that hold a voltage give in a day that was solved so."""
    settings, factors = scenario.network, np.ones((scenario.hours, network.n_buses))
    named = settings.background_profile
    if isinstance(named, str):
        factors[:] = profile(scenario, named)[:, None]
    elif named is not None:
        for name, buses in named.items():
            factors[:, np.array(buses, dtype=np.int64) - 1] = profile(scenario, name)[:, None]
    factors *= settings.background_scale
    return factors * network.p_kw, factors * network.q_kvar - given_kvar(network, factors)


def partner_pairs(scenario: Scenario, network: Network) -> Ints:
    """(E, 2) pairs of prosumers that may trade, as positions in the scenario's list, first < second, sorted."""
    partners, count = scenario.market.partners, len(scenario.prosumers)
    if partners == "none" or partners == 0:
        return np.empty((0, 2), dtype=np.int64)
    if partners == "all" or (isinstance(partners, int) and partners >= count - 1):
        return np.column_stack(np.triu_indices(count, 1)).astype(np.int64)
    if isinstance(partners, int):
        buses = np.array([prosumer.bus for prosumer in scenario.prosumers], dtype=np.int64) - 1
        return _sorted_pairs(_nearest(buses, partners, network))
    position = {prosumer.id: number for number, prosumer in enumerate(scenario.prosumers)}
    return _sorted_pairs(np.array([[position[a], position[b]] for a, b in partners], dtype=np.int64).reshape(-1, 2))


def electrical_distance_pu(network: Network, buses: Ints) -> Floats:
    """(n, b) sum of \\|z\\| in p.u. between every bus and each of ``buses`` (b,) along the initial tree, a loop that
    nothing can open being cut.

    Substations are one node, so a way from one feeder to another passes through them at no distance.
    """
    network, n = cut(network), network.n_buses
    tree = orient(network, network.closed)
    z_pu, depth = np.hypot(network.r_pu, network.x_pu), np.zeros(network.n_buses)
    for bus in tree.order:
        if tree.parent_bus[bus] >= 0:
            depth[bus] = depth[tree.parent_bus[bus]] + z_pu[tree.parent_line[bus]]
    return np.asarray(depth[:, None] + depth[None, buses] - 2.0 * _shared_depth(tree, depth, buses), dtype=np.float64)[
        :n
    ]


def _shared_depth(tree: Tree, depth: Floats, buses: Ints) -> Floats:
    """(n, b) depth of the last bus that the ways from the root to a bus and to one of ``buses`` have in common."""
    feeds = np.zeros((len(depth), len(buses)), dtype=np.bool_)
    feeds[buses, np.arange(len(buses))] = True
    for bus in tree.order[::-1]:
        if tree.parent_bus[bus] >= 0:
            feeds[tree.parent_bus[bus]] |= feeds[bus]
    shared = np.zeros(feeds.shape)
    for bus in tree.order:
        above = shared[tree.parent_bus[bus]] if tree.parent_bus[bus] >= 0 else 0.0
        shared[bus] = np.where(feeds[bus], depth[bus], above)
    return shared


def _nearest(buses: Ints, count: int, network: Network) -> Ints:
    """(., 2) each prosumer with the ``count`` nearest others; of equally near ones those first in the list."""
    places, at, many = np.unique(buses, return_inverse=True, return_counts=True)
    distance = np.round(electrical_distance_pu(network, places), _SAME_PU)[places]
    ranked = np.array([_first_at(of_place, at, many, count + 1) for of_place in distance.T])[at]
    others = ranked != np.arange(len(buses))[:, None]
    others[:, -1] &= ~others[:, :-1].all(axis=1)  # nobody needs the last who is not among the nearest itself
    return np.column_stack([np.repeat(np.arange(len(buses)), count), ranked[others]]).astype(np.int64)


def _first_at(distance: Floats, at: Ints, many: Ints, count: int) -> Ints:
    """(count,) the nearest of all prosumers at places ``at`` (K,), of equally near ones the first in the list; by the
    places' ``distance`` and how ``many`` are there."""
    order = np.argsort(distance, kind="stable")
    furthest = distance[order[np.searchsorted(np.cumsum(many[order]), count)]]
    near = np.flatnonzero((distance <= furthest)[at])
    return near[np.argsort(distance[at[near]], kind="stable")[:count]]


def _sorted_pairs(pairs: Ints) -> Ints:
    """Every pair once, its first before its second, in order."""
    if not len(pairs):
        return pairs
    count = int(pairs.max()) + 1
    return np.column_stack(np.divmod(np.unique(pairs.min(axis=1) * count + pairs.max(axis=1)), count))


def network_source(settings: NetworkSettings) -> str | dict[str, object]:
    """Where the network is, or its table as it was given."""
    if not isinstance(settings.source, NetworkTable):
        return settings.source
    return settings.source.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)


def _limits(settings: NetworkSettings, network: Network) -> Floats:
    limits = _given(settings.line_limit_a, network.limit_a)
    for line, limit in settings.line_limits_a.items():
        limits[line - 1] = limit
    return limits


def _given(value: float | None, otherwise: Floats) -> Floats:
    """A copy of the array, filled with the value where there is one."""
    return otherwise.copy() if value is None else np.full_like(otherwise, value)
