"""The whole way with the real solver: a small ring, solved in a worker, read back by page and person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from p2pdnr.results import folder
from p2pdnr.server import Server
from p2pdnr.server.settings import Settings
from tests.server.asking import Browser, until


def ring() -> dict[str, Any]:
    """Three buses in a ring, a consumer and a producer, two hours."""
    ends = ((1, 2, True), (2, 3, True), (3, 1, False))
    lines = [{"from": a, "to": b, "closed": closed, "r_ohm": 0.1, "x_ohm": 0.1} for a, b, closed in ends]
    return {
        "name": "ring",
        "network": {"source": {"buses": [{"vn_kv": 10.0, "p_kw": 10.0}] * 3, "lines": lines}},
        "profiles": {"load": [1.0, 0.5], "pv": [0.0, 1.0]},
        "tariff": {"buy_eur_per_kwh": [0.3, 0.3], "sell_eur_per_kwh": [0.1, 0.1]},
        "prosumers": [{"id": "A", "bus": 2, "load_kw": 10.0}, {"id": "B", "bus": 3, "pv_kw": 20.0}],
    }


@pytest.mark.slow
def test_a_scenario_is_solved_with_its_references(start: Callable[..., Server], browse: Callable[[], Browser]) -> None:
    server = start(runner=Settings().runner, workers=1, spares=0)
    browser = browse()
    response = browser.client.post("/jobs", json={"scenario": ring(), "mode": "hourly", "references": True})
    job = response.json["job"]
    state = until(lambda: (state := browser.state(job))["ended"] and state, 200.0)
    assert (state["state"], state["error"], state["missing"]) == ("done", None, {})
    assert list(state["results"]) == ["hourly", "fixed", "static", "fixed-no-p2p"]
    progress = [data for _, kind, data in browser.events(job) if kind == "progress"]
    assert {data["mode"] for data in progress} == set(state["results"])
    assert all(data["seconds"] >= 0 and data["stage"] for data in progress)
    for mode, result_id in state["results"].items():
        payload = browser.client.get(f"/results/{result_id}.json").json
        assert (payload["mode"], payload["name"], payload["hours"]) == (mode.removesuffix("-no-p2p"), "ring", 2)
        assert payload["p2p"] == (mode != "fixed-no-p2p")
        place = server.store.folder(result_id)
        assert place is not None and folder.load(place).summary["status"] == "converged"

    warm = {"scenario": ring(), "references": False, "warm": state["results"]["hourly"]}
    again = browser.client.post("/jobs", json=warm).json["job"]
    assert until(lambda: (state := browser.state(again))["ended"] and state, 200.0)["state"] == "done"

    # Three people at once, one process: whoever waits behind another is first left with a plan that could be run.
    people = [browse() for _ in range(3)]
    crowd = {"scenario": ring(), "references": False, "anew": True}
    jobs = [person.client.post("/jobs", json=crowd).json["job"] for person in people]
    for person, job in zip(people, jobs, strict=True):
        assert until(lambda: (state := person.state(job))["ended"] and state, 200.0)["state"] == "done"  # noqa: B023
    told = [person.events(job) for person, job in zip(people, jobs, strict=True)]
    starts = [[data["state"] for _, kind, data in events if kind == "state"].count("solving") for events in told]
    assert max(starts) == 2
    for events in told:
        firsts = [data for _, kind, data in events if kind == "progress" and data["offer"]]
        assert firsts and all(data["offer"]["objective_eur"] is not None for data in firsts)
