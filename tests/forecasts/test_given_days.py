"""Days from a file: what a column holds for, which days are to plan with, and what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from p2pdnr.errors import InputError
from p2pdnr.forecasts.given_days import LEAST_DAYS, GivenDays, draw_of, read_days
from p2pdnr.scenario import document
from p2pdnr.scenario.assembly import build_network
from tests.given_days import text_of
from tests.small_scenario import small_document

SCENARIO = document.from_dict(small_document())
NETWORK = build_network(SCENARIO)


def read(text: str, folder: Path) -> GivenDays:
    path = folder / "days.csv"
    path.write_text(text, encoding="utf-8")
    return read_days(path, SCENARIO, NETWORK)


def test_a_column_holds_for_what_it_names_and_the_closest_one_counts() -> None:
    columns = ("sun 4", "sun", "load", "load load", "prosumer Works", "bus 2")
    values = np.tile([0.2, 0.5, 2.0, 3.0, 0.7, 0.9], (2, 4, 1))
    days = draw_of(SCENARIO, NETWORK, GivenDays("", columns, values))(0, range(1))
    assert days.sun[0, 0].tolist() == [0.5, 0.5, 0.5, 0.2, 0.5]
    assert days.load[0, 0].tolist() == [3.0, 3.0, 0.7]
    assert days.background[0, 0].tolist() == [3.0, 0.9, 3.0, 3.0, 3.0]


def test_what_nothing_is_said_of_is_as_forecast() -> None:
    days = draw_of(SCENARIO, NETWORK, GivenDays("", ("prosumer Home",), np.full((2, 4, 1), 1.5)))(1, range(1))
    assert (days.sun == 1.0).all() and (days.background == 1.0).all()
    assert days.load[0, 0].tolist() == [1.5, 1.0, 1.0]


def test_every_other_day_is_to_test() -> None:
    values = np.arange(5.0)[:, None, None] * np.ones((1, 4, 1))
    given = GivenDays("", ("sun",), values)
    draw = draw_of(SCENARIO, NETWORK, given)
    assert given.counts == (3, 2)
    assert draw(0, range(3)).sun[:, 0, 0].tolist() == [0.0, 2.0, 4.0]
    assert draw(1, range(2)).sun[:, 0, 0].tolist() == [1.0, 3.0]
    assert draw(4, range(1, 2)).sun[:, 0, 0].tolist() == [2.0], "other seeds bring no other days"


def test_rows_of_a_day_stand_in_their_order(tmp_path: Path) -> None:
    given = read(text_of(LEAST_DAYS, 4, seed=1), tmp_path)
    assert given.columns == ("sun", "load")
    assert given.factors.shape == (LEAST_DAYS, 4, 2)
    decimal_commas = text_of(LEAST_DAYS, 4, seed=1).replace(",", ";").replace(".", ",")
    assert (read(decimal_commas, tmp_path).factors == given.factors).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("scenario", "day"), "does not begin with a column 'scenario'"),
        (lambda text: text.replace("sun", "wind"), "is no column of days of this scenario"),
        (lambda text: text.replace("sun", "sun 9"), "is no column of days of this scenario"),
        (lambda text: text.replace("sun", "load office"), "is no column of days of this scenario"),
        (lambda text: text.replace("sun", "load"), "stands there more than once"),
        (lambda text: text.replace("\nday 0,0,", "\nday 0,0,-"), "row 2, column 3 is no factor from 0 to 1000"),
        (lambda text: text.replace("\nday 0,1,", "\nday 0,1,x"), "row 3, column 3 is no factor"),
        (lambda text: text.replace("\nday 0,0", "\nday 1,0"), "scenario day 0 has 3 rows, the scenario 4 steps"),
        (lambda text: text[: text.index("day 99,0")], "has 99 days"),
        (lambda text: "", "is empty"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, change, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as caught:
        read(change(text_of(LEAST_DAYS, 4, seed=1)), tmp_path)
    assert any(said in item.message for item in caught.value.problems), caught.value.problems


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_days(tmp_path / "no.csv", SCENARIO, NETWORK)
