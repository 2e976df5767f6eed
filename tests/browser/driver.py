"""What a person sees and does on the page, in the page's own words: tests read these, not selectors."""

from __future__ import annotations

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

    # -- done ---------------------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def choose_tab(self, key: str) -> None:
        """Open a chart and wait for it: its tab is marked, its body filled."""
        self.page.locator(f"#tab-{key}").click()
        expect(self.page.locator(f"#tab-{key}")).to_have_attribute("aria-selected", "true")
        expect(self.page.locator("#chart-body").locator(".plot .main-svg, table").first).to_be_visible(timeout=20_000)
