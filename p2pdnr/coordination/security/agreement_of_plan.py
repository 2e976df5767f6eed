"""A plan as :mod:`p2pdnr.forecasts.on_the_day` reads it."""

from __future__ import annotations

import numpy as np

from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.forecasts.on_the_day import Agreed
from p2pdnr.market.responses import Response
from p2pdnr.network.arrays import Network
from p2pdnr.scenario.assembly import background_kw
from p2pdnr.scenario.schema import Scenario


def agreed(scenario: Scenario, network: Network, problem: CoordinationProblem, response: Response) -> Agreed:
    """What the prosumers of a plan agreed to do."""
    own_kw, own_kvar = background_kw(scenario, network)
    terms = problem.block.terms
    return Agreed(
        withdrawal_kw=problem.net_load_kw(response.injection_kw),
        withdrawal_kvar=problem.operator.load_kvar,
        background_kw=own_kw,
        background_kvar=own_kvar,
        pv_kw=response.quantity("pv_kw"),
        unserved_kw=response.quantity("unserved_kw"),
        forecast_kw=np.column_stack([item.pv_kw for item in terms]),
        load_kw=np.column_stack([item.load_kw for item in terms]),
        nominal_kw=np.array([item.pv_kw for item in scenario.prosumers]),
        tangent=np.tan(np.arccos([item.power_factor for item in scenario.prosumers])),
        bus=problem.prosumer_bus,
        limited=np.zeros(problem.hours, dtype=np.bool_),
    )
