"""The page in headless Chromium, cold: seconds until the diagram and the charts are drawn, bytes, and frames.

Usage: PYTHONPATH=. python benchmarks/bench_page.py [--rounds 3] [--large DIR]

Every round is a new browser without a cache on a server of its own: the default day, then a day of 533 buses (solved
here first, or the result folder given). A frame is attributes, style and layout of one hour; the script's share of it
stands beside. Last, solves of the default day are cancelled at many stages. Goals: diagram 1.5 s, charts 1.5 s, 1.8 MB,
layout shift 0.02, frame 16 ms of processor time while playing, a slider at 50 ms, cancelled within 200 ms. A dash: no
preview of this day. The table goes to docs/benchmarks/page.md.
"""

from __future__ import annotations

import argparse
import math
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks._cancels import GOAL_MS, cancelled
from benchmarks._frames import FRAME, SHIFT, WATCH, frames, shifted
from benchmarks._moves import FIGURES, moves
from benchmarks._tables import table
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


GOALS = {
    "diagram, s": "1.5",
    "charts, s": "1.5",
    "transfer, MB": "1.8",
    HOUR[0]: "2 at 500 buses",
    "frames a second": "60 at 33 buses",
    SHIFT: "0.02",
    FRAME[0]: "16",
    FRAME[1]: "16",
    FRAME[2]: "6 at 533 buses",
    FIGURES[0]: "50",
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
    browser.close()
    return figures


def cancels(launcher: Any) -> dict[str, str]:
    """Figures of solves of the default day that are cancelled."""
    browser = launcher.launch(executable_path=chromium.find(), args=list(BROWSER))
    with served(None) as (address, process):
        page = browser.new_page(viewport={"width": 1280, "height": 900}, bypass_csp=True)
        page.goto(address)
        found = cancelled(page, process)
    browser.close()
    return found


def medians(launcher: Any, rounds: int, result: Path | None) -> dict[str, float]:
    """The median of some rounds, each figure by itself; the first round only wakes the machine's caches."""
    figures = [one_round(launcher, result) for _ in range(rounds + 1)][1:]
    return {name: statistics.median(one[name] for one in figures) for name in figures[0]}


def solve_large(folder: Path) -> Path:
    """A day on a feeder of 533 buses with the initial topology, solved by the command line; its result folder."""
    scenario, result = str(folder / "large.json"), folder / "large"
    made = ["generate", "--prosumers", "8", "--network", "case533mt_hi", scenario]
    solved = ["solve", scenario, "--mode", "fixed", "--tolerance", "2", "--out", str(result)]
    for command in (made, solved):
        subprocess.run([sys.executable, "-m", "p2pdnr", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return result


def shown(value: float) -> str:
    """A figure, a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.2f}"


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", type=Path, help="result folder of a large feeder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        large = options.large or solve_large(Path(place))
        days = [medians(playwright.chromium, options.rounds, result) for result in (None, large)]
        ended = cancels(playwright.chromium)
    rows = [[name, *(shown(day[name]) for day in days), GOALS.get(name, "")] for name in days[0]]
    rows += [[name, figures, "", f"{GOAL_MS:.0f}"] for name, figures in ended.items()]
    table("page", "The page in headless Chromium", [["median", "33 buses", "533 buses", "goal"], *rows])


if __name__ == "__main__":
    main()
