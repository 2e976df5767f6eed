"""What a person sees and does on the page, in the page's own words: tests read these, not selectors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

READY = "html[data-ready='1']"


@dataclass(frozen=True)
class Dashboard:
    """The opened page."""

    page: Page

    def open(self, address: str = "/") -> Dashboard:
        """Go there and wait until everything of the first view is drawn."""
        self.page.goto(address)
        expect(self.page.locator(READY)).to_be_attached(timeout=20_000)
        return self

    # -- seen ---------------------------------------------------------------------------------------------------------

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

    def payload(self, mode: str = "hourly") -> dict[str, Any]:
        """The result the page holds for a mode."""
        held: dict[str, Any] = self.page.evaluate("mode => window.p2pdnr.store.get().results[mode]", mode)
        return held

    def chart(self) -> Any:
        """The data of the chart on show."""
        return self.page.evaluate("document.querySelector('#chart-body .plot').data.map(({x, y, z}) => ({x, y, z}))")

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
        expect(self.page.locator("#solve")).to_be_enabled(timeout=20_000)
        self.page.locator("#solve").click()
        expect(self.status).to_have_text(re.compile("^Solved"), timeout=120_000)
        expect(self.page.locator("#solve")).to_be_enabled()

    def choose_tab(self, key: str) -> None:
        """Open a chart and wait for it: its tab is marked, its body filled."""
        self.page.locator(f"#tab-{key}").click()
        expect(self.page.locator(f"#tab-{key}")).to_have_attribute("aria-selected", "true")
        expect(self.page.locator("#chart-body").locator(".plot .main-svg, table").first).to_be_visible(timeout=20_000)
