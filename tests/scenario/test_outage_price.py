"""A price on energy not supplied: what it goes with, and what a solve makes of it."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.errors import InputError
from p2pdnr.network.arrays import Bools, Network
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


def test_roles_and_bounds_that_do_not_know_it_are_refused() -> None:
    for role in ("validate", "envelopes", "leader"):
        scene = priced()
        scene["dso"]["role"] = role
        with pytest.raises(InputError, match="welfare alone"):
            study.run(document.from_dict(scene))
    with pytest.raises(InputError, match="knows no price"):
        study.run(document.from_dict(priced()), study.Options(certify=True))
