"""What faults leave unsupplied: opened line after line it is what the planner prices, whatever may be switched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.network.topology import is_radial
from p2pdnr.reconfiguration.terms import outage_price
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from p2pdnr.scenario import document
from p2pdnr.verification.not_supplied import not_supplied_eur
from p2pdnr.verification.plan import read_plan
from tests.rolled_scenario import priced_document, stored_document


@pytest.mark.parametrize("locked", [[], [2]])
def test_all_topologies_cost_what_the_planner_says(locked: list[int]) -> None:
    plan = read_plan(study.run(document.from_dict(priced_document())))
    switchable = ~np.isin(np.arange(plan.network.n_lines), locked)
    plan = replace(plan, network=plan.network.with_(switchable=switchable))
    price = outage_price(plan.scenario, plan.network)
    assert price is not None
    trees = all_trees(read_plan(study.run(document.from_dict(priced_document()))).network)
    found = set()
    for index in range(len(trees)):
        closed = np.tile(trees.closed(index), (plan.scenario.hours, 1))
        assert is_radial(plan.network, closed[0])
        again = not_supplied_eur(plan, closed)
        assert again is not None
        assert again == pytest.approx(price.schedule_eur(plan.network, closed), rel=1e-9)
        found.add(round(float(again.sum()), 6))
    assert len(found) > 1, "topologies differ"


def test_without_a_price_there_is_nothing() -> None:
    plan = read_plan(study.run(document.from_dict(stored_document())))
    assert not_supplied_eur(plan, plan.closed) is None
