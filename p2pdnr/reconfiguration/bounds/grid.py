"""A network and its load as the relaxation sees them: scaled, and with what no operating point exceeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pdnr.network.admittance import Complexes, bus_admittance, end_admittance
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.reconfiguration.bounds.backbone import Backbone, backbone
from p2pdnr.reconfiguration.bounds.states import States, states
from p2pdnr.reconfiguration.bounds.voltage_caps import highest_v2

HIGHEST_VM = 2.0
"""Voltage, in multiples of the substations', beyond which no operating point is looked for."""

MOST_REACTIVE = 10.0
"""Reactive losses, in multiples of the load, beyond which no operating point is looked for."""


@dataclass(frozen=True)
class Assumptions:
    """What the trees that are bounded have in common: a loss of at most ``loss_kw``; whether they keep limits; squared
    voltages of at most ``most_v2`` where substations are not above it."""

    loss_kw: float
    within_limits: bool = False
    most_v2: float = np.inf


@dataclass(frozen=True, eq=False)
class BoundedGrid:
    """A network scaled to its own load.

    ``p``, ``q`` (n,) load, ``r``, ``x`` (m,), per unit of ``base_kw``; ``cap_p``, ``cap_q`` most losses, active and
    reactive; ``highest`` (n,) bound on the squared voltage of each bus. Admittance to earth: ``alone`` (n,) at a bus
    with all lines open, ``leak`` (n,) conductance of lines in it, ``added`` (2, m) what a line adds at its from and to
    end when it is closed. ``range_p``, ``range_q`` (2, n): least and most that a bus draws, all that included;
    ``own_p`` (2, n) the same of active load alone, which differ where injections are free.
    """

    network: Network
    assumed: Assumptions
    backbone: Backbone
    states: States
    base_kw: float
    p: Floats
    q: Floats
    r: Floats
    x: Floats
    cap_p: float
    cap_q: float
    highest: Floats
    alone: Complexes
    leak: Floats
    added: Complexes
    range_p: Floats
    range_q: Floats
    own_p: Floats


def scaled(
    network: Network, p_kw: Floats, q_kvar: Floats, assumed: Assumptions, injected_kw: Floats | None = None
) -> BoundedGrid:
    """A network with net withdrawals (n,) in kW and kvar, and ``injected_kw`` (2, n) the least and the most that is
    fed in besides, nothing where it is None. Raises :class:`TopologyError` when a bus is cut off."""
    above = backbone(network)
    least_kw, most_kw = (p_kw, p_kw) if injected_kw is None else (p_kw - injected_kw[1], p_kw - injected_kw[0])
    parts = (np.maximum(most_kw, 0.0), np.maximum(-least_kw, 0.0), np.abs(q_kvar))
    base_kw = max(1.0, *(float(part.sum()) for part in parts))
    p, q, scale = p_kw / base_kw, q_kvar / base_kw, network.base_kw / base_kw
    own_p = np.array([least_kw, most_kw]) / base_kw
    r, x = network.r_pu / scale, network.x_pu / scale
    highest = _highest(network, (own_p[0], q, r, x), assumed)
    alone, of_lines = bus_admittance(network, np.zeros(network.n_lines, dtype=np.bool_))
    ends = end_admittance(network)
    added = scale * (ends.closed - ends.opened)
    range_p, range_q = _ranges(network, (own_p, q), (scale * alone, added), highest)
    if bool((r >= 0.0).all() and (x >= 0.0).all()):
        highest = np.minimum(highest, highest_v2(network, above, (range_p[0], range_q[0]), (r, x)))
        range_p, range_q = _ranges(network, (own_p, q), (scale * alone, added), highest)
    produced = np.minimum(scale * np.vstack([ends.closed.real, ends.opened.real]), 0.0).sum() * highest.max()
    cap_p = assumed.loss_kw / base_kw - float(produced)
    with np.errstate(divide="ignore", invalid="ignore"):
        cap_q = min(cap_p * float(np.nan_to_num(x / r, nan=0.0).max(initial=0.0)), MOST_REACTIVE)
    whole = (network, assumed, above, states(network, above), base_kw, p, q, r, x, cap_p, cap_q, highest)
    return BoundedGrid(*whole, scale * alone, scale * of_lines, added, range_p, range_q, own_p)


def _highest(network: Network, values: tuple[Floats, ...], assumed: Assumptions) -> Floats:
    """(n,) bound on the squared voltages. Without injections no voltage is above that of the substations; with them
    it rises along a path by at most what all injections together cause in every line."""
    p, q, r, x = values
    out_p, out_q = (float(np.maximum(-load, 0.0).sum()) for load in (p, q))
    held = float((network.substation_vm_pu**2).max())
    highest = held + 2.0 * (out_p * float(r.sum()) + out_q * float(x.sum())) if network.is_plain else np.inf
    highest = min(highest, held * HIGHEST_VM**2)
    if assumed.within_limits:
        highest = min(highest, max(held, network.vm_max_pu**2))
    highest = min(highest, max(held, assumed.most_v2))
    bound = np.full(network.n_buses, highest)
    bound[network.substations] = network.substation_vm_pu**2
    return bound


def _ranges(
    network: Network, own: tuple[Floats, Floats], earth: tuple[Complexes, Complexes], highest: Floats
) -> tuple[Floats, Floats]:
    """(2, n) least and most that a bus draws, active and reactive: its own load and what stands to earth there."""
    alone, added = earth
    return (
        own[0] + _drawn_range(network, (alone.real, added.real), highest),
        own[1] + _drawn_range(network, (-alone.imag, -added.imag), highest),
    )


def _drawn_range(network: Network, drawn: tuple[Floats, Floats], highest: Floats) -> Floats:
    """(2, n) least and most that a bus draws beside its load: what stands to earth there, which every line that is
    closed adds to; ``drawn``: what it takes per unit of squared voltage, of buses (n,) and of line ends (2, m)."""
    ranges = []
    for extreme in (np.minimum, np.maximum):
        total = extreme(drawn[0], 0.0)
        for end, bus in enumerate((network.from_bus, network.to_bus)):
            np.add.at(total, bus, extreme(drawn[1][end], 0.0))
        ranges.append(total * highest)
    return np.array(ranges)
