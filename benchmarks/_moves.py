"""How long one move of a slider holds the page: the prediction, all that is drawn of it, style and layout."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page

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


FIGURES = ("a slider moved, median ms", "a slider moved, worst of 100, ms", "a slider moved, processor ms")


@dataclass(frozen=True)
class Moves:
    """Milliseconds of every move, and the processor time of one on average."""

    took_ms: list[float]
    processor_ms: float

    def figures(self) -> tuple[float, float, float]:
        """What FIGURES names."""
        return statistics.median(self.took_ms), max(self.took_ms), self.processor_ms


def moves(page: Page, count: int = 100) -> Moves | None:
    """Of moves of one prosumer's load, first looks of the page left out; None where there is no preview."""
    ask(page, READY)
    bus = ask(page, "() => p2pdnr.view.payload.prosumers.bus[1]")
    page.locator(f"#diagram [data-bus='{bus}']").dispatch_event("click")
    page.wait_for_selector("#knob-load_kw")
    page.wait_for_timeout(2_000)
    ask(page, MOVES, 5)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _processor_s(session)
    found: dict[str, Any] = ask(page, MOVES, count)
    used = _processor_s(session) - before
    assert found["moved"] >= count
    return Moves(found["took"], 1e3 * used / count) if found["drawn"] else None


def _processor_s(session: CDPSession) -> float:
    """Processor time of the page's tasks since the session began to count."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")
