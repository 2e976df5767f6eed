"""The first minute on a computer: seconds from the start of app.py to the page and to the first answer of Solve.

Usage: PYTHONPATH=. python benchmarks/bench_first_minute.py

Once with nothing compiled (an empty ``NUMBA_CACHE_DIR``), once with all of it. Solve is pressed as soon as the table
has been read; the day is the default one with another trade fee, as what is stored is not solved again. Processor
seconds are those of the server and its solvers up to the answer, the first plan that Solve shows;
references follow it. Goals: page within 5 s, answer within 30 s, 20 s as an aim.
The table goes to docs/benchmarks/first_minute.md.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks._cancels import EDIT, PRESSABLE
from benchmarks._moves import READY as TABLE_READ
from benchmarks._tables import table
from p2pdnr.cli import chromium
from p2pdnr.cli.screenshot import BROWSER
from scripts.page_door import ask

ROOT = Path(__file__).parents[1]
WAITING, ANSWERED = "#page.stale", "#page:not(.stale)"
MOST_MS = 600_000
GOALS = {"page drawn, s": "5", "first answer of Solve, s": "30"}


def processors_s() -> float:
    """Processor seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def minute(browser: Any, cache: str) -> dict[str, float]:
    """Seconds since the start of the server, and what its processes took."""
    began, before_s = time.monotonic(), processors_s()
    command = [sys.executable, "app.py", "--port", "0", "--no-browser"]
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
    assert server.stdout is not None
    try:
        address = re.search(r"http://\S+", server.stdout.readline())[0]  # type: ignore[index]
        found = {"server answers, s": time.monotonic() - began}
        page = browser.new_page(viewport={"width": 1280, "height": 900}, bypass_csp=True)  # waiting polls by eval
        page.goto(address, wait_until="commit", timeout=MOST_MS)
        page.wait_for_selector("html[data-ready='1']", state="attached", timeout=MOST_MS)
        found["page drawn, s"] = time.monotonic() - began
        ask(page, TABLE_READ)
        ask(page, EDIT, 123)
        page.click(PRESSABLE, timeout=MOST_MS)
        found["Solve pressed, s"] = time.monotonic() - began
        page.wait_for_selector(WAITING, state="attached", timeout=MOST_MS)
        page.wait_for_selector(ANSWERED, state="attached", timeout=MOST_MS)
        found["first answer of Solve, s"] = time.monotonic() - began
        page.close()
    finally:
        server.terminate()
        server.wait(60)
    return {**found, "processors of the server, s": processors_s() - before_s}


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory() as cache, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=list(BROWSER))
        first, again = minute(browser, cache), minute(browser, cache)
        browser.close()
    rows = [[name, f"{first[name]:.1f}", f"{again[name]:.1f}", GOALS.get(name, "")] for name in first]
    head = ["since the start of app.py", "nothing compiled", "compiled", "goal"]
    table("first_minute", "The first minute on a computer", [head, *rows])


if __name__ == "__main__":
    main()
