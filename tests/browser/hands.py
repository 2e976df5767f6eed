"""What a person does at the drawer: files in and out, panes, the clipboard."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.driver import SLOW_MS, Dashboard

_PASTE = """text => { const data = new DataTransfer(); data.setData("text/plain", text);
  const options = {clipboardData: data, bubbles: true, cancelable: true};
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", options)); }"""


def give(dashboard: Dashboard, name: str, content: str | bytes) -> None:
    """Import a file."""
    data = content if isinstance(content, bytes) else content.encode()
    dashboard.page.locator("#import").set_input_files({"name": name, "mimeType": "text/plain", "buffer": data})


def taken(dashboard: Dashboard, what: str) -> bytes:
    """A file that the menu gives."""
    dashboard.page.locator("#take summary").click()
    with dashboard.page.expect_download(timeout=2 * SLOW_MS) as found:
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
