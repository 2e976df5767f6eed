"""Hours of both levels as one cone programme, for its multipliers.

The statements of :mod:`p2pdnr.market.prosumer` and :mod:`p2pdnr.reconfiguration.models.tree_socp`, the upper limit on
the voltage itself: a relaxation of every plan that the exact power flow allows. It is assembled as arrays, because
every tree has a matrix of its own. Powers are per unit; costs are counted in :data:`COST_UNIT_EUR`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from p2pdnr.coordination.bound.feeders import Feeders, feeders
from p2pdnr.coordination.bound.lever_columns import StepRows, lever_columns, put_steps, step_prices
from p2pdnr.coordination.bound.matrix import Bools, Floats, Ints, Matrix
from p2pdnr.coordination.bound.programme_layout import Equalities, Hour, Inequalities, Joint, Rows
from p2pdnr.coordination.bound.step_prices import JoiningPrices, StepPrices
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.market.duality import INJECTED, SOURCES, USES, Prices, Storage
from p2pdnr.market.inverters import DEVICES, SIGNS
from p2pdnr.market.kernel_arrays import BALANCE, CHARGE, DISCHARGE, ENERGY, EXPORTED, FLEXIBLE, IMPORTED, UNSERVED
from p2pdnr.network.topology import Tree
from p2pdnr.reconfiguration.lagrangian.one_tree import Multipliers
from p2pdnr.reconfiguration.lagrangian.secant_cuts import Secants
from p2pdnr.reconfiguration.terms import limit_kva
from p2pdnr.solvers import Cones, Status, solve_quadratic

COST_UNIT_EUR = 30.0
TOLERANCE = 1e-8
FIXED = 1e-12
"""Columns whose bounds are closer (p.u.) than this are fixed."""

OWN = UNSERVED + 1
"""Own columns of a prosumer in an hour, the slacks left out: they are inequalities here."""


@dataclass(frozen=True, eq=False)
class Answer:
    """H hours solved together: ``prices`` and ``storage`` of the market, ``multipliers`` (n, H) of the grid,
    ``injection_kw`` (K, H) and the solver's ``status``; ``reactive_kvar`` and ``active_kw`` (K, H) of inverters where
    they choose it, ``capacitor_kvar`` (H, n) what capacitors that move feed in, ``steps`` the prices of levers'
    steps."""

    status: Status
    prices: Prices
    storage: Storage
    multipliers: Multipliers
    injection_kw: Floats
    reactive_kvar: Floats | None = None
    active_kw: Floats | None = None
    capacitor_kvar: Floats | None = None
    steps: StepPrices | None = None


def solve_hours(
    problem: CoordinationProblem,
    trees: list[Tree],
    hours: Ints,
    given: JoiningPrices | None = None,
    cuts: Secants | None = None,
) -> Answer:
    """Solve the hours ``hours`` (H,), each on its tree; at ``given`` prices every hour for itself, else together
    as one horizon. ``cuts`` are secants (n, H) of the lines to obey."""
    programme = _Programme(problem, [feeders(problem.network, tree) for tree in trees], hours, given, cuts)
    return programme.solve()


class _Programme:
    """One programme being written and solved."""

    def __init__(
        self,
        problem: CoordinationProblem,
        feeders: list[Feeders],
        hours: Ints,
        given: JoiningPrices | None,
        cuts: Secants | None,
    ) -> None:
        self.problem, self.feeders, self.hours, self.given, self.cuts = problem, feeders, hours, given, cuts
        self.matrix, self.levers = Matrix(), lever_columns(problem)
        self.columns = self._columns()
        self.first_step = sum(sum(np.size(part) for part in vars(hour).values()) for hour in self.columns)
        width = self.first_step + (0 if given else (len(hours) + 1) * len(self.levers.row))
        self.low, self.high = np.full(width, -np.inf), np.full(width, np.inf)
        self.linear, self.quadratic = np.zeros(width), np.zeros(width)

    def _columns(self) -> list[Hour]:
        """Number the columns hour by hour."""
        count, edges, first, found = len(self.problem.block.terms), self.problem.block.n_edges, 0, []
        for feeder in self.feeders:
            sizes = [count * OWN, edges, edges, *[len(feeder.fed)] * 7, len(self.problem.inverters.who)]
            sizes += [len(self.levers.low_v2), len(self.levers.cap_bus)]
            ends = first + np.cumsum([0, *sizes])
            parts = [np.arange(a, b) for a, b in pairwise(ends)]
            found.append(Hour(parts[0].reshape(count, OWN), *parts[1:]))
            first = int(ends[-1])
        return found

    def solve(self) -> Answer:
        """Write everything down, equalities first, and solve."""
        equal = [self._equalities(h) for h in range(len(self.hours))]
        joints = self._joints() if self.given is None else []
        equalities = self.matrix.count
        unequal = [self._inequalities(h) for h in range(len(self.hours))]
        steps = self._steps()
        for h in range(len(self.hours)):
            self._costs(h)
        fixed = self.high - self.low <= FIXED
        self._boxes(~fixed)
        inequalities = self.matrix.count - equalities
        for h in range(len(self.hours)):
            self._cones(h)
        circles = [self._circles(h) for h in range(len(self.hours))]
        matrix, right = self.matrix.assembled(len(self.low))
        values = np.where(fixed, self.low, 0.0)
        free = np.flatnonzero(~fixed)
        count = sum(len(item.fed) for item in self.feeders) + sum(len(rows) for rows in circles)
        cones = Cones(equalities, inequalities, count)
        costs = self.linear[free], self.quadratic[free]
        solution = solve_quadratic(costs, (matrix[:, free], right - matrix @ values), cones, TOLERANCE)
        values[free] = solution.x
        rows = [Rows(**vars(a), **vars(b)) for a, b in zip(equal, unequal, strict=True)]
        answer = self._answer(solution.status, values, solution.z, rows, joints)
        answer = self._with_inverters(answer, values, solution.z, circles)
        return self._with_levers(answer, values, solution.z, steps)

    def _equalities(self, h: int) -> Equalities:
        """Pairs, balances, flows and voltage drops."""
        problem, matrix, at = self.problem, self.matrix, self.columns[h]
        block, base, t = problem.block, problem.network.base_kw, self.hours[h]
        owner = np.repeat(np.arange(len(block.terms)), np.diff(block.first_edge))
        pairs = matrix.new_rows(np.zeros(len(block.directed)))
        for side in range(2):
            matrix.put(pairs, at.sold[block.directed[:, side]], 1.0)
            matrix.put(pairs, at.bought[block.directed[:, side]], -1.0)
        balance = matrix.new_rows(block.right[:, t, BALANCE] / base)
        for column, sign in (*INJECTED.items(), (IMPORTED, 1.0), (EXPORTED, -1.0)):
            matrix.put(balance, at.own[:, column], sign)
        matrix.put(balance[owner], at.sold, -1.0)
        matrix.put(balance[owner], at.bought, 1.0)
        return Equalities(pairs, balance, *self._flows(h))

    def _flows(self, h: int) -> tuple[Ints, Ints]:
        problem, matrix, at, tree = self.problem, self.matrix, self.columns[h], self.feeders[h]
        base, t = problem.network.base_kw, self.hours[h]
        inner = np.flatnonzero(tree.parent >= 0)
        place = tree.place[problem.prosumer_bus]
        fed = np.flatnonzero(place >= 0)
        load = problem.operator.load_kw[t, tree.fed].copy()
        np.add.at(load, place[fed], problem.block.right[fed, t, BALANCE])
        p, q = matrix.new_rows(load / base), matrix.new_rows(problem.operator.load_kvar[t, tree.fed] / base)
        for rows, flow, impedance in ((p, at.p, tree.r), (q, at.q, tree.x)):
            matrix.put(rows, flow, 1.0)
            matrix.put(rows, at.l, -impedance)
            matrix.put(rows[tree.parent[inner]], flow[inner], -1.0)
        for column, sign in INJECTED.items():
            matrix.put(p[place[fed]], at.own[fed, column], sign)
        behind = tree.place[problem.prosumer_bus[problem.inverters.who]]
        matrix.put(q[behind[behind >= 0]], at.fed[behind >= 0], 1.0)
        self.levers.feed(matrix, tree, q, at.caps)
        drop, first = matrix.new_rows(np.zeros(len(tree.fed))), np.flatnonzero(tree.source >= 0)
        matrix.put(drop, at.v, 1.0)
        matrix.put(drop[first], at.source[tree.source[first]], -1.0)
        matrix.put(drop[inner], at.v[tree.parent[inner]], -1.0)
        for flow, factor in ((at.p, 2.0 * tree.r), (at.q, 2.0 * tree.x), (at.l, -(tree.r**2 + tree.x**2))):
            matrix.put(drop, flow, factor)
        return p, q

    def _joints(self) -> list[Joint]:
        """What joins the hours of a prosumer: rows of its battery (T,) and of the sums of its shifted load (V,)."""
        block, matrix, base = self.problem.block, self.matrix, self.problem.network.base_kw
        own = np.array([at.own for at in self.columns])
        found = []
        for k in range(len(block.terms)):
            stores = block.upper[k, 0, ENERGY] > 0
            start = np.zeros(len(own) if stores else 0)
            start[:1] = block.battery[k, 0] / base
            rows, mine = matrix.new_rows(start), own[: len(start), k]
            matrix.put(rows, mine[:, ENERGY], 1.0)
            matrix.put(rows[1:], mine[:-1, ENERGY], -1.0)
            matrix.put(rows, mine[:, CHARGE], -block.battery[k, 1])
            matrix.put(rows, mine[:, DISCHARGE], block.battery[k, 2])
            shifts = block.upper[k, :, FLEXIBLE].max() > 0
            shift = matrix.new_rows(np.zeros(int(block.window[-1]) + 1 if shifts else 0))
            matrix.put(shift[block.window] if shifts else shift, own[:, k, FLEXIBLE] if shifts else shift, 1.0)
            found.append(Joint(rows, shift))
        return found

    def _inequalities(self, h: int) -> Inequalities:
        """Resale, voltage band and current limits."""
        problem, matrix, at, tree = self.problem, self.matrix, self.columns[h], self.feeders[h]
        network, t = problem.network, self.hours[h]
        imports = matrix.new_rows(problem.block.right[:, t, BALANCE] / network.base_kw)
        exports = matrix.new_rows(np.zeros(len(imports)))
        for rows, column, others in ((imports, IMPORTED, USES), (exports, EXPORTED, SOURCES)):
            matrix.put(rows, at.own[:, column], 1.0)
            for other in others:
                matrix.put(rows, at.own[:, other], -1.0)
        low = matrix.new_rows(np.full(len(tree.fed), -(network.vm_min_pu**2)))
        high = matrix.new_rows(np.full(len(tree.fed), network.vm_max_pu**2))
        for rows, slack, sign in ((low, at.low, -1.0), (high, at.high, 1.0)):
            matrix.put(rows, at.v, sign)
            matrix.put(rows, slack, -1.0)
        limit2 = network.limit_pu[tree.line] ** 2
        rated = np.flatnonzero(np.isfinite(limit2))
        limit = np.full(len(tree.fed), -1)
        limit[rated] = matrix.new_rows(np.ones(len(rated)))
        matrix.put(limit[rated], at.l[rated], 1.0 / limit2[rated])
        matrix.put(limit[rated], at.over[rated], -1.0)
        self.levers.limit(matrix, tree, at.v, at.caps)
        return Inequalities(imports, exports, low, high, limit, self._secants(h))

    def _secants(self, h: int) -> Ints:
        """l floor <= slope_p P + slope_q Q - level; rows (L,), -1 where there is none."""
        at, fed = self.columns[h], self.feeders[h].fed
        rows = np.full(len(fed), -1)
        if self.cuts is not None:
            own = {name: values[fed, h] for name, values in vars(self.cuts).items()}
            there = np.flatnonzero(own["floor"] > 0.0)
            rows[there] = self.matrix.new_rows(-own["level"][there])
            for columns, factor in ((at.l, own["floor"]), (at.p, -own["slope_p"]), (at.q, -own["slope_q"])):
                self.matrix.put(rows[there], columns[there], factor[there])
        return rows

    def _costs(self, h: int) -> None:
        """Costs and bounds of the columns."""
        problem, at, tree, t = self.problem, self.columns[h], self.feeders[h], self.hours[h]
        block, terms, base = problem.block, problem.terms, problem.network.base_kw
        unit = base / COST_UNIT_EUR
        linear = block.linear[:, t].copy()
        self.low[at.own], self.high[at.own] = block.lower[:, t, :OWN] / base, block.upper[:, t, :OWN] / base
        if self.given is not None:
            storage = self.given.storage
            linear[:, CHARGE] -= block.battery[:, 1] * storage.stored_eur[:, t]
            linear[:, DISCHARGE] += block.battery[:, 2] * storage.stored_eur[:, t]
            linear[:, FLEXIBLE] += storage.shifted_eur[:, block.window[t]]
            self.linear[at.source] = self.levers.priced(self.given.steps, t) / COST_UNIT_EUR
            self.low[at.own[:, ENERGY]] = self.high[at.own[:, ENERGY]] = 0.0
        self.linear[at.own], self.quadratic[at.own] = unit * linear[:, :OWN], unit * base * block.quadratic[:, :OWN]
        for trades in (at.sold, at.bought):
            self.linear[trades] = unit * block.edge_fee_eur
            self.low[trades], self.high[trades] = 0.0, block.edge_limit_kw / base
        self.low[at.source], self.high[at.source] = self.levers.low_v2, self.levers.high_v2
        half = terms.half_violation_eur_per_kw / COST_UNIT_EUR
        self.linear[at.l] = unit * terms.loss_eur_per_kw * tree.r
        self.linear[at.low] = self.linear[at.high] = 1000.0 * half
        rating = limit_kva(problem.network)[tree.line]
        self.linear[at.over] = half * rating
        self.low[at.low] = self.low[at.high] = self.low[at.over] = 0.0
        self.high[at.over[rating == 0.0]] = 0.0

    def _boxes(self, free: Bools) -> None:
        """Bounds of the columns that are not fixed, as inequalities."""
        for bound, sign in ((self.low, -1.0), (self.high, 1.0)):
            columns = np.flatnonzero(np.isfinite(bound) & free)
            self.matrix.put(self.matrix.new_rows(sign * bound[columns]), columns, sign)

    def _cones(self, h: int) -> None:
        """(l + v, 2 P, 2 Q, l - v) in the second-order cone, v at the sending end."""
        matrix, at, tree = self.matrix, self.columns[h], self.feeders[h]
        rows = matrix.new_rows(np.zeros(4 * len(tree.fed))).reshape(-1, 4)
        sending = np.where(tree.parent >= 0, at.v[tree.parent], at.source[tree.source])
        matrix.put(rows[:, 0], at.l, -1.0)
        matrix.put(rows[:, 1], at.p, -2.0)
        matrix.put(rows[:, 2], at.q, -2.0)
        matrix.put(rows[:, 3], at.l, -1.0)
        matrix.put(rows[:, 0], sending, -1.0)
        matrix.put(rows[:, 3], sending, 1.0)

    def _circles(self, h: int) -> Ints:
        """(kva, PV + discharge - charge, reactive power, 0) of every inverter in the cone; rows (I, 4)."""
        inverters, matrix, at = self.problem.inverters, self.matrix, self.columns[h]
        right = np.zeros((len(inverters.who), 4))
        right[:, 0] = inverters.kva[inverters.who] / self.problem.network.base_kw
        rows = matrix.new_rows(right.ravel()).reshape(-1, 4)
        for column, sign in zip(DEVICES, SIGNS, strict=True):
            matrix.put(rows[:, 1], at.own[inverters.who, column], -sign)
        matrix.put(rows[:, 2], at.fed, -1.0)
        return rows

    def _with_inverters(self, answer: Answer, x: Floats, z: Floats, circles: list[Ints]) -> Answer:
        """The answer with what inverters feed in and what their active power is priced at."""
        inverters, base = self.problem.inverters, self.problem.network.base_kw
        if not inverters.used:
            return answer
        active_eur, kvar, active_kw = np.zeros((3, len(inverters.kva), len(circles)))
        for h, rows in enumerate(circles):
            active_eur[inverters.who, h] = -z[rows[:, 1]] * COST_UNIT_EUR / base
            kvar[inverters.who, h] = base * x[self.columns[h].fed]
            active_kw[inverters.who, h] = base * x[self.columns[h].own[inverters.who][:, list(DEVICES)]] @ SIGNS
        prices = replace(answer.prices, active_eur=active_eur)
        return replace(answer, prices=prices, reactive_kvar=kvar, active_kw=active_kw)

    def _steps(self) -> StepRows | None:
        """Rows of the levers' steps where the hours are solved together, and what a step costs."""
        terms = self.problem.levers
        if self.given is not None or terms is None:
            return None
        rows = put_steps(self.problem, self.levers, self.matrix, [at.source for at in self.columns], self.first_step)
        self.linear[rows.columns] = terms.step_eur / COST_UNIT_EUR
        if not self.problem.terms.return_to_initial:
            self.linear[rows.columns[-1]] = 0.0
        return rows

    def _with_levers(self, answer: Answer, x: Floats, z: Floats, steps: StepRows | None) -> Answer:
        """The answer with what capacitors feed in and what levers' steps are priced at."""
        if self.problem.levers is None:
            return answer
        kvar = np.zeros((len(self.columns), self.problem.network.n_buses))
        for h, at in enumerate(self.columns):
            kvar[h, self.levers.cap_bus] = self.problem.network.base_kw * x[at.caps]
        prices = None if steps is None else step_prices(self.problem, self.levers, steps, COST_UNIT_EUR * z)
        return replace(answer, capacitor_kvar=kvar, steps=prices)

    def _answer(self, status: Status, x: Floats, z: Floats, rows: list[Rows], joints: list[Joint]) -> Answer:
        """Multipliers in EUR and kW from those of the rows."""
        base, block = self.problem.network.base_kw, self.problem.block
        taken = [sum(sign * x[at.own[:, column]] for column, sign in INJECTED.items()) for at in self.columns]
        injection_kw = base * np.array(taken).T - block.right[:, self.hours, BALANCE]
        z = z * COST_UNIT_EUR
        prices = Prices(*(_stacked(z, rows, name) / base for name in ("balance", "imports", "exports", "pairs")))
        storage = _storage(z / base, joints, self.problem) if self.given is None else self.given.storage
        return Answer(status, prices, storage, _grid(z, rows, self.feeders, self.problem), injection_kw)


def _stacked(z: Floats, rows: list[Rows], name: str) -> Floats:
    """(.., H) multipliers of the rows of one name; those of inequalities are not negative."""
    values = np.array([z[getattr(item, name)] for item in rows]).T
    return np.maximum(values, 0.0) if name in ("imports", "exports") else values


def _storage(z: Floats, joints: list[Joint], problem: CoordinationProblem) -> Storage:
    """Prices of stored energy and of shifted load, zero where there is none."""
    windows = int(problem.block.window[-1]) + 1
    stored, shifted = np.zeros((len(joints), problem.hours)), np.zeros((len(joints), windows))
    for k, joint in enumerate(joints):
        stored[k, : len(joint.stored)] = z[joint.stored]
        shifted[k, : len(joint.shifted)] = z[joint.shifted]
    return Storage(stored, shifted)


def _grid(z: Floats, rows: list[Rows], trees: list[Feeders], problem: CoordinationProblem) -> Multipliers:
    """(n, H) multipliers by bus, within what weak duality asks for: limits cost at most their price."""
    network, terms = problem.network, problem.terms
    half = terms.half_violation_eur_per_kw
    rating = limit_kva(network)
    a, b, nu, m, tau = (np.zeros((network.n_buses, len(rows))) for _ in range(5))
    for h, (row, tree) in enumerate(zip(rows, trees, strict=True)):
        a[tree.fed, h], b[tree.fed, h] = -z[row.p], -z[row.q]
        nu[tree.fed, h] = np.clip(z[row.low] - z[row.high], -1000.0 * half, 1000.0 * half)
        price = half * rating[tree.line]
        # something must hold the current of a line without impedance
        least = np.where((tree.r == 0.0) & (tree.x == 0.0), 1e-7 * price, 0.0)
        m[tree.fed, h] = np.clip(np.where(row.limit >= 0, z[row.limit], 0.0), least, price)
        tau[tree.fed, h] = np.where(row.cut >= 0, np.maximum(z[row.cut], 0.0), 0.0)
        tree.tie_ideal_lines(a[:, h], b[:, h])
    return Multipliers(a, b, nu, m, tau)
