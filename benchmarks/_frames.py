"""Processor time of the browser's main thread for the frame of an hour while a day plays, and how far the page shifts
while it loads."""

from __future__ import annotations

import statistics
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

from scripts.page_door import ask

FRAME = (
    "frame of an hour while playing, processor ms",
    "the longest of a day, processor ms",
    "of it style and layout, processor ms",
)
"""What :func:`frames` measures."""
SHIFT = "layout shift of a load"

WATCH = """window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.shifts.push(entry.value)))
  .observe({ type: "layout-shift", buffered: true });"""
"""To be run before the page's own scripts."""
_PLAY = """async (hours) => {
  for (let i = 0; i < hours; i += 1) {
    performance.mark("hour");
    p2pdnr.store.set({ hour: i });
    await new Promise((done) => setTimeout(done, 300));
  }
}"""
_CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing"]
_LAYOUT = {"UpdateLayoutTree", "Layout"}

Event = dict[str, Any]


def shifted(page: Page) -> float:
    """The cumulated layout shift so far, of a page that :data:`WATCH` was run in."""
    return float(page.evaluate("window.shifts.reduce((sum, one) => sum + one, 0)"))


def frames(page: Page, hours: int = 24) -> dict[str, float]:
    """From setting an hour to handing its frame over, all tasks of the main thread: median and most over a day."""
    events = _traced(page, hours)
    main = next((event["pid"], event["tid"]) for event in events if event["name"] == "Layerize")
    own = sorted((event for event in events if (event["pid"], event["tid"]) == main), key=lambda event: event["ts"])
    marks = [event["ts"] for event in own if event["name"] == "hour"]
    found = [_frame(own, start, end) for start, end in pairwise([*marks, marks[-1] + 300_000])]
    tasks, layout = zip(*(times for times in found if times), strict=True)
    return dict(zip(FRAME, (statistics.median(tasks), max(tasks), statistics.median(layout)), strict=True))


def _traced(page: Page, hours: int) -> list[Event]:
    session = page.context.new_cdp_session(page)
    events: list[Event] = []
    ended: list[object] = []
    session.on("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    session.on("Tracing.tracingComplete", lambda told: ended.append(told))
    config = {"includedCategories": _CATEGORIES}
    session.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": config})
    ask(page, _PLAY, hours)
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(100)
    return events


def _frame(events: list[Event], start: int, end: int) -> tuple[float, float] | None:
    """Processor ms of the tasks up to the first commit after ``start``, and of style and layout in them."""
    within = [
        event
        for event in events
        if event["ph"] == "X" and event["ts"] < end and event["ts"] + event.get("dur", 0) >= start
    ]
    cut = next((event["ts"] for event in within if event["name"] == "Commit" and event["ts"] > start), None)
    if cut is None:
        return None
    until = [event for event in within if event["ts"] <= cut]
    tasks = sum(event.get("tdur", 0) for event in until if event["name"] == "RunTask")
    layout = sum(event.get("tdur", 0) for event in until if event["name"] in _LAYOUT and event["ts"] >= start)
    return tasks / 1e3, layout / 1e3
