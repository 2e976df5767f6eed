"""Tables of benchmarks: ratios, rows while they come, and what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import _tables
from benchmarks._tables import against_first, ratio, shown, table


@pytest.mark.parametrize(
    ("value", "base", "told"),
    [(3.0, 2.0, "1.50"), (1.0, 3.0, "0.33"), (25.0, 2.0, "12.5"), (400.0, 3.0, "133"), (9e3, 2.0, "4,500")],
)
def test_ratios_have_three_digits_or_all_before_the_point(value: float, base: float, told: str) -> None:
    assert ratio(value, base) == told


@pytest.mark.parametrize(("value", "base"), [(0.0, 1.0), (1.0, 0.0), (float("nan"), 1.0)])
def test_a_ratio_of_nothing_is_a_dash(value: float, base: float) -> None:
    assert ratio(value, base) == "-"


def test_times_are_set_against_the_first() -> None:
    assert against_first([("ours", 2.0), ("theirs", 5.0)]) == [("ours", "2.00", "1.00"), ("theirs", "5.00", "2.50")]


def test_a_table_is_kept_with_its_title_and_the_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_tables, "FOLDER", tmp_path / "kept")
    table("some", "What was measured", [("who", "ms"), shown(("we", "1.0"))], ("cvxpy", "nobody's package"))
    kept = (tmp_path / "kept" / "some.md").read_text(encoding="utf8")
    assert kept.startswith("# What was measured\n\n")
    assert "cvxpy 1." in kept
    assert "nobody's package missing" in kept
    assert kept.endswith("| who | ms |\n| --- | ---: |\n| we | 1.0 |\n")
    table("other", "Shown only", [("who", "ms")], kept=False)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["some.md"]
    assert capsys.readouterr().out.splitlines()[0] == "we  1.0"
