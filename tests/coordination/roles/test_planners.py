from __future__ import annotations

from typing import get_args

from p2pdnr.coordination.roles.planners import PLANNERS
from p2pdnr.scenario.schema import Role


def test_every_role_that_a_scenario_may_name_has_a_planner() -> None:
    assert {*PLANNERS, "welfare"} == set(get_args(Role)), "welfare is planned by the modes"
