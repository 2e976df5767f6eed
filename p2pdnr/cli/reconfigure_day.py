"""``reconfigure NETWORK --hours PROFILE.csv``: the cheapest schedule of a day."""

from __future__ import annotations

import argparse
import csv
import io
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2pdnr.cli import (
    lever_options,
    options,
    outage_options,
    reconfigure_horizon,
    reconfigure_scenarios,
    reconfigure_text,
)
from p2pdnr.cli.progress import Line, interruptible, observer

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Floats, Network
    from p2pdnr.reconfiguration.planning.day import Day
    from p2pdnr.reconfiguration.planning.day_plan import DayPlan
    from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms

ONLY_WITH_HOURS = {
    "switching_cost": "--switching-cost",
    "loss_price": "--loss-price",
    "max_per_hour": "--max-per-hour",
    "max_per_day": "--max-per-day",
    "min_dwell": "--min-dwell",
    "back": "--return",
    "levers": "--levers",
    "lever_cost": "--lever-cost",
    "max_lever_steps": "--max-lever-steps",
    "step": "--step",
    "out": "--out",
    "switch_at": "--switch-at",
    "keep": "--keep",
    "gap": "--gap",
    "proof": "--proof",
    "outage_price": "--outage-price",
    "faults_per_year": "--faults-per-year",
    "repair": "--repair",
    "operation": "--operation",
    "scenarios": "--scenarios",
    "risk": "--risk",
}


def add_arguments(group: argparse._ArgumentGroup) -> None:
    """Prices and limits of a day, with the defaults of a scenario."""
    group.add_argument("--switching-cost", metavar="EUR", type=options.not_negative, help="of one operation (0)")
    group.add_argument("--loss-price", metavar="EUR", type=options.not_negative, help="of one kWh of losses (0.12)")
    group.add_argument("--max-per-hour", metavar="N", type=options.count, help="most operations in an hour")
    group.add_argument("--max-per-day", metavar="N", type=options.count, help="most operations in 24 hours")
    group.add_argument("--min-dwell", metavar="H", type=options.positive, help="least hours between two of one line")
    group.add_argument("--return", dest="back", action="store_true", default=None, help="end in the initial state")
    _add_levers(group)
    outage_options.add_arguments(group)
    _add_horizon(group)
    _add_scenarios(group)
    group.add_argument("--out", metavar="FILE.csv", type=options.place, help="also write the table of hours to a file")


def _add_levers(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--levers",
        metavar="WHICH",
        help="tap changers and capacitors move too: all, taps, capacitors, or some as in bus:1,line:K17",
    )
    group.add_argument("--lever-cost", metavar="EUR", type=options.not_negative, help="of one step of a lever (0)")
    group.add_argument("--max-lever-steps", metavar="N", type=options.count, help="most steps of levers in 24 hours")


def _add_horizon(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--step",
        metavar="H",
        type=options.positive,
        help="length of a row of the profile in h (as time stamps say, else 1)",
    )
    group.add_argument(
        "--switch-at",
        metavar="TIMES",
        help="when to switch: hourly (every row), daily, weekly, seasonal, fixed, or several as in daily,weekly",
    )
    group.add_argument(
        "--keep",
        metavar="DIR",
        type=options.place,
        help="with --switch-at: keep the plans in a folder, for check and for the page (Import its horizon.json)",
    )
    group.add_argument(
        "--gap",
        metavar="PERCENT",
        type=options.not_negative,
        help="also a lower bound on all schedules, to within so many percent or until --time-limit",
    )
    group.add_argument(
        "--proof",
        metavar="DIR",
        type=options.place,
        help="with --gap: keep the schedule and what the bound rests on in a folder, for check",
    )


def _add_scenarios(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--scenarios",
        metavar="FILE.csv",
        type=Path,
        help="loads of days that may come: the schedule of least expected cost over them",
    )
    group.add_argument(
        "--risk",
        metavar="LEVEL",
        type=reconfigure_scenarios.level,
        help="with --scenarios: the least mean cost of the worst; 0.9 looks at the worst tenth (0, the expected cost)",
    )


def refuse_without_hours(arguments: argparse.Namespace) -> None:
    """Options that would do nothing are an error."""
    from p2pdnr.errors import InputError, Problem

    reconfigure_scenarios.refuse_misfits(arguments)
    reconfigure_horizon.refuse_misfits(arguments)
    given = [flag for name, flag in ONLY_WITH_HOURS.items() if getattr(arguments, name) is not None]
    if given and arguments.hours is None:
        remedy = "Add --hours PROFILE.csv or leave them out"
        raise InputError([Problem("option", "", tuple(given), "means something for a day only", remedy)])
    of_levers = [flag for flag in given if flag in ("--lever-cost", "--max-lever-steps")]
    if of_levers and arguments.levers is None:
        remedy = "Add --levers all, or leave them out"
        raise InputError([Problem("option", "", tuple(of_levers), "means something for levers that move only", remedy)])
    for flag, value in (("--levers", arguments.levers), ("--scenarios", arguments.scenarios)):
        if arguments.gap is not None and value is not None:
            remedy = "Leave out one of the two"
            raise InputError([Problem("option", "", ("--gap",), f"is not known with {flag}", remedy)])
    _refuse_unproved(arguments)
    outage_options.refuse_misfits(arguments)
    if arguments.levers is not None and arguments.min_dwell is not None:
        remedy = "Leave out one of the two"
        raise InputError([Problem("option", "", ("--min-dwell",), "is not kept where levers move", remedy)])


def _refuse_unproved(arguments: argparse.Namespace) -> None:
    """A proof needs a bound, and losses that cost something."""
    from p2pdnr.errors import InputError, Problem

    if arguments.proof is not None and arguments.gap is None:
        raise InputError([Problem("option", "", ("--proof",), "keeps a bound", "Add --gap PERCENT, or leave it out")])
    if arguments.proof is not None and arguments.loss_price == 0.0:
        remedy = "Give --loss-price more than 0, or leave out --proof"
        raise InputError([Problem("option", "", ("--proof",), "has no bound where losses cost nothing", remedy)])


def _refuse_proof(network: Network, arguments: argparse.Namespace) -> None:
    """A bound that can be kept knows fixed reactive powers alone."""
    from p2pdnr.errors import InputError, Problem
    from p2pdnr.reconfiguration.planning.voltage_generators import no_bound

    if arguments.proof is not None and network.generators is not None:
        raise InputError([Problem("option", "", ("--proof",), no_bound(network), "Leave out --proof")])


def answer(network: Network, arguments: argparse.Namespace) -> tuple[dict[str, object], str]:
    """The schedule as JSON can hold it and as text; writes the table where one is wanted."""
    from p2pdnr.reconfiguration.planning import day, load_profile, snapshot
    from p2pdnr.reconfiguration.planning.progress import Watch
    from p2pdnr.reconfiguration.planning.settings import PlanningSettings
    from p2pdnr.reconfiguration.terms import LoadCase

    read = load_profile.read_profile(arguments.hours, network, arguments.step)
    terms = _terms(network, arguments, read.step_h or arguments.step or 1.0)
    if reconfigure_horizon.is_long(arguments, len(read.p_kw)):
        outage_options.refuse_long(arguments)
        return _long(LoadCase(network, read.p_kw, read.q_kvar, terms), read.remarks, arguments)
    if arguments.scenarios is not None:
        return reconfigure_scenarios.answer(LoadCase(network, read.p_kw, read.q_kvar, terms), arguments)
    network, levers = lever_options.freed(network, arguments)
    _refuse_proof(network, arguments)
    with Line(always=arguments.progress) as line, interruptible() as interrupt:
        line.show(reconfigure_text.PREPARING)
        snapshot.warm_up(network.is_plain)
        found = day.plan_day(
            LoadCase(network, read.p_kw, read.q_kvar, terms, outage_options.price(arguments, read.p_kw, terms.step_h)),
            PlanningSettings(
                seed=arguments.seed,
                bound_gap=None if arguments.gap is None else arguments.gap / 100.0,
                keep_proof=arguments.proof is not None,
            ),
            Watch(arguments.time_limit, observer(line, reconfigure_text.progress, interrupt)),
            levers,
        )
    _write(arguments, found)
    told = [f"read: {remark}" for remark in read.remarks]
    if arguments.proof is not None:
        _keep_proof(arguments.proof, found, read.p_kw, read.q_kvar)
        told.append(f"kept in {arguments.proof}: p2pdnr check {arguments.proof} repeats the bound")
    return found.as_dict() | {"remarks": [*found.network.remarks, *read.remarks]}, "\n".join([*told, text(found)])


def _long(case: LoadCase, remarks: tuple[str, ...], arguments: argparse.Namespace) -> tuple[dict[str, object], str]:
    """The same of a long horizon, or with times of switching."""
    found, told = reconfigure_horizon.answer(case, arguments)
    _write(arguments, found.day)
    kept = reconfigure_horizon.kept(case, found, arguments)
    lines = [*(f"read: {remark}" for remark in remarks), told, *kept]
    return found.as_dict() | {"remarks": [*found.day.network.remarks, *remarks]}, "\n".join(lines)


def _keep_proof(folder: Path, found: Day, load_kw: Floats, load_kvar: Floats) -> None:
    from p2pdnr.reconfiguration.terms import LoadCase
    from p2pdnr.results import day_file

    assert found.proof is not None
    case = LoadCase(found.network, load_kw, load_kvar, found.terms)
    day_file.save(day_file.stored_day(case, found.hourly.closed, found.hourly.cost_eur, found.proof), folder)


def _write(arguments: argparse.Namespace, found: Day) -> None:
    """The table of hours, where one is wanted."""
    if arguments.out is not None:
        with options.writing(arguments.out):
            arguments.out.write_text(csv_text(found), encoding="utf-8")


def text(found: Day) -> str:
    """A table of hours, and the schedule beside the best single and the initial topology."""
    from p2pdnr.reconfiguration.planning.day_plan import hour_rows

    rows = hour_rows(found.hourly, found.network)
    head: tuple[str, ...] = ("hour", "loss kW", "lowest p.u.", "highest p.u.", "loading %", "operations", "open lines")
    hours: list[tuple[str, ...]] = [head if found.levers is None else (*head[:-1], "steps", "positions", head[-1])]
    hours += [
        (
            str(row["hour"]),
            f"{row['loss_kw']:.3f}",
            f"{row['vm_min_pu']:.4f}",
            f"{row['vm_max_pu']:.4f}",
            "-" if row["max_loading_percent"] is None else f"{row['max_loading_percent']:.1f}",
            str(row["operations"]),
            *_lever_cells(row),
            reconfigure_text.lines(found.network, row["open_lines"]),
        )
        for row in rows
    ]
    levers = [] if found.levers is None else [lever_options.described(found.network, found.levers), ""]
    made = _generators(found)
    ring = [reconfigure_text.meshed(found.network, found.meshed), ""] if found.meshed else []
    return "\n".join(
        [*reconfigure_text.table(hours), "", *levers, *made, *ring, *_comparison(found), "", _proof(found)]
    )


def _generators(found: Day) -> list[str]:
    """What those that hold a voltage give, and what is not shown because of them."""
    from p2pdnr.reconfiguration.planning.voltage_generators import no_bound, told_hours

    given = found.hourly.generated_kvar
    if given is None:
        return []
    unknown = "" if found.exact else no_bound(found.network)
    return [told_hours(found.network, given), *([unknown] if unknown else []), ""]


def _lever_cells(row: dict[str, Any]) -> tuple[str, ...]:
    """Steps and positions of levers in an hour, nothing where they stay."""
    if "positions" not in row:
        return ()
    return str(row["lever_steps"]), " ".join(map(str, row["positions"]))


def csv_text(found: Day) -> str:
    """The table of hours: hour, loss_kw, vm_min_pu, vm_max_pu, max_loading_percent, violation_eur, operations,
    open_lines (separated by blanks); where lines have ids also open_line_ids (separated by semicolons), where levers
    move positions (separated by blanks) and lever_steps, where generators hold a voltage their generator_kvar."""
    from p2pdnr.reconfiguration.planning.day_plan import hour_rows

    rows = hour_rows(found.hourly, found.network)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [name for name in rows[0] if name != "open_line_ids" or found.network.line_ids]
    writer.writerow(columns)
    writer.writerows([_cell(name, row[name]) for name in columns] for row in rows)
    return text.getvalue()


def _cell(name: str, value: object) -> str:
    if isinstance(value, list):
        return ("; " if name == "open_line_ids" else " ").join(map(str, value))
    return "" if value is None else repr(value)


def _terms(network: Network, arguments: argparse.Namespace, step_h: float) -> OperatorTerms:
    """The operator's terms; what is not given is as in a scenario."""
    import numpy as np

    from p2pdnr.reconfiguration.terms import OperatorTerms

    return OperatorTerms(
        switching_cost_eur=np.full(network.n_lines, arguments.switching_cost or 0.0),
        loss_price_eur_per_kwh=0.12 if arguments.loss_price is None else arguments.loss_price,
        step_h=step_h,
        max_per_hour=arguments.max_per_hour,
        max_per_day=arguments.max_per_day,
        min_dwell_steps=None if arguments.min_dwell is None else ceil(arguments.min_dwell / step_h - 1e-9),
        return_to_initial=bool(arguments.back),
    )


def _comparison(found: Day) -> list[str]:
    """Sums of the schedule beside the initial and the best single topology, and where levers move beside what they and
    switching bring by themselves."""
    head: tuple[str, ...] = ("topology", "losses kWh", "violations EUR", "operations", "switching EUR", "cost EUR")
    plans = [("initial", found.initial), ("best fixed", found.static), ("hourly", found.hourly)]
    if found.hourly.outage_eur is not None:
        head = (*head[:-1], "not supplied EUR", head[-1])
    if found.levers is not None:
        head = (*head[:-1], "steps", "steps EUR", head[-1])
        alone = [("initial, levers moved", found.levers.initial), ("hourly, levers held", found.levers.held)]
        plans = [*plans[:2], *alone, ("hourly, levers moved", found.hourly)]
    return reconfigure_text.table([head, *(_sums(name, plan, found) for name, plan in plans)])


def _sums(name: str, plan: DayPlan | None, found: Day) -> tuple[str, ...]:
    if plan is None:
        count = 5 + 2 * (found.levers is not None) + (found.hourly.outage_eur is not None)
        return (name, *["-"] * count)
    sums = plan.as_dict(found.terms.step_h)
    outages = (f"{sums['outages_eur']:,.2f}",) if "outages_eur" in sums else ()
    levers = () if found.levers is None else (str(sums.get("lever_steps", 0)), f"{sums.get('levers_eur', 0.0):,.2f}")
    return reconfigure_text.sums_row(name, sums, (*outages, *levers))


def _percent_up(share: float) -> str:
    """A share in percent, rounded up."""
    return f"{ceil(1e4 * share - 1e-9) / 100.0:.2f}"


def _proof(found: Day) -> str:
    count = f"{found.topologies:,} radial topologies" if found.topologies > 1 else "one radial topology"
    if found.meshed:
        count = count.replace("radial ", "") + " radial but for the meshed part"
    if found.levers is not None:
        count += f" at {found.levers.states:,} positions of levers"
    if found.exact:
        all_of_them = f"all {count}" if found.topologies > 1 else count
        how = f"{all_of_them} compared in every hour, no schedule that respects the limits is cheaper"
    elif found.ranked < found.topologies:
        how = f"the best over {found.ranked:,} of {count}, not proved to be the best of all"
    else:
        how = f"all {count} compared in every hour, not proved to be the best schedule"
    if found.gap is not None and not found.exact:
        how += f"; no schedule costs less than {found.bound_eur:,.2f} EUR, at most {_percent_up(found.gap)} % below it"
    early = "" if found.ended == "done" else f" (ended early: {found.ended})"
    return f"{found.network.name}: {how}{early}, {found.seconds:.2f} s"
