"""Networks with too many topologies to rank: the pool against all topologies of a feeder that is small enough for both,
and the seed of the search."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from benchmarks._random_scenarios import feeder_day
from p2pdnr import study
from p2pdnr.coordination.modes import plan
from p2pdnr.coordination.progress.journal import Journal
from p2pdnr.coordination.schedule import tree_costs
from p2pdnr.coordination.schedule.context import Context
from p2pdnr.coordination.schedule.settings import SearchSettings
from p2pdnr.reconfiguration.schedule.pruning import cheapest
from p2pdnr.reconfiguration.topologies import ranking
from p2pdnr.reconfiguration.topologies.tree_set import all_trees
from p2pdnr.scenario import document
from tests.coordination.cases import problem_of, random_document


@pytest.mark.parametrize(
    "limits",
    [
        {"max_switching_per_hour": 2, "switching_cost_eur": 0.2},
        {"max_switching_per_day": 4, "min_dwell_h": 3, "switching_cost_eur": 0.1, "return_to_initial": True},
    ],
)
def test_no_topology_improves_a_pools_plan_at_its_own_injections(limits: dict[str, Any]) -> None:
    scene = feeder_day(np.random.default_rng(3), 6, hours=6)
    scene["dso"] |= limits
    problem, journal = problem_of(scene), Journal()
    found = plan(Context(problem, journal=journal), None, "hourly")["hourly"]
    trees = all_trees(problem.network)
    load = problem.net_load_kw(found.response.injection_kw), problem.operator.load_kvar
    stage_eur = ranking.landscape(problem.network, trees, *load, problem.terms).stage_cost(problem.terms)
    best, proved = cheapest(stage_eur, trees, problem.terms, problem.network.closed)
    assert proved
    assert best.operations.sum() > 0
    own_eur = sum(found.costs_eur[part] for part in ("losses", "violations", "switching"))
    assert own_eur <= best.cost_eur + SearchSettings.threshold_share * found.scale_eur
    assert "pools of some" in journal.remarks["hourly", "pool"]


def test_the_seed_reaches_every_search_and_the_result_says_that_a_pool_was_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seeds = []

    def searched(problem: Any, injection_kw: Any, settings: SearchSettings, go_on: Any) -> Any:
        seeds.append(settings.seed)
        return real(problem, injection_kw, settings, go_on)

    real = tree_costs.searched_trees
    monkeypatch.setattr(tree_costs, "searched_trees", searched)
    monkeypatch.setattr("p2pdnr.coordination.modes.searched_trees", searched)
    monkeypatch.setattr(study, "every_tree", lambda _problem: None)
    scenario = document.from_dict(random_document(3))
    first = study.run(scenario, study.Options(seed=7))
    assert len(seeds) >= 2
    assert any("pools of some" in remark for remark in first.summary["remarks"])
    study.run(scenario, study.Options(seed=7, warm=first))
    assert len(seeds) >= 3
    assert set(seeds) == {7}


def test_a_first_round_that_keeps_less_than_its_margin_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "SearchSettings", partial(SearchSettings, most_kept=2, first_margin=10.0))
    result = study.run(document.from_dict(random_document(3)))
    assert any(remark.startswith("binary phase") for remark in result.summary["remarks"])
    fixed = study.run(document.from_dict(random_document(3)), study.Options(mode="fixed"))
    assert fixed.summary["remarks"] == []
