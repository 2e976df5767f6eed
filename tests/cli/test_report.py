from __future__ import annotations

import io

import pytest

from p2pdnr.cli import progress, report
from p2pdnr.results.study_result import StudyResult
from p2pdnr.study import Progress
from p2pdnr.verification import Certificate


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_verdicts() -> None:
    items = [
        Certificate("radial", 0.0, 0.0, "holds", "a"),
        Certificate("balance_kw", 2.0, 1e-3, "does not hold", "b"),
        Certificate("ac_loss_kw", None, 1e-3, "does not hold", "c"),
        Certificate("violations", 0.02, None, "holds", "d"),
        Certificate("rank", None, None, "not shown", "e", "too many"),
    ]
    lines = report.certificates_text({item.name: item for item in items}).splitlines()
    assert [line.split()[0] for line in lines] == ["ok", "FAILS", "FAILS", "warn", "open"]
    assert "<= 0.001" in lines[1]
    assert "none" in lines[2]
    binding = Certificate("violations", 1e-9, None, "holds", "a limit that binds")
    assert report.certificates_text({"violations": binding}).split()[0] == "ok"


def test_what_is_not_shown_counts_apart() -> None:
    held, failing = Certificate("radial", 0.0, 0.0, "holds", "a"), Certificate("dual", 2.0, 1.0, "does not hold", "b")
    unshown = Certificate("rank", None, None, "not shown", "c (too many)", "too many")
    told = [{item.name: item for item in items} for items in ((held,), (held, unshown), (held, unshown, failing))]
    assert report.verdict_text(told[0]) == "every certificate holds"
    assert report.verdict_text(told[1]) == "1 hold, 1 not shown: rank"
    assert report.verdict_text(told[2]) == "dual not held"


def test_figures_of_a_summary(sample: StudyResult) -> None:
    told = report.summary_text(sample.summary)
    assert told.startswith("Sample day: hourly topology, P2P trading, converged in 1.5 s")
    assert f"{sample.summary['objective_eur']:,.2f} EUR" in told
    assert "charges collected" in told
    assert "tariff" not in report.summary_text({**sample.summary, "above_tariff": None}), "results of before"
    assert "no P2P trading" in report.summary_text(sample.summary | {"p2p": False})


def test_who_is_worse_off_stands_first_by_name(sample: StudyResult) -> None:
    people = {"prosumers": 5, "above_tariff": 2, "above_tariff_ids": ["Works", "Home"], "above_tariff_eur": [7.25, 0.5]}
    second = report.summary_text(sample.summary | people).splitlines()[1]
    assert second == "worse off than with the retailer's tariff alone: 2 of 5: Works by 7.25 EUR, Home by 0.50 EUR"
    nobody = people | {"above_tariff": 0, "above_tariff_ids": [], "above_tariff_eur": []}
    assert "tariff alone: nobody of 5" in report.summary_text(sample.summary | nobody)
    before = {key: value for key, value in (sample.summary | people).items() if key != "above_tariff_eur"}
    assert report.worse_off_lines(before)[0].endswith("2 of 5: Works, Home"), "results of before name no amounts"
    many = [f"P{k}" for k in range(12)]
    crowd = {"prosumers": 12, "above_tariff": 12, "above_tariff_ids": many, "above_tariff_eur": [1.0] * 12}
    assert report.worse_off_lines(sample.summary | crowd)[0].endswith("P9 by 1.00 EUR, and 2 more")


def test_the_market_without_an_operator_is_told_where_it_was_computed(sample: StudyResult) -> None:
    free = {"above_free_market": 1, "above_free_market_ids": ["Farm"], "above_free_market_eur": [3.0]}
    told = report.worse_off_lines(sample.summary | free)
    assert told[1] == "worse off than in the market without an operator: 1 of 5: Farm by 3.00 EUR"
    assert len(report.worse_off_lines(sample.summary)) == 1
    assert "12.50 EUR" in report.summary_text(sample.summary | {"refunded_eur": 12.5}).splitlines()[-1]


def test_a_bound_that_is_far_shows_nothing_about_the_plan(sample: StudyResult) -> None:
    scale = sum(abs(value) for value in sample.summary["costs_eur"].values())
    near, far = (sample.summary["objective_eur"] - share * scale for share in (0.009, 0.011))
    assert "shown near the best" not in report.summary_text(sample.summary | {"lower_bound_eur": near})
    assert "shown near the best        not by this bound" in report.summary_text(
        sample.summary | {"lower_bound_eur": far}
    )


def test_a_table_has_a_line_per_figure_and_a_column_per_row() -> None:
    told = report.table_text(
        [{"mode": "fixed", "cost": 1234.5, "operations": 0}, {"mode": "hourly", "cost": None, "operations": 14}]
    )
    lines = told.splitlines()
    assert [line.split() for line in lines] == [
        ["mode", "fixed", "hourly"],
        ["cost", "1,234.50", "-"],
        ["operations", "0", "14"],
    ]
    assert len({len(line) for line in lines}) == 1


def test_progress_is_one_line_that_is_taken_away_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal()
    show = progress.progress_line(terminal)
    assert show is not None
    show(Progress("binary", 7, 0.51234, 0.01, 120, 1234.5, 2.25))
    assert "\n" not in terminal.getvalue()
    for word in ("2.2 s", "binary", "iteration 7", "0.512 kW", "120 free switches", "1,234.50 EUR"):
        assert word in terminal.getvalue()
    show(Progress("reading", 0, None, None, None, None, 0.0))
    progress.clear(terminal)
    assert terminal.getvalue().endswith(" \r")


def test_nothing_is_shown_where_nobody_looks() -> None:
    stream = io.StringIO()
    assert progress.progress_line(stream) is None
    progress.clear(stream)
    assert stream.getvalue() == ""
