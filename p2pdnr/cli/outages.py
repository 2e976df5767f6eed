"""``outages RESULT_DIR``: what every single line fault takes away, and how supply is brought back."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from p2pdnr.cli import options
from p2pdnr.errors import InputError, Problem

if TYPE_CHECKING:
    from p2pdnr.network.arrays import Bools, Network
    from p2pdnr.reconfiguration.outages.back_feed import BackFeed
    from p2pdnr.reconfiguration.outages.day import OutageDay, RepairTimes
    from p2pdnr.results.study_result import StudyResult

MOST_TOLD = 12
"""Lines of the ranking on the terminal; the file has all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``outages``."""
    parser.add_argument("result", metavar="RESULT_DIR", type=options.place, help="folder that a solve has written")
    parser.add_argument("--line", metavar="LINE", help="only this line, by number or id, hour by hour")
    parser.add_argument("--hour", metavar="H", type=options.count, help="only faults in this hour, from 0")
    parser.add_argument(
        "--open",
        metavar="LINE",
        nargs="+",
        help="faults of another topology: these lines open, by number or id, instead of the plan's",
    )
    parser.add_argument(
        "--repair", metavar="H", type=options.positive, default=4.0, help="hours until a line is repaired (default 4)"
    )
    parser.add_argument(
        "--operation",
        metavar="MIN",
        type=options.not_negative,
        default=15.0,
        help="minutes that one switching operation takes (default 15)",
    )
    parser.add_argument("--vm-min", metavar="PU", type=options.positive, help="lowest voltage during an outage")
    parser.add_argument("--vm-max", metavar="PU", type=options.positive, help="highest voltage during an outage")
    parser.add_argument(
        "--overload",
        metavar="PERCENT",
        type=options.positive,
        default=100.0,
        help="loading allowed during an outage, in %% of the limits (default 100)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--out", metavar="FILE.csv", type=options.place, help="every fault at every hour as a table")


def run(arguments: argparse.Namespace) -> int:
    """Find the back-feeds, print the worst faults or those of one line, and write the table asked for."""
    from p2pdnr.cli.progress import Line, interruptible
    from p2pdnr.reconfiguration.outages.day import RepairTimes
    from p2pdnr.reconfiguration.outages.faults import every_fault
    from p2pdnr.results import folder

    result = folder.load(arguments.result)
    day, times = _day(result, arguments), RepairTimes(arguments.repair, arguments.operation / 60.0)
    lines = None if arguments.line is None else options.lines(day.network, (arguments.line,), "--line")
    hours = _hours(day, arguments.hour)
    with Line() as line, interruptible() as interrupt:
        line.show(f"single faults of {day.network.n_lines} lines in {len(hours)} hours")
        found = every_fault(day.part(hours), lines, go_on=lambda: not interrupt.pressed)
    answers = [replace(answer, hour=hours[answer.hour]) for answer in found]
    rows = [fault_row(day.network, answer, times) for answer in answers]
    if arguments.out:
        from p2pdnr.cli.csv_rows import write_csv

        write_csv(rows or [dict.fromkeys(COLUMNS)], arguments.out)
    seen = day.part(hours)
    print(json.dumps(_object(result, rows)) if arguments.json else _text(result, seen, answers, times, arguments.line))
    return 0


COLUMNS = (
    "line", "hour", "lost_kw", "buses_lost", "shed_kw", "buses_dark", "operations", "sequence",
    "not_supplied_kwh", "loss_kw", "vm_min_pu", "vm_max_pu", "loading_percent", "limits", "shown", "open_lines",
)  # fmt: skip


def fault_row(network: Network, answer: BackFeed, times: RepairTimes) -> dict[str, Any]:
    """One fault as a row of the table; lines by number, the sequence by name."""
    from p2pdnr.reconfiguration.outages.faults import not_supplied_kwh

    return {
        "line": answer.line + 1,
        "hour": answer.hour,
        "lost_kw": answer.lost_kw,
        "buses_lost": int(answer.cut_off.sum()),
        "shed_kw": answer.shed_kw,
        "buses_dark": int(answer.dark.sum()),
        "operations": len(answer.operations),
        "sequence": sequence(network, answer),
        "not_supplied_kwh": not_supplied_kwh(answer, times),
        "loss_kw": answer.loss_kw,
        "vm_min_pu": answer.vm_min_pu,
        "vm_max_pu": answer.vm_max_pu,
        "loading_percent": None if answer.loading != answer.loading else 100.0 * answer.loading,
        "limits": "kept" if not answer.broken else "broken",
        "shown": "least" if answer.least else "searched",
        "open_lines": " ".join(str(line + 1) for line in (~answer.closed).nonzero()[0].tolist()),
    }


def sequence(network: Network, answer: BackFeed) -> str:
    """The operations in order, by the names of their lines."""
    return ", ".join(f"{act} {network.line_name(line)}" for line, act in answer.operations)


def _day(result: StudyResult, arguments: argparse.Namespace) -> OutageDay:
    from p2pdnr.reconfiguration.outages.day import OutageDay
    from p2pdnr.results.day_loads import consumed_kw, inverters_kvar
    from p2pdnr.results.summary import matrix
    from p2pdnr.results.true_limits import true_network
    from p2pdnr.results.withdrawn import withdrawals

    network = true_network(result)
    limits = network.with_(
        vm_min_pu=arguments.vm_min or network.vm_min_pu,
        vm_max_pu=arguments.vm_max or network.vm_max_pu,
        limit_a=network.limit_a * arguments.overload / 100.0,
    )
    if limits.vm_min_pu >= limits.vm_max_pu:
        message = f"{limits.vm_min_pu:g} is not below the highest voltage, {limits.vm_max_pu:g}"
        raise InputError([Problem("outages", "vm-min", (), message, "Give --vm-min below --vm-max")])
    injection_kw = matrix(result.tables.prosumers, "injection_kw", result.scenario)
    p_kw, q_kvar = withdrawals(result.scenario, network, injection_kw, inverters_kvar(result))
    closed = matrix(result.tables.lines, "closed", result.scenario) > 0.5
    if arguments.open:
        closed = _topology(network, arguments.open, len(closed))
    return OutageDay(limits, closed, p_kw, q_kvar, consumed_kw(result))


def _topology(network: Network, opened: Sequence[str], hours: int) -> Bools:
    """(T, m) closed lines where those ``opened`` are not, all day; raises InputError where that is not radial."""
    import numpy as np

    from p2pdnr.errors import TopologyError
    from p2pdnr.network.topology import orient
    from p2pdnr.scenario.loops import refuse_loops

    closed = np.ones(network.n_lines, dtype=np.bool_)
    closed[options.lines(network, tuple(opened), "--open")] = False
    refuse_loops(network, "what a fault leaves without supply")
    try:
        orient(network, closed)
    except TopologyError as error:
        remedy = "Name lines whose opening leaves every bus exactly one path to a substation"
        raise InputError([Problem("outages", "--open", tuple(opened), str(error), remedy)]) from None
    return np.tile(closed, (hours, 1))


def _hours(day: OutageDay, hour: int | None) -> list[int]:
    """The hours asked for; raises InputError for one that the day does not have."""
    if hour is None:
        return list(range(len(day.closed)))
    if hour >= len(day.closed):
        remedy = f"The day has hours 0 to {len(day.closed) - 1}"
        raise InputError([Problem("outages", "--hour", (str(hour),), "does not exist", remedy)])
    return [hour]


def _object(result: StudyResult, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    told = {"name": result.scenario.name, "mode": result.summary["mode"], "faults": list(rows)}
    remarks = _of_generators(result.network)
    return told | ({"remarks": remarks} if remarks else {})


def _of_generators(network: Network) -> list[str]:
    """What faults know of generators that hold their voltages in the plan."""
    from p2pdnr.network.generators import bus_names, is_held

    if not is_held(network):
        return []
    return [f"generators at bus {bus_names(network)} keep giving the reactive power that they give in the plan"]


def _text(
    result: StudyResult, day: OutageDay, answers: Sequence[BackFeed], times: RepairTimes, named: str | None
) -> str:
    limits = f"{day.network.vm_min_pu:g} to {day.network.vm_max_pu:g} p.u."
    head = [f"{result.scenario.name}: {len(answers)} single faults, limits during an outage {limits}"]
    if not answers:
        return "\n".join([*head, "the line is open all day: its fault takes nothing away"])
    body = _of_one_line(day, answers, times) if named else _ranking(day, answers, times)
    return "\n".join([*head, *body, *_caveats(answers), *_of_generators(day.network)])


def _ranking(day: OutageDay, answers: Sequence[BackFeed], times: RepairTimes) -> list[str]:
    from p2pdnr.reconfiguration.outages.faults import worst_first

    risks = worst_first(answers, len(day.closed), times)
    told = ["energy not supplied per fault, the worst lines first:"]
    told.append(f"{'line':>12}{'mean kWh':>12}{'worst kWh':>12}{'in hour':>9}{'shed then kW':>14}")
    for risk in risks[:MOST_TOLD]:
        name = day.network.line_name(risk.line)
        told.append(
            f"{name:>12}{risk.mean_kwh:>12,.1f}{risk.worst_kwh:>12,.1f}{risk.hour:>9}{risk.worst_shed_kw:>14,.1f}"
        )
    if len(risks) > MOST_TOLD:
        told.append(f"and {len(risks) - MOST_TOLD} lines more; --out writes all")
    return told


def _of_one_line(day: OutageDay, answers: Sequence[BackFeed], times: RepairTimes) -> list[str]:
    told = [f"{'hour':>6}{'lost kW':>10}{'shed kW':>10}{'kWh':>10}  operations in order"]
    for answer in answers:
        row = fault_row(day.network, answer, times)
        steps = row["sequence"] or "none"
        broken = "" if not answer.broken else " (limits broken)"
        told.append(
            f"{answer.hour:>6}{answer.lost_kw:>10,.1f}{answer.shed_kw:>10,.1f}{row['not_supplied_kwh']:>10,.1f}"
            f"  {steps}{broken}"
        )
    return told


def _caveats(answers: Sequence[BackFeed]) -> list[str]:
    told = []
    if searched := sum(not answer.least for answer in answers):
        told.append(
            f"{searched} of {len(answers)} were searched: others may shed less. The rest is the least of all states"
        )
    if broken := sum(answer.broken > 0.0 for answer in answers):
        told.append(f"{broken} break a limit: no state that the switches allow was found that keeps all of them")
    return told
