"""How long a file that somebody chooses in Import takes until the page has drawn it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from scripts.page_door import ask

IMPORTED = "imported network drawn, s"
MOST_MS = 120_000
_AWAIT = """() => {
  window.took = 0; const before = p2pdnr.view.payload, drawn = () => new Promise(requestAnimationFrame);
  document.querySelector("#import").addEventListener("change", () => { window.began = performance.now(); }, true);
  const look = async () => {
    if (p2pdnr.view.payload === before) return setTimeout(look, 5);
    await drawn(); await drawn();
    window.took = performance.now() - window.began;
  };
  look();
}"""


def drawn_s(page: Page, path: Path) -> float:
    """Seconds from the choice of a file until its network is drawn."""
    ask(page, _AWAIT)
    page.locator("#import").set_input_files(path)
    page.wait_for_function("window.took", timeout=MOST_MS)
    return float(page.evaluate("window.took")) / 1e3
