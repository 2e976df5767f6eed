from __future__ import annotations

from typing import get_args

import pytest

from p2pdnr.coordination.roles.planners import PLANNERS
from p2pdnr.errors import InputError
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Role
from p2pdnr.study import Options, run
from tests.small_scenario import small_document

OPEN = sorted(set(get_args(Role)) - {"welfare"} - set(PLANNERS))


@pytest.mark.skipif(not OPEN, reason="every role can be planned")
@pytest.mark.parametrize("role", OPEN)
def test_a_role_that_cannot_be_planned_yet_is_refused_with_what_to_do(role: str) -> None:
    with pytest.raises(InputError) as caught:
        run(document.from_dict(small_document()), Options(role=role))  # type: ignore[arg-type]
    problem = caught.value.problems[0]
    assert (problem.component, problem.field) == ("dso", "role")
    assert role in problem.message and "welfare" in problem.remedy


def test_planners_are_of_roles_that_a_scenario_may_name() -> None:
    assert set(PLANNERS) < set(get_args(Role)), "welfare is planned by the modes"
