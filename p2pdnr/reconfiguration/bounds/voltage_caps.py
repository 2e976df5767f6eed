"""How high a voltage can be in any radial topology: a bound on the squared voltage of each bus.

In a line that feeds bus h from bus t, with P, Q arriving at h, squared current l and what a ratio makes of the squared
voltage, g (1 where there is none), r and x as h sees them,

    v_h = g v_t - 2 (r P + x Q) - (r^2 + x^2) l <= g v_t - 2 (r P + x Q),

and P is at least what all buses behind the line draw, as losses only add to it. That is used in two ways, and the lower
cap counts.

Line by line: buses behind a line hang together, so what some of them feed in must pass the loads between: to every
source belong the loads that are nearer to it than to any other, and beyond bus h no source gives more than what is left
after its own loads on the cheapest way to h. No load is counted twice, so the sum over sources is a bound.

Along a path: what a bus on it draws flows through all lines before it, as far as the substation.

Either gives every line an amount, and the amounts along a path sum to its drop at least. A path uses each line once:
amounts above 0 count on the way on which they are least; those below 0 count wherever in the block they are.
"""

from __future__ import annotations

import heapq
import math
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


@dataclass(frozen=True)
class _Ratio:
    """What a line's ratio does to a voltage that it brings: the factor on its square, and that on r and x."""

    gain: float
    seen: float


def highest_v2(
    network: Network, backbone: Backbone, drawn: tuple[Floats, Floats], impedance: tuple[Floats, Floats]
) -> Floats:
    """(n,) bound on the squared voltage of each bus, p.u., over all radial topologies.

    ``drawn``: the least that each bus draws (n,), active and reactive, with all that stands to earth there;
    ``impedance``: r and x (m,) of the lines, none below 0, per unit of the same base.
    """
    highest = np.full(network.n_buses, float((network.substation_vm_pu**2).max()))
    behind = [backbone.behind(part) for part in drawn]
    for block in _blocks(network, backbone):
        ratios = {step: _ratio(network, backbone, step) for step in block.steps}
        per_load = [{step: 2.0 * float(z[step.line]) * ratio.seen for step, ratio in ratios.items()} for z in impedance]
        caps = []
        for look in (_drops_at_heads, _drops_along_paths):
            found = [look(block, z, part) for z, part in zip(per_load, behind, strict=True)]
            drop = {step: sum(part[step] for part in found) for step in ratios}
            caps.append(_caps(block, float(highest[block.entry]), ratios, drop))
        for node in caps[0]:
            highest[node] = min(cap[node] for cap in caps)
    highest = np.asarray(highest[backbone.node])
    highest[network.substations] = network.substation_vm_pu**2
    return highest


def _ratio(network: Network, backbone: Backbone, step: Step) -> _Ratio:
    square = float(network.ratio[step.line] ** 2)
    forward = int(backbone.node[network.from_bus[step.line]]) == step.tail
    return _Ratio(1.0 / square, 1.0) if forward else _Ratio(square, square)


def _drops_at_heads(block: Block, per_load: Mapping[Step, float], behind: Floats) -> dict[Step, float]:
    """The least drop in every line by itself, of the squared voltage, from ``per_load``, the drop that one unit of load
    behind it causes."""
    least = least_arrivals(block, behind)
    return {step: z * least[step.head] for step, z in per_load.items()}


def _drops_along_paths(block: Block, per_load: Mapping[Step, float], behind: Floats) -> dict[Step, float]:
    """What must be added for each line along a path: what its head draws flows through all lines before, too, which
    drop no less than those of the shortest way; all sources of the block may lie behind each."""
    near = {node: drop for node, (drop, _) in _ways(block, [block.entry], per_load).items()}
    inner = [node for node in near if node != block.entry]
    fed_in = float(-np.minimum(behind[inner], 0.0).sum())
    return {
        step: max(float(behind[step.head]), 0.0) * (near[step.tail] + z) - fed_in * z for step, z in per_load.items()
    }


def _caps(block: Block, entry_v2: float, ratios: Mapping[Step, _Ratio], drop: Mapping[Step, float]) -> dict[int, float]:
    """Bounds for the nodes of a block but its entry, from what ``drop`` sums to along a path at least.

    The first line of a path is known to be fed from the entry; beyond it every line that can raise a voltage by its
    ratio is taken to do so.
    """
    first = {step: ratios[step].gain * entry_v2 for step in block.leaving[block.entry]}
    top, rise, gain = max(first.values()), dict.fromkeys((step.line for step in drop), 0.0), dict[int, float]()
    for step, value in drop.items():
        rise[step.line] = max(rise[step.line], -value)
        if step not in first:
            gain[step.line] = max(gain.get(step.line, 1.0), ratios[step].gain)
    tolls = {step: max(value, 0.0) + top - first.get(step, top) for step, value in drop.items()}
    most = math.prod(gain.values()) * (top + sum(rise.values()))
    ways = _ways(block, [block.entry], tolls)
    return {node: most - passed for node, (passed, _) in ways.items() if node != block.entry}


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
