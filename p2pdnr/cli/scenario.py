"""``scenario from-meters FILES``: a scenario out of meter readings; ``scenario profiles``: readings nobody took."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from p2pdnr.cli import options, scenario_profiles
from p2pdnr.cli.generate import Grid, radial_grid, source_of

if TYPE_CHECKING:
    from p2pdnr.meters.making import Setting
    from p2pdnr.meters.reading import Asked, Made


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``scenario``."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    made = actions.add_parser(
        "from-meters", help="make a scenario of meter readings and tell what became of them", allow_abbrev=False
    )
    made.add_argument(
        "files", metavar="FILE", nargs="+", type=options.place, help="readings (CSV, .xlsx), a column or rows per meter"
    )
    made.add_argument("--out", metavar="SCENARIO.json", type=options.place, required=True, help="scenario to write")
    made.add_argument("--network", metavar="NAME", required=True, help="built-in name or file of the feeder")
    _add_times(made)
    _add_rest(made)
    made.set_defaults(action=_from_meters)
    profiles = actions.add_parser(
        "profiles", help="write readings out of standard profiles, a clear sky and vehicles", allow_abbrev=False
    )
    scenario_profiles.add_arguments(profiles)


def _add_times(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--zone",
        metavar="ZONE",
        help="of stamps that name none, such as Europe/Berlin (default: a clock that goes through)",
    )
    parser.add_argument(
        "--stamps", choices=("begin", "end"), help="whether stamps are those of the beginning or end of steps"
    )
    parser.add_argument("--unit", choices=("kW", "W", "kWh", "Wh"), help="of columns that state none")
    parser.add_argument(
        "--day",
        default="first",
        metavar="DAY",
        help="a date, or of the days with the fewest gaps the first, highest (consumption) or sunniest (default first)",
    )
    parser.add_argument(
        "--typical",
        metavar="N",
        type=options.at_most(100),
        help="N typical days of the readings, each as SCENARIO-DATE.json with the number of days it stands for",
    )
    parser.add_argument("--days", metavar="N", type=options.at_most(7), default=1, help="how many, 1 to 7 (default 1)")
    parser.add_argument(
        "--step", metavar="MIN", type=options.at_most(1440), help="minutes of a step (default: the coarsest meter's)"
    )
    parser.add_argument(
        "--fill-gaps", metavar="H", type=options.not_negative, default=1.0,
        help="longest gap that is filled in a straight line, in hours (default 1); longer ones are refused",
    )  # fmt: skip
    parser.add_argument(
        "--without", metavar="METER", action="append", default=[], help="leave a meter out (repeatable)"
    )


def _add_rest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--map", metavar="FILE", type=options.place, help="table of meter and bus (default: a column bus, else spread)"
    )
    parser.add_argument("--tariff", metavar="FILE", type=options.place, help="table of prices to buy and sell by hour")
    parser.add_argument(
        "--buy", metavar="EUR", type=options.not_negative, default=0.30, help="price of a kWh (default 0.30)"
    )
    parser.add_argument(
        "--sell", metavar="EUR", type=options.not_negative, default=0.08, help="what a kWh fed in brings (default 0.08)"
    )
    parser.add_argument(
        "--background", metavar="F", type=options.not_negative, default=0.0,
        help="factor on the network's own loads (default 0: the meters are all there is)",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Do what is asked for."""
    return int(arguments.action(arguments))


def _from_meters(arguments: argparse.Namespace) -> int:
    from p2pdnr.meters import reading
    from p2pdnr.sheets.reading import read_file

    sheets = [sheet for path in arguments.files for sheet in read_file(path)]
    grid = radial_grid(arguments.network)
    asked, out = _asked(arguments), arguments.out
    if arguments.typical is None:
        made = reading.from_meters(sheets, grid.network, asked)
        _save(made, grid, out)
        print("\n".join([*grid.told, *made.notes, f"wrote {out}; next: python -m p2pdnr solve {out}"]))
        return 0
    days = reading.typical(sheets, asked, arguments.typical)
    of = sum(one.stands_for for one in days)
    print("\n".join(grid.told), end="\n" if grid.told else "")
    for one in days:
        choice = replace(asked.choice, day=one.day.isoformat(), days=1)
        made = reading.from_meters(sheets, grid.network, replace(asked, choice=choice))
        target = out.with_name(f"{out.stem}-{one.day}{out.suffix}")
        _save(made, grid, target)
        print(f"wrote {target}, which stands for {one.stands_for} of {of} days without a gap")
    return 0


def _save(made: Made, grid: Grid, target: Path) -> None:
    from p2pdnr.scenario import document

    scenario = grid.begun(made.scenario)
    with options.writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        document.save(scenario, target)


def _asked(arguments: argparse.Namespace) -> Asked:
    from p2pdnr.meters.period import Choice
    from p2pdnr.meters.reading import Asked
    from p2pdnr.meters.readings import Reading
    from p2pdnr.meters.times import Clock, zone_of

    clock = Clock(zone_of(arguments.zone) if arguments.zone else None)
    ends = None if arguments.stamps is None else arguments.stamps == "end"
    choice = Choice(arguments.day, arguments.days, arguments.step, arguments.fill_gaps)
    reading = Reading(clock, (arguments.unit or "").lower(), ends)
    return Asked(reading, choice, tuple(arguments.without), _setting(arguments))


def _setting(arguments: argparse.Namespace) -> Setting:
    from p2pdnr.meters.homes import places_in
    from p2pdnr.meters.making import Setting, tariff_of
    from p2pdnr.sheets.reading import read_file

    buy, sell = [arguments.buy], [arguments.sell]
    if arguments.tariff:
        buy, sell = tariff_of(read_file(arguments.tariff)[0])
    return Setting(
        source=source_of(arguments.network, arguments.out.parent),
        name=arguments.files[0].stem,
        places=places_in(read_file(arguments.map)) if arguments.map else {},
        buy=buy,
        sell=sell,
        background=arguments.background,
    )
