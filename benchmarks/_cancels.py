"""Solves of the page cancelled at many stages: how soon the page is free again, how soon the solver has stopped."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from scripts.page_door import ask

AFTER_MS = (0, 20, 100, 200, 300, 400, 500, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000, 2200, 2500, 2800, 3000, 3500,
            4000, 5000)  # fmt: skip
"""From Solve, or from the first stage that the page names, to Cancel."""

AT_WORK = "#progress[data-stage]"
"""There while a solve says what it does, whatever the words for it are."""
EDIT = """(cents) => p2pdnr.changeDraft({
  settings: { ...p2pdnr.currentDraft().settings, trade_fee: String(cents / 1e5) } })"""
"""A day that was not asked for before: one that was is answered from what is stored."""

PRESSABLE = "#solve:not([disabled], [aria-disabled='true'])"
"""Solve, once the table has been read."""

GOAL_MS = 200.0
_MOST_MS = 20_000
_WATCHED_S = 1.0
_CANCEL = """() => new Promise((resolve) => {
  const [solve, cancel] = ["#solve", "#cancel"].map((id) => document.querySelector(id));
  const start = performance.now();
  const look = () => {
    if (solve.disabled || !cancel.hidden) return;
    seen.disconnect();
    const free = performance.now() - start;
    requestAnimationFrame(() => setTimeout(() => {
      resolve({clicked: performance.timeOrigin + start, free, painted: performance.now() - start});
    }));
  };
  const seen = new MutationObserver(look);
  seen.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
  cancel.click();
  look();
})"""


def cancelled(page: Page, server: int, may_go_on: Callable[[], bool]) -> Iterator[tuple[str, str]]:
    """Names of rows and their figures, from an opened page and the process of its server."""
    found = []
    for number, after in enumerate(AFTER_MS):
        if may_go_on():
            found += [one] if (one := _one(page, server, after, number)) else []
    free, painted, stopped = ([one[key] for one in found if key in one] for key in ("free", "painted", "stopped"))
    yield f"cancel, page free again, ms (median, worst of {len(free)})", _both(free)
    yield "cancel, drawn, ms", _both(painted)
    yield f"cancel, solver stopped, ms ({len(stopped)} at work)", _both(stopped)


def _both(values: list[float]) -> str:
    return f"{statistics.median(values):.0f}, {max(values):.0f}" if values else "-"


def _one(page: Page, server: int, after_ms: int, number: int) -> dict[str, float] | None:
    """One solve, cancelled; None when it was over before."""
    ask(page, EDIT, 100 + number)
    page.click(PRESSABLE, timeout=_MOST_MS)
    if after_ms >= 100:
        page.wait_for_selector(AT_WORK, state="attached", timeout=_MOST_MS)
    page.wait_for_timeout(after_ms)
    if page.locator("#cancel").is_hidden():
        return None
    watch = _Watch(server)
    told: dict[str, float] = page.evaluate(_CANCEL)
    ended = watch.ended()
    return {name: told[name] for name in ("free", "painted")} | (
        {"stopped": max(0.0, 1e3 * ended - told["clicked"])} if ended else {}
    )


class _Watch:
    """Notes when the worker that goes away has used processor time for the last time."""

    def __init__(self, server: int) -> None:
        self._last: dict[int, tuple[int, float]] = {}
        self._gone: set[int] = set()
        self._until = time.time() + _WATCHED_S
        self._thread = threading.Thread(target=self._look, args=(_children(server),))
        self._thread.start()

    def ended(self) -> float | None:
        """Seconds since the epoch; None when no worker went away."""
        self._thread.join()
        return max((self._last[one][1] for one in self._gone if one in self._last), default=None)

    def _look(self, workers: list[int]) -> None:
        while time.time() < self._until:
            for worker in workers:
                self._note(worker, _ticks(worker))
            time.sleep(0.001)

    def _note(self, worker: int, ticks: int | None) -> None:
        if ticks is None:
            self._gone.add(worker)
        elif ticks != self._last.get(worker, (-1, 0.0))[0]:
            self._last[worker] = (ticks, time.time())


def _ticks(process: int) -> int | None:
    """Processor time of a process in ticks of 10 ms, its end included; None once it is gone."""
    fields = _stat(process)
    return None if not fields or fields[0] in "ZX" else int(fields[11]) + int(fields[12])


def _children(process: int) -> list[int]:
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [number for number in numbers if (fields := _stat(number)) and int(fields[1]) == process]


def _stat(process: int) -> list[Any]:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
