"""Closed lines between the same two buses are operated together: one branch in the search, all of them in the answer.

Lines in parallel form a loop, and yet nobody opens one of two cables to make a feeder radial. So the closed ones count
as one branch, which may be opened if all of them may, unless a line stands
:attr:`~p2pdnr.network.arrays.Network.apart`. The branch is the exact two-port of its members: their admittance matrices
add up (Kundur, Power System Stability and Control, section 6.2), also where ratios differ; what then circulates between
them stands at the branch's ends as an admittance to earth.

The limit of a branch is the current at which the first member reaches its own. Shares go with the admittances, exactly
so for equal ratios; between unequal ones what circulates at the highest voltage is held back from the limit first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from p2pdnr.network.admittance import Complexes, end_admittance, line_flows
from p2pdnr.network.arrays import BOTH_ENDS, FROM_END, TO_END, Bools, Floats, Ints, Levers, Network
from p2pdnr.network.levers import held, without
from p2pdnr.network.names import together

if TYPE_CHECKING:
    from p2pdnr.network.powerflow import Flow

_LEAST_LIMIT = 1e-3
"""Share of its limit that is left where circulating current alone exceeds it."""


@dataclass(frozen=True, eq=False)
class Bundled:
    """``whole`` as it was read; ``network`` with one line where several run together; ``members`` the lines of
    ``whole`` (indices, ascending) that every line of ``network`` stands for."""

    whole: Network
    network: Network
    members: tuple[Ints, ...]

    @property
    def groups(self) -> tuple[Ints, ...]:
        """The members of lines that stand for several."""
        return tuple(lines for lines in self.members if len(lines) > 1)

    @property
    def which(self) -> Ints:
        """(m,) the line of ``network`` that every line of ``whole`` belongs to."""
        found = np.zeros(self.whole.n_lines, dtype=np.int64)
        for line, members in enumerate(self.members):
            found[members] = line
        return found

    def closed(self, closed: Bools) -> Bools:
        """States (..., m) of the lines of ``whole`` from those of ``network``."""
        return np.asarray(closed)[..., self.which]

    def flow(self, flow: Flow, closed: Bools) -> Flow:
        """A power flow of ``network`` in state ``closed`` with every line of ``whole`` by itself."""
        return _expanded(self, flow, closed) if self.groups else flow


def bundled(network: Network) -> Bundled:
    """The network with closed lines between the same buses as one."""
    members = _members(network)
    if len(members) == network.n_lines:
        return Bundled(network, network, members)
    first = np.array([lines[0] for lines in members], dtype=np.int64)
    fields: dict[str, Any] = {name: getattr(network, name)[first] for name in _BY_LINE}
    fields = {name: values.copy() for name, values in fields.items()}
    for line, lines in enumerate(members):
        if len(lines) > 1:
            for name, value in _one(network, lines).items():
                fields[name][line] = value
    ids = tuple(together(map(network.line_name, lines.tolist())) for lines in members)
    return Bundled(network, network.with_(**fields, line_ids=ids, levers=_levers(network, members)), members)


def _levers(network: Network, members: tuple[Ints, ...]) -> Levers | None:
    """The levers with their lines by their new places; tap changers of lines that run together stay as they are."""
    own = {int(lines[0]): place for place, lines in enumerate(members) if len(lines) == 1}
    items = network.levers.items if network.levers else ()
    kept = held(network, [item.kind != "line tap" or item.place in own for item in items])
    if kept.levers is None:
        return None
    moved = [replace(item, place=own[item.place]) if item.kind == "line tap" else item for item in kept.levers.items]
    return replace(kept.levers, items=tuple(moved), without=bundled(without(kept)).network)


_BY_LINE = (
    "from_bus", "to_bus", "r_pu", "x_pu", "limit_a", "switchable", "closed", "apart",
    "ratio", "g_from_pu", "b_from_pu", "g_to_pu", "b_to_pu", "opened_at",
)  # fmt: skip


def _members(network: Network) -> tuple[Ints, ...]:
    """Lines (indices) that become one, in order of the first of each."""
    joins = network.closed & ~network.apart & ((network.r_pu != 0.0) | (network.x_pu != 0.0))
    low, high = np.minimum(network.from_bus, network.to_bus), np.maximum(network.from_bus, network.to_bus)
    groups: dict[Any, list[int]] = {}
    for line, alone in enumerate((~joins).tolist()):
        groups.setdefault(line if alone else (int(low[line]), int(high[line])), []).append(line)
    return tuple(np.array(lines, dtype=np.int64) for lines in groups.values())


COUPLER_SHARE = 1e-2
"""Of the median impedance of closed lines: what has less couples two bus bars."""


def through_couplers(network: Network) -> tuple[Ints, ...]:
    """Groups of closed lines (indices) that are in parallel only as long as a closed coupler between two bus bars stays
    closed: no branch in the search, which opens one of them or the coupler."""
    impedance = np.abs(network.r_pu + 1j * network.x_pu)
    lines = network.closed & ~network.apart
    coupler = network.closed & (impedance <= COUPLER_SHARE * np.median(impedance[lines])) if lines.any() else lines
    bar = _bars(network, coupler)
    groups: dict[tuple[int, int], list[int]] = {}
    for line in np.flatnonzero(lines & ~coupler).tolist():
        ends = sorted((int(bar[network.from_bus[line]]), int(bar[network.to_bus[line]])))
        groups.setdefault((ends[0], ends[1]), []).append(line)
    pairs = np.sort(np.stack([network.from_bus, network.to_bus], axis=1), axis=1)
    apart = (np.array(group) for group in groups.values() if len(group) > 1)
    return tuple(group for group in apart if len(np.unique(pairs[group], axis=0)) > 1)


def _bars(network: Network, coupler: Bools) -> Ints:
    """(n,) which buses the couplers make one."""
    import scipy.sparse as sp  # slow: the server reads networks without it
    from scipy.sparse.csgraph import connected_components

    ends = network.from_bus[coupler], network.to_bus[coupler]
    joined = sp.coo_array((np.ones(len(ends[0])), ends), shape=(network.n_buses, network.n_buses))
    return np.asarray(connected_components(joined, directed=False)[1])


@dataclass(frozen=True, eq=False)
class _TwoPorts:
    """Members as seen from the from and the to bus of the first: current J = ``at_from`` V_from - ``across`` V_to into
    the from end and K = ``at_to`` V_to - ``across`` V_from into the to end; ``beside`` (2, k) admittance to earth at
    both; ``forward`` whether a member runs as the first does; ``limit`` p.u."""

    at_from: Complexes
    at_to: Complexes
    across: Complexes
    beside: Complexes
    forward: Bools
    limit: Floats
    ratio: Floats

    @property
    def alike(self) -> bool:
        """Whether all have the same ratio, so that nothing circulates."""
        return bool((self.ratio == self.ratio[0]).all())


def _two_ports(network: Network, lines: Ints) -> _TwoPorts:
    y = 1.0 / (network.r_pu[lines] + 1j * network.x_pu[lines])
    t, forward = network.ratio[lines], network.from_bus[lines] == network.from_bus[lines[0]]
    beside = end_admittance(network).closed[:, lines]
    return _TwoPorts(
        at_from=np.where(forward, y / t**2, y),
        at_to=np.where(forward, y, y / t**2),
        across=np.asarray(y / t, dtype=np.complex128),
        beside=np.where(forward, beside, beside[::-1]),
        forward=np.asarray(forward),
        limit=network.limit_pu[lines],
        ratio=np.where(forward, t, 1.0 / t),
    )


def _one(network: Network, lines: Ints) -> dict[str, Any]:
    """The fields of the branch that stands for several lines."""
    ports, first = _two_ports(network, lines), int(lines[0])
    at_from, at_to, across = (values.sum() for values in (ports.at_from, ports.at_to, ports.across))
    ratio = float(ports.ratio[0]) if ports.alike else float(np.sqrt(abs(at_to) / abs(at_from)))
    y = across * ratio
    beside_from, beside_to = ports.beside.sum(axis=1)
    if not ports.alike:
        beside_from, beside_to = beside_from + at_from - y / ratio**2, beside_to + at_to - y
    z, from_end = 1.0 / y, beside_from * ratio**2
    limit = _limit(ports, network)
    return {
        "r_pu": max(0.0, z.real), "x_pu": max(0.0, z.imag), "ratio": ratio,
        "limit_a": limit * network.base_current_a[first],
        "switchable": network.switchable[lines].all(),
        "g_from_pu": from_end.real, "b_from_pu": from_end.imag, "g_to_pu": beside_to.real, "b_to_pu": beside_to.imag,
        "opened_at": _opened_at(network, lines, ports.forward),
    }  # fmt: skip


def _limit(ports: _TwoPorts, network: Network) -> float:
    """Current of the branch, p.u., at which the first member reaches its limit: J_k = s_k J + c_k V_from."""
    share = ports.across / ports.across.sum()
    circulating = np.zeros(len(share)) if ports.alike else np.abs(ports.at_from - share * ports.at_from.sum())
    highest = max(network.vm_max_pu, float(network.substation_vm_pu.max(initial=0.0)))
    left = np.maximum(ports.limit - circulating * highest, _LEAST_LIMIT * ports.limit)
    return float((left / np.abs(share)).min())


def _opened_at(network: Network, lines: Ints, forward: Bools) -> int:
    """Where the branch is open when it is open: at one end alone where all of its members are."""
    turned = {BOTH_ENDS: BOTH_ENDS, FROM_END: TO_END, TO_END: FROM_END}
    places = {
        int(place) if ahead else turned[int(place)]
        for place, ahead in zip(network.opened_at[lines], forward, strict=True)
    }
    return places.pop() if len(places) == 1 else BOTH_ENDS


def _expanded(bundle: Bundled, flow: Flow, closed: Bools) -> Flow:
    whole, one = bundle.whole, bundle.network
    v = flow.vm_pu.T**2
    drawn = end_admittance(one)
    at_from = np.where(closed, drawn.closed[0], drawn.opened[0])[:, None]
    into = (flow.p_kw + 1j * flow.q_kvar).T / one.base_kw - np.conj(at_from) * v[one.from_bus]
    series = into[bundle.which]
    for line, lines in enumerate(bundle.members):
        if len(lines) > 1:
            series[lines] = _shares(bundle, line, np.sqrt(v), into[line]) if closed[line] else 0.0
    on = bundle.closed(closed)
    flows = line_flows(whole, on, v, series)
    amperes = np.sqrt(flows.current2) * whole.base_current_a[:, None]
    parts = (whole.base_kw * flows.sent.real, whole.base_kw * flows.sent.imag, amperes, whole.base_kw * flows.loss)
    p, q, amperes, loss = (np.asarray(part).T.copy() for part in parts)
    return replace(flow, p_kw=p, q_kvar=q, current_a=amperes, loss_kw=loss)


def _shares(bundle: Bundled, line: int, vm: Floats, into: Complexes) -> Complexes:
    """(k, T) power into the impedance of every member at its own from end, from that (T,) into their branch."""
    one, ports = bundle.network, _two_ports(bundle.whole, bundle.members[line])
    here = vm[one.from_bus[line]]
    ratio, y = one.ratio[line], 1.0 / (one.r_pu[line] + 1j * one.x_pu[line])
    behind = here / ratio - np.conj(into / here) * ratio / y  # voltage at the to bus, that at the from bus real
    ahead = here * np.conj(ports.at_from[:, None] * here - ports.across[:, None] * behind)
    back = behind * np.conj(ports.at_to[:, None] * behind - ports.across[:, None] * here)
    return np.asarray(np.where(ports.forward[:, None], ahead, back))
