"""The operator's hours on trees, compiled.

Same problem as :mod:`p2pdnr.reconfiguration.models.tree_socp`, which stays the statement to read and the judge of this
file, but solved on the exact power flow instead of its cone: sequential quadratic programming on the injections alone.
Every step solves the power flow by sweeps, its adjoint by sweeps, and a small quadratic programme with the limits in
reach. Where the cone is exact both agree; where it is not, this one stays on the power flow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pdnr.network.compilation import entry_point, fingerprint, inner
from p2pdnr.reconfiguration.operator import active_set, arrays, flow, joints
from p2pdnr.reconfiguration.operator.active_set import CURRENT, admit, measure, newton_step
from p2pdnr.reconfiguration.operator.arrays import LEAK, Hour, HourTree
from p2pdnr.reconfiguration.operator.flow import INFINITE, loss, violation
from p2pdnr.reconfiguration.operator.joints import evaluate, joined_adjoint, joint_of, link, open_joints

STEPS = 40
HALVINGS = 20
TAKEN, AGAIN, STUCK = range(3)
# A step this small (per unit) is taken and ends the hour: the next would be of the order of its square. A larger one
# ends it where it no longer gains anything.
SMALL, IDLE, GAIN = 1e-5, 1e-4, 1e-9
WORSE = 1e-7


def _entry_point(sources: int) -> Any:
    @entry_point
    def solve_hours(trees, hours, terms, answers, room):  # type: ignore[no-untyped-def]
        """Solve hours one after the other into ``answers``, which hold what to start from."""
        assert sources
        for h in range(len(answers.steps)):
            u = hours.tree[h]
            tree = HourTree(
                trees.parent[u], trees.r[u], trees.x[u], trees.limit[u], trees.position[u], trees.shared[u],
                trees.roots, trees.earth[u], trees.plain, trees.actives, joint_of(trees.joint, u), trees.bond,
            )  # fmt: skip
            hour = Hour(
                hours.load_p[h], hours.load_q[h], hours.root_v[h], hours.target[h], hours.weight[h],
                answers.z[h], answers.l[h],
            )  # fmt: skip
            answers.steps[h] = _solve(tree, hour, terms, room)
            answers.left_out[h] = room.limits.size[1]
            if answers.steps[h] > 0:
                answers.cost[h, 0] = loss(tree, hour, terms, room.flow)
                answers.cost[h, 1] = violation(tree, hour, terms, room.flow)
                _charge(room.flow, room.limits, answers.charges[h])
                _state_prices(room.limits, answers.prices[h])

    return solve_hours


solve_hours = _entry_point(fingerprint(arrays, flow, joints, active_set))


@entry_point
def shared_buses(parent, position):  # type: ignore[no-untyped-def]
    """(nb, nb) last common bus of the paths from the substation to each pair of ``position``; 0 where there is none but
    substations. Parents stand before their children."""
    shared = np.zeros((len(position), len(position)), dtype=np.int64)
    for i in range(len(position)):
        for j in range(i + 1):
            a, b = position[i], position[j]
            while a != b and a >= 0 and b >= 0:
                if a > b:
                    a = parent[a]
                else:
                    b = parent[b]
            if a == b and parent[a] >= 0:
                shared[i, j] = shared[j, i] = a
    return shared


@inner
def _solve(tree, hour, terms, room):  # type: ignore[no-untyped-def]
    """Minimise loss + priced violations + weight/2 (z - target)^2 over z; returns the steps taken, or -1."""
    flow, limits, step = room.flow, room.limits, room.step
    limits.size[0], limits.size[1] = 0, 0
    limits.listed[:] = False
    open_joints(tree, flow)
    cost = _begin(tree, hour, terms, flow)
    if cost == INFINITE:
        return -1
    for k in range(len(tree.r)):
        flow.loss_bend[k] = 0.0
    outcome, gain, steps = TAKEN, INFINITE, 0
    while steps < STEPS:
        steps += 1
        fresh = admit(tree, hour, terms, flow, limits)
        _linearise(tree, hour, terms, room, outcome == TAKEN)
        largest = newton_step(tree, hour, flow, limits, step)
        for b in range(len(hour.z)):
            step.begin[b] = hour.z[b]
        idle = largest < IDLE and gain < GAIN * (1.0 + abs(cost))
        if largest < SMALL or (idle and fresh == 0):
            for b in range(len(hour.z)):
                hour.z[b] += step.move[b]
            evaluate(tree, hour, terms, flow)
            _linearise(tree, hour, terms, room, np.bool_(False))  # where limits are dear, charges notice a small step
            break
        before = cost
        outcome, cost = _search(tree, hour, terms, room, cost)
        gain = INFINITE if outcome == AGAIN else before - cost
        if outcome == STUCK:
            break
    return steps


@inner
def _begin(tree, hour, terms, flow):  # type: ignore[no-untyped-def]
    """Cost of the start; one beyond the collapse of voltage is replaced by no injections."""
    cost = evaluate(tree, hour, terms, flow)
    if cost == INFINITE:
        for b in range(len(hour.z)):
            hour.z[b] = 0.0
        cost = evaluate(tree, hour, terms, flow)
    return cost


@inner
def _linearise(tree, hour, terms, room, forget):  # type: ignore[no-untyped-def]
    """Derivatives of losses and limits at this power flow, and of the cost by the injections."""
    flow, step = room.flow, room.step
    link(tree, hour, flow)
    for k in range(len(tree.r)):
        flow.seed_l[k] = terms.loss * tree.r[k]
    if not tree.plain:
        for k in range(len(tree.r)):
            flow.seed_v[k] = terms.loss * tree.earth[LEAK, k]
    joined_adjoint(tree, hour, flow, flow.loss_effect, flow.loss_bend)
    for k in range(len(tree.r)):
        flow.seed_l[k], flow.seed_v[k] = 0.0, 0.0
    for b in range(len(hour.z)):
        effect = flow.loss_effect[tree.position[b]] if b < tree.actives else flow.q_effect[tree.position[b]]
        step.gradient[b] = hour.weight[b] * (hour.z[b] - hour.target[b]) - effect
    measure(tree, hour, terms, room, forget)


@inner
def _search(tree, hour, terms, room, cost):  # type: ignore[no-untyped-def]
    """Take the step, or as much of it as costs no more; (outcome, cost).

    Where it breaks limits that the programme did not know, it is taken back, to look again with them.
    """
    shrink, step = 1.0, room.step
    for _ in range(HALVINGS):
        for b in range(len(hour.z)):
            hour.z[b] = step.begin[b] + shrink * step.move[b]
        found = evaluate(tree, hour, terms, room.flow)
        if found <= cost + WORSE * (1.0 + abs(cost)):
            return TAKEN, found
        if found < INFINITE and admit(tree, hour, terms, room.flow, room.limits) > 0:
            break
        shrink *= 0.5
    outcome = STUCK if shrink <= 0.5**HALVINGS else AGAIN
    for b in range(len(hour.z)):
        hour.z[b] = step.begin[b]
    return outcome, evaluate(tree, hour, terms, room.flow)


@inner
def _charge(flow, limits, charges):  # type: ignore[no-untyped-def]
    """Charges by part: what a unit of load at every bus adds to the losses, and to broken limits at their prices."""
    for k in range(charges.shape[1]):
        charges[0, k], charges[1, k], charges[2, k] = flow.loss_effect[k], 0.0, 0.0
    for a in range(limits.size[0]):
        part = 1 if limits.kind[a] == CURRENT else 2
        for k in range(charges.shape[1]):
            charges[part, k] += limits.mu[a] * limits.effect[a, k]


@inner
def _state_prices(limits, prices):  # type: ignore[no-untyped-def]
    """The price of every limit, by its kind and the bus or line it is of."""
    for a in range(limits.size[0]):
        prices[limits.kind[a], limits.where[a]] = limits.mu[a]
