"""The small charts of docs/cases are to scale."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from scripts.docs.charts import bars, lines, scale

SVG = "{http://www.w3.org/2000/svg}"


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
