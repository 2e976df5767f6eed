"""How high a voltage can be in any radial topology: a bound on the squared voltage of each bus.

In a line that feeds bus h from bus t, with P, Q arriving at h and squared current l,

    v_h = v_t - 2 (r P + x Q) - (r^2 + x^2) l <= v_t - 2 (r P + x Q),

and P is at least what all buses behind the line draw, as losses only add to it. Buses behind a line hang together, so
what some of them feed in must pass the loads between: to every source belong the loads that are nearer to it than to
any other, and beyond bus h no source gives more than what is left after its own loads on the cheapest way to h. No load
is counted twice, so the sum over sources is a bound. A path from the substation uses each line once: where a line can
only lower the voltage, by its least drop on the way of least drops; where it can raise it, by its largest rise, whether
it lies on the way or not.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from p2pdnr.network.arrays import Floats, Network
from p2pdnr.reconfiguration.bounds.backbone import Backbone


@dataclass(frozen=True)
class Step:
    """A line that feeds node ``head`` from node ``tail``."""

    line: int
    tail: int
    head: int


@dataclass(frozen=True)
class Block:
    """The lines of a block in the directions in which they can feed, by the node that they leave; power enters at
    ``entry``."""

    entry: int
    leaving: Mapping[int, Sequence[Step]]

    @property
    def steps(self) -> list[Step]:
        """All of them."""
        return [step for steps in self.leaving.values() for step in steps]


def highest_v2(
    network: Network, backbone: Backbone, drawn: tuple[Floats, Floats], impedance: tuple[Floats, Floats]
) -> Floats:
    """(n,) bound on the squared voltage of each bus, p.u., over all radial topologies of a network without ratios.

    ``drawn``: the least that each bus draws (n,), active and reactive, with all that stands to earth there;
    ``impedance``: r and x (m,) of the lines, none below 0, per unit of the same base.
    """
    node = backbone.node
    highest = np.full(network.n_buses, float((network.substation_vm_pu**2).max()))
    behind = [backbone.behind(part) for part in drawn]
    for block in _blocks(network, backbone):
        arriving = [least_arrivals(block, part) for part in behind]
        drop = {
            step: 2.0 * sum(float(z[step.line]) * part[step.head] for z, part in zip(impedance, arriving, strict=True))
            for step in block.steps
        }
        rise = {step.line: 0.0 for step in drop}
        for step, value in drop.items():
            rise[step.line] = max(rise[step.line], -value)
        ways = _ways(block, [block.entry], {step: max(value, 0.0) for step, value in drop.items()})
        top = float(highest[block.entry]) + sum(rise.values())
        for inner in {step.head for step in drop}:
            highest[inner] = top - ways[inner][0]
    highest = np.asarray(highest[node])
    highest[network.substations] = network.substation_vm_pu**2
    return highest


def least_arrivals(block: Block, behind: Floats) -> dict[int, float]:
    """The least that all that hangs behind a line draws, by the node which the line feeds, from what each node (n,)
    draws with its dead ends."""
    inner = {step.head for step in block.steps}
    least = {node: float(behind[node]) for node in inner}
    sources = [node for node in inner if behind[node] < 0.0]
    passed = {step: max(float(behind[step.head]), 0.0) for step in block.steps}
    owner = {node: source for node, (_, source) in _ways(block, sources, passed).items()}
    for source in sources:
        own = {step: load if owner.get(step.head) == source else 0.0 for step, load in passed.items()}
        of_node = {step.head: load for step, load in own.items()}
        for node, (load, _) in _ways(block, [source], own).items():
            if node != source:  # what the node draws itself counts already
                least[node] -= max(-float(behind[source]) - (load - of_node[node]), 0.0)
    return least


def _ways(block: Block, starts: Iterable[int], toll: Mapping[Step, float]) -> dict[int, tuple[float, int]]:
    """The least sum of tolls on a way to each node that can be reached from ``starts``, and from which of them."""
    found: dict[int, tuple[float, int]] = {}
    waiting = [(0.0, start, start) for start in starts]
    heapq.heapify(waiting)
    while waiting:
        passed, node, start = heapq.heappop(waiting)
        if node in found:
            continue
        found[node] = passed, start
        for step in block.leaving.get(node, ()):
            if step.head not in found:
                heapq.heappush(waiting, (passed + toll[step], step.head, start))
    return found


def _blocks(network: Network, backbone: Backbone) -> Iterator[Block]:
    """The blocks, each after the one in which its entry lies."""
    lines: list[list[int]] = [[] for _ in backbone.heads]
    of_node = {node: number for number, members in enumerate(backbone.members) for node in members}
    for chain in backbone.chains:
        lines[chain.block] += chain.lines
    for line, _, head in backbone.bridges:
        lines[of_node[int(backbone.node[head])]].append(line)
    place = {node: k for k, node in enumerate(backbone.order)}
    for number in sorted(range(len(lines)), key=lambda number: place[backbone.heads[number]]):
        yield _block(network, backbone, backbone.heads[number], lines[number])


def _block(network: Network, backbone: Backbone, entry: int, lines: Iterable[int]) -> Block:
    leaving: dict[int, list[Step]] = {}
    for line in lines:
        one, other = (int(backbone.node[bus[line]]) for bus in (network.from_bus, network.to_bus))
        for tail, head in ((one, other), (other, one)):
            if head != entry:
                leaving.setdefault(tail, []).append(Step(line, tail, head))
    return Block(entry, leaving)
