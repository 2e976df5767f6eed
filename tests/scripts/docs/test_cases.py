"""The pages of docs/cases are those of their stored figures."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from scripts.docs import cases, market, pages


@pytest.mark.parametrize("name", cases.CASES)
def test_a_page_shows_its_figures(name: str) -> None:
    rows = cases.figures(name)
    page = (cases.PAGES / f"{name}.md").read_text(encoding="utf8")
    picture = (cases.PAGES / f"{name}.svg").read_text(encoding="utf8")
    assert cases.text(name, page, rows) == page
    assert cases.CASES[name].picture(rows) == picture
    assert f"]({name}.svg)" in page
    ElementTree.fromstring(picture)
    assert f"]({name}.md)" in (cases.PAGES / "README.md").read_text(encoding="utf8")


@pytest.mark.parametrize("name", cases.CASES)
def test_tables_are_whole(name: str) -> None:
    for table in cases.CASES[name].tables.values():
        rows = table(cases.figures(name)).splitlines()
        assert len(rows) > 3
        assert len({row.count("|") for row in rows}) == 1


def test_the_bills_are_those_of_the_results() -> None:
    stored = cases.figures("market")
    assert (market.market() - stored).abs().max().max() < 1e-3


def test_only_what_stands_between_marks_is_replaced() -> None:
    page = "a\n<!-- one -->\nold\n<!-- end of one -->\n<!-- two -->\nkept\n<!-- end of two -->\nb"
    filled = pages.filled(page, "new", "one")
    assert (pages.part(filled, "one"), pages.part(filled, "two")) == ("new", "kept")
    assert pages.filled(filled, "old", "one") == page
