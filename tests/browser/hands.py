"""What a person does at the drawer: files in and out, panes, the clipboard; and a server that keeps one waiting."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Route, expect

from tests.browser.driver import SLOW_MS, Dashboard

_PASTE = """text => { const data = new DataTransfer(); data.setData("text/plain", text);
  const options = {clipboardData: data, bubbles: true, cancelable: true};
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", options)); }"""


@dataclass
class Held:
    """A server that says nothing while it is shut."""

    shut: bool = True
    asked: list[Route] = field(default_factory=list)

    def hear(self, route: Route) -> None:
        """Keep a question, or let it through."""
        if self.shut:
            self.asked.append(route)
        else:
            route.continue_()

    def answer(self) -> None:
        """From now on say something to everything, to what was kept first."""
        self.shut = False
        while self.asked:
            self.asked.pop(0).continue_()


def give(dashboard: Dashboard, name: str, content: str | bytes) -> None:
    """Import a file."""
    data = content if isinstance(content, bytes) else content.encode()
    dashboard.page.locator("#import").set_input_files({"name": name, "mimeType": "text/plain", "buffer": data})


def taken(dashboard: Dashboard, what: str) -> bytes:
    """A file that the menu gives."""
    dashboard.page.locator("#take summary").click()
    with dashboard.page.expect_download(timeout=SLOW_MS) as found:
        dashboard.page.locator(f"#out-{what}").click()
    return Path(found.value.path()).read_bytes()


def pane(dashboard: Dashboard, key: str) -> Locator:
    """Open a pane of the drawer."""
    dashboard.page.locator(f"#drawer-{key}").click()
    opened = dashboard.page.locator(f"#pane-{key}")
    expect(opened).to_be_visible()
    return opened


def paste(dashboard: Dashboard, text: str) -> None:
    """Paste into what has the focus."""
    dashboard.page.evaluate(_PASTE, text)
