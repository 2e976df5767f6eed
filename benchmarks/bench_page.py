"""The page in headless Chromium, cold: seconds until the diagram and the charts are drawn, bytes, and frames.

Usage: PYTHONPATH=. python benchmarks/bench_page.py [--rounds 2] [--seconds 280] [--large DIR]

Every round is a new browser without a cache on a server of its own: the default day, then a day of 533 buses (solved
here first, or the result folder given). A frame is attributes, style and layout of one hour; the script's share of it
stands beside. Then the round imports the network of its day. Last, solves of the default day are cancelled at many
stages. Figures are printed as they come. ``--seconds`` is the time for all of it: where it is short there are fewer
rounds and fewer cancels, and the table says how many. A dash: no preview of this day. The table goes to
docs/benchmarks/page.md.
"""

from __future__ import annotations

import argparse
import math
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks._cancels import GOAL_MS, cancelled
from benchmarks._frames import FRAME, SHIFT, WATCH, frames, shifted
from benchmarks._imported import IMPORTED, drawn_s
from benchmarks._moves import FIGURES, moves
from benchmarks._tables import shown, table
from p2pdnr.cli import chromium
from p2pdnr.cli.screenshot import BROWSER
from scripts.page_door import ask

ROOT = Path(__file__).parents[1]
DRAWN = "document.querySelectorAll('#diagram .hits .hit').length > 0 && performance.now()"
CHARTED = "document.querySelector('#chart-body :is(.costs, .main-svg)') !== null && performance.now()"
FRAMES = """async (count) => {
  const p = p2pdnr, { store, view } = p, { hours } = view.payload, took = [];
  const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  for (let i = 0; i < count; i += 1) {
    await new Promise(requestAnimationFrame);
    const start = performance.now();
    p.updateDiagram(view.drawing, view.payload, i % hours, view.scales, view.colours);
    const scripted = performance.now();
    document.querySelector('#diagram svg').getBoundingClientRect();
    const drawn = performance.now();
    store.set({ hour: i % hours });
    document.querySelector('#diagram svg').getBoundingClientRect();
    took.push([scripted - start, drawn - start, performance.now() - start]);
  }
  return [0, 1, 2].map((part) => middle(took.map((times) => times[part])));
}"""
HOUR = ("diagram of an hour, script, ms", "diagram with style and layout, ms", "whole page of an hour, ms")
"""What FRAMES measures."""
RATE = """async (count) => {
  const { store, view } = p2pdnr, { hours } = view.payload;
  const start = performance.now();
  for (let i = 0; i < count; i += 1) { store.set({ hour: i % hours }); await new Promise(requestAnimationFrame); }
  return 1000 * count / (performance.now() - start);
}"""
DAYS = ("33 buses", "533 buses")
DEFAULT = ROOT / "data" / "networks" / "case33bw.json"
ROUNDS_SHARE = 0.65
"""Of all seconds, after which no further round begins."""
LAST_S = 10.0
"""Left for the last cancel and the end."""

GOALS = {
    "diagram, s": "1.5",
    "charts, s": "1.5",
    "transfer, MB": "1.8",
    SHIFT: "0.02",
    HOUR[0]: "2 at 533 buses",
    HOUR[1]: "6 at 533 buses",
    FRAME[0]: "16",
    FRAME[1]: "16",
    FRAME[2]: "6 at 533 buses",
    "frames a second": "60 at 533 buses",
    FIGURES[0]: "50",
    IMPORTED: "1.5",
}


@contextmanager
def served(result: Path | None) -> Iterator[tuple[str, int]]:
    """The address of app.py, and its process."""
    shown = ["--result", str(result)] if result else []
    command = [sys.executable, "app.py", "--port", "0", "--no-browser", *shown]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield re.search(r"http://\S+", process.stdout.readline())[0], process.pid  # type: ignore[index]
    finally:
        process.terminate()
        process.wait(20)


def cold_load(page: Page, address: str) -> dict[str, float]:
    """Seconds and megabytes of the first visit."""
    received = [0.0]
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(address, wait_until="commit")
    drawn = page.wait_for_function(DRAWN, polling="raf", timeout=60_000).json_value()
    charted = page.wait_for_function(CHARTED, polling="raf", timeout=60_000).json_value()
    page.wait_for_selector("html[data-ready='1']", state="attached")
    page.wait_for_timeout(2_000)
    return {"diagram, s": drawn / 1e3, "charts, s": charted / 1e3, "transfer, MB": sum(received) / 1e6}


def waking(launcher: Any, result: Path | None) -> None:
    """A visit that does not count: it only wakes the machine's caches."""
    browser = launcher.launch(executable_path=chromium.find(), args=list(BROWSER))
    with served(result) as (address, _):
        cold_load(browser.new_page(bypass_csp=True), address)
    browser.close()


def one_round(launcher: Any, result: Path | None) -> dict[str, float]:
    """All figures of a new browser and a new server."""
    browser = launcher.launch(executable_path=chromium.find(), args=list(BROWSER))
    with served(result) as (address, _):
        page = browser.new_page(viewport={"width": 1280, "height": 900}, bypass_csp=True)  # waiting polls by eval
        page.add_init_script(WATCH)
        figures = cold_load(page, address)
        figures[SHIFT] = shifted(page)
        figures |= zip(HOUR, ask(page, FRAMES, 96), strict=True)
        figures |= frames(page)
        figures["frames a second"] = ask(page, RATE, 240)
        moved = moves(page)
        figures |= zip(FIGURES, moved.figures() if moved else (math.nan,) * len(FIGURES), strict=True)
        page.keyboard.press("Escape")
        figures[IMPORTED] = drawn_s(page, result / "network.json" if result else DEFAULT)
    browser.close()
    return figures


def cancels(launcher: Any, until: float) -> Iterator[list[str]]:
    """Rows of solves of the default day that are cancelled; none begins after ``until``, seconds of the clock."""
    browser = launcher.launch(executable_path=chromium.find(), args=list(BROWSER))
    with served(None) as (address, process):
        page = browser.new_page(viewport={"width": 1280, "height": 900}, bypass_csp=True)
        page.goto(address)
        page.wait_for_selector("html[data-ready='1']", state="attached")
        for name, figures in cancelled(page, process, lambda: time.monotonic() < until):
            yield [name, figures, "", f"{GOAL_MS:.0f}"]
    browser.close()


def rounds(launcher: Any, most: int, results: dict[str, Path | None], until: float) -> Iterator[tuple[str, Any]]:
    """Columns of the table and figures of one round, one after the other; the first round is always whole."""
    for result in results.values():
        waking(launcher, result)
    for number in range(most):
        if number and time.monotonic() > until:
            return
        for day, result in results.items():
            figures = one_round(launcher, result)
            shown([f"{day}, round {number + 1}:", *(f"{name} {said(value)};" for name, value in figures.items())])
            yield day, figures


def medians(found: list[tuple[str, dict[str, float]]]) -> list[list[str]]:
    """A row for each figure: its medians by day, each figure by itself, and its goal."""
    names = found[0][1]
    days = list(dict.fromkeys(day for day, _ in found))
    return [
        [name, *(said(statistics.median(one[name] for of, one in found if of == day)) for day in days), goal]
        for name, goal in ((name, GOALS.get(name, "")) for name in names)
    ]


def solve_large(folder: Path) -> Path:
    """A day on a feeder of 533 buses with the initial topology, solved by the command line; its result folder."""
    scenario, result = str(folder / "large.json"), folder / "large"
    made = ["generate", "--prosumers", "8", "--network", "case533mt_hi", scenario]
    solved = ["solve", scenario, "--mode", "fixed", "--tolerance", "2", "--out", str(result)]
    for command in (made, solved):
        subprocess.run([sys.executable, "-m", "p2pdnr", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return result


def said(value: float) -> str:
    """A figure, a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.2f}"


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=280.0)
    parser.add_argument("--large", type=Path, help="result folder of a large feeder")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        results = dict(zip(DAYS, (None, options.large or solve_large(Path(place))), strict=True))
        until = began + ROUNDS_SHARE * options.seconds
        found = list(rounds(playwright.chromium, options.rounds, results, until))
        rows = [shown(row) for row in medians(found)]
        rows += [shown(row) for row in cancels(playwright.chromium, began + options.seconds - LAST_S)]
    head = [f"median of {len(found) // len(results)}", *results, "goal"]
    table("page", "The page in headless Chromium", [head, *rows])


if __name__ == "__main__":
    main()
