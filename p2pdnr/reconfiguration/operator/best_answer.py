"""The operator's best answer to charges on the exact power flow: the best one found, and a lower bound on all.

At given charges the operator's hours are independent of each other:

    min  losses + priced violations + charge x injection,   injections within what the devices of each bus can do.

The cone's form bounds that from below and may lose power that no grid loses. Here it is held to secants between the
ranges that flows can have (:mod:`p2pdnr.reconfiguration.models.ranges`), and ranges are split where it still loses
most: every part of an hour has a bound of its own, and the bound of the hour is the least of them. The injections of
the cone's answer are evaluated by exact power flow, which may give a better answer than the one known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cvxpy as cp
import numpy as np

from p2pdnr.errors import SolverError
from p2pdnr.network.arrays import Bools, Floats, Ints
from p2pdnr.network.powerflow import solve_tree
from p2pdnr.network.topology import Tree
from p2pdnr.reconfiguration.models.ranges import Loads, Ranges, caps, cuts, ranges
from p2pdnr.reconfiguration.models.tree_socp import FedLines, TreeModel, fed_lines, tree_model
from p2pdnr.reconfiguration.operator.problem import OperatorProblem
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.solvers import Status, solve_once

TOLERANCE = 1e-8
ROUNDS = 12
MOST_PARTS = 400
"""Parts of hours that are solved at most, over all rounds."""

MIDDLE = 0.1
"""A range is split where the cone's flow stands in it, but no nearer to its ends than this share."""

DETERRENT = 30.0
"""Times the highest charge: price of leaving the ranges of a part."""

NARROW_PU = 1e-9
"""A range of flows with less room is not split."""


@dataclass(frozen=True, eq=False)
class Asked:
    """H hours of the operator: ``hours`` (H,) which, ``closed`` (H, m) their lines; ``charge_eur_per_kw`` (H, nb)
    injected over a step at each prosumer bus, ``least_kw`` and ``most_kw`` (H, nb) what can be injected there,
    ``known_kw`` (H, nb) an answer to beat."""

    hours: Ints
    closed: Bools
    charge_eur_per_kw: Floats
    least_kw: Floats
    most_kw: Floats
    known_kw: Floats

    def of(self, hours: Ints) -> Asked:
        """Some of the hours, by their place."""
        return Asked(*(values[hours] for values in vars(self).values()))


@dataclass(frozen=True, eq=False)
class Answered:
    """(H,) each, in EUR: cost of the known answer, of the best one found, and a lower bound on all, minus infinity
    where nothing is known; ``cone_gap`` (p.u.^2) the largest of the relaxations before ranges were split."""

    known_eur: Floats
    found_eur: Floats
    least_eur: Floats
    cone_gap: float


def best_answers(
    operator: OperatorProblem, asked: Asked, least_eur: Floats, enough_eur: float, rounds: int = ROUNDS
) -> Answered:
    """Answers and bounds of H hours, of which ``least_eur`` (H,) is known to be below all.

    The search ends when the bounds are within ``enough_eur`` in all of what was found, or when the effort is spent.
    Raises :class:`SolverError` when a relaxation has no answer.
    """
    known_eur = _Hours(operator, asked).known_eur
    found_eur, least_eur = known_eur.copy(), np.minimum(least_eur, known_eur)
    far = ~(known_eur - least_eur <= enough_eur / len(known_eur))
    if not far.any() or not np.isfinite(known_eur).all():
        return Answered(known_eur, found_eur, least_eur, 0.0)
    left_eur = max(enough_eur - float((known_eur - least_eur)[~far].sum()), 0.5 * enough_eur)
    searched = _searched(_Hours(operator, asked.of(np.flatnonzero(far))), left_eur, rounds)
    found_eur[far] = searched.found_eur
    least_eur[far] = np.maximum(searched.least_eur, least_eur[far])
    return Answered(known_eur, found_eur, least_eur, searched.cone_gap)


@dataclass(frozen=True, eq=False)
class _Parts:
    """C parts of hours: the place (C,) of their hour, limits on flows (n, C) by the bus they feed, and what is known of
    them: the bound, the best injections (nb, C) in kW, where the cone loses most, ``bus`` (C,), -1 where that cannot be
    split, and its flow ``at`` (C,); ``cone_gap`` (C,) of the relaxation in p.u.^2."""

    hour: Ints
    low: Floats
    high: Floats
    bound_eur: Floats
    inject_kw: Floats
    bus: Ints
    at: Floats
    cone_gap: Floats

    def of(self, parts: Ints | Bools) -> _Parts:
        return _Parts(*(values[..., parts] for values in vars(self).values()))


def _searched(hours: _Hours, enough_eur: float, rounds: int) -> Answered:
    """Answers and bounds by splitting ranges where the bound is furthest from what was found."""
    known_eur = hours.known_eur
    found_eur, solved = known_eur.copy(), len(known_eur)
    parts = _tried(hours, hours.bounded(hours.whole()), found_eur)
    cone_gap = float(parts.cone_gap.max(initial=0.0))
    for _ in range(rounds):
        if (found_eur - _least(parts, found_eur)).sum() <= enough_eur:
            break
        split = (parts.bus >= 0) & (parts.bound_eur < found_eur[parts.hour] - enough_eur / len(known_eur))
        solved += 2 * int(split.sum())
        if not split.any() or solved > MOST_PARTS:
            break
        parts = _joined(parts.of(~split), _tried(hours, hours.bounded(_halves(parts.of(split))), found_eur))
    return Answered(known_eur, found_eur, _least(parts, found_eur), cone_gap)


def _least(parts: _Parts, found_eur: Floats) -> Floats:
    """(H,) the least bound of the parts of each hour, and no more than what was found."""
    least = found_eur.copy()
    np.minimum.at(least, parts.hour, parts.bound_eur)
    return least


def _tried(hours: _Hours, parts: _Parts, found_eur: Floats) -> _Parts:
    """Evaluate the injections of the parts by exact power flow; better answers go into ``found_eur``."""
    np.minimum.at(found_eur, parts.hour, hours.cost_eur(parts.hour, parts.inject_kw.T))
    return parts


def _halves(parts: _Parts) -> _Parts:
    """Both sides of where the flow that loses most stands."""
    below, above = replace(parts, high=parts.high.copy()), replace(parts, low=parts.low.copy())
    place = np.arange(len(parts.hour))
    below.high[parts.bus, place] = above.low[parts.bus, place] = parts.at
    return _joined(below, above)


def _joined(*parts: _Parts) -> _Parts:
    return _Parts(*(np.concatenate([getattr(item, name) for item in parts], axis=-1) for name in vars(parts[0])))


class _Hours:
    """The hours and their trees; parts on the same tree are solved together. In an answer that is no dearer than the
    known one the operator pays at most ``pays_eur`` (H,) for losses and violations."""

    def __init__(self, operator: OperatorProblem, asked: Asked) -> None:
        self.operator, self.asked, charge = operator, asked, asked.charge_eur_per_kw
        groups = operator.alike(asked.closed, asked.hours)
        self.tree: Ints = np.empty(len(asked.hours), dtype=np.int64)
        for index, places in enumerate(groups):
            self.tree[places] = index
        first = [(int(places[0]), int(asked.hours[places[0]])) for places in groups]
        self.trees: list[Tree] = [operator.tree(asked.closed[place], hour).tree for place, hour in first]
        self.networks = [operator.hourly.at(hour) for _, hour in first]
        self.known_eur = self.cost_eur(np.arange(len(asked.hours)), asked.known_kw)
        earned = np.minimum(charge * asked.least_kw, charge * asked.most_kw).sum(axis=1)
        self.pays_eur: Floats = np.maximum(self.known_eur - earned, 0.0)

    def cost_eur(self, hour: Ints, injection_kw: Floats) -> Floats:
        """(C,) what the operator pays with injections (C, nb) in hours (C,); infinite without a power flow."""
        operator, asked, cost_eur = self.operator, self.asked, np.full(len(hour), np.inf)
        injection_kw = np.clip(injection_kw, asked.least_kw[hour], asked.most_kw[hour])
        for index, tree in enumerate(self.trees):
            rows = np.flatnonzero(self.tree[hour] == index)
            load_kw = operator.load_kw[asked.hours[hour[rows]]].copy()
            np.subtract.at(load_kw.T, operator.buses, injection_kw[rows].T)
            flow = solve_tree(self.networks[index], tree, load_kw, operator.load_kvar[asked.hours[hour[rows]]])
            lost = operator.terms.loss_eur_per_kw * flow.loss_kw.sum(axis=1)
            broken = violation_eur(operator.network, operator.terms, flow.vm_pu, flow.current_a)
            paid = (asked.charge_eur_per_kw[hour[rows]] * injection_kw[rows]).sum(axis=1)
            cost_eur[rows] = np.where(flow.converged, lost + broken + paid, np.inf)
        return cost_eur

    def whole(self) -> _Parts:
        """Every hour in one part."""
        count, (n, nb) = len(self.asked.hours), (self.operator.network.n_buses, len(self.operator.buses))
        nothing, none = np.full(count, -np.inf), np.full(count, -1)
        limits = np.full((n, count), -np.inf), np.full((n, count), np.inf)
        return _Parts(np.arange(count), *limits, nothing, np.zeros((nb, count)), none, nothing, np.zeros(count))

    def bounded(self, parts: _Parts) -> _Parts:
        """The parts with their bounds; those that hold no power flow are left out."""
        which = self.tree[parts.hour]
        return _joined(*(self._bounded(index, parts.of(which == index)) for index in np.unique(which)))

    def _bounded(self, index: int, parts: _Parts) -> _Parts:
        lines = fed_lines(self.networks[index], self.trees[index])
        operator, loads = self.operator, self._loads(lines, parts.hour)
        kept = caps(self.networks[index], operator.terms, lines, loads, self.pays_eur[parts.hour])
        box = ranges(lines, loads, kept, (parts.low[lines.bus], parts.high[lines.bus]))
        unknown, alive = parts.of(~box.known), np.flatnonzero(box.known & ~box.empty)
        unknown = replace(unknown, bus=np.full(len(unknown.hour), -1))
        if not len(alive):
            return unknown
        relaxed = _RelaxedParts(self, index, parts.of(alive), box.of(alive))
        return _joined(unknown, relaxed.solved())

    def _loads(self, lines: FedLines, hour: Ints) -> Loads:
        """Withdrawals of the fed buses in some hours."""
        operator, base, rows = self.operator, self.operator.network.base_kw, self.asked.hours[hour]
        ends = []
        for injected in (self.asked.most_kw, self.asked.least_kw):
            load_kw = operator.load_kw[rows].T.copy()
            np.subtract.at(load_kw, operator.buses, injected[hour].T)
            ends.append(load_kw[lines.bus] / base)
        return Loads(ends[0], ends[1], operator.load_kvar[rows].T[lines.bus] / base)


class _RelaxedParts:
    """Parts on one tree as a cone programme."""

    def __init__(self, hours: _Hours, index: int, parts: _Parts, box: Ranges) -> None:
        self.operator, self.asked, self.parts, self.box = hours.operator, hours.asked, parts, box
        self.tree, self.network = hours.trees[index], hours.networks[index]
        self.lines = fed_lines(self.network, self.tree)
        self.injection = cp.Variable((len(self.operator.buses), len(parts.hour)))

    def solved(self) -> _Parts:
        """The parts with bounds, injections, and where they lose most."""
        base, asked, hour = self.operator.network.base_kw, self.asked, self.parts.hour
        model = self._model()
        charge = base * asked.charge_eur_per_kw[hour].T
        rules, apart = cuts(model, self.box)
        rules += [self.injection >= asked.least_kw[hour].T / base, self.injection <= asked.most_kw[hour].T / base]
        rules += self._within(model.flow_p, apart)
        unit = max(float(np.abs(charge).max()), base * self.operator.terms.loss_price_eur_per_kwh, 1e-9)
        cost = model.hour_cost_eur + cp.sum(cp.multiply(charge, self.injection), axis=0) + DETERRENT * unit * apart[0]
        status = solve_once(cp.Problem(cp.Minimize(cp.sum(cost) / unit), [*model.constraints, *rules]), TOLERANCE)
        if status not in (Status.OPTIMAL, Status.ALMOST):
            raise SolverError(f"the operator's best answer was not found: {status}")
        solved = replace(self.parts, bound_eur=np.asarray(cost.value), inject_kw=base * self.injection.value)
        return self._split_places(model, solved)

    def _model(self) -> TreeModel:
        operator, rows = self.operator, self.asked.hours[self.parts.hour]
        base, n, nb = operator.network.base_kw, operator.network.n_buses, len(operator.buses)
        at_bus = np.zeros((n, nb))
        at_bus[operator.buses, np.arange(nb)] = 1.0
        load_p = operator.load_kw[rows].T / base - at_bus @ self.injection
        return tree_model(self.network, self.tree, operator.terms, load_p, operator.load_kvar[rows].T / base)

    def _within(self, flow: cp.Expression, apart: cp.Variable) -> list[cp.Constraint]:
        """The parts' limits on flows, softened as the secants are."""
        found = []
        for side, limits in ((-1.0, self.parts.low), (1.0, self.parts.high)):
            limit = limits[self.lines.bus]
            line, part = np.nonzero(np.isfinite(limit))
            if len(line):
                found.append(side * (flow[line, part] - limit[line, part]) <= apart[0, part])
        return found

    def _split_places(self, model: TreeModel, parts: _Parts) -> _Parts:
        """The parts with the bus whose line loses most that no grid loses, where to split its flow, and the largest
        cone gap."""
        sending = model.sending_voltage2.value
        gap = model.current2.value * sending - model.flow_p.value**2 - model.flow_q.value**2
        lost = self.lines.r[:, None] * gap / sending
        room = self.box.p_high - self.box.p_low
        worst, place = np.where(room > NARROW_PU, lost, -np.inf).argmax(axis=0), np.arange(lost.shape[1])
        low, high, at = (values[worst, place] for values in (self.box.p_low, self.box.p_high, model.flow_p.value))
        bus = np.where(high - low > NARROW_PU, self.lines.bus[worst], -1)
        middle = np.clip(at, low + MIDDLE * (high - low), high - MIDDLE * (high - low))
        return replace(parts, bus=bus, at=middle, cone_gap=gap.max(axis=0))
