"""From an agreement to a plan that can be run: exact balances, exact power flow, what it costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2pdnr.coordination.admm import penalties, reactive
from p2pdnr.coordination.admm.state import Agreement
from p2pdnr.coordination.plans.reactive import carried_kw, plan_kvar, within_inverters
from p2pdnr.coordination.plans.settings import AcceptanceSettings
from p2pdnr.coordination.problem import CoordinationProblem, given
from p2pdnr.coordination.volt_var import schedule_flow
from p2pdnr.errors import PowerFlowError, SolverError
from p2pdnr.market.deliverable import nearest
from p2pdnr.market.inverters import price_of_active
from p2pdnr.market.negotiation import delivered
from p2pdnr.market.private_columns import each
from p2pdnr.market.projection import project
from p2pdnr.market.responses import Pull, Response
from p2pdnr.market.settlement import costs_eur, delivered_fees_eur
from p2pdnr.network.hourly import steps
from p2pdnr.network.powerflow import Flow
from p2pdnr.network.topology import changes
from p2pdnr.reconfiguration.terms import violation_eur

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Dispatch:
    """A schedule with everything that runs on it.

    ``closed`` (T, m); ``traded_kw`` (E, T) the first of each pair sells; ``response`` the prosumers with exactly
    these trades; ``flow`` the AC power flow; ``costs_eur`` by part, ``total_eur`` their sum: W as dispatched;
    ``reactive_kvar`` (K, T) what inverters feed in, None where they give no reactive power; ``positions`` (T, L) of the
    levers that move, None where none does.
    """

    closed: Bools
    agreement: Agreement
    traded_kw: Floats
    response: Response
    flow: Flow
    costs_eur: dict[str, float]
    reactive_kvar: Floats | None = None
    positions: Ints | None = None

    @property
    def total_eur(self) -> float:
        """W: everything both levels pay."""
        return sum(self.costs_eur.values())

    @property
    def schedule_eur(self) -> float:
        """What the schedule itself costs, whatever runs on it: switching, steps of levers, energy not supplied."""
        return sum(self.costs_eur.get(name, 0.0) for name in ("switching", "levers", "outages"))

    @property
    def charge_eur_per_kwh(self) -> Floats:
        """(3, T, n) network charges per kWh withdrawn: loss, congestion and voltage parts at every bus."""
        assert self.agreement.answer is not None
        return self.agreement.answer.charge_eur_per_kwh

    def inverter_eur(self, problem: CoordinationProblem) -> tuple[Floats, Floats] | None:
        """(K, T) prices of active and of reactive power in the circle of every inverter whose reactive power the
        operator chooses, per kW and kvar over a step, zero where the circle does not bind; None where it chooses none.
        """
        state = self.agreement.reactive
        if state is None or not problem.inverters.dispatched:
            return None
        return price_of_active(problem.inverters, state.device_eur), -state.circle_eur

    @property
    def scale_eur(self) -> float:
        """What relative gaps divide by: the sum of the parts without their signs, at least 1."""
        return max(1.0, sum(abs(value) for value in self.costs_eur.values()))


def dispatch(
    problem: CoordinationProblem,
    closed: Bools,
    agreement: Agreement,
    settings: AcceptanceSettings = AcceptanceSettings(),
    thorough: bool = True,
) -> Dispatch:
    """Settle the trades on what both sides can deliver, let every prosumer adapt, and solve the power flow.

    Raises :class:`PowerFlowError` when the plan has no power flow solution, :class:`SolverError` where trades that can
    be delivered were not found near the agreed ones, and not looked for further as ``thorough`` does.
    """
    return dispatched(problem, closed, agreement, *delivery(problem, agreement, settings, thorough))


def dispatched(
    problem: CoordinationProblem, closed: Bools, agreement: Agreement, traded_kw: Floats, response: Response
) -> Dispatch:
    """The plan of trades (E, T) and the prosumers' answer with exactly these: its power flow, and what it costs.

    Raises :class:`PowerFlowError` without a power flow solution.
    """
    reactive_kvar = plan_kvar(problem, closed, agreement, response)
    flow = power_flow(given(problem, reactive_kvar), closed, response.injection_kw)
    retail, own = costs_eur(problem.block, response)
    price_eur_per_kwh = each(problem.block.terms, "unserved_eur_per_kwh")
    unserved = problem.step_h * float((price_eur_per_kwh * response.quantity("unserved_kw").sum(axis=0)).sum())
    loss_kwh = problem.step_h * float(flow.loss_kw.sum())
    costs = {
        "retail": float(retail.sum()),
        "own": float(own.sum()) - unserved,
        "fees": float(delivered_fees_eur(problem.block, traded_kw).sum()),
        "losses": problem.terms.loss_price_eur_per_kwh * loss_kwh,
        "violations": float(violation_eur(problem.network, problem.terms, flow.vm_pu, flow.current_a).sum()),
        "switching": switching_eur(problem, closed),
        **lever_costs(problem),
        **outage_costs(problem, closed),
        "unserved": unserved,
    }
    return Dispatch(closed, agreement, traded_kw, response, flow, costs, reactive_kvar, problem.operator.positions)


def delivery(
    problem: CoordinationProblem, agreement: Agreement, settings: AcceptanceSettings, thorough: bool = True
) -> tuple[Floats, Response]:
    """Trades (E, T) that both sides can deliver, and the prosumers with exactly these; as :func:`dispatch`."""
    assert agreement.asked is not None
    traded_kw = project(problem.block, problem.trades, agreement.trading, problem.settled(agreement.asked))
    try:
        return traded_kw, adapt(problem, agreement, traded_kw, settings)
    except SolverError:
        if not (thorough and problem.trades.n_pairs):
            raise
    traded_kw = nearest(problem.block.terms, problem.trades, traded_kw, agreement.wanted_kw)
    return traded_kw, adapt(problem, agreement, traded_kw, settings)


def adapt(
    problem: CoordinationProblem, agreement: Agreement, traded_kw: Floats, settings: AcceptanceSettings
) -> Response:
    """The prosumers with their trades fixed, drawn to the operator's copy of the injection as in the negotiation.

    The pull stays: at a binding limit a prosumer is indifferent between feeding in and curtailing at its charge alone.
    """
    none = problem.block.no_pull()
    least = penalties.retail_eur_per_kw(problem) / settings.firm_kw
    weight = np.maximum(settings.dispatch_stiffness * agreement.charge_weight, least)
    behind = reactive.device_pull(problem, agreement.reactive, settings.dispatch_stiffness)
    injections = -agreement.charge_eur_per_kw - weight * agreement.wanted_kw
    pull = Pull(none.trade_linear, injections, none.trade_weight, weight, *behind)
    delivered_kw = delivered(problem.block, traded_kw)
    response = problem.block.respond(pull, delivered_kw=delivered_kw, trading=False)
    held = within_inverters(problem, carried_kw(problem, agreement), response)
    return response if held is None else held.respond(pull, delivered_kw=delivered_kw, trading=False)


def power_flow(problem: CoordinationProblem, closed: Bools, injection_kw: Floats) -> Flow:
    """AC power flow of a schedule, hours with the same tree at once. Raises :class:`PowerFlowError`."""
    flow = schedule_flow(problem, closed, injection_kw)
    if not flow.converged.all():
        hours_without = ", ".join(str(int(hour)) for hour in np.flatnonzero(~flow.converged))
        raise PowerFlowError(f"the plan has no power flow solution in hours {hours_without}")
    return flow


def switching_eur(problem: CoordinationProblem, closed: Bools) -> float:
    """Cost of all operations of a schedule, the return to the initial state included where the terms ask for it."""
    operations = changes(problem.network, closed).sum(axis=0)
    if problem.terms.return_to_initial:
        operations = operations + (closed[-1] != problem.network.closed)
    return float(operations @ problem.terms.switching_cost_eur)


def outage_costs(problem: CoordinationProblem, closed: Bools) -> dict[str, float]:
    """Energy that faults leave unsupplied under a schedule (T, m), where it has a price; empty else."""
    if problem.outages is None:
        return {}
    return {"outages": float(problem.outages.schedule_eur(problem.network, closed).sum())}


def lever_costs(problem: CoordinationProblem) -> dict[str, float]:
    """Cost of all steps of levers where they move, the return to where they stand included where the terms ask for it;
    empty else."""
    positions, levers = problem.operator.positions, problem.network.levers
    if positions is None or levers is None or problem.levers is None:
        return {}
    counts = steps(levers.positions, positions, problem.terms.return_to_initial)
    return {"levers": problem.levers.step_eur * float(counts.sum())}
