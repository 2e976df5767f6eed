"""A price on energy not supplied: what it goes with, and what a solve makes of it."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.errors import InputError
from p2pdnr.network.arrays import Bools, Network
from p2pdnr.reconfiguration.terms import outage_price
from p2pdnr.reconfiguration.topologies.tree_set import all_trees, pool
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.summary import matrix
from p2pdnr.scenario import document
from p2pdnr.verification import verify
from p2pdnr.verification.statements import statements
from tests.small_scenario import small_document

PRICE = {"eur_per_kwh": 400.0, "faults_per_line_year": 2.0, "repair_h": 5.0, "operation_h": 0.5}


def priced(**price: float) -> dict[str, Any]:
    scene = copy.deepcopy(small_document())
    scene["dso"]["outage_price"] = PRICE | price
    return scene


@pytest.fixture(scope="module")
def dear() -> StudyResult:
    return study.run(document.from_dict(priced()))


def behind(network: Network, closed: Bools, line: int) -> list[int]:
    """Buses without supply when a line fails, found by walking."""
    after, found = closed.copy(), set(network.substations.tolist())
    after[line] = False
    ends = list(zip(network.from_bus[after].tolist(), network.to_bus[after].tolist(), strict=True))
    while more := {bus for pair in ends for bus in pair if set(pair) & found} - found:
        found |= more
    return sorted(set(range(network.n_buses)) - found)


def test_the_cost_is_what_walking_the_graph_gives(dear: StudyResult) -> None:
    """Every bus of the five lies on a ring: one operation brings everything back."""
    network, scene = dear.network, small_document()
    own_kw = np.outer(scene["profiles"]["load"], network.p_kw)
    for item in scene["prosumers"]:
        own_kw[:, item["bus"] - 1] += item.get("load_kw", 0.0) * np.array(scene["profiles"]["load"])
    closed = matrix(dear.tables.lines, "closed", dear.scenario) > 0.5
    kwh = sum(
        0.5 * own_kw[hour, behind(network, row, int(line))].sum()
        for hour, row in enumerate(closed)
        for line in np.flatnonzero(row)
    )
    assert dear.summary["costs_eur"]["outages"] == pytest.approx(400.0 * 2.0 / 8760.0 * kwh, rel=1e-9)


def test_it_is_weighed_against_losses_and_every_certificate_stands(dear: StudyResult) -> None:
    plain = study.run(document.from_dict(small_document()))
    nothing = study.run(document.from_dict(priced(eur_per_kwh=0.0)))
    assert "outages" not in plain.summary["costs_eur"]
    assert nothing.summary["objective_eur"] == pytest.approx(plain.summary["objective_eur"])
    free = study.run(document.from_dict(priced()), study.Options(mode="fixed"))
    assert dear.summary["objective_eur"] <= free.summary["objective_eur"] + 1e-6
    assert dear.summary["costs_eur"]["outages"] < free.summary["costs_eur"]["outages"]
    states = {name: item["state"] for name, item in dear.summary["certificates"].items()}
    assert states["gap_central"] == "holds", states
    assert "does not hold" not in states.values()
    assert statements(dear, verify(dear)).contradictions == ()


def test_a_cost_that_is_stated_wrongly_is_found(dear: StudyResult) -> None:
    told = copy.deepcopy(dear.summary)
    told["costs_eur"]["outages"] -= 0.5
    found = statements(copy.copy(dear).__class__(**{**dear.__dict__, "summary": told}), verify(dear)).contradictions
    assert any("outages" in str(item) for item in found)


def test_roles_that_do_not_know_it_are_refused() -> None:
    for role in ("validate", "envelopes", "leader"):
        scene = priced()
        scene["dso"]["role"] = role
        with pytest.raises(InputError, match="welfare alone"):
            study.run(document.from_dict(scene))


@pytest.mark.parametrize("mode", ["hourly", "static", "fixed"])
def test_a_lower_bound_knows_the_least_that_is_not_supplied(mode: str) -> None:
    found = study.run(document.from_dict(priced()), study.Options(mode=mode, certify=True))
    bound_eur, total_eur = found.summary["lower_bound_eur"], found.summary["objective_eur"]
    assert found.summary["certificates"]["lower_bound"]["state"] == "holds"
    unpriced = {**priced(), "dso": {**priced()["dso"], "outage_price": None}}
    plain = study.run(document.from_dict(unpriced), study.Options(mode=mode, certify=True))
    assert bound_eur <= total_eur + 1e-6
    assert bound_eur > plain.summary["lower_bound_eur"] + 0.9 * least_eur(found, mode)
    higher = copy.deepcopy(found.summary) | {"lower_bound_eur": bound_eur + 0.1 * least_eur(found, mode)}
    altered = copy.copy(found).__class__(**{**found.__dict__, "summary": higher})
    assert not verify(altered)["lower_bound"].holds


def least_eur(found: StudyResult, mode: str) -> float:
    """The least that energy not supplied costs, topology by topology."""
    price = outage_price(found.scenario, found.network)
    assert price is not None
    trees = (
        all_trees(found.network) if mode != "fixed" else pool(found.network, [np.flatnonzero(~found.network.closed)])
    )
    each = price.stage_eur(found.network, trees.open_lines)
    return float(each.min(axis=0).sum() if mode == "hourly" else each.sum(axis=1).min())
