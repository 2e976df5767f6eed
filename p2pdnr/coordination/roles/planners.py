"""Which module plans for which role of the operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from p2pdnr.coordination.roles.envelopes import plan_envelopes
from p2pdnr.coordination.roles.leader import plan_leader
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.roles.validate import plan_validate
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.reconfiguration.topologies.ranking import TreeSet

Planner = Callable[[Context, TreeSet | None, str], RolePlan]
"""From a problem, its radial trees (None where they are too many) and a mode to the plan of a role."""

PLANNERS: Mapping[str, Planner] = {
    "validate": plan_validate,
    "envelopes": plan_envelopes,
    "leader": plan_leader,
}
"""By ``dso.role``; welfare is planned by :mod:`p2pdnr.coordination.modes`."""


def plan_role(context: Context, trees: TreeSet | None, mode: str) -> RolePlan:
    """The plan of the scenario's role for a mode ("fixed", "static", "hourly").

    Raises what its planner raises: :class:`p2pdnr.errors.PowerFlowError` where no topology of the mode carries what the
    market wants.
    """
    return PLANNERS[context.problem.role.name](context, trees, mode)
