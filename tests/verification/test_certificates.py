"""A consistent result passes; whatever is altered in it, the certificate that is about it does not hold any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import RULES, Certificate, claims, verify
from p2pdnr.verification.finding import Finding

Change = Callable[[StudyResult], StudyResult]


def alter(result: StudyResult, table: str, column: str, change: Callable[[pd.DataFrame], object]) -> StudyResult:
    frame = getattr(result.tables, table).copy()
    frame[column] = change(frame)
    return replace(result, tables=replace(result.tables, **{table: frame}))


def nudge(table: str, column: str, row: int, by: float) -> Change:
    def change(result: StudyResult) -> StudyResult:
        frame = getattr(result.tables, table)
        return alter(result, table, column, lambda t: t[column] + by * (np.arange(len(frame)) == row))

    return change


def row_of(name: str, hour: int) -> int:
    return 5 * hour + ["Home", "Farm", "School", "Store", "Works"].index(name)


def charged(part: str, bus: int) -> Change:
    """0.01 EUR/kWh more for ``part`` at a bus in hour 4, in the part and in the charge alike."""

    def changed(result: StudyResult) -> StudyResult:
        row = 33 * 4 + bus - 1
        dearer = nudge("buses", f"charge_{part}", row, 0.01)(result)
        return nudge("buses", "charge_eur_per_kwh", row, 0.01)(dearer)

    return changed


def edit(change: Callable[[dict], None]) -> Change:
    """The same tables under another scenario."""

    def changed(result: StudyResult) -> StudyResult:
        told = document.to_dict(result.scenario)
        change(told)
        return replace(result, scenario=document.from_dict(told))

    return changed


def prosumer(index: int, **fields: object) -> Change:
    return edit(lambda told: told["prosumers"][index].update(fields))


@pytest.fixture(autouse=True)
def judged_once(monkeypatch: pytest.MonkeyPatch, memory: dict) -> None:
    """Most alterations leave what pandapower is asked as it was; its answer is kept."""
    from p2pdnr.verification import certificates, judge

    ask = judge.judge

    def remembered(network, *question):  # type: ignore[no-untyped-def]
        key = (network.r_pu.tobytes(), *(array.tobytes() for array in question))
        if key not in memory:
            memory[key] = ask(network, *question)
        return memory[key]

    monkeypatch.setattr(judge, "judge", remembered)
    # Nothing here is optimal; test_optimum has what solves again.
    monkeypatch.setattr(certificates.optimum, "central", lambda *_: (Finding(0.0), Finding(0.0)))


@pytest.fixture(scope="module")
def memory() -> dict:
    return {}


def failing(result: StudyResult) -> dict[str, Certificate]:
    return {name: item for name, item in verify(result).items() if not item.holds}


def test_a_consistent_result_passes_what_needs_no_optimum(sample: StudyResult) -> None:
    certificates = verify(sample)
    assert [name for name in RULES if name in certificates] == list(certificates)
    optimal = {"gap_central", "regret", "rank", "rationality_eur"}
    assert {name for name, item in certificates.items() if not item.holds} <= optimal
    assert certificates["ac_voltage_pu"].value < 1e-10
    assert certificates["balance_kw"].value < 1e-6
    assert certificates["violations"].value == 0.0


def test_claims_are_the_summarys(sample: StudyResult) -> None:
    for name, claim in claims(verify(sample)).items():
        assert set(claim) == {"value", "limit", "holds", "state"}, name
        assert claim["holds"] is (claim["state"] == "holds")


ALTERED: dict[str, tuple[str, Change]] = {
    # the grid's state
    "a voltage": ("ac_voltage_pu", nudge("buses", "vm_pu", 40, 3e-6)),
    "an hour's lowest voltage": ("ac_voltage_pu", nudge("hours", "vm_min_pu", 2, 1e-5)),
    "an hour's highest voltage": ("ac_voltage_pu", nudge("hours", "vm_max_pu", 2, 1e-5)),
    "a line's loss": ("ac_loss_kw", nudge("lines", "loss_kw", 40, 2e-3)),
    "an hour's loss": ("ac_loss_kw", nudge("hours", "loss_kw", 3, 2e-3)),
    "a flow": ("balance_kw", nudge("lines", "p_kw", 40, 2e-3)),
    "a reactive flow": ("balance_kw", nudge("lines", "q_kvar", 40, 2e-3)),
    "a current": ("balance_kw", nudge("lines", "i_a", 40, 1e-2)),
    "a flow on an open line": ("balance_kw", nudge("lines", "q_kvar", 32, 1.0)),
    "a loading": ("violations", nudge("lines", "loading_percent", 40, 0.1)),
    "an hour's loading": ("violations", nudge("hours", "max_loading_percent", 1, -5.0)),
    "violations that are not told": ("violations", lambda r: replace(r, network=r.network.with_(vm_min_pu=0.99))),
    "a price of violations that is not so": (
        "violations",
        lambda r: replace(r, summary=r.summary | {"costs_eur": r.summary["costs_eur"] | {"violations": 3.0}}),
    ),
    "another background": ("ac_voltage_pu", edit(lambda told: told["network"].update(background_scale=0.71))),
    "another power factor": ("ac_voltage_pu", prosumer(4, power_factor=0.9)),
    "another impedance": ("ac_loss_kw", lambda r: replace(r, network=r.network.with_(r_pu=r.network.r_pu * 1.001))),
    # topology and switching
    "a closed loop": (
        "radial",
        lambda r: alter(r, "lines", "closed", lambda t: np.maximum(t["closed"], t["line"] == 33)),
    ),
    "a line opened": ("radial", lambda r: alter(r, "lines", "closed", lambda t: t["closed"] * (t["line"] != 1))),
    "open lines misstated": ("radial", lambda r: alter(r, "hours", "open_lines", lambda t: "33 34 35 36 37")),
    "operations misstated": ("radial", nudge("hours", "operations", 4, -1)),
    "an operation left out": (
        "radial",
        lambda r: replace(r, tables=replace(r.tables, operations=r.tables.operations.iloc[1:])),
    ),
    "opened before closed": (
        "radial",
        lambda r: alter(r, "operations", "step", lambda t: len(t) - t["step"]),
    ),
    "a locked line": ("radial", lambda r: replace(r, network=r.network.with_(switchable=np.arange(37) != 6))),
    "too many operations in an hour": ("radial", edit(lambda told: told["dso"].update(max_switching_per_hour=6))),
    "too many operations in a day": ("radial", edit(lambda told: told["dso"].update(max_switching_per_day=6))),
    "a fixed topology that changes": ("radial", lambda r: replace(r, summary=r.summary | {"mode": "fixed"})),
    "a static topology that changes": ("radial", lambda r: replace(r, summary=r.summary | {"mode": "static"})),
    # prosumers
    "an injection": ("balance_kw", nudge("prosumers", "injection_kw", 7, 2e-3)),
    "an import": ("balance_kw", nudge("prosumers", "import_kw", 0, 2e-3)),
    "an export": ("balance_kw", nudge("prosumers", "export_kw", row_of("Farm", 4), 2e-3)),
    "PV from nowhere": ("balance_kw", nudge("prosumers", "pv_kw", row_of("Farm", 4), 2e-3)),
    "energy from nowhere": ("balance_kw", nudge("prosumers", "energy_kwh", row_of("Store", 3), 2e-3)),
    "unserved load": ("balance_kw", nudge("prosumers", "unserved_kw", 0, 2e-3)),
    "a battery charging beyond its power": ("balance_kw", prosumer(3, battery={"capacity_kwh": 200, "power_kw": 5})),
    "a battery beyond its capacity": (
        "balance_kw",
        prosumer(3, battery={"capacity_kwh": 120, "power_kw": 40, "initial_kwh": 100}),
    ),
    "a battery that starts elsewhere": (
        "balance_kw",
        prosumer(3, battery={"capacity_kwh": 200, "power_kw": 40, "initial_kwh": 90}),
    ),
    "a better battery": (
        "balance_kw",
        prosumer(3, battery={"capacity_kwh": 200, "power_kw": 40, "efficiency": 0.99}),
    ),
    "a battery that is not there": ("balance_kw", prosumer(3, battery=None)),
    "a generator beyond its limit": ("balance_kw", prosumer(4, generator={"max_kw": 40, "cost_eur_per_kwh": 0.2})),
    "elastic load beyond its limit": ("balance_kw", prosumer(4, elastic={"max_kw": 14, "utility_eur_per_kwh": 0.3})),
    "shifted load beyond its share": ("balance_kw", prosumer(2, flexible_share=0.05)),
    "load shifted out of its window": ("balance_kw", edit(lambda told: told.update(flexible_window_h=3))),
    "a battery that does not return in its cycle": (
        "balance_kw",
        prosumer(3, battery={"capacity_kwh": 200, "power_kw": 40, "cycle_h": 2}),
    ),
    "less sun": ("balance_kw", prosumer(1, pv_kw=290)),
    "an import limit": ("balance_kw", prosumer(0, import_limit_kw=10)),
    "an export limit": ("balance_kw", prosumer(1, export_limit_kw=10)),
    # trades and bills
    "a trade": ("reciprocity_kw", nudge("trades", "power_kw", 43, 2e-3)),
    "a net trade": ("reciprocity_kw", nudge("prosumers", "net_trade_kw", 3, 2e-3)),
    "a trade beyond its limit": ("reciprocity_kw", edit(lambda told: told["market"].update(trade_limit_kw=5))),
    "partners that are none": (
        "reciprocity_kw",
        edit(lambda told: told["market"].update(partners=[["Home", "School"]])),
    ),
    "a seller's copy": ("primal_kw", nudge("trades", "copy_seller_kw", 43, 0.1)),
    "an operator's copy": ("primal_kw", lambda r: replace(r, arrays={"wanted_kw": np.zeros((5, 8))})),
    "copies of somebody else": ("primal_kw", lambda r: replace(r, arrays={"wanted_kw": np.zeros((4, 8))})),
    "a dual residual": ("dual", nudge("convergence", "dual", 11, 0.02)),
    "a price": (
        "budget_eur",
        lambda r: alter(r, "trades", "price_eur_per_kwh", lambda t: t["price_eur_per_kwh"] + 0.01),
    ),
    "a network charge": ("budget_eur", nudge("buses", "charge_eur_per_kwh", 33 * 4 + 17, 0.01)),
    "a retail bill": ("budget_eur", nudge("bills", "retail_eur", 2, 0.02)),
    "a trade bill": ("budget_eur", nudge("bills", "trades_eur", 2, 0.02)),
    "fees": ("budget_eur", nudge("bills", "fees_eur", 2, 0.02)),
    "a network bill": ("budget_eur", nudge("bills", "network_eur", 2, 0.02)),
    "own costs": ("budget_eur", nudge("bills", "own_costs_eur", 2, 0.02)),
    "a total": ("budget_eur", nudge("bills", "total_eur", 2, 0.02)),
    "another tariff": ("budget_eur", edit(lambda told: told["tariff"].update(buy_eur_per_kwh=[0.31] * 8))),
    "another fee": ("budget_eur", edit(lambda told: told["market"].update(trade_fee_eur_per_kwh=0.002))),
    # network charges: bus 20 is nobody's
    "a charge and its part for losses": ("charges", charged("loss", 20)),
    "a charge and its part for congestion": ("charges", charged("congestion", 20)),
    "a charge and its part for voltage": ("charges", charged("voltage", 20)),
    "a charge that is not the sum of its parts": ("charges", nudge("buses", "charge_eur_per_kwh", 33 * 4 + 19, 0.01)),
    "a part that is not in the charge": ("charges", nudge("buses", "charge_loss", 33 * 4 + 19, 0.01)),
    "another price of losses": ("charges", edit(lambda told: told["dso"].update(loss_price_eur_per_kwh=0.13))),
    "another preference": (
        "budget_eur",
        edit(lambda told: told["market"]["preferences"][0].update(eur_per_kwh=0.004)),
    ),
}


@pytest.mark.parametrize("name", ALTERED)
def test_what_is_altered_is_found(sample: StudyResult, name: str) -> None:
    certificate, change = ALTERED[name]
    found = failing(change(sample))
    assert certificate in found, sorted(found)
    assert found[certificate].text != RULES[certificate].text, "the text says where"


def test_every_certificate_of_the_sample_can_fail() -> None:
    about_the_optimum = {"gap_central", "cone_gap", "regret", "rank", "rationality_eur"}
    assert {certificate for certificate, _ in ALTERED.values()} == set(RULES) - about_the_optimum


def test_schedules_that_were_tried_and_not_taken_do_not_count(sample: StudyResult) -> None:
    rows = sample.tables.convergence
    tried = rows.iloc[[-1]].assign(iteration=12, primal=80.0, dual=5.0)
    longer = replace(sample.tables, convergence=pd.concat([rows, tried], ignore_index=True))
    found = verify(replace(sample, tables=longer))["dual"]
    assert found.holds
    assert found.value == rows["dual"].iloc[-1]


@pytest.mark.parametrize("bus", [1, 20])
def test_a_charge_where_nobody_sits_does_not_widen_the_limit_of_the_dual(sample: StudyResult, bus: int) -> None:
    dear = nudge("buses", "charge_eur_per_kwh", bus - 1, 1e6)(sample)
    found = verify(nudge("convergence", "dual", 11, 500.0)(dear))["dual"]
    assert found.state == "does not hold"
    assert found.limit == verify(sample)["dual"].limit


def test_nothing_negotiated_does_not_hold(sample: StudyResult) -> None:
    rows = sample.tables.convergence
    for table in (rows.iloc[:0], rows.assign(primal=np.nan, dual=np.nan)):
        found = verify(replace(sample, tables=replace(sample.tables, convergence=table)))["dual"]
        assert found.state == "does not hold" and found.value is None


def test_the_worst_place_is_named(sample: StudyResult) -> None:
    found = failing(nudge("prosumers", "unserved_kw", row_of("School", 6), 0.5)(sample))
    assert found["balance_kw"].value == pytest.approx(0.5)
    assert "School, hour 6" in found["balance_kw"].text
    found = failing(nudge("buses", "vm_pu", 33 * 3 + 17, -0.01)(sample))
    assert "bus 18, hour 3" in found["ac_voltage_pu"].text


def test_a_grid_without_a_power_flow_gives_no_value(sample: StudyResult) -> None:
    """Eight times the load: pandapower finds no solution, so nothing that needs one can hold."""
    result = edit(lambda told: told["network"].update(background_scale=8.0))(sample)
    found = verify(result)
    for name in ("ac_voltage_pu", "ac_loss_kw", "violations"):
        assert found[name].value is None
        assert not found[name].holds


def test_violations_are_told_and_not_forbidden(sample: StudyResult) -> None:
    tight = replace(sample, network=sample.network.with_(vm_min_pu=0.99))
    from p2pdnr.results.summary import figures

    honest = replace(tight, summary=tight.summary | figures(tight.scenario, tight.network, tight.tables))
    certificate = verify(honest)["violations"]
    assert certificate.holds
    assert certificate.value == pytest.approx(0.99 - sample.tables.buses["vm_pu"].min())
    assert "bus" in certificate.text


def test_the_tolerance_that_was_asked_for_is_the_limit(sample: StudyResult) -> None:
    assert verify(sample)["primal_kw"].limit == pytest.approx(0.075)
    asked = replace(sample, summary=sample.summary | {"tolerance_kw": 0.001})
    assert failing(asked)["primal_kw"].limit == pytest.approx(0.0015)


def test_without_trading_everything_still_has_an_answer(sample: StudyResult) -> None:
    told = document.to_dict(sample.scenario)
    told["market"] = {"partners": "none"}
    people = sample.tables.prosumers.copy()
    people["import_kw"] = (-people["injection_kw"]).clip(lower=0)
    people["export_kw"] = people["injection_kw"].clip(lower=0)
    people["net_trade_kw"] = 0.0
    none = sample.tables.trades.iloc[:0], sample.tables.partners.iloc[:0]
    tables = replace(sample.tables, prosumers=people, trades=none[0], partners=none[1])
    alone = replace(sample, scenario=document.from_dict(told), tables=tables)
    found = verify(alone)
    assert found["reciprocity_kw"].value == 0.0
    assert found["balance_kw"].holds
    assert found["ac_voltage_pu"].holds
