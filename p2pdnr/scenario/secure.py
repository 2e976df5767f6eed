"""What a secure plan does not go with: told before anything is solved."""

from __future__ import annotations

from p2pdnr.errors import Problem
from p2pdnr.scenario.schema import Scenario


def insecure(scenario: Scenario) -> list[Problem]:
    """Why a scenario that asks for a secure plan cannot have one; nothing where it asks for none."""
    dso = scenario.dso
    if dso.security is None:
        return []
    problems = []
    if dso.role != "welfare":
        known = "the role welfare alone (one optimum with the market)"
        message = f"a secure plan is there for {known}, and the role is {dso.role}"
        problems.append(Problem("dso", "security", (), message, "Leave it out, or choose the role welfare"))
    if dso.reactive != "none":
        message = "a secure plan is there for inverters without reactive power alone"
        problems.append(Problem("dso", "security", (), message, "Leave it out, or set dso.reactive to none"))
    return problems
