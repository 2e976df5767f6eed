"""Meter readings that a browser brings: alone, or beside sheets of the lines and buses that they stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from p2pdnr.dashboard.network_files import MAX_UNPACKED, contents_of, from_sheets
from p2pdnr.meters.columns import layout_of
from p2pdnr.meters.period import Choice
from p2pdnr.meters.reading import Asked, Made, from_meters
from p2pdnr.meters.readings import Reading, is_readings
from p2pdnr.network import readers
from p2pdnr.network.bundles import bundled
from p2pdnr.sheets.sheet import Sheet

FEEDER = "case33bw"
"""Where readings stand that come without a grid."""
_STEP_MIN = 60
_ELSEWHERE = f"on {FEEDER}, as no grid came with the readings: give sheets of lines and buses together with them"
_MORE = "other steps, days, zones and places of homes: python -m p2pdnr scenario from-meters"


def made_of(files: Sequence[Mapping[str, str]]) -> Made | None:
    """The scenario of files among which are readings, in steps of an hour; None where there are none.

    Raises InputError with every problem.
    """
    from p2pdnr.network.readers import importing

    contents = contents_of(files)
    sheets = importing.sheets_of(contents, MAX_UNPACKED)
    metered = [sheet for sheet in sheets if is_readings(sheet)] or _meant(sheets)
    if not metered:
        return None
    name = PurePath(metered[0].name.split(": ")[0]).stem
    return _made(metered, [sheet for sheet in sheets if sheet not in metered], name)


def _meant(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Sheets with columns of times and values where no sheet has lines: what is wrong with their times is told then."""
    from p2pdnr.network.readers import pandapower_excel, two_sheets

    if pandapower_excel.is_net(sheets) or two_sheets.has_lines(sheets):
        return []
    return [sheet for sheet in sheets if layout_of(sheet) is not None]


def _made(metered: Sequence[Sheet], others: Sequence[Sheet], name: str) -> Made:
    from p2pdnr.meters.making import Setting

    brought = from_sheets(others, name) if others else None
    network = bundled(brought.network if brought else readers.read(FEEDER, None)).network
    source = readers.to_table(network) if brought else FEEDER
    choice = Choice(step_min=_STEP_MIN)
    made = from_meters(metered, network, Asked(Reading(), choice, (), Setting(source, name)))
    notes = brought.notes if brought else (_ELSEWHERE,)
    counted, *decided = made.notes
    return Made(made.scenario, (f"taken: {counted}", *decided, *notes, _MORE))
