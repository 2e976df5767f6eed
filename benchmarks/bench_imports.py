"""Files that people bring: networks until the page has drawn them, and a year of meter readings until it is a day.

Usage: PYTHONPATH=. python benchmarks/bench_imports.py

Each network is a pandapower JSON file, chosen in *Import* of a page that just opened on a server that just started:
seconds until it is drawn, and processor seconds of the server and of the page's main thread until then. The page reads
files to 3 MB. Readings are 30 homes by quarter hours for the year 2025 (1,051,200 values) as `scenario from-meters`
reads them, processor seconds of the whole command. Goals: drawn within 1.5 s (aim 0.5 s), read within 10 s (aim 3 s).
The table goes to docs/benchmarks/imports.md.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandapower
import pandapower.networks
import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks._imported import drawn_s
from benchmarks._tables import table
from p2pdnr.cli import chromium
from p2pdnr.cli.screenshot import BROWSER
from p2pdnr.sheets.writing import workbook

ROOT = Path(__file__).parents[1]
NETWORKS = {
    "CIGRE, medium voltage": pandapower.networks.create_cigre_network_mv,
    "Oberrhein, medium voltage": pandapower.networks.mv_oberrhein,
    "Schutterwald, low voltage": pandapower.networks.lv_schutterwald,
}
HEAD = ("file", "size", "s", "server, processor s", "page, processor s", "goal, s")
HOMES, STEPS = 30, 35_040
_POINT = "."


def processors_s(process: psutil.Process) -> float:
    """Processor seconds of a process and those that it started."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(one.user + one.system + one.children_user + one.children_system for one in times))


def rest(process: psutil.Process) -> None:
    """Wait until a server has compiled what it will need, and does nothing."""
    before, now = -1.0, processors_s(process)
    while now - before > 0.05:
        time.sleep(3.0)
        before, now = now, processors_s(process)


def page_s(session: Any) -> float:
    """Seconds for which the page's main thread was at work."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float({one["name"]: one["value"] for one in metrics}["TaskDuration"])


def drawn(page: Page, process: psutil.Process, path: Path) -> tuple[float, float, float]:
    """Seconds until a file is drawn, processor seconds of the server and of the page's main thread until then."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    rest(process)
    server_s, main_s = processors_s(process), page_s(session)
    times = drawn_s(page, path), processors_s(process) - server_s, page_s(session) - main_s
    page.keyboard.press("Escape")
    return times


def first_and_again(browser: Any, path: Path) -> tuple[tuple[float, float, float], ...]:
    """The figures of the first import into a server and a page that have just started, and of the next one."""
    command = [sys.executable, "app.py", "--port", "0", "--no-browser"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        address = re.search(r"http://\S+", server.stdout.readline())[0]  # type: ignore[index]
        page = browser.new_page(viewport={"width": 1280, "height": 900}, bypass_csp=True)  # waiting polls by eval
        page.goto(address)
        page.wait_for_selector("html[data-ready='1']", state="attached")
        found = tuple(drawn(page, psutil.Process(server.pid), path) for _ in range(2))
        page.close()
    finally:
        server.terminate()
        server.wait(60)
    return found


def networks(folder: Path, launcher: Any) -> Iterator[tuple[str, ...]]:
    """A row for each network."""
    browser = launcher.launch(executable_path=chromium.find(), args=list(BROWSER))
    for name, make in NETWORKS.items():
        net, path = make(), folder / "net.json"
        net = net[0] if isinstance(net, tuple) else net
        pandapower.to_json(net, str(path))
        size = f"{len(net.bus):,} buses, {path.stat().st_size / 1e6:.1f} MB"
        for which, times in zip(("first", "again"), first_and_again(browser, path), strict=True):
            yield (f"{name}, {which}", size, *(f"{one:.2f}" for one in times), "1.5")
    browser.close()


def readings(folder: Path) -> Iterator[Path]:
    """A year of homes: a column for each as CSV with decimal commas and as a workbook, and a row for each reading."""
    kwh = np.random.default_rng(1).gamma(2.0, 0.05, (STEPS, HOMES)).round(3).tolist()
    stamps = [datetime(2025, 1, 1) + timedelta(minutes=15 * step) for step in range(STEPS)]
    names = [f"Home {home + 1} kWh" for home in range(HOMES)]
    wide, book, long = folder / "wide.csv", folder / "wide.xlsx", folder / "long.csv"
    rows = (
        f"{at:%d.%m.%Y %H:%M};{';'.join(map(str, row)).replace(_POINT, ',')}"
        for at, row in zip(stamps, kwh, strict=True)
    )
    wide.write_text("\n".join([";".join(["Time", *names]), *rows]) + "\n")
    days = (((at - datetime(1899, 12, 30)) / timedelta(days=1), *row) for at, row in zip(stamps, kwh, strict=True))
    book.write_bytes(workbook({"Readings": [("Time", *names), *days]}))
    with long.open("w") as stream:
        stream.write("time,meter,kWh\n")
        for home in range(HOMES):
            stream.writelines(f"{at:%Y-%m-%d %H:%M},H{home},{row[home]}\n" for at, row in zip(stamps, kwh, strict=True))
    yield from (wide, book, long)


def command_s(path: Path) -> float:
    """Processor seconds of the command that makes a day of readings."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["scenario", "from-meters", str(path), "--network", "case33bw", "--day", "2025-06-23", "--step", "60"]
    written = ["--out", str(path.with_suffix(".json"))]
    subprocess.run(
        [sys.executable, "-m", "p2pdnr", *command, *written], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def home_row(path: Path) -> tuple[str, ...]:
    """The row of a file of readings."""
    size = f"{path.stat().st_size / 1e6:.1f} MB"
    return (f"a year of {HOMES} homes, {path.name}", size, "", f"{command_s(path):.1f}", "", "10")


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder = Path(place)
        rows = [*networks(folder, playwright.chromium), *map(home_row, readings(folder))]
    note = (
        "Seconds of networks are wall time; *first* is on a server that has just started, *again* the same file. "
        "Written by `PYTHONPATH=. python benchmarks/bench_imports.py`."
    )
    table("imports", "Files that people bring", [HEAD, *rows], ("pandapower",), note=note)


if __name__ == "__main__":
    main()
