"""The views whose facts are kept, those that are photographed too, and what is done on the page before.

Every scene replays what is stored: the precomputed day, or events of a solve that never ends. Nothing is solved.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, Route, expect

from tests.browser.driver import SLOW_MS, Dashboard

HOUR = 12


@dataclass(frozen=True)
class Scene:
    """One view: what the address asks for, how wide the window is, and the name of what is done first."""

    theme: str
    width: int
    tab: str = "losses"
    pane: str = "prosumers"
    view: str = ""
    hour: int = HOUR

    @property
    def name(self) -> str:
        """File name without suffix."""
        usual = ("losses", "prosumers", "", str(HOUR))
        parts = [f"-{part}" for part in (self.tab, self.pane, self.view, str(self.hour)) if part not in usual]
        return f"{self.theme}-{self.width}{''.join(parts)}"

    @property
    def address(self) -> str:
        """Path and query."""
        asked = f"/?hour={self.hour}&theme={self.theme}&tab={self.tab}&pane={self.pane}&freeze=1"
        return asked + ("&present=1" if self.view == "present" else "")


def try_line(number: int) -> Callable[[Page], None]:
    """Switch by hand: one line from where the plan is."""

    def act(page: Page) -> None:
        page.locator("#try").click()
        page.locator(f"#diagram [data-line='{number}']").focus()
        page.keyboard.press("Enter")
        page.locator("#reveal:enabled").wait_for(timeout=120_000)  # every topology is ranked
        page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")

    return act


def open_details(page: Page) -> None:
    """The whole day of a bus."""
    page.evaluate("document.querySelector('[data-bus=\"14\"]').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    expect(page.locator("#details .body")).not_to_be_empty(timeout=120_000)


def type_nonsense(page: Page) -> None:
    """A word where a number belongs, and a decimal comma."""
    dashboard = Dashboard(page)
    first, second = page.locator("#prosumers [role=gridcell][col-id='id']").all_inner_texts()[:2]
    dashboard.type_into(dashboard.cell(first, "load_kw"), "much")
    dashboard.type_into(dashboard.cell(second, "pv_kw"), "1,500")
    expect(dashboard.problems()).to_have_count(2)
    page.mouse.move(0, 0)
    page.evaluate("window.scrollTo(0, 0)")


ITERATIONS = 40


def progress(iteration: int) -> dict[str, object]:
    """An event of a solve that converges evenly."""
    data = {
        "mode": "hourly",
        "p2p": True,
        "stage": "convex",
        "iteration": iteration,
        "primal_kw": 400 * 0.85**iteration,
        "dual": 0.5 * 0.85**iteration,
        "free_binaries": max(0, 300 - 12 * iteration),
        "objective_eur": 1900 + 900 * 0.8**iteration,
        "seconds": 0.1 * iteration,
    }
    return {"id": iteration, "kind": "progress", "data": data}


def run_for_ever(page: Page) -> None:
    """A solve that has come to iteration 40 and stays there."""
    state = {"job": "held", "state": "solving", "ended": False, "position": None, "error": None, "mode": "hourly"}
    state |= {"p2p": True, "results": {}, "pending": ["hourly"], "missing": {}}
    events = [progress(iteration) for iteration in range(1, ITERATIONS + 1)]

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=202, json=state)
        elif route.request.url.endswith("/events"):
            route.fulfill(status=503, json={})
        else:
            late = "after=0" not in route.request.url
            route.fulfill(status=200, body=json.dumps(state | {"events": [] if late else events}))

    page.route("**/jobs**", answer)
    page.route("**/jobs/**", answer)
    page.locator("#solve").click()
    expect(page.locator("#chart-body .live-curve")).to_be_visible(timeout=SLOW_MS)
    expect(page.locator("#caption")).to_contain_text("0 switches are undecided")
    page.evaluate("window.dispatchEvent(new Event('resize'))")  # drawn again at the size that the caption leaves


ACTS: dict[str, Callable[[Page], None]] = {
    "loop": try_line(33),
    "dark": try_line(5),
    "details": open_details,
    "error": type_nonsense,
    "running": run_for_ever,
}
"""What is done on the page before the picture of a view is taken."""

VIEWS = [Scene(theme, width) for theme in ("light", "dark") for width in (390, 1280, 1920)]
HOURS = [Scene("light", 1280, hour=hour) for hour in (3, 19)]
CHARTS = [
    Scene("light", 1280, tab)
    for tab in ("costs", "why", "secure", "modes", "voltages", "trades", "prices", "prosumer", "bills")
]
CHARTS += [Scene("dark", 1280, tab) for tab in ("costs", "voltages", "checks")]
CHARTS += [Scene("light", 1280, "convergence")]
PANES = [Scene("light", 1280, pane=pane) for pane in ("profiles", "settings", "compare")]
PANES += [Scene("dark", 390, pane=pane) for pane in ("profiles", "compare")]
STATES = [
    Scene("light", 390, view="loop"),
    Scene("dark", 1280, view="dark"),
    Scene("light", 1280, view="details"),
    Scene("light", 1920, view="present"),
    Scene("light", 1280, view="error"),
    Scene("dark", 1280, "convergence", view="running"),
]
SCENES = VIEWS + HOURS + CHARTS + PANES + STATES

WINDOW, CHARTS_CARD, DRAWER = "", "#charts", "#drawer"
PICTURES = {
    "light-1280": WINDOW,
    "dark-1280": "#grid-card",
    "light-1280-voltages": CHARTS_CARD,
    "dark-1280-voltages": CHARTS_CARD,
    "light-1280-why": CHARTS_CARD,
    "dark-1280-convergence-running": CHARTS_CARD,
    "light-1280-details": WINDOW,
    "light-1280-error": DRAWER,
    "light-1280-profiles": DRAWER,
    "light-1280-compare": DRAWER,
    "light-390-loop": "#grid-card",
    "light-1920-present": "#grid-card",
}
"""Scenes that are photographed, one for each main view, and the part of the page that the picture shows; both themes
only where colour is the point."""
