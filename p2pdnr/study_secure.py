"""A secure plan as a study makes and tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.security.secure_plan import SecurePlan, SecurityTask, Trial, plan_days, secure
from p2pdnr.errors import InputError, Problem
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario.schema import Scenario
from p2pdnr.verification.secure import CONFIDENCE, tested_with, true_limits

TEST_DAYS = 1000
"""Unseen days on which a secure plan is tested where nothing else is said."""


@dataclass(frozen=True, eq=False)
class Secured:
    """A secure plan, the problem with held back limits that it solves, and the network with the true ones."""

    found: SecurePlan
    network: Network

    @property
    def plan(self) -> Dispatch:
        """The plan that runs."""
        return self.found.chosen.plan

    @property
    def problem(self) -> CoordinationProblem:
        """With limits held back."""
        return self.found.chosen.problem


@dataclass(frozen=True)
class SecurityRequest:
    """Where the days come from: the ``seed`` of the study, and how many are to test the plan."""

    scenario: Scenario
    seed: int
    test_days: int = TEST_DAYS


def refuse_other_roles(scenario: Scenario) -> None:
    """Raise InputError where a secure plan is asked for and the operator's role knows none."""
    if scenario.dso.security is not None and scenario.dso.role != "welfare":
        message = f"a secure plan is there for the role welfare alone, and the role is {scenario.dso.role}"
        raise InputError([Problem("dso", "security", (), message, "Leave it out, or choose the role welfare")])


def secured(context: Context, trees: TreeSet | None, nominal: Dispatch, mode: str, asked: SecurityRequest) -> Secured:
    """The secure plan that starts from the plan for the day as forecast."""
    network = context.problem.network
    factors = plan_days(asked.scenario, network, asked.seed)
    return Secured(secure(SecurityTask(context, asked.scenario, factors, trees, mode), nominal), network)


def with_secure(draft: StudyResult, plan: Secured, asked: SecurityRequest) -> StudyResult:
    """The draft with what the test on unseen days says, and the price of security."""
    found, security = plan.found, asked.scenario.dso.security
    assert security is not None
    told: dict[str, Any] = {
        "share": security.share,
        "confidence": CONFIDENCE,
        "price_eur": _true_eur(found.chosen, plan.network) - found.nominal.plan.total_eur,
        "limits": true_limits(plan.network),
        "nominal": {"objective_eur": found.nominal.plan.total_eur, "violated": found.nominal.days},
        "plan": {
            "days": found.days,
            "seed": 2 * asked.seed,
            "violated": found.chosen.days,
            "allowed": found.allowed,
            "rounds": found.rounds,
            "expected_eur": found.chosen.expected_eur,
            "nominal_expected_eur": found.nominal.expected_eur,
        },
        "test": {"days": asked.test_days, "seed": 2 * asked.seed + 1},
    }
    return tested_with(draft, found.chosen.limited, told)


def remarks(plan: Secured | None) -> tuple[str, ...]:
    """What a reader must know where no plan was found that keeps the share on the days it was made with."""
    if plan is None or plan.found.kept:
        return ()
    found = plan.found
    return (
        f"no plan was found that breaks limits on at most {found.allowed} of the {found.days} days it was made with; "
        f"this one does on {found.chosen.days}",
    )


def _true_eur(trial: Trial, network: Network) -> float:
    """What a plan costs on the day as forecast, broken limits being the true ones."""
    plan = trial.plan
    true = violation_eur(network, trial.problem.terms, plan.flow.vm_pu, plan.flow.current_a).sum()
    return plan.total_eur - plan.costs_eur["violations"] + float(true)
