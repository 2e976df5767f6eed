from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from p2pdnr import study
from p2pdnr.results import folder
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import Certificate, statements, verify
from p2pdnr.verification.roles.operating_points import operating_points
from tests.coordination.cases import RING, grid, strained
from tests.small_scenario import small_document
from tests.verification.roles.scenes import sunny

Change = Callable[[StudyResult], StudyResult]
OWN = ("limits_kept", "curtailment", "market_first", "compensation")


@cache
def solved(curtailment: str = "cost", compensation: str = "lost_revenue", mode: str = "fixed") -> StudyResult:
    scene = document.from_dict(sunny(curtailment=curtailment, compensation=compensation))
    return study.run(scene, study.Options(mode=mode))  # type: ignore[arg-type]


@cache
def honest() -> dict[str, Certificate]:
    return verify(solved())


def with_role(result: StudyResult, **columns: Any) -> StudyResult:
    assert result.role is not None
    return replace(result, role=result.role.assign(**columns))


@pytest.mark.parametrize("mode", ["fixed", "static", "hourly"])
@pytest.mark.parametrize("curtailment", ["cost", "proportional"])
def test_every_mode_and_way_of_curtailing_stands_up(mode: str, curtailment: str) -> None:
    result = solved(curtailment, mode=mode)
    states = {name: claim["state"] for name, claim in result.summary["certificates"].items()}
    assert "does not hold" not in states.values(), states
    assert [states[name] for name in OWN] == ["holds"] * 4
    assert result.summary["role"]["curtailed_kwh"] > 10.0
    assert result.summary["costs_eur"]["violations"] == pytest.approx(0.0, abs=1e-6)


def test_by_cost_is_no_dearer_than_in_proportion() -> None:
    cheap, even = (solved(name).summary["role"] for name in ("cost", "proportional"))
    assert cheap["compensation_eur"] <= even["compensation_eur"] + 1e-6


def test_a_folder_says_the_same_again(tmp_path: Path) -> None:
    folder.save(solved(), tmp_path / "out")
    read = folder.load(tmp_path / "out")
    again = verify(read)
    assert {name: item.state for name, item in again.items()} == {name: item.state for name, item in honest().items()}
    assert statements(read, again).contradictions == ()


def test_compensation_is_a_line_of_the_bill_and_makes_up_for_what_was_lost() -> None:
    paid, unpaid = solved(), solved(compensation="none")
    bills, other = paid.tables.bills, unpaid.tables.bills
    assert "compensation_eur" not in other
    assert bills["compensation_eur"].sum() == pytest.approx(-paid.summary["role"]["compensation_eur"])
    assert bills["compensation_eur"].sum() < -1.0
    assert (bills["total_eur"] - bills["compensation_eur"]).to_numpy() == pytest.approx(other["total_eur"], abs=1e-6)
    assert paid.summary["objective_eur"] == pytest.approx(unpaid.summary["objective_eur"]), "a payment is no cost"
    assert paid.summary["role"]["operator_cost_eur"] > unpaid.summary["role"]["operator_cost_eur"] + 1.0


def test_without_broken_limits_it_is_what_nobody_coordinated() -> None:
    told = small_document()
    told["dso"]["role"] = "validate"
    scene = document.from_dict(told)
    result, apart = study.run(scene), study.uncoordinated(scene)["hourly"]
    assert not result.summary["role"]["curtailed_kwh"] and not result.summary["role"]["shed_kwh"]
    assert result.summary["objective_eur"] == pytest.approx(apart.summary["objective_eur"], rel=1e-6)


def test_load_is_shed_where_nothing_else_helps() -> None:
    told = small_document()
    told["network"]["vm_min_pu"] = 0.9888
    told["dso"] |= {"role": "validate"}
    result = study.run(document.from_dict(told), study.Options(mode="fixed"))
    role = result.summary["role"]
    assert role["shed_kwh"] > 1.0
    assert result.tables.prosumers["unserved_kw"].sum() == pytest.approx(role["shed_kwh"], abs=1e-3)
    claims = result.summary["certificates"]
    assert [claims[name]["state"] for name in ("limits_kept", "curtailment")] == ["holds", "holds"]


def test_limits_that_nothing_keeps_are_told_and_proved_to_be_so() -> None:
    told = small_document()
    told["network"]["vm_min_pu"] = 0.9995
    told["dso"] |= {"role": "validate"}
    result = study.run(document.from_dict(told), study.Options(mode="fixed"))
    claim = result.summary["certificates"]["limits_kept"]
    assert result.summary["role"]["hours_broken"] == 4
    assert claim["state"] == "holds" and claim["value"] > 1e-3
    assert any("does not keep every limit" in remark for remark in result.summary["remarks"])


def more_curtailed(result: StudyResult) -> StudyResult:
    """A tenth more is curtailed of everybody than needed, all tables being right about it."""
    assert result.role is not None
    less_kw = 0.1 * result.role["curtailed_kw"]
    prosumers = result.tables.prosumers.copy()
    for name in ("pv_kw", "injection_kw"):
        prosumers[name] -= less_kw
    prosumers["export_kw"] -= less_kw
    tables = replace(result.tables, prosumers=prosumers)
    return with_role(replace(result, tables=tables), curtailed_kw=result.role["curtailed_kw"] + less_kw)


def nothing_curtailed(result: StudyResult) -> StudyResult:
    """The market's injections run as they are."""
    assert result.role is not None
    prosumers = result.tables.prosumers.copy()
    for name in ("pv_kw", "injection_kw", "export_kw"):
        prosumers[name] += result.role["curtailed_kw"]
    tables = replace(result.tables, prosumers=prosumers)
    return with_role(replace(result, tables=tables), curtailed_kw=0.0)


def another_market(result: StudyResult) -> StudyResult:
    """The market is said to have asked for 50 kW less of somebody who had them to sell."""
    assert result.role is not None
    asked = result.role["asked_kw"].to_numpy().copy()
    asked[int(asked.argmax())] -= 50.0
    return with_role(result, asked_kw=asked)


def overpaid(result: StudyResult) -> StudyResult:
    assert result.role is not None
    paid = result.role["compensation_eur"].to_numpy().copy()
    paid[int(paid.argmax())] += 0.5
    return with_role(result, compensation_eur=paid)


def no_market(result: StudyResult) -> StudyResult:
    return replace(result, arrays={name: item for name, item in result.arrays.items() if name != "asked_traded_kw"})


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("curtailment", more_curtailed),
        ("limits_kept", nothing_curtailed),
        ("market_first", another_market),
        ("compensation", overpaid),
        ("budget_eur", overpaid),
        ("market_first", no_market),
    ],
)
def test_a_plan_that_is_wrong_in_one_way_fails(name: str, change: Change) -> None:
    assert honest()[name].state == "holds"
    assert verify(change(solved()))[name].state == "does not hold"


def test_in_proportion_more_than_needed_fails_and_so_do_unequal_shares() -> None:
    even = solved("proportional")
    assert verify(more_curtailed(even))["curtailment"].state == "does not hold"
    assert even.role is not None
    wrong = even.role["curtailed_kw"].to_numpy() * np.where(even.role["prosumer"] == "Sun", 1.2, 1.0)
    moved = wrong - even.role["curtailed_kw"].to_numpy()
    prosumers = even.tables.prosumers.copy()
    for name in ("pv_kw", "injection_kw", "export_kw"):
        prosumers[name] -= moved
    unequal = with_role(replace(even, tables=replace(even.tables, prosumers=prosumers)), curtailed_kw=wrong)
    assert verify(unequal)["curtailment"].state == "does not hold"


def test_in_other_money_the_plan_is_the_same() -> None:
    told = sunny(compensation="lost_revenue")
    told["dso"] |= {"violation_price_eur_per_kwh": 1000.0, "loss_price_eur_per_kwh": 12.0, "switching_cost_eur": 5.0}
    for name in ("buy_eur_per_kwh", "sell_eur_per_kwh"):
        told["tariff"][name] = [100.0 * value for value in told["tariff"][name]]
    told["market"] |= {"trade_fee_eur_per_kwh": 0.1, "preferences": [{"from": "Home", "to": "Sun", "eur_per_kwh": 0.1}]}
    works = told["prosumers"][2]
    works["generator"] |= {"cost_eur_per_kwh": 22.0, "slope_eur_per_kw2h": 0.05}
    works["elastic"] |= {"utility_eur_per_kwh": 26.0, "slope_eur_per_kw2h": 0.1}
    told["prosumers"][1]["battery"]["wear_eur_per_kwh"] = 0.1
    cents, euros = study.run(document.from_dict(told), study.Options(mode="fixed")).summary, solved().summary
    assert cents["role"]["curtailed_kwh"] == pytest.approx(euros["role"]["curtailed_kwh"], rel=1e-3)
    assert cents["role"]["compensation_eur"] == pytest.approx(100.0 * euros["role"]["compensation_eur"], rel=1e-3)


@pytest.mark.parametrize("mode", ["static", "hourly"])
def test_hours_whose_limits_no_topology_keeps_are_planned_and_said(mode: str) -> None:
    scene = sunny()
    scene["network"] |= {"vm_min_pu": 1.0055}  # loads of the feeder itself, which nobody may shed, pull lower
    result = study.run(document.from_dict(scene), study.Options(mode=mode))  # type: ignore[arg-type]
    assert result.summary["role"]["hours_broken"] > 0
    claim = result.summary["certificates"]["limits_kept"]
    assert claim["state"] == "holds" and claim["value"] > 1e-3
    assert any("does not keep every limit" in text for text in result.summary["remarks"])


def limited(seed: int, hours: int, **limits_kw: float) -> StudyResult:
    """Validate on a day with more than its lines carry, on which the third prosumer has limits at the retailer."""
    scene = strained(seed, hours)
    scene["dso"] |= {"role": "validate"}
    for row in scene["prosumers"] if limits_kw else ():
        row.pop("import_limit_kw", None), row.pop("export_limit_kw", None)
    scene["prosumers"][2] |= limits_kw
    return study.run(document.from_dict(scene))


def test_a_buyer_that_cannot_import_does_not_shed_what_its_seller_can_still_bring() -> None:
    """It shed load, for which the seller had to be curtailed more, and so on."""
    result = limited(34, 3)
    states = {name: result.summary["certificates"][name]["state"] for name in OWN}
    assert states == dict.fromkeys(OWN, "holds")
    assert result.summary["role"]["shed_kwh"] == pytest.approx(0.0, abs=1e-6)


def test_a_seller_that_cannot_export_is_curtailed_for_what_its_buyer_sheds_and_that_ends() -> None:
    """Each round half of the one before: the voltage is low, a load is shed, its seller gives up feeding in."""
    result = limited(75, 2, import_limit_kw=39.0, export_limit_kw=61.0)
    assert min(result.summary["role"][name] for name in ("curtailed_kwh", "shed_kwh")) > 10.0
    claims = result.summary["certificates"]
    assert claims["limits_kept"]["state"] == "holds"
    assert claims["curtailment"]["state"] == "not shown" and "limit of its retailer" in claims["curtailment"]["reason"]


def test_on_a_ring_no_topology_and_no_curtailment_on_a_grid_is_cheaper() -> None:
    """Every topology of a ring with every pair of curtailments 8 kW apart, judged by the bus admittance matrix: losses,
    operations, and what is curtailed at the retailer's price."""
    buy, sell, most_kw, load_kw = 0.30, 0.10, np.array([1600.0, 1800.0]), np.array([100.0, 60.0])
    scene = {
        "name": "ring",
        "network": {"source": grid(RING, r_ohm=3.0, x_ohm=1.5, limit_a=5000.0), "vm_min_pu": 0.9, "vm_max_pu": 1.02},
        "profiles": {"load": [1.0], "pv": [1.0]},
        "tariff": {"buy_eur_per_kwh": [buy], "sell_eur_per_kwh": [sell]},
        "market": {"partners": "none"},
        "dso": {"role": "validate", "switching_cost_eur": 2.0, "loss_price_eur_per_kwh": 0.2},
        "prosumers": [
            {"id": f"P{k}", "bus": k + 2, "pv_kw": float(pv), "load_kw": float(load)}
            for k, (pv, load) in enumerate(zip(most_kw, load_kw, strict=True))
        ],
    }
    result = study.run(document.from_dict(scene), study.Options(mode="hourly"))
    assert result.role is not None
    costs, curtailed_kw = result.summary["costs_eur"], result.role["curtailed_kw"].to_numpy()
    planned_eur = costs["losses"] + costs["switching"] + sell * curtailed_kw.sum()

    network = result.network
    steps_kw = np.arange(0.0, 1500.0, 8.0)
    taken_kw = np.array(list(product(steps_kw, steps_kw)))
    p_kw = np.zeros((len(taken_kw), 3))
    p_kw[:, 1:] = load_kw - most_kw + taken_kw
    enumerated_eur = np.inf
    for opened in range(3):
        closed = np.arange(3) != opened
        points = operating_points(network, closed, p_kw, np.zeros_like(p_kw))
        kept = (points.vm_pu <= 1.02 + 1e-9).all(axis=1)
        loss_kw = 3.0 * 3.0 * ((5000.0 * points.loading) ** 2).sum(axis=1) / 1000.0
        eur = 0.2 * loss_kw + sell * taken_kw.sum(axis=1) + 2.0 * int((closed != network.closed).sum())
        enumerated_eur = min(enumerated_eur, float(eur[kept].min()))
    assert curtailed_kw.sum() > 100.0, "limits bind"
    assert planned_eur <= enumerated_eur + 1e-6
    assert planned_eur >= enumerated_eur - 2 * 8.0 * (sell + 0.2)
