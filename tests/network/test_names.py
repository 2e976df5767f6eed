"""Ids of buses and lines: what may be one, what a text means, and that every doubt is told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.network.names import MOST_CHARACTERS, Register, tidy, together, unprintable

PROPERTY = settings(deadline=None, derandomize=True, max_examples=80)


@pytest.mark.parametrize(
    ("text", "index"),
    [("K1", 0), (" K2 ", 1), ("3", 2), ("#1", 0), ("line 12 (Mill Road)", 3), ("line 12", 3), ("Mill Road", 3)],
)
def test_an_id_its_parts_or_a_number(text: str, index: int) -> None:
    assert Register("line", ("K1", "K2", "", "line 12 (Mill Road)"), 4).find(text) == index


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("K9", "does not exist"),
        ("0", "does not exist"),
        ("4", "does not exist"),
        ("twice", "is the id of lines 1, 2"),
        ("1", "is the id of line 3 and the number of another (write #1)"),
        ("", "does not exist"),
    ],
)
def test_doubt_is_told(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        Register("line", ("twice", "twice", "1"), 3).find(text)
    assert str(caught.value) == said
    assert Register("line", ("twice", "twice", "1"), 3).find("#1") == 0


def test_an_id_that_is_its_own_number_is_no_doubt() -> None:
    assert Register("line", ("1", "2"), 2).find("2") == 1


def test_letters_that_look_the_same_are_the_same() -> None:
    assert Register("bus", ("Mu\u0308hle",), 1).find("M\u00fchle") == 0


@PROPERTY
@given(st.text(max_size=300))
def test_any_name_becomes_one_that_can_be_printed(text: str) -> None:
    plain = tidy(text)
    assert not unprintable(plain) and len(plain) <= MOST_CHARACTERS and plain == plain.strip()


@pytest.mark.parametrize("text", ["a\x1b[31mb", "a\nb", "a\u202eb", "a\u200bb", "a\x00b", "\ud800"])
def test_what_steers_a_terminal_is_no_name(text: str) -> None:
    assert unprintable(text)


def test_many_become_one() -> None:
    assert together(["a", "b"]) == "a with b"
    long = together([f"transformer {number}" for number in range(40)])
    assert len(long) <= MOST_CHARACTERS and long.endswith(" more")
    assert Register("line", ("trafo 0 (A) with trafo 1 (B)",), 1).find("B") == 0
