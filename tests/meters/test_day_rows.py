"""Tables with a row for each day: every reading has its time, and its row in the file."""

from __future__ import annotations

from datetime import time

import pytest

from p2pdnr.meters.columns import layout_of
from p2pdnr.meters.day_rows import one_reading_a_row
from p2pdnr.sheets.sheet import Cell, Sheet

ENDS = tuple(f"{(step + 1) // 2 % 24}:{30 * ((step + 1) % 2):02d}" for step in range(48))
BEGINS = tuple(time(hour) for hour in range(24))


def sheet(times: tuple[Cell, ...]) -> Sheet:
    rows: list[tuple[Cell, ...]] = [("Our homes",), ("meter", "date", *times)]
    rows += [(f"H{home}", "2025-06-23", *(float(place) for place in range(len(times)))) for home in (1, 2)]
    return Sheet("days.csv", tuple(rows), (1, 2, 4, 5), ";")


@pytest.mark.parametrize(
    ("times", "clocks"), [(ENDS, ("00:00", "00:30", "23:30")), (BEGINS, ("00:00", "01:00", "23:00"))]
)
def test_ends_of_steps_become_beginnings(times: tuple[Cell, ...], clocks: tuple[str, ...]) -> None:
    turned = one_reading_a_row(sheet(times))
    assert turned.rows[0] == ("meter", "date", "clock", "value") and len(turned.rows) == 1 + 2 * len(times)
    assert turned.rows[1] == ("H1", "2025-06-23", clocks[0], 0.0) and turned.rows[2][2] == clocks[1]
    assert turned.rows[-1] == ("H2", "2025-06-23", clocks[2], float(len(times) - 1))
    assert turned.numbers[0] == 2 and set(turned.numbers[1:]) == {4, 5}
    layout = layout_of(sheet(times))
    assert layout is not None and {"meter", "date", "clock"} == layout.places.keys()


def test_other_tables_stay_as_they_are() -> None:
    plain = Sheet("a.csv", (("time", "Home 1 kW"), ("2025-06-23 00:00", 1.0)), (1, 2), ",")
    assert one_reading_a_row(plain) is plain
    few = sheet(BEGINS[:5])
    assert one_reading_a_row(few) is few
