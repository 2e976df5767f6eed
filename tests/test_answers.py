"""Valid scenarios have an answer, however many of their prices, sizes and limits coincide."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks._degenerate_scenarios import scenario
from p2pdnr import study
from p2pdnr.scenario import document
from tests import thorough

SOUND = ("radial", "ac_voltage_pu", "ac_loss_kw", "balance_kw", "reciprocity_kw", "gap_central", "budget_eur")


@thorough.examples(1, 5)
@given(st.integers(10_000, 99_999))
@example(24)  # a buyer's generator gives way, and takes nothing of what was bought with it
@example(36)  # a battery that has to give more than it holds in the end
@example(86)
@example(132)  # a buyer of more than it uses
@example(280)  # an iteration that went in circles
@example(341)
@example(397)
def test_every_valid_scenario_has_an_answer(seed: int) -> None:
    scene = scenario(seed)
    result = study.run(document.from_dict(scene))
    claims = result.summary["certificates"]
    assert [name for name in claims if name in SOUND and not claims[name]["holds"]] == []
