from __future__ import annotations

import re
from pathlib import Path

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


def test_every_certificate_of_a_role_has_a_test_in_which_it_fails() -> None:
    """docs/trust.md lists them, with the tests; each test is there and says that something does not hold."""
    here = Path(__file__).parent
    page = (here.parents[2] / "docs" / "trust.md").read_text(encoding="utf8")
    rows = [line.split("|")[1:-1] for line in page.splitlines() if re.match(r"\| (\w+ )?\| `\w+`", line)]
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row[1])}
    assert set(ROLE_RULES) <= listed <= set(ROLE_RULES) | set(RULES)
    for file, test in re.findall(r"`(test_\w+\.py)::(test_\w+)`", "".join(row[3] for row in rows)):
        body = (here / file).read_text(encoding="utf8").partition(f"def {test}(")[2].partition("\ndef ")[0]
        assert "FAILS" in body or "does not hold" in body or "holds is False" in body, (file, test)
