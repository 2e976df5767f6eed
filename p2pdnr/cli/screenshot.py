"""``screenshot SCENARIO_OR_RESULT --hour H --out PNG``: the page of one hour as a picture.

With ``--compare FOLDER`` it is held against the picture of the same name in a folder of agreed ones.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from p2pdnr.cli import chromium, fonts, options
from p2pdnr.cli.pictures import SHARE, Comparison, compare
from p2pdnr.errors import InputError, P2pdnrError, Problem
from p2pdnr.resources import HOME

WAIT_MS = 120_000
BROWSER = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--disable-lcd-text",
    "--disable-partial-raster",
    "--disable-checker-imaging",
    "--disable-threaded-animation",
    "--disable-threaded-scrolling",
    "--disable-skia-runtime-opts",
    "--num-raster-threads=1",
)
TABS = (
    "costs",
    "modes",
    "bills",
    "losses",
    "voltages",
    "why",
    "levers",
    "secure",
    "breaking",
    "security",
    "rolled",
    "trades",
    "prices",
    "prosumer",
    "checks",
    "convergence",
)
"""Charts of the page, as assets/charts/tabs.js has them."""

WIDTHS = (320, 8000)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``screenshot``."""
    parser.add_argument(
        "source", metavar="SCENARIO_OR_RESULT", type=options.place, help="scenario file, or a result folder"
    )
    parser.add_argument("--hour", metavar="H", type=options.count, required=True, help="hour to show, from 0")
    parser.add_argument("--out", metavar="PNG", type=options.place, required=True, help="picture to write")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="colours (default light)")
    parser.add_argument("--width", metavar="PX", type=_width, default=1280, help="width of the page (default 1280)")
    parser.add_argument(
        "--tab",
        metavar="NAME",
        choices=TABS,
        default="losses",
        help=f"chart beside the diagram: {', '.join(TABS)} (default losses)",
    )
    parser.add_argument("--lang", metavar="LANGUAGE", help="the language of the page, such as de (default: en)")
    parser.add_argument(
        "--compare",
        metavar="FOLDER",
        type=options.place,
        help="fail unless it shows the same as the picture of that name there",
    )
    parser.add_argument(
        "--tolerance",
        metavar="PERCENT",
        type=_percent,
        default=100 * SHARE,
        help="pixels that may differ then (default 0.4); a mark that is gone fails all the same",
    )
    parser.add_argument("--renew", action="store_true", help="keep it in FOLDER unless that shows the same already")


def run(arguments: argparse.Namespace) -> int:
    """Solve a scenario first, serve its result on a free port, take the picture."""
    language = options.language(arguments.lang).key
    with tempfile.TemporaryDirectory(prefix="p2pdnr-screenshot-") as place:
        folder = _result(arguments.source, Path(place) / "result")
        _check_hour(folder, arguments.hour)
        query = {"hour": arguments.hour, "theme": arguments.theme, "tab": arguments.tab, "freeze": 1}
        query |= {"lang": language}
        with browser_page(arguments.width, Path(place)) as page, served("--result", str(folder.resolve())) as address:
            picture = picture_of(page, f"{address}?{urlencode(query)}")
    _write(arguments.out, picture)
    if arguments.compare is None:
        return 0
    return agreed(arguments.compare / arguments.out.name, arguments.out, arguments.tolerance / 100, arguments.renew)


def agreed(baseline: Path, out: Path, share: float, renew: bool) -> int:
    """Hold a picture against the agreed one: exit status 0 where they show the same, else 1 and a picture of what
    differs beside it. With ``renew`` the new one takes its place. Raises InputError where there is none."""
    picture = out.read_bytes()
    known = baseline.read_bytes() if baseline.is_file() else None
    if known is None and not renew:
        raise _refused("picture", str(baseline), "is not there", "Add --renew to keep this one as the agreed picture")
    found = None if known is None else _compared(baseline, known, picture, share)
    if found is not None and found.same:
        print(f"the same as {baseline}: {found.text}")
        return 0
    if renew:
        _write(baseline, picture)
        return 0
    assert found is not None
    print(f"differs from {baseline}: {found.text}")
    if found.difference is not None:
        target = out.with_name(f"{out.stem}-difference.png")
        found.difference.save(target)
        print(f"wrote {target}, what differs in magenta")
    return 1


def _compared(baseline: Path, known: bytes, picture: bytes, share: float) -> Comparison:
    try:
        return compare(known, picture, share=share)
    except ImportError:
        raise _refused("picture", "pillow", "is not installed", "pip install pillow, which compares pictures") from None
    except OSError:
        raise _refused("picture", str(baseline), "is no picture", "Remove it, and add --renew") from None


def _write(target: Path, picture: bytes) -> None:
    with options.writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture)
    print(f"wrote {target}")


def _result(source: Path, target: Path) -> Path:
    """The result folder itself, or the one that solving the scenario writes to ``target``."""
    if source.is_dir():
        return source
    from p2pdnr import study
    from p2pdnr.results import folder
    from p2pdnr.scenario import document

    folder.save(study.run(document.load(source), folder=source.parent), target)
    return target


def _check_hour(place: Path, hour: int) -> None:
    from p2pdnr.results import folder

    hours = folder.load(place).scenario.hours
    if hour >= hours:
        raise _refused("result", str(hour), "does not exist in this result", f"Choose an hour from 0 to {hours - 1}")


@contextmanager
def served(*options: str) -> Iterator[str]:
    """The address of a server of our own, started with these ``options``, for as long as the picture takes."""
    command = [sys.executable, "-m", "p2pdnr", "app", *options, "--port", "0", "--no-browser"]
    process = subprocess.Popen(command, cwd=HOME, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://\S+", line)
        if found is None:
            raise P2pdnrError("The server that should show the result did not start.")
        yield found.group()
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def browser_page(width: int, place: Path) -> Iterator[Any]:
    """A page of a headless browser with our fonts; raises InputError where there is none."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        remedy = "pip install playwright, which drives the Chromium of this machine"
        raise _refused("browser", "playwright", "is not installed", remedy) from None
    with sync_playwright() as playwright:
        found = chromium.find()
        try:
            browser = playwright.chromium.launch(
                executable_path=found, args=list(BROWSER), env=fonts.environment(place, others=True)
            )
        except Error:
            remedy = "Install Chromium, Chrome or Edge, or name one in the variable CHROMIUM"
            raise _refused("browser", str(found or "chromium"), "does not start", remedy) from None
        try:
            yield browser.new_page(viewport={"width": width, "height": 900}, reduced_motion="reduce", locale="en-GB")
        finally:
            browser.close()


def picture_of(page: Any, address: str) -> bytes:
    """The whole page at an address, as PNG."""
    show(page, address)
    return at_rest(page, whole=True)


def show(page: Any, address: str) -> None:
    """Go to an address and wait until everything on the page is drawn."""
    page.goto(address, timeout=WAIT_MS)
    page.wait_for_selector("html[data-ready='1']", state="attached", timeout=WAIT_MS)
    page.wait_for_selector("#prosumers [role=row]", state="attached", timeout=WAIT_MS)


def at_rest(page: Any, whole: bool) -> bytes:
    """The page once it holds still, as PNG: the ``whole`` of it, or what the window shows."""
    before: bytes = b""
    for _ in range(20):
        now: bytes = page.screenshot(full_page=whole, animations="disabled", caret="hide", timeout=WAIT_MS)
        if now == before:
            break
        before = now
        page.wait_for_timeout(150)
    return before


def _percent(text: str) -> float:
    value = options.number(text)
    if not 0.0 <= value <= 100.0:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 100")
    return value


def _width(text: str) -> int:
    value = options.count(text)
    if not WIDTHS[0] <= value <= WIDTHS[1]:
        raise argparse.ArgumentTypeError(f"{text} is not from {WIDTHS[0]} to {WIDTHS[1]}")
    return value


def _refused(component: str, what: str, message: str, remedy: str) -> InputError:
    return InputError([Problem(component, "", (what,), message, remedy)])
