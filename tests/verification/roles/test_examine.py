from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from p2pdnr.coordination.roles.planners import PLANNERS
from p2pdnr.errors import ResultError
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario.patch import with_role
from p2pdnr.scenario.schema import Role
from p2pdnr.verification import RULES, verify
from p2pdnr.verification.roles.examine import EXAMINERS
from p2pdnr.verification.roles.rules import NOT_OF_ROLE, ROLE_RULES

OPEN = sorted(set(get_args(Role)) - {"welfare"} - set(EXAMINERS))


def test_what_can_be_planned_can_be_examined() -> None:
    assert set(PLANNERS) == set(EXAMINERS)


def test_certificates_of_roles_have_names_of_their_own() -> None:
    assert not set(ROLE_RULES) & set(RULES)
    assert set(NOT_OF_ROLE) <= set(EXAMINERS)
    assert {name for reasons in NOT_OF_ROLE.values() for name in reasons} <= set(RULES)


@pytest.mark.skipif(not OPEN, reason="every role can be examined")
@pytest.mark.parametrize("role", OPEN)
def test_a_role_that_cannot_be_examined_yet_is_refused(sample: StudyResult, role: str) -> None:
    with pytest.raises(ResultError, match="cannot be examined"):
        verify(replace(sample, scenario=with_role(sample.scenario, role)))
