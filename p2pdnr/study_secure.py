"""A secure plan as a study makes and tells it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.problem import CoordinationProblem
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.security.secure_plan import SecurePlan, plan_days, secure
from p2pdnr.coordination.security.trials import SecurityTask, Trial
from p2pdnr.errors import InputError, Problem
from p2pdnr.forecasts.given_days import GivenDays
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.terms import violation_eur
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.results.given_days import kept
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import stated_limits
from p2pdnr.scenario.outage_price import unpriced
from p2pdnr.scenario.patch import apply
from p2pdnr.scenario.schema import Scenario, Security
from p2pdnr.scenario.secure import insecure
from p2pdnr.verification.secure import CONFIDENCE, MOST_CELLS, tested_with

LEAST_DAYS = 50
"""As the schema has it."""


@dataclass(frozen=True)
class SecurityRequest:
    """Where the days come from: the ``seed`` of the study or a file (``given``), and how many are to test the plan."""

    scenario: Scenario
    seed: int
    test_days: int
    given: GivenDays | None = None


@dataclass(frozen=True, eq=False)
class Secured:
    """A secure plan as it was asked for, and the network with its true limits."""

    found: SecurePlan
    network: Network
    asked: SecurityRequest

    @property
    def plan(self) -> Dispatch:
        """The plan that runs."""
        return self.found.chosen.plan

    @property
    def problem(self) -> CoordinationProblem:
        """With limits held back, which the plan solves."""
        return self.found.chosen.problem

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader must know where no plan was found that keeps the share on the days it was made with."""
        if self.found.kept:
            return ()
        told = f"at most {self.found.allowed} of the {self.found.days} days it was made with"
        return (f"no plan was found that breaks limits on {told}; this one does on {self.found.chosen.days}",)

    def told(self, draft: StudyResult) -> StudyResult:
        """The draft with the price of security and what the test on unseen days says."""
        stated, arrays = kept(self.asked.given)
        draft = replace(draft, arrays=draft.arrays | arrays)
        return tested_with(draft, self.found.chosen.limited, self._figures() | stated)

    def _figures(self) -> dict[str, Any]:
        found, security = self.found, self.asked.scenario.dso.security
        assert security is not None
        return {
            "share": security.share,
            "confidence": CONFIDENCE,
            "price_eur": _true_eur(found.chosen, self.network) - found.nominal.plan.total_eur,
            "limits": stated_limits(self.network),
            "nominal": {"objective_eur": found.nominal.plan.total_eur, "violated": found.nominal.days},
            "plan": {
                "days": found.days,
                "seed": 2 * self.asked.seed,
                "violated": found.chosen.days,
                "allowed": found.allowed,
                "rounds": found.rounds,
                "expected_eur": found.chosen.expected_eur,
                "nominal_expected_eur": found.nominal.expected_eur,
            },
            "test": {"days": self.asked.test_days, "seed": 2 * self.asked.seed + 1},
        }


def test_days(scenario: Scenario, wanted: int | None) -> int:
    """On how many unseen days a secure plan is tested: as many as wanted, or as the scenario says."""
    return wanted or (scenario.dso.security or Security()).test_days


def with_given(scenario: Scenario, given: GivenDays | None, wanted: int | None) -> Scenario:
    """The scenario that asks for no more days than a file has; raises InputError for a file where no secure plan is
    asked for, and for more test days than it has."""
    if given is None:
        return scenario
    if scenario.dso.security is None:
        remedy = "Ask for a secure plan (--secure SHARE), or leave the days out"
        raise InputError([Problem("options", "scenarios", (given.name,), "is read for secure plans alone", remedy)])
    plan, test = given.counts
    if wanted is not None and wanted > test:
        message = f"{given.name} has {test:,} days to test with, every other one"
        raise InputError([Problem("options", "test_days", (), message, f"Ask for at most {test:,}, or give more days")])
    security = scenario.dso.security
    days = {"days": min(plan, security.days), "test_days": min(test, security.test_days)}
    return apply(scenario, {"dso": {"security": days}})


def refuse(scenario: Scenario, certify: bool) -> None:
    """Raise InputError where a lower bound or a secure plan is asked for together with what knows none."""
    problems, role = [*insecure(scenario), *unpriced(scenario)], scenario.dso.role
    if certify and role != "welfare":
        message = f"a lower bound is there for the role welfare alone, and the role is {role}"
        problems.insert(0, Problem("options", "certify", (), message, "Leave it out, or choose the role welfare"))
    if certify and scenario.dso.security is not None:
        message = "a lower bound is there for the day as forecast alone, not for a secure plan"
        problems.append(Problem("options", "certify", (), message, "Leave it out, or ask for no secure plan"))
    if problems:
        raise InputError(problems)


def refuse_too_many(scenario: Scenario, network: Network, test_days: int) -> None:
    """Raise InputError for more days, to plan with or to test, than are drawn."""
    security, most = scenario.dso.security, MOST_CELLS // (scenario.hours * network.n_buses)
    if security is None or max(security.days, test_days) <= most:
        return
    where, days = ("dso", security.days) if security.days > most else ("options", test_days)
    field = "security.days" if where == "dso" else "test_days"
    message = f"{days:,} days of {scenario.hours} steps and {network.n_buses} buses are more than can be drawn"
    remedy = f"Ask for at most {most:,} days" if most >= LEAST_DAYS else "Leave it out, or take fewer steps"
    raise InputError([Problem(where, field, (), message, remedy)])


def secured(context: Context, trees: TreeSet | None, nominal: Dispatch, mode: str, asked: SecurityRequest) -> Secured:
    """The secure plan that starts from the plan for the day as forecast."""
    network = context.problem.network
    factors = plan_days(asked.scenario, network, asked.seed, asked.given)
    return Secured(secure(SecurityTask(context, asked.scenario, factors, trees, mode), nominal), network, asked)


def _true_eur(trial: Trial, network: Network) -> float:
    """What a plan costs on the day as forecast, broken limits being the true ones."""
    plan = trial.plan
    true = violation_eur(network, trial.problem.terms, plan.flow.vm_pu, plan.flow.current_a).sum()
    return plan.total_eur - plan.costs_eur["violations"] + float(true)
