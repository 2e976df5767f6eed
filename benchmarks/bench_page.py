"""The page in headless Chromium, cold: seconds until the diagram and the charts are drawn, bytes, and frames.

Usage: python benchmarks/bench_page.py [--rounds 3] [--result DIR]

Every round is a new browser without a cache on a server of its own. Goals: diagram 1.5 s, charts 3 s, 2.5 MB, a frame
(attributes, style and layout) below 2 ms at 500 buses, 60 frames a second at 33.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from p2pdnr.cli import chromium
from p2pdnr.cli.screenshot import BROWSER

ROOT = Path(__file__).parents[1]
DRAWN = "document.querySelectorAll('#diagram .wires .wire').length > 0 && performance.now()"
CHARTED = "document.querySelector('#chart-body .main-svg') !== null && performance.now()"
FRAMES = """async (count) => {
  const { store } = window.p2pdnr, hours = store.get().results[store.get().mode].hours, took = [];
  for (let i = 0; i < count; i += 1) {
    await new Promise(requestAnimationFrame);
    const start = performance.now();
    store.set({ hour: i % hours });
    document.querySelector('#diagram svg').getBoundingClientRect();
    took.push(performance.now() - start);
  }
  return took;
}"""
RATE = """async (count) => {
  const { store } = window.p2pdnr, hours = store.get().results[store.get().mode].hours;
  const start = performance.now();
  for (let i = 0; i < count; i += 1) { store.set({ hour: i % hours }); await new Promise(requestAnimationFrame); }
  return 1000 * count / (performance.now() - start);
}"""


@contextmanager
def served(result: Path | None) -> Iterator[str]:
    """The address of app.py."""
    shown = ["--result", str(result)] if result else []
    command = [sys.executable, "app.py", "--port", "0", "--no-browser", *shown]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield re.search(r"http://\S+", process.stdout.readline())[0]  # type: ignore[index]
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
    with served(result) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        figures = cold_load(page, address)
        figures["frame, ms"] = statistics.median(page.evaluate(FRAMES, 96))
        figures["frames a second"] = page.evaluate(RATE, 240)
    browser.close()
    return figures


def main() -> None:
    """Measure and print the median of the rounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--result", type=Path)
    options = parser.parse_args()
    with sync_playwright() as playwright:
        rounds = [one_round(playwright.chromium, options.result) for _ in range(options.rounds)]
    for name in rounds[0]:
        values = [figures[name] for figures in rounds]
        print(f"{name:18}{statistics.median(values):8.2f}   ({', '.join(f'{value:.2f}' for value in values)})")


if __name__ == "__main__":
    main()
