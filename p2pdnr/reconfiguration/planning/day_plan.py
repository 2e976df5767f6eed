"""A schedule of radial topologies at given loads: exact power flow of every hour, sums, and the way between hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from p2pdnr.network import break_points
from p2pdnr.network.arrays import Bools, Floats, Ints, Network
from p2pdnr.network.levers import at
from p2pdnr.network.powerflow import Flow, solve_tree
from p2pdnr.network.topology import changes, orient
from p2pdnr.reconfiguration.planning.least_loss import max_loading_percent
from p2pdnr.reconfiguration.planning.present_state import BROKEN_EUR
from p2pdnr.reconfiguration.planning.voltage_generators import own_kvar
from p2pdnr.reconfiguration.terms import LoadCase, violation_eur
from p2pdnr.reconfiguration.topologies import switching_sequence

SINGLY = 744
"""Hours up to which the power flow of each is solved by itself."""


@dataclass(frozen=True, eq=False)
class Moved:
    """Levers that move: ``positions`` (T, L), ``steps`` (T,) at the start of each hour and ``final_steps`` after the
    last, in all ``eur``."""

    positions: Ints
    steps: Ints
    final_steps: int
    eur: float


class _Figures(NamedTuple):
    """Of every hour, as in a :class:`DayPlan`."""

    loss_kw: Floats
    vm_min_pu: Floats
    vm_max_pu: Floats
    violation_eur: Floats
    max_loading_percent: Floats | None
    generated_kvar: Floats | None


@dataclass(frozen=True, eq=False)
class DayPlan:
    """A topology for every hour, and what it costs.

    Attributes
    ----------
    closed : (T, m) state of every line
    loss_kw, vm_min_pu, vm_max_pu, violation_eur : (T,)
    max_loading_percent : (T,), or None where no line has a limit
    operations : (T,) lines that change state at the start of each hour, and ``final_operations`` after the last
    switching_eur : of all operations
    cost_eur : losses, violations, switching, the steps of levers, and energy not supplied
    moved : where levers stand, None where they stay as they are
    generated_kvar : (T, G) what generators that hold a voltage give; None where there are none
    outage_eur : (T,) of energy that faults leave unsupplied, None where it has no price
    """

    closed: Bools
    loss_kw: Floats
    vm_min_pu: Floats
    vm_max_pu: Floats
    violation_eur: Floats
    max_loading_percent: Floats | None
    operations: Ints
    final_operations: int
    switching_eur: float
    cost_eur: float
    moved: Moved | None = None
    generated_kvar: Floats | None = None
    outage_eur: Floats | None = None

    def as_dict(self, step_h: float) -> dict[str, Any]:
        """Sums as JSON can hold them."""
        levers: dict[str, Any] = {}
        if self.moved is not None:
            steps = int(self.moved.steps.sum()) + self.moved.final_steps
            levers = {"lever_steps": steps, "levers_eur": self.moved.eur}
        outages = {} if self.outage_eur is None else {"outages_eur": float(self.outage_eur.sum())}
        return levers | {
            "cost_eur": self.cost_eur,
            "losses_kwh": float(self.loss_kw.sum()) * step_h,
            "violations_eur": float(self.violation_eur.sum()),
            "switching_eur": self.switching_eur,
            "operations": int(self.operations.sum()) + self.final_operations,
            "hours_beyond_limits": int((self.violation_eur > BROKEN_EUR).sum()),
            **outages,
        }


def hour_rows(plan: DayPlan, network: Network) -> list[dict[str, Any]]:
    """One row per hour: loss_kw, vm_min_pu, vm_max_pu, max_loading_percent, violation_eur, operations, open_lines, and
    what people call these (open_line_ids); where levers move also their positions and lever_steps, where generators
    hold a voltage their generator_kvar, where energy not supplied has a price also outage_eur."""
    loading = plan.max_loading_percent
    opened = [[int(line) + 1 for line in np.flatnonzero(~closed)] for closed in plan.closed]
    return [
        {
            "hour": hour,
            "loss_kw": float(plan.loss_kw[hour]),
            "vm_min_pu": float(plan.vm_min_pu[hour]),
            "vm_max_pu": float(plan.vm_max_pu[hour]),
            "max_loading_percent": None if loading is None else float(loading[hour]),
            "violation_eur": float(plan.violation_eur[hour]),
            "operations": int(plan.operations[hour]),
            "open_lines": opened[hour],
            "open_line_ids": network.line_names(opened[hour]),
            **_lever_fields(plan.moved, hour),
            **_generator_fields(plan.generated_kvar, hour),
            **({} if plan.outage_eur is None else {"outage_eur": float(plan.outage_eur[hour])}),
        }
        for hour in range(len(plan.closed))
    ]


def _lever_fields(moved: Moved | None, hour: int) -> dict[str, Any]:
    """Of one hour: nothing where levers stay."""
    if moved is None:
        return {}
    return {"positions": [int(value) for value in moved.positions[hour]], "lever_steps": int(moved.steps[hour])}


def _generator_fields(given: Floats | None, hour: int) -> dict[str, Any]:
    """Of one hour: nothing without generators that hold a voltage."""
    return {} if given is None else {"generator_kvar": [round(float(value), 6) for value in given[hour]]}


def constant_plan(case: LoadCase, closed: Bools, parts: break_points.Broken | None = None) -> DayPlan | None:
    """One topology for all hours, None where it has no power flow in some hour; ``parts`` as for :func:`day_plan`."""
    states = np.broadcast_to(closed, (case.steps, case.network.n_lines))
    if parts is not None:
        flows = _meshed_flows(case, states, parts)
        return day_plan(case, states, parts=parts) if all(flow.converged.all() for flow in flows) else None
    tree = orient(case.network, closed)
    if not solve_tree(case.network, tree, case.load_kw, case.load_kvar).converged.all():
        return None
    return day_plan(case, states)


def day_plan(
    case: LoadCase, closed: Bools, moved: Moved | None = None, parts: break_points.Broken | None = None
) -> DayPlan:
    """Exact power flow of a schedule (T, m), with levers where they are moved to, and its sums.

    Where loops that nothing can open were broken, ``parts`` says at which lines, and ``case`` is about its ``network``,
    in which these lines are open; the figures are those of the meshed network.
    """
    network, terms = case.network, case.terms
    many = moved is None and parts is None and len(closed) > SINGLY
    flows = [] if many else _flows(case, closed, moved) if parts is None else _meshed_flows(case, closed, parts)
    figures = _many_figures(case, closed) if many else _figures(case, flows)
    levers_eur = 0.0 if moved is None else moved.eur
    outage_eur = None if case.outages is None else case.outages.schedule_eur(network, closed)
    changed = changes(network, closed)
    final = closed[-1] != network.closed if terms.return_to_initial else np.zeros(network.n_lines, dtype=np.bool_)
    switching = float((changed.sum(axis=0) + final) @ terms.switching_cost_eur)
    return DayPlan(
        closed=closed,
        loss_kw=figures.loss_kw,
        vm_min_pu=figures.vm_min_pu,
        vm_max_pu=figures.vm_max_pu,
        violation_eur=figures.violation_eur,
        max_loading_percent=figures.max_loading_percent,
        operations=changed.sum(axis=1),
        final_operations=int(final.sum()),
        switching_eur=switching,
        cost_eur=terms.loss_eur_per_kw * float(figures.loss_kw.sum())
        + float(figures.violation_eur.sum())
        + switching
        + levers_eur
        + (0.0 if outage_eur is None else float(outage_eur.sum())),
        moved=moved,
        generated_kvar=figures.generated_kvar,
        outage_eur=outage_eur,
    )


def _flows(case: LoadCase, closed: Bools, moved: Moved | None) -> list[Flow]:
    """Power flow of every hour."""
    networks = [case.network] * len(closed) if moved is None else [at(case.network, row) for row in moved.positions]
    return [
        solve_tree(network, orient(network, row), case.load_kw[[hour]], case.load_kvar[[hour]])
        for hour, (network, row) in enumerate(zip(networks, closed, strict=True))
    ]


def _meshed_flows(case: LoadCase, closed: Bools, parts: break_points.Broken) -> list[Flow]:
    """The same with what flows through broken lines."""
    return [
        break_points.solve(parts, orient(case.network, row), case.load_kw[[hour]], case.load_kvar[[hour]]).flow
        for hour, row in enumerate(closed)
    ]


def _figures(case: LoadCase, flows: list[Flow]) -> _Figures:
    """Of hours one by one."""
    network, terms = case.network, case.terms
    broken = [float(violation_eur(network, terms, flow.vm_pu, flow.current_a)[0]) for flow in flows]
    loading = [max_loading_percent(network, flow) for flow in flows]
    return _Figures(
        np.array([float(flow.loss_kw.sum()) for flow in flows]),
        np.array([float(flow.vm_pu.min()) for flow in flows]),
        np.array([float(flow.vm_pu.max()) for flow in flows]),
        np.array(broken),
        None if loading[0] is None else np.array(loading, dtype=np.float64),
        own_kvar(flows),
    )


def _many_figures(case: LoadCase, closed: Bools) -> _Figures:
    """Of all hours of a topology at once."""
    network, limited = case.network, np.isfinite(case.network.limit_a)
    found = np.full((5, len(closed)), np.nan)
    given = None if network.generators is None else np.full((len(closed), len(network.generators.bus)), np.nan)
    states, which = np.unique(closed, axis=0, return_inverse=True)
    for number, state in enumerate(states):
        rows = np.flatnonzero(which.ravel() == number)
        flow = solve_tree(network, orient(network, state), case.load_kw[rows], case.load_kvar[rows])
        found[0, rows] = flow.loss_kw.sum(axis=1)
        found[1, rows], found[2, rows] = flow.vm_pu.min(axis=1), flow.vm_pu.max(axis=1)
        found[3, rows] = violation_eur(network, case.terms, flow.vm_pu, flow.current_a)
        if given is not None:
            given[rows] = flow.generated_kvar
        if limited.any():
            found[4, rows] = 100.0 * (flow.current_a[:, limited] / network.limit_a[limited]).max(axis=1)
    loss_kw, lowest, highest, broken, loading = found
    return _Figures(loss_kw, lowest, highest, broken, loading if limited.any() else None, given)


def operations_in_order(network: Network, closed: Bools, back: bool) -> tuple[tuple[int, int, str], ...]:
    """Operations of every hour, those of a return after the last."""
    states = [network.closed, *closed, *([network.closed] if back else [])]
    return tuple(
        (hour, line + 1, action)
        for hour in range(len(states) - 1)
        if (states[hour] != states[hour + 1]).any()
        for line, action in switching_sequence.operations(network, states[hour], states[hour + 1])
    )
