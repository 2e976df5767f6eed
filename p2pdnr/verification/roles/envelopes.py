"""Certificates of envelopes: no combination of injections within them breaks a limit, and the market kept to them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from p2pdnr.market.responses import ProsumerBlock, prosumer_block
from p2pdnr.network.arrays import Floats, Network
from p2pdnr.network.monotone import Interval, is_monotone, most_current2
from p2pdnr.network.topology import orient
from p2pdnr.results.summary import matrix
from p2pdnr.verification import optimum
from p2pdnr.verification.finding import Finding
from p2pdnr.verification.judge import judge
from p2pdnr.verification.plan import Plan
from p2pdnr.verification.roles.envelope_corners import Envelope, beyond, corners, limit_name, withdrawals
from p2pdnr.verification.roles.envelope_width import envelope_width
from p2pdnr.verification.roles.examined import Examined
from p2pdnr.verification.roles.operating_points import Points, operating_points

POINTS = 10_000
"""Random points of all hours together; half of them inside, half at corners drawn by lot."""

JUDGED = 2
"""Points an hour that pandapower solves too: the two outermost corners."""

AGREES = 1e-6
"""In p.u. and as a share: how far pandapower may be from the power flow of the points."""

SAME_KWH = 1e-6
"""Relative difference allowed between stated and recomputed energies, and kWh."""


def examine(examined: Examined) -> dict[str, Finding]:
    """All findings of the role."""
    table = examined.result.role
    assert table is not None
    names = tuple(field.name for field in fields(Envelope))
    stated = Envelope(*(matrix(table, name, examined.result.scenario) for name in names))
    if not all(np.isfinite(getattr(stated, name)).all() for name in names):
        missing = Finding(None, "role.csv lacks an envelope, what was asked or what is curtailed")
        return dict.fromkeys(("envelope", "within", "envelope_width", "regret"), missing)
    return {
        "envelope": envelope(examined, stated),
        "within": within(examined, stated),
        "envelope_width": envelope_width(examined.plan, stated),
        "regret": optimum.regret(examined.plan, examined.result.tables, _bounded(examined.plan, stated)),
    }


def within(examined: Examined, stated: Envelope) -> Finding:
    """The most by which an injection, in kW, is outside of its envelope; what summary.json says of cut and width must
    be true."""
    plan = examined.plan
    injection_kw = plan.day["injection_kw"]
    outside = np.maximum(np.maximum(stated.low_kw - injection_kw, injection_kw - stated.high_kw), 0.0)
    hour, who = np.unravel_index(int(outside.argmax()), outside.shape)
    lie = _lie(examined, stated)
    detail = lie or f"{plan.terms[who].name}, hour {hour}"
    return Finding(float(outside[hour, who]), detail, holds=False if lie else None)


def _lie(examined: Examined, stated: Envelope) -> str:
    """What summary.json says of the envelopes that role.csv does not, empty where all is true."""
    if (stated.low_kw > stated.high_kw).any():
        return "an envelope has its least above its most"
    above_kw = np.maximum(np.maximum(stated.asked_kw, 0.0) - np.maximum(stated.high_kw, 0.0), 0.0)
    if not np.allclose(stated.curtailed_kw, above_kw, rtol=SAME_KWH, atol=SAME_KWH):
        return "curtailed_kw is not what was asked to be fed in above the envelope"
    reach = np.array([item.reach_kw for item in examined.plan.terms])
    cut = np.maximum(np.maximum(stated.asked_kw - stated.high_kw, stated.low_kw - stated.asked_kw), 0.0)
    step_h, width = examined.plan.scenario.step_h, float((stated.high_kw - stated.low_kw).sum())
    widest = float((reach[:, 1] - reach[:, 0]).sum())
    true = {"cut_kwh": step_h * float(cut.sum()), "width_kwh": step_h * width}
    true |= {"width_share": width / widest} if widest > 0.0 else {}
    said = examined.result.summary.get("role") or {}
    for name, value in true.items():
        if not np.isclose(float(said.get(name) or 0.0), value, rtol=SAME_KWH, atol=SAME_KWH):
            return f"role.{name} is {value:.6g} and not {said.get(name)}"
    return ""


def _bounded(plan: Plan, stated: Envelope) -> ProsumerBlock:
    """The market with every injection within its envelope."""
    bounds = zip(plan.terms, stated.low_kw.T, stated.high_kw.T, strict=True)
    return prosumer_block(tuple(replace(item, low_kw=low, high_kw=high) for item, low, high in bounds), plan.trading)


def envelope(examined: Examined, stated: Envelope) -> Finding:
    """The most by which a voltage (p.u.) or a loading (share) is beyond its limit at the corners that matter and at
    random points of the envelopes, by exact AC power flow.

    Not shown where the plan says that limits cannot be kept: which are broken stands in the reason. The text says for
    how much of it there is a proof beside the test (:mod:`p2pdnr.network.monotone`).
    """
    plan, rng = examined.plan, np.random.default_rng(0)
    each, worst, broken = -(-POINTS // len(plan.closed)), _Worst(-np.inf, ""), []
    outermost, proof = list[_Solved](), _Proof()
    for hour in range(len(plan.closed)):
        box = np.array([stated.low_kw[hour], stated.high_kw[hour]])
        points_kw = np.vstack([corners(plan, hour, box), _drawn(rng, box, each)])
        p_kw, q_kvar = withdrawals(plan, hour, points_kw)
        points = operating_points(plan.network, plan.closed[hour], p_kw, q_kvar)
        outermost.append(_Solved(p_kw[:JUDGED], q_kvar[:JUDGED], points.vm_pu[:JUDGED], points.loading[:JUDGED]))
        excess = beyond(plan.network, points)
        proof = proof.with_hour(_hour_proof(plan, hour, (p_kw[1], p_kw[0]), points))
        here = _Worst(float(excess.max()), _place(plan.network, excess, hour))
        worst = max(worst, here, key=lambda item: item.excess)
        over = np.flatnonzero(excess.max(axis=0) > AGREES)
        broken += [f"{limit_name(plan.network, int(which))} in hour {hour}" for which in over]
    odd = _disagreement(plan, outermost)
    return Finding(None, odd) if odd else _finding(examined, worst, broken, proof)


@dataclass(frozen=True)
class _Worst:
    excess: float
    place: str


@dataclass(frozen=True, eq=False)
class _Solved:
    """Points of an hour: withdrawals (N, n), and the voltages (N, n) and loadings (N, m) found."""

    p_kw: Floats
    q_kvar: Floats
    vm_pu: Floats
    loading: Floats


@dataclass(frozen=True)
class _Proof:
    """Hours, and those in which voltages are shown to lie between those of two corners; currents with a limit, and
    those that are bounded within it."""

    hours: int = 0
    monotone: int = 0
    currents: int = 0
    bounded: int = 0

    def with_hour(self, other: _Proof) -> _Proof:
        """The sum of both."""
        return _Proof(*(getattr(self, name) + getattr(other, name) for name in _Proof.__dataclass_fields__))

    @property
    def text(self) -> str:
        """For people."""
        voltages = f"voltages between those of two corners are shown in {self.monotone} of {self.hours} hours"
        return f"{voltages}, {self.bounded:,} of {self.currents:,} limits of currents; the rest is tested"


def _hour_proof(plan: Plan, hour: int, withdrawals_kw: tuple[Floats, Floats], points: Points) -> _Proof:
    """What is shown in an hour; withdrawals (n,) at most and at least injection, and the points' voltages, of which the
    first two are those of all least and all most injections."""
    network, closed = plan.network, plan.closed[hour]
    tree, q = orient(network, closed), plan.withdrawal_kvar[hour] / network.base_kw
    p = Interval(*(values / network.base_kw for values in withdrawals_kw))
    limited = closed & np.isfinite(network.limit_a)
    if not (np.isfinite(points.vm_pu[:2]).all() and is_monotone(network, tree, p, q)):
        return _Proof(1, 0, int(limited.sum()), 0)
    v = Interval(points.vm_pu[0] ** 2, points.vm_pu[1] ** 2)
    within = most_current2(network, tree, (p, q), v) <= network.limit_pu**2
    return _Proof(1, 1, int(limited.sum()), int((limited & within).sum()))


def _finding(examined: Examined, worst: _Worst, broken: list[str], proof: _Proof) -> Finding:
    value = max(worst.excess, 0.0)
    allowed = float((examined.result.summary.get("role") or {}).get("limits_not_kept") or 0.0)
    if broken and len(broken) <= allowed:
        told = ", ".join(broken[:5]) + (", ..." if len(broken) > 5 else "")
        return Finding(value, f"the plan says that {allowed:g} limits cannot be kept; broken: {told}", unshown=True)
    return Finding(value, worst.place if broken else proof.text)


def _drawn(rng: np.random.Generator, box: Floats, count: int) -> Floats:
    """(count, K) points drawn evenly from the box, and as many of its corners by lot."""
    share = rng.random((count, box.shape[1]))
    share[count // 2 :] = np.round(share[count // 2 :])
    return np.asarray(box[0] + share * (box[1] - box[0]))


def _disagreement(plan: Plan, outermost: list[_Solved]) -> str:
    """The hours in which pandapower finds another state at the outermost corners, or none while one was found; empty
    where it agrees everywhere."""
    p_kw, q_kvar, vm_pu, loading = (
        np.concatenate([getattr(item, name) for item in outermost]) for name in _Solved.__dataclass_fields__
    )
    judged = judge(plan.network, np.repeat(plan.closed, JUDGED, axis=0), p_kw, q_kvar)
    off = np.abs(judged.current_a / plan.network.limit_a - loading).max(axis=1)
    off = np.maximum(off, np.abs(judged.vm_pu - vm_pu).max(axis=1))
    wrong = np.isfinite(vm_pu).all(axis=1) & ~(off <= AGREES)
    hours = np.unique(np.flatnonzero(wrong) // JUDGED)
    return f"pandapower differs at corners of hours {', '.join(map(str, hours))}" if wrong.any() else ""


def _place(network: Network, excess: Floats, hour: int) -> str:
    return f"{limit_name(network, int(excess.max(axis=0).argmax()))} in hour {hour}"
