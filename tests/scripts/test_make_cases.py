"""The pages of docs/cases are whole, and links in the project's pages lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts import make_cases, readme_table
from scripts.case_charts import bars, lines, scale

ROOT = make_cases.ROOT
SVG = "{http://www.w3.org/2000/svg}"


def links(page: Path) -> Iterator[str]:
    """Relative targets of a page's links and pictures, without their anchors."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf8")):
        if "://" not in target and not target.startswith(("#", "mailto:")):
            yield target.split("#")[0]


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    assert [target for target in links(page) if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("name", make_cases.CASES)
def test_a_page_has_its_table_and_its_picture(name: str) -> None:
    text = (make_cases.PAGES / f"{name}.md").read_text(encoding="utf8")
    table = text.split(readme_table.START)[1].split(readme_table.END)[0].strip()
    widths = {row.count("|") for row in table.splitlines()}
    assert len(table.splitlines()) > 3
    assert len(widths) == 1
    assert make_cases.filled(text, table) == text
    assert f"]({name}.svg)" in text
    ElementTree.parse(make_cases.PAGES / f"{name}.svg")
    assert f"]({name}.md)" in (make_cases.PAGES / "README.md").read_text(encoding="utf8")


def test_the_table_of_bills_is_that_of_the_results() -> None:
    table, picture = make_cases.market()
    assert table in (make_cases.PAGES / "market.md").read_text(encoding="utf8")
    assert picture == (make_cases.PAGES / "market.svg").read_text(encoding="utf8")


def test_bars_are_to_scale() -> None:
    drawn = ElementTree.fromstring(bars(["a", "b"], {"x": [4.0, 2.0]}, "EUR"))
    heights = [float(bar.attrib["height"]) for bar in list(drawn.iter(f"{SVG}rect"))[1:3]]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)


def test_lines_fall_where_values_do_and_names_are_escaped() -> None:
    drawn = ElementTree.fromstring(lines([0.0, 1.0], {"a < b": [-1.0, 3.0]}, "EUR", "hour"))
    low, high = [float(dot.attrib["cy"]) for dot in drawn.iter(f"{SVG}circle")]
    assert low > high
    assert "a < b" in "".join(drawn.itertext())


@pytest.mark.parametrize("values", [[0.0], [7.3, 2.0], [-4.0, 190_000.0], [1e-3], [-2.0, -1.0]])
def test_the_axis_holds_all_values_and_zero(values: list[float]) -> None:
    axis = scale(values, "")
    assert axis.low <= min(0.0, *values)
    assert axis.high >= max(0.0, *values)
    assert axis.low < axis.high
