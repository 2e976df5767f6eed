"""What goes wrong with a solve is told on the page, and what it showed before stands."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from p2pdnr.errors import Problem, ScenarioError, SolverError
from p2pdnr.server.protocol import describe, error
from scripts.page_door import ask
from tests.browser.driver import Dashboard

pytestmark = pytest.mark.browser

ISLAND = ScenarioError([Problem("network", "lines", ("14",), "is connected to no substation", "Add a line")])
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "solver process killed": (error("WorkerDied", "The solver process ended unexpectedly. Solve again."), "ended"),
    "out of memory": (describe(MemoryError()), "fewer prosumers"),
    "disk full": (describe(OSError(errno.ENOSPC, "full")), "disk is full"),
    "no convergence": (describe(SolverError("The negotiation came to no plan within its iterations.")), "no plan"),
    "deadline": (error("Deadline", "The solve took longer than 300 s and was ended."), "300 s"),
    "anything else": (describe(ZeroDivisionError("inner workings")), "log has the details"),
}


@dataclass
class Played:
    """A server whose jobs end as told: ``answer`` is the state of every job, None stands for one it never heard of."""

    answer: dict[str, Any] | None = None
    silent: bool = False
    asked: list[str] = field(default_factory=list)

    def play(self, route: Route) -> None:
        """Answer a request of the page."""
        self.asked.append(f"{route.request.method} {route.request.url.rsplit('/', 1)[-1]}")
        if route.request.method == "POST":
            route.fulfill(status=202, json=state("queued", None))
        elif self.silent:
            route.abort()
        elif self.answer is None:
            route.fulfill(status=404, json={"state": "expired", "ended": True, "error": error("Expired", "gone")})
        elif route.request.url.endswith("/events"):
            route.fulfill(status=503, json={})
        else:
            route.fulfill(status=200, body=json.dumps(self.answer | {"events": []}))


def state(name: str, reason: dict[str, Any] | None) -> dict[str, Any]:
    """A job as the server tells it."""
    told = {"job": "played", "state": name, "ended": name == "failed", "position": 1, "error": reason, "mode": "hourly"}
    return told | {"p2p": True, "results": {}, "pending": [], "missing": {}}


@pytest.fixture(scope="module")
def opened(window: BrowserContext) -> Iterator[tuple[Dashboard, list[str]]]:
    """The opened page; browsers log every refusal, so that here scripts alone must not fail."""
    page, failed = window.new_page(), list[str]()
    page.on("pageerror", lambda exception: failed.append(str(exception)))
    yield Dashboard(page).open(), failed
    page.close()


@pytest.fixture
def dashboard(opened: tuple[Dashboard, list[str]]) -> Iterator[Dashboard]:
    """The page as at first; what a solve said of the scenario is forgotten with the next edit."""
    dashboard, failed = opened
    ask(dashboard.page, "() => { p2pdnr.changeDraft({}); p2pdnr.undo(); }")
    dashboard.as_at_first()
    yield dashboard
    dashboard.page.unroute_all()
    assert not failed


@pytest.fixture
def played(dashboard: Dashboard) -> Played:
    """The opened page's server, from now on."""
    server = Played()
    for pattern in ("**/jobs", "**/jobs/**"):
        dashboard.page.route(pattern, server.play)
    expect(dashboard.page.locator("#solve")).to_be_enabled()
    return server


def stands(page: Page) -> None:
    """Nothing runs, the last result is bright, and it can be solved again."""
    expect(page.locator("#cancel")).to_be_hidden()
    expect(page.locator("#page")).not_to_have_class(re.compile("stale"))
    expect(page.locator("#solve")).to_be_enabled()


def test_every_fault_is_told_and_the_last_result_stands(dashboard: Dashboard, played: Played) -> None:
    before, lines = dashboard.payload(), dashboard.open_lines
    for name, (reason, told) in FAULTS.items():
        played.answer = state("failed", reason)
        dashboard.page.locator("#solve").click()
        expect(dashboard.status, name).to_contain_text(told)
        stands(dashboard.page)
        assert "inner workings" not in dashboard.page.locator("main").inner_text()
    assert (dashboard.payload(), dashboard.open_lines) == (before, lines)


def test_a_scenario_that_cannot_be_is_told_with_what_to_do(dashboard: Dashboard, played: Played) -> None:
    before = dashboard.payload()
    played.answer = state("failed", describe(ISLAND))
    dashboard.page.locator("#solve").click()
    expect(dashboard.problems()).to_contain_text("connected to no substation")
    expect(dashboard.problems()).to_contain_text("Add a line")
    expect(dashboard.page.locator("#page")).not_to_have_class(re.compile("stale"))
    assert dashboard.payload() == before


def test_a_server_that_was_started_again_is_told(dashboard: Dashboard, played: Played) -> None:
    before = dashboard.payload()
    dashboard.page.locator("#solve").click()
    expect(dashboard.status).to_contain_text("expired on the server. Solve again")
    stands(dashboard.page)
    assert dashboard.payload() == before
    played.asked.clear()
    played.answer = state("failed", describe(MemoryError()))
    dashboard.page.locator("#solve").click()
    expect(dashboard.status).to_contain_text("fewer prosumers")
    assert played.asked[0].startswith("POST"), "solving again asks anew"


def test_a_lost_connection_is_told_and_taken_up_again(dashboard: Dashboard, played: Played) -> None:
    played.silent = True
    dashboard.page.locator("#solve").click()
    expect(dashboard.status).to_contain_text("Connection lost")
    expect(dashboard.page.locator("#page")).to_have_class(re.compile("stale"))
    played.silent, played.answer = False, state("failed", describe(SolverError("It came to no plan.")))
    expect(dashboard.status).to_contain_text("no plan")
    stands(dashboard.page)


def test_cancel_frees_the_page_though_the_server_is_silent(dashboard: Dashboard, played: Played) -> None:
    before = dashboard.payload()
    played.silent = True
    dashboard.page.locator("#solve").click()
    expect(dashboard.status).to_contain_text("Connection lost")
    dashboard.page.locator("#cancel").click()
    expect(dashboard.status).to_contain_text("Cancelled here. The server did not answer")
    stands(dashboard.page)
    assert dashboard.payload() == before


def test_an_order_cancelled_on_its_way_is_not_taken_for_the_next(dashboard: Dashboard, played: Played) -> None:
    """The first order is answered after the second was sent: its job is ended, the second is followed."""
    sent: list[Route] = []
    dashboard.page.route("**/jobs", lambda route: sent.append(route))
    with dashboard.page.expect_request("**/jobs"):
        dashboard.page.locator("#solve").click()
    dashboard.page.locator("#cancel").click()
    expect(dashboard.status).to_have_text("Cancelled. The last result is shown.")
    with dashboard.page.expect_request("**/jobs"):
        dashboard.page.locator("#solve").click()
    with dashboard.page.expect_request(lambda request: request.method == "DELETE") as ended:
        sent[0].fulfill(status=202, json=state("queued", None) | {"job": "first"})
    assert ended.value.url.endswith("/jobs/first")
    expect(dashboard.page.locator("#cancel")).to_be_visible()
    played.answer = state("failed", describe(SolverError("The second came to no plan.")))
    sent[1].fulfill(status=202, json=state("queued", None))
    expect(dashboard.status).to_contain_text("The second came to no plan")
    stands(dashboard.page)
