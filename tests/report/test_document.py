"""A report tells what the tables say, escapes what people named, and does not call good what is not."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from p2pdnr.languages import ENGLISH, known
from p2pdnr.report import document, facts
from p2pdnr.report.curves import Curve, picture
from p2pdnr.results.study_result import StudyResult
from p2pdnr.verification import Certificate

GOOD = Certificate("radial", 0.0, 0.0, "holds", "hours that are no tree")
BAD = Certificate("balance_kw", 3.0, 0.001, "does not hold", "largest residual")
OPEN = Certificate("rank", None, None, "not shown", "place among all", "not enumerated")


def told(result: StudyResult, *certificates: Certificate) -> str:
    found = document.written(
        result, document.Checked({item.name: item for item in certificates}, (), ("stress.csv is not checked",))
    )
    return unescape(re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", found, flags=re.DOTALL)))


def test_figures_are_those_of_the_tables(sample: StudyResult) -> None:
    text = told(sample, GOOD)
    assert f"{sample.summary['objective_eur']:,.2f} €" in text
    assert f"{sample.tables.hours['loss_kw'].sum():,.0f} kWh" in text
    for row in sample.tables.bills.itertuples():
        assert (
            f"{row.prosumer} {ENGLISH.number(row.total_eur, 2)} {ENGLISH.number(row.retail_only_uncharged_eur, 2)}"
            in text
        )
    assert "04:00 08:00" in text and "Not checked: stress.csv is not checked" in text


def test_topologies_stand_from_when_to_when(sample: StudyResult) -> None:
    rows = facts.spells(sample).rows
    assert [(row.begins, row.ends) for row in rows] == [("00:00", "04:00"), ("04:00", "08:00")]
    assert rows[1].open_lines == "7, 9, 14, 32, 37"
    assert sum(row.loss_kwh for row in rows) == pytest.approx(sample.summary["losses_kwh"])
    (instant,) = facts.operations(sample).rows
    assert instant.when == "04:00" and instant.order.count("close") == instant.order.count("open") == 4


def test_the_limits_are_those_of_the_day_and_where_they_are_closest(sample: StudyResult) -> None:
    low, high, loading = facts.extremes(sample)
    assert low.value == f"{sample.summary['vm_min_pu']:.4f} p.u." and low.limit == "0.9 p.u."
    assert loading.value == f"{sample.tables.lines['loading_percent'].max():.1f} %"
    tight = replace(sample, network=sample.network.with_(vm_min_pu=0.999))
    assert [row.kept for row in facts.extremes(tight)] == [False, high.kept, loading.kept]


@pytest.mark.parametrize(
    ("certificates", "words"),
    [
        ((GOOD,), "worked out again from the result's tables and holds."),
        ((GOOD, OPEN), "holds, but for what is not shown: rank."),
        ((GOOD, BAD, OPEN), "does not stand up: balance_kw."),
    ],
)
def test_the_verdict_is_that_of_the_checks(sample: StudyResult, certificates: tuple[Certificate], words: str) -> None:
    assert words in told(sample, *certificates)


def test_without_a_bound_nothing_is_said_of_the_least_cost(sample: StudyResult) -> None:
    assert "is not shown (solve --certify shows it)" in told(sample, GOOD)
    bounded = replace(sample, summary=sample.summary | {"lower_bound_eur": sample.summary["objective_eur"] - 1.0})
    assert "No schedule and no trades cost less than" in told(bounded, GOOD)


def test_it_comes_in_a_language_with_its_numbers(sample: StudyResult) -> None:
    """Nothing of the report's own is left in English but names of checks and of files."""
    german = known()["de"]
    worst = "largest difference from pandapower's losses, kW (loss of all lines: hour 20)"
    loss = Certificate("ac_loss_kw", 0.0, 0.001, "holds", worst)
    text = document.written(sample, document.Checked({"rank": OPEN, "ac_loss_kw": loss}, (), ()), german)
    assert "größte Abweichung von den Netzverlusten von pandapower, kW (" in text
    assert '<html lang="de">' in text and f"{german.number(sample.summary['objective_eur'], 2)} €" in text
    for words in ("Grenzwerte", "Annahmen", "Schaltfolge", "Kosten und Abrechnungen", "nicht gezeigt", "Ort, Datum"):
        assert words in text, words
    said = " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL).split())
    own = said.replace(sample.summary["name"], "").replace(sample.scenario.description, "")
    for given in (OPEN.text, OPEN.reason, "loss of all lines"):
        own = own.replace(given, "")
    assert not re.search(r"\b(the|of|and|is|with|hour|line|bus|losses|open|close|limit)\b", own), own


def test_names_are_text(sample: StudyResult) -> None:
    found = document.written(
        replace(sample, summary=sample.summary | {"name": "<script>alert(1)</script>"}), document.Checked({}, (), ())
    )
    assert "<script" not in found and "&lt;script&gt;" in found


def test_long_tables_end_with_a_count(sample: StudyResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "MOST_ROWS", 2)
    assert "And 3 more with lower bills, in bills.csv." in told(sample, GOOD)


def test_a_curve_spans_its_picture() -> None:
    svg = picture("<Loss>", [Curve([1.0, 3.0]), Curve([0.0, 0.0], dashed=True)], ["a", "b", "c"], 1)
    assert 'aria-label="&lt;Loss&gt;"' in svg and svg.count("<path") == 3
    assert 'class="curve" d="M34.0 53.3H125.0L125.0 8.0H216.0"' in svg
    assert picture("flat", [Curve([0.0])], ["a", "b"], 0).count("nan") == 0
