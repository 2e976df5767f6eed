"""The front door: one call from a scenario to a verified result.

from p2pdnr import study
result = study.run(scenario)
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from p2pdnr import study_loops
from p2pdnr.coordination.admm.settings import AdmmSettings
from p2pdnr.coordination.bound.certificate import lower_bound
from p2pdnr.coordination.free_market import free_market
from p2pdnr.coordination.lever_modes import planned
from p2pdnr.coordination.modes import MODES, Earlier
from p2pdnr.coordination.plans.dispatch import Dispatch
from p2pdnr.coordination.plans.settings import AcceptanceSettings
from p2pdnr.coordination.problem import CoordinationProblem, at_positions, build_problem
from p2pdnr.coordination.progress.journal import Journal, Progress
from p2pdnr.coordination.roles.planners import plan_role
from p2pdnr.coordination.roles.role_plan import RolePlan
from p2pdnr.coordination.schedule.context import Context, Settings
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.coordination.schedule.tree_costs import every_tree
from p2pdnr.coordination.uncoordinated import clear_market, take_as_given
from p2pdnr.coordination.warm_start import Before, gone_kw, pack, positions_before, schedule_before, unpack
from p2pdnr.errors import InputError, PowerFlowError, SolverError
from p2pdnr.execution import Backend, LocalBackend
from p2pdnr.forecasts.given_days import GivenDays
from p2pdnr.network.cut_loops import cut
from p2pdnr.network.generators import is_held
from p2pdnr.reconfiguration.topologies.ranking import TreeSet
from p2pdnr.results.free_market import as_free_market_of, with_free_market
from p2pdnr.results.landscape import all_topologies, ranks_of
from p2pdnr.results.money import reckoned, remarked
from p2pdnr.results.refund import refunded
from p2pdnr.results.role import compensated, with_role_table
from p2pdnr.results.role_rows import RoleComparison
from p2pdnr.results.study_result import StudyResult, Tables
from p2pdnr.results.summary import figures
from p2pdnr.results.tables import tables
from p2pdnr.scenario import calendar, document
from p2pdnr.scenario.advice import advice
from p2pdnr.scenario.assembly import build_network
from p2pdnr.scenario.loops import refuse_loops
from p2pdnr.scenario.patch import rules, with_role, with_security, without_levers, without_security
from p2pdnr.scenario.schema import Role, Scenario
from p2pdnr.scenario.synthetic import tiny
from p2pdnr.study_held import begun, held, no_bound, remarks, start
from p2pdnr.study_held import figures as generators
from p2pdnr.study_secure import Secured, SecurityRequest, refuse, refuse_too_many, secured, test_days, with_given
from p2pdnr.study_summary import Told, summary
from p2pdnr.verification import verify
from p2pdnr.verification.rescheduling import rescheduled
from p2pdnr.verification.stress import stressed

__all__ = ["Options", "Progress", "RoleComparison", "compare", "compare_roles", "run", "uncoordinated", "warm_up"]

Floats = npt.NDArray[np.float64]
Mode = Literal["hourly", "static", "fixed"]
Observe = Callable[[Progress], None]

WORKERS = 2
LEAST_TOLERANCE_KW = 1e-4
"""Below this the prosumers' own answers are no longer exact."""
SHARE_BETTERED = 0.5
"""The negotiation goes on to half of a tolerance that is a share: at the share itself one of a thousand just keeps its
limit of regret."""


@dataclass(frozen=True)
class Options:
    """How to solve.

    ``mode``: a topology every hour, the best one all the time, or the initial one. ``tolerance_kw`` bounds the
    disagreement of copies at the end of the negotiation; ``tolerance_share`` replaces it by a share of the largest
    injection that there would be without trading. ``time_limit_s`` ends every phase early. ``seed`` is for
    searches and for days that are drawn at random. ``warm`` is an earlier result to start from. ``stress_days``
    perturbed days test the plan (:mod:`p2pdnr.verification.stress`). ``certify`` asks for a lower bound over all
    schedules of the mode and all plans of the prosumers (docs/coupled-bound.md), and what other switching would save.
    ``topology``: what picks trees while switches are being frozen, a ranking by exact power flow or mixed-integer
    programmes (docs/bounds.md). ``role`` is what the operator may do (docs/model.md), as the scenario says where it is
    None; a result's scenario names it. ``free_market`` asks for every bill in the market without an operator, where
    there is trading and the market is not too large. ``secure`` is the share of days not as forecast on which the plan
    is to keep its limits (docs/secure.md), tested on (test_days) unseen days; both as the scenario says where None.
    ``days`` of a file take the place of the days that are drawn for it.
    """

    mode: Mode = "hourly"
    p2p: bool = True
    tolerance_kw: float = 0.05
    tolerance_share: float | None = None
    time_limit_s: float | None = None
    seed: int = 0
    warm: StudyResult | None = None
    stress_days: int = 0
    certify: bool = False
    topology: Literal["trees", "misocp"] = "trees"
    role: Role | None = None
    free_market: bool = False
    secure: float | None = None
    test_days: int | None = None
    days: GivenDays | None = None


def run(
    scenario: Scenario,
    options: Options | None = None,
    *,
    folder: Path | None = None,
    observe: Observe | None = None,
    backend: Backend | None = None,
) -> StudyResult:
    """Solve one mode of a scenario and verify it.

    ``folder`` is where a network file named by the scenario stands; ``backend`` where the prosumers live, threads of
    this process if not said. Raises :class:`p2pdnr.errors.InputError` with every problem of the input,
    :class:`p2pdnr.errors.P2pdnrError` when there is no answer.
    """
    options = options or Options()
    return _reckoned(_solve, scenario, options, _Setting(folder, observe, backend))[options.mode]


def compare(
    scenario: Scenario, options: Options | None = None, *, folder: Path | None = None, observe: Observe | None = None
) -> dict[str, StudyResult]:
    """The table of modes: "fixed-no-p2p", "fixed", "static" and "hourly", the last three from one solve; without the
    first two where the initial topology has no power flow."""
    options = replace(options or Options(), mode="hourly")
    setting = _Setting(folder, observe)
    together = _reckoned(partial(_solve, every=True), scenario, options, setting)
    try:
        alone = _reckoned(
            _solve, scenario, replace(options, mode="fixed", p2p=False, warm=None, free_market=False), setting
        )
    except PowerFlowError:  # an initial topology that cannot carry the loads has no row, with or without trading
        return together
    return {"fixed-no-p2p": alone["fixed"], **together}


def compare_roles(
    scenario: Scenario, options: Options | None = None, *, folder: Path | None = None, observe: Observe | None = None
) -> RoleComparison:
    """The same scenario in every role of the operator, welfare first, whose bills are the reference of the others.

    A role that cannot be planned, or that finds no plan, is missing with its reason. Raises as :func:`run` does for
    welfare. The market without an operator, where asked for, is the same in all roles and cleared once.
    """
    options = options or Options()
    found, missing = {"welfare": run(scenario, replace(options, role="welfare"), folder=folder, observe=observe)}, {}
    alone = replace(options, free_market=False, warm=None, certify=False)
    for role in get_args(Role)[1:]:
        try:
            result = run(scenario, replace(alone, role=role), folder=folder, observe=observe)
        except (InputError, PowerFlowError, SolverError) as error:
            missing[role] = str(error)
        else:
            found[role] = as_free_market_of(result, found["welfare"])
    return RoleComparison(found, missing)


def uncoordinated(
    scenario: Scenario, options: Options | None = None, *, folder: Path | None = None, observe: Observe | None = None
) -> dict[str, StudyResult]:
    """Trading first, grid afterwards, by mode ("fixed", "static", "hourly"): :mod:`p2pdnr.coordination.uncoordinated`.

    Modes without a topology that carries what the market agreed on are left out. ``summary["coordinated"]`` is False:
    the certificate ``gap_central`` then says how far the plan is from the coordinated optimum of its schedule.
    """
    options = replace(options or Options(), role="welfare", secure=None)  # no role of the operator is at work here
    return _reckoned(_uncoordinated, without_levers(without_security(scenario)), options, _Setting(folder, observe))


def _uncoordinated(scenario: Scenario, options: Options, setting: _Setting) -> dict[str, StudyResult]:
    journal = Journal(observe=setting.observe, time_limit_s=options.time_limit_s, phase="reading")
    network = build_network(scenario, setting.folder)
    refuse_loops(network, "trading first and the grid afterwards")
    with LocalBackend(WORKERS) as backend:
        problem = build_problem(scenario, network, options.p2p, backend)
        trees = every_tree(problem)
        options = replace(options, tolerance_kw=_tolerance_kw(problem, options))
        work = _Work(scenario, options, problem, trees, journal)
        journal.enter("convex")
        context = Context(problem, replace(_how(options), acceptance=AcceptanceSettings()), journal)
        cleared = clear_market(context)
        found: dict[str, StudyResult] = {}
        for mode in MODES:
            with suppress(PowerFlowError, SolverError):
                item = take_as_given(context, trees, mode, cleared)
                found[mode] = _result(work, Planned(mode, item, False))
        return found


def warm_up() -> None:
    """Load or compile the kernels by solving a tiny problem, so that the first real answer does not wait for it."""
    run(document.from_dict(tiny()), Options(mode="hourly"))


@dataclass(frozen=True, eq=False)
class _Setting:
    """What surrounds a solve; without a backend it runs on threads of its own."""

    folder: Path | None
    observe: Observe | None
    backend: Backend | None = None


Solve = Callable[[Scenario, Options, _Setting], dict[str, StudyResult]]


def _reckoned(solve: Solve, scenario: Scenario, options: Options, setting: _Setting) -> dict[str, StudyResult]:
    """Solve in the scenario's unit of account, told in its money and with remarks about the scenario; the scenario that
    is solved, and stored, names the role that was asked for."""
    scenario = with_security(with_role(scenario, options.role or scenario.dso.role), options.secure)
    scenario = with_given(scenario, options.days, options.test_days)
    refuse(scenario, options.certify)

    def inner(scenario: Scenario, warm: StudyResult | None, observe: Observe | None) -> dict[str, StudyResult]:
        return solve(scenario, replace(options, warm=warm), replace(setting, observe=observe))

    found = reckoned(inner, scenario, options.warm, setting.observe)
    return {mode: remarked(result, advice(scenario)) for mode, result in found.items()}


def _solve(scenario: Scenario, options: Options, setting: _Setting, every: bool = False) -> dict[str, StudyResult]:
    """Results by mode: the one asked for, or every one on the way to it."""
    journal = Journal(observe=setting.observe, time_limit_s=options.time_limit_s, phase="reading")
    journal.enter("reading")
    network = begun(scenario, build_network(scenario, setting.folder))
    refuse_too_many(scenario, network, test_days(scenario, options.test_days))
    with nullcontext(setting.backend) if setting.backend else LocalBackend(WORKERS) as backend:
        problem = build_problem(scenario, cut(network), options.p2p, backend)
        journal.enter("search")
        trees = every_tree(problem)
        options = replace(options, tolerance_kw=_tolerance_kw(problem, options))
        context, work = Context(problem, _how(options), journal), _Work(scenario, options, problem, trees, journal)
        if problem.role.name != "welfare":
            of_role = {mode: _of_role(context, work, mode) for mode in (MODES if every else (options.mode,))}
            return _beside_free_market(context, options, of_role)
        context, earlier = study_loops.start(start(context)), _earlier(scenario, options, context)
        plans = study_loops.improved(context, trees, planned(context, trees, earlier, options.mode, every))
        wanted = held(context, trees, plans)
        found = {
            mode: _result(*_secured(context, replace(work, problem=own), Planned(mode, item)))
            for mode, (own, item) in wanted.items()
        }
        return _beside_free_market(context, options, found)


def _secured(context: Context, work: _Work, planned: Planned) -> tuple[_Work, Planned]:
    """The secure plan and the problem that it solves, where the scenario asks for one."""
    if work.scenario.dso.security is None:
        return work, planned
    context.journal.mode = planned.mode
    options = work.options
    asked = SecurityRequest(work.scenario, options.seed, test_days(work.scenario, options.test_days), options.days)
    found = secured(context, work.trees, planned.item, planned.mode, asked)
    return replace(work, problem=found.problem), replace(planned, item=found.plan, secure=found)


def _beside_free_market(context: Context, options: Options, found: dict[str, StudyResult]) -> dict[str, StudyResult]:
    """The results with every bill in the market without an operator, which is the same in all modes, if asked for."""
    if not options.free_market:
        return found
    context.journal.enter("free market")
    reference = free_market(context, options.time_limit_s)
    context.journal.enter("done")
    return {mode: with_free_market(result, reference) for mode, result in found.items()}


def _of_role(context: Context, work: _Work, mode: str) -> StudyResult:
    """The result of a role other than welfare; an earlier result is no start for it."""
    found = plan_role(context, work.trees, mode)
    return _result(work, Planned(mode, found.dispatch, coordinated=False, role=found))


def _earlier(scenario: Scenario, options: Options, context: Context) -> Earlier | None:
    """What the earlier result has to start from; its schedule only for the same mode, grid and rules of switching."""
    if options.warm is None:
        return None
    then, problem = options.warm, context.problem
    same = then.scenario.network == scenario.network and rules(then.scenario) == rules(scenario)
    pairs = zip(then.tables.partners["prosumer"], then.tables.partners["partner"], strict=True)
    names = tuple(item.id for item in then.scenario.prosumers)
    before = Before(then.arrays, names, tuple(pairs), same and then.summary["mode"] == options.mode)
    closed, state = schedule_before(problem, before), unpack(problem, before, context.settings.admm)
    return Earlier(options.mode, closed, state, gone_kw(problem, before), positions_before(problem, before))


@dataclass(frozen=True, eq=False)
class _Work:
    """A solve under way: what was asked for, the problem made of it, its radial trees (None where there are too many
    to rank), and the journal."""

    scenario: Scenario
    options: Options
    problem: CoordinationProblem
    trees: TreeSet | None
    journal: Journal


@dataclass(frozen=True, eq=False)
class Planned:
    """The plan of a mode, whether trading and grid were coordinated in it, what a role other than welfare tells, and
    what a secure plan does."""

    mode: str
    item: Dispatch
    coordinated: bool = True
    role: RolePlan | None = None
    secure: Secured | None = None


def _how(options: Options) -> Settings:
    """How to solve: a tolerance that is a share of powers is one of regrets too, and plans are held to it firmly."""
    regretted = max(AcceptanceSettings.regretted_share, SHARE_BETTERED * (options.tolerance_share or 0.0))
    firm_kw = np.inf if options.tolerance_share is None else options.tolerance_kw
    admm = AdmmSettings(primal_kw=options.tolerance_kw)
    acceptance = AcceptanceSettings(regretted_share=regretted, firm_kw=firm_kw)
    return Settings(admm, SearchSettings(topology=options.topology, seed=options.seed), acceptance)


def _tolerance_kw(problem: CoordinationProblem, options: Options) -> float:
    """The tolerance in kW: a share is one of what everybody would inject or withdraw without partners and charges."""
    if options.tolerance_share is None:
        return options.tolerance_kw
    alone = problem.block.respond(problem.block.no_pull(), trading=False)
    share_kw = options.tolerance_share * float(np.abs(alone.injection_kw).max())
    return max(SHARE_BETTERED * share_kw, LEAST_TOLERANCE_KW)


def _result(work: _Work, planned: Planned) -> StudyResult:
    """Tables, summary and certificates of one plan."""
    options, journal = work.options, work.journal
    if planned.item.positions is not None:
        work = replace(work, problem=at_positions(work.problem, planned.item.positions))
    own, item, trees = study_loops.closed(work.problem, planned.item, work.trees)
    work, planned = replace(work, problem=own, trees=trees), replace(planned, item=item)
    journal.enter("settlement")
    stage_eur, losses_kw = all_topologies(work.problem, work.trees, planned.item)
    ranks = None if work.trees is None or stage_eur is None else ranks_of(work.trees, planned.item, stage_eur)
    content = tables(work.problem, planned.item, journal, ranks, calendar.time_stamps(work.scenario))
    content = content if planned.role is None else compensated(content, planned.role)
    draft = _draft(work, planned, refunded(work.scenario, work.problem.network, content))
    draft = replace(draft, topologies={} if losses_kw is None else {"loss_kw": losses_kw})
    draft = draft if planned.role is None else with_role_table(draft, planned.role)
    if options.certify:
        draft = _bounded(draft, work, planned)
    if planned.secure is not None:
        draft = planned.secure.told(draft)
    journal.enter("verification")
    certificates = verify(draft, stage_eur)
    if options.stress_days:
        journal.enter("stress")
        draft = stressed(draft, options.stress_days, options.seed)
    journal.enter("done")
    network = work.problem.network
    of_role = () if planned.role is None else planned.role.remarks
    of_secure = () if planned.secure is None else planned.secure.remarks
    told = Told(work.problem, journal, (*of_role, *of_secure, *remarks(network), *study_loops.remarks(network)))
    return replace(draft, summary=summary(draft, planned.item, certificates, told))


def _draft(work: _Work, planned: Planned, content: Tables) -> StudyResult:
    """A result whose summary holds what the tables say."""
    stated = {"name": work.scenario.name, "mode": planned.mode, "p2p": work.options.p2p}
    return StudyResult(
        scenario=work.scenario,
        network=work.problem.network,
        summary=stated
        | {"coordinated": planned.coordinated}
        | figures(work.scenario, work.problem.network, content, work.problem.block.terms)
        | generators(work.problem.network)
        | study_loops.figures(work.problem.network)
        | {"tolerance_kw": work.options.tolerance_kw},
        tables=content,
        arrays=pack(planned.item),
        frames=(*work.journal.film.frames, work.journal.frame(planned.item.agreement, planned.item.closed)),
    )


def _bounded(draft: StudyResult, work: _Work, planned: Planned) -> StudyResult:
    """The draft with a lower bound, the prices that prove it, and what another schedule would still save."""
    work.journal.enter("bound")
    if why := study_loops.unbounded(work.problem.network):
        return replace(draft, summary=draft.summary | {"lower_bound_eur": None, "proved": why, **rescheduled(draft)})
    if is_held(network := work.problem.network):
        return replace(draft, summary=draft.summary | {"lower_bound_eur": None, "proved": no_bound(network)})
    bound = lower_bound(work.problem, work.trees, planned.mode, planned.item, work.journal)
    stated = {"lower_bound_eur": bound.bound_eur, "proved": bound.text, **rescheduled(draft)}
    return replace(draft, summary=draft.summary | stated, arrays=draft.arrays | bound.arrays)
