"""What a person sees and does on the page, in the page's own words: tests read these, not selectors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from scripts.page_door import ask

READY = "html[data-ready='1']"
SLOW_MS = 300_000
"""What takes a moment on an idle machine and much longer on a busy one."""

SOLVED_MS = 300_000
"""The smallest day, on a server whose solvers have yet to warm up."""

FIRST_VIEW = """(most) => {
  const { store, view, undo, openPane, startHour } = p2pdnr;
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  for (let step = 0; step < most; step += 1) undo();
  if (store.get().trial) p2pdnr.endTrial();
  const open = document.querySelector("#details .close");
  if (open) open.click();
  openPane("prosumers");
  if (store.get().theme !== "light") p2pdnr.setTheme("light");
  store.set({ mode: "hourly" });
  store.set({ hour: startHour(view.payload), tab: "costs", playing: false, chosen: null, arcs: "largest" });
  if (document.activeElement) document.activeElement.blur();
  window.scrollTo(0, 0);
}"""
"""Leads back to the first view from whatever edits and views do not outlive it."""


OPEN_CASE = """() => {
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  if (p2pdnr.store.get().trial) p2pdnr.endTrial();
  window.idsBefore = p2pdnr.store.get().ids;
  const menu = document.getElementById("case");
  menu.value = document.body.dataset.case;
  menu.dispatchEvent(new Event("change", { bubbles: true }));
}"""
IS_OPEN = """() => {
  const { ids, results } = p2pdnr.store.get();
  const all = ids !== window.idsBefore && ids.hourly === `${document.body.dataset.case}-hourly`;
  return all && Object.keys(ids).every((mode) => results[mode]);
}"""
"""Whether the default day that was asked for has come, with its results in all modes."""

HOLDS = """(arg) => new Promise((done, giveUp) => {
  const holds = (PREDICATE), end = performance.now() + 300000;
  const look = () => {
    if (holds(arg)) done();
    else if (performance.now() > end) giveUp(new Error(`never came about: ${holds}`));
    else setTimeout(look, 50);
  };
  look();
})"""


def holds(page: Page, predicate: str, arg: Any = None) -> None:
    """Wait until a function of the page says yes; it may name ``p2pdnr``, as those of `ask` do."""
    ask(page, HOLDS.replace("PREDICATE", predicate), arg)


@dataclass(frozen=True)
class Dashboard:
    """The opened page."""

    page: Page

    def open(self, address: str = "/") -> Dashboard:
        """Go there and wait until everything of the first view is drawn and the table is there."""
        self.open_without_table(address)
        self.has_table()
        return self

    def open_without_table(self, address: str = "/") -> None:
        """Go there and wait until everything of the first view is drawn; the drawer comes with Dash, maybe later."""
        self.page.goto(address, wait_until="commit", timeout=SLOW_MS)
        expect(self.page.locator(READY)).to_be_attached(timeout=SLOW_MS)

    def has_table(self) -> None:
        """Wait for the drawer and the first draft."""
        holds(self.page, "() => p2pdnr.store.get().heard > 0")

    def has_results(self) -> None:
        """Wait for the results of all modes: with them the page notes that somebody was here."""
        holds(self.page, "() => Object.keys(p2pdnr.store.get().ids).every((mode) => p2pdnr.store.get().results[mode])")

    def as_at_first(self, undone: int = 200) -> None:
        """Back to the first view without loading the page again: that many edits are undone at most."""
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.page.mouse.move(0, 0)
        ask(self.page, FIRST_VIEW, undone)
        expect(self.changes).to_have_text("As solved", timeout=SLOW_MS)
        self.shows_chart()

    def open_case(self) -> None:
        """Choose the default day in the menu, whatever day is open, and wait for its stored results."""
        ask(self.page, OPEN_CASE)
        holds(self.page, IS_OPEN)

    # -- seen ---------------------------------------------------------------------------------------------------------

    def shows_hour(self, hour: int) -> None:
        """Wait for an hour to be on show."""
        expect(self.page.locator("#timeline")).to_have_attribute("aria-valuenow", str(hour))

    @property
    def hour(self) -> int:
        """The hour on show, from 0."""
        return int(self.page.locator("#timeline").get_attribute("aria-valuenow") or "-1")

    @property
    def open_lines(self) -> list[int]:
        """Numbers of the lines drawn open."""
        found: list[int] = self.page.evaluate(
            "[...document.querySelectorAll('#diagram .wires .wire')]"
            ".map((wire, i) => wire.classList.contains('open') ? i + 1 : 0).filter(Boolean)"
        )
        return found

    @property
    def headlines(self) -> str:
        """The headline figures as text."""
        return self.page.locator("#headlines").inner_text()

    @property
    def status(self) -> Locator:
        """The line that says what goes on."""
        return self.page.locator("#status")

    @property
    def changes(self) -> Locator:
        """The line that counts what is not solved."""
        return self.page.locator("#changes")

    def payload(self, mode: str = "hourly") -> dict[str, Any]:
        """The result the page holds for a mode."""
        held: dict[str, Any] = ask(self.page, "mode => p2pdnr.store.get().results[mode]", mode)
        return held

    def bus(self, number: int) -> Locator:
        """A bus of the diagram."""
        return self.page.locator(f"#diagram [data-bus='{number}']")

    def line(self, number: int) -> Locator:
        """A line of the diagram."""
        return self.page.locator(f"#diagram [data-line='{number}']")

    def cell(self, prosumer: str, column: str) -> Locator:
        """The cell of a prosumer in a column of the table, scrolled into view."""
        named = re.compile(f"^{re.escape(prosumer)}$")
        name = self.page.locator("#prosumers [role=gridcell][col-id='id']").filter(has_text=named)
        key = name.locator("xpath=ancestor::*[@row-id][1]").get_attribute("row-id")
        self.page.evaluate("column => window.dash_ag_grid.getApi('prosumers').ensureColumnVisible(column)", column)
        return self.page.locator(f"#prosumers [row-id='{key}'] [role=gridcell][col-id='{column}']")

    def problems(self) -> Locator:
        """The list of what is wrong below the table."""
        return self.page.locator("#problems li:not(.note)")

    # -- done ---------------------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def type_into(self, cell: Locator, text: str) -> None:
        """Replace what a cell holds, as a person does: double click, type, Enter."""
        cell.dblclick()
        editor = cell.locator("input")
        editor.fill(text)
        editor.press("Enter")
        expect(editor).to_have_count(0)

    def solve(self) -> None:
        """Press Solve and wait for the end of everything it starts."""
        expect(self.page.locator("#solve")).to_be_enabled(timeout=SLOW_MS)
        self.page.locator("#solve").click()
        expect(self.status).to_have_text(re.compile("^Solved"), timeout=SOLVED_MS)
        expect(self.page.locator("#solve")).to_be_enabled()

    def choose_tab(self, key: str) -> None:
        """Open a chart and wait for it: its tab is marked, its body filled."""
        kind = self.page.locator(f"#tab-{key}").get_attribute("data-kind")
        self.page.locator(f"#kind-{kind}").click()
        self.page.locator(f"#tab-{key}").click()
        expect(self.page.locator(f"#tab-{key}")).to_have_attribute("aria-selected", "true")
        self.shows_chart()

    def shows_chart(self) -> None:
        """Wait for the chart of the chosen tab."""
        expect(
            self.page.locator("#chart-body").locator(".plot .main-svg, table, .costs, .security").first
        ).to_be_visible(timeout=SLOW_MS)
