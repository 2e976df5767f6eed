from __future__ import annotations

from p2pdnr.coordination.roles.planners import PLANNERS
from p2pdnr.verification import RULES
from p2pdnr.verification.roles.examine import EXAMINERS
from p2pdnr.verification.roles.rules import NOT_OF_ROLE, ROLE_RULES


def test_what_can_be_planned_can_be_examined() -> None:
    assert set(PLANNERS) == set(EXAMINERS)


def test_certificates_of_roles_have_names_of_their_own() -> None:
    assert not set(ROLE_RULES) & set(RULES)
    assert set(NOT_OF_ROLE) <= set(EXAMINERS)
    assert {name for reasons in NOT_OF_ROLE.values() for name in reasons} <= set(RULES)
