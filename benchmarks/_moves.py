"""How long one move of a slider holds the page: the prediction, all that is drawn of it, style and layout."""

from __future__ import annotations

import statistics
from typing import Any

from playwright.sync_api import Page

from scripts.page_door import ask

READY = """async () => {
  const { store } = p2pdnr;
  while (!store.get().heard || !store.get().verdict) await new Promise(requestAnimationFrame);
}"""
MOVES = """async (count) => {
  const slider = document.querySelector('#knob-load_kw'), took = [], frame = () => new Promise(requestAnimationFrame);
  const first = Number(slider.value), most = Number(slider.max);
  for (let i = 0; i < count; i += 1) {
    let start;
    requestAnimationFrame(() => { start = performance.now(); });
    slider.value = first + (most - first) * (i % 50) / 100;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await frame();
    document.body.getBoundingClientRect();
    took.push(performance.now() - start);
  }
  const { moved, day } = p2pdnr.store.get().preview;
  return { took, moved, drawn: Boolean(day) };
}"""


def moves(page: Page, count: int = 100) -> list[float] | None:
    """Milliseconds of moves of one prosumer's load, first looks of the page left out; None where there is no preview."""
    ask(page, READY)
    bus = ask(page, "() => p2pdnr.view.payload.prosumers.bus[1]")
    page.locator(f"#diagram [data-bus='{bus}']").dispatch_event("click")
    page.wait_for_selector("#knob-load_kw")
    page.wait_for_timeout(2_000)
    ask(page, MOVES, 5)
    found: dict[str, Any] = ask(page, MOVES, count)
    assert found["moved"] >= count
    return found["took"] if found["drawn"] else None


def told(found: list[float] | None) -> str:
    """Median and worst."""
    return "no preview" if found is None else f"{statistics.median(found):.0f}, {max(found):.0f}"
