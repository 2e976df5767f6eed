"""What tests share: the feeder, the default scenario, one solve of it, a running app and a browser."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from p2pdnr.cli import fonts
from p2pdnr.cli.screenshot import BROWSER
from scripts.browser import find as find_browser
from tests import same_examples, thorough
from tests.quick_tables import QuickTables

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, BrowserType, ConsoleMessage, Page

    from p2pdnr.network.arrays import Network
    from p2pdnr.results.study_result import StudyResult
    from p2pdnr.scenario.schema import Scenario

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
PATIENCE_MS = 300_000
"""How long the page may take over anything that a test expects of it: only a test that fails waits as long."""

BROWSER_ARGUMENTS = [
    *BROWSER,
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Our one option."""
    parser.addoption("--renew-baselines", action="store_true", help="write the pictures instead of comparing with them")


def pytest_configure(config: pytest.Config) -> None:
    """Empty tables of pandapower are made once; what is drawn depends on nothing that happens to be loaded."""
    config.pluginmanager.register(QuickTables())
    same_examples.install()
    gc.disable()  # while modules are loaded, which stay


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What only ``make thorough`` asks for is left out of all else."""
    if thorough.asked():
        return
    left = [item for item in items if item.get_closest_marker("thorough")]
    items[:] = [item for item in items if not item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=left)


def pytest_collection_finish() -> None:
    """What is there now stays: it need not be looked through at every collection of garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.fixture(scope="session")
def default_path() -> Path:
    """The default scenario's file."""
    return DATA / "scenarios" / "ieee33-solar.json"


@pytest.fixture(scope="session")
def network33() -> Network:
    """IEEE 33-bus feeder (Baran & Wu) as built in: 33 buses, 37 lines, tie lines 33-37 open."""
    from p2pdnr.network import readers

    return readers.read("case33bw", None)


@pytest.fixture(scope="session")
def network33_few(network33: Network) -> Network:
    """The same with every second line locked, for what has to look at all of its radial topologies: some thousand."""
    import numpy as np

    return network33.with_(switchable=~network33.closed | (np.arange(network33.n_lines) % 2 == 1))


@pytest.fixture(scope="session")
def default_scenario(default_path: Path) -> Scenario:
    """The scenario the dashboard opens with."""
    from p2pdnr.scenario import document

    return document.load(default_path)


@pytest.fixture(scope="session")
def solved_default(default_scenario: Scenario, default_path: Path) -> StudyResult:
    """The default scenario, solved once for every test that needs a fresh result."""
    from p2pdnr import study

    return study.run(default_scenario, folder=default_path.parent)


@pytest.fixture(scope="session")
def secured() -> StudyResult:
    """A secure plan for a small scenario that needs one."""
    from p2pdnr import study
    from p2pdnr.scenario import document
    from tests.secure_scenario import TEST_DAYS, secure_document

    return study.run(document.from_dict(secure_document()), study.Options(test_days=TEST_DAYS))


@pytest.fixture(scope="session")
def stored_default() -> StudyResult:
    """The precomputed result the dashboard opens with."""
    from p2pdnr.results import folder

    return folder.load(DATA / "results" / "ieee33-solar-hourly")


def free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answers(url: str) -> bool:
    """Whether a page comes back."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the app answers; fail with its output when it ends or stays silent for too long."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline and process.poll() is None:
        if answers(url):
            return
        time.sleep(0.1)
    pytest.fail(f"app.py did not answer at {url}:\n{log.read_text(encoding='utf8', errors='replace')}")


@contextmanager
def served(log: Path, *command: str) -> Iterator[str]:
    """The address of a programme that serves the page on the port given as its last argument."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command, str(port)], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        wait_until_up(url, process, log)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of app.py, started as a person starts it."""
    log = tmp_path_factory.mktemp("server") / "app.log"
    with served(log, "app.py", "--no-browser", "--port") as url:
        yield url


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page with stored results in place of a solver."""
    with served(tmp_path_factory.mktemp("server") / "stored.log", "-m", "tests.browser.served") as url:
        yield url


def no_browser(reason: str) -> None:
    """A missing browser is a failure where everything must run, and a skipped test on a person's machine."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True)
class Chromium:
    """$CHROMIUM, an installed Chromium, Chrome or Edge, or Playwright's own, in that order, and how it is started."""

    kind: BrowserType
    options: dict[str, Any]
    folders: pytest.TempPathFactory

    @contextmanager
    def windowless(self) -> Iterator[Browser]:
        """A browser without a window, in which every one to come begins with nothing."""
        from playwright.sync_api import Error

        try:
            started = self.kind.launch(**self.options)
        except Error as error:
            no_browser(f"no browser could be started: {error.message}")
        yield started
        started.close()

    @contextmanager
    def window(self, home: str, **choices: Any) -> Iterator[BrowserContext]:
        """A browser of one window that keeps compiled scripts as a person's does: a page opens at half the cost of one
        in a browser that keeps nothing on disk."""
        from playwright.sync_api import Error

        place = self.folders.mktemp("profile")
        told: dict[str, Any] = {"base_url": home, "locale": "en-GB", "timezone_id": "UTC", **self.options, **choices}
        try:
            opened = self.kind.launch_persistent_context(place, **told)
        except Error as error:
            no_browser(f"no browser could be started: {error.message}")
        opened.set_default_timeout(PATIENCE_MS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """What starts browsers."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        environment = fonts.environment(tmp_path_factory.mktemp("fonts"))
        options: dict[str, Any] = {"args": BROWSER_ARGUMENTS, "env": environment}
        if found := find_browser():
            options["executable_path"] = str(found)
        yield Chromium(playwright.chromium, options, tmp_path_factory)


@pytest.fixture(scope="session")
def browser(chromium: Chromium) -> Iterator[Browser]:
    """A browser for windows that remember nothing of each other."""
    with chromium.windowless() as started:
        yield started


def is_complaint(message: ConsoleMessage) -> bool:
    """An error a script logged; that the server refuses or is busy is an answer, though browsers log it too."""
    refusals = ("status of 422", "status of 429")
    return message.type == "error" and not any(refusal in message.text for refusal in refusals)


class Watch:
    """Collects what a page should never do: script errors, failed requests, requests to other hosts."""

    def __init__(self, page: Page, home: str) -> None:
        self.home = home
        self.problems: list[str] = []
        page.on("console", lambda message: self.note(is_complaint(message), f"console: {message.text}"))
        page.on("pageerror", lambda error: self.note(True, f"script: {error}"))
        page.on("request", lambda request: self.note(self.is_foreign(request.url), f"foreign: {request.url}"))
        page.on("response", lambda answer: self.note(answer.status >= 500, f"status {answer.status}: {answer.url}"))

    def note(self, wrong: bool, text: str) -> None:
        """Remember what went wrong."""
        if wrong:
            self.problems.append(text)

    def is_foreign(self, url: str) -> bool:
        """Whether an address lies outside the app."""
        return not url.startswith((self.home, "data:", "blob:", "about:"))


def forget(page: Page, home: str) -> None:
    """Empty what the browser keeps for the app: a page that another test left open may have noted its visit since."""
    session = page.context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": home, "storageTypes": "local_storage"})
    session.detach()


@contextmanager
def watched_page(window: BrowserContext, home: str) -> Iterator[tuple[Page, Watch]]:
    """A new page of desktop size that remembers nothing, and what is seen of its errors."""
    opened = window.new_page()
    opened.set_viewport_size({"width": 1280, "height": 900})
    forget(opened, home)
    yield opened, Watch(opened, home)
    opened.evaluate("window.location.protocol === 'about:' || window.localStorage.clear()")
    opened.close()
    window.clear_cookies()


@pytest.fixture(scope="session")
def window(chromium: Chromium, home: str) -> Iterator[BrowserContext]:
    """The window of all tests that wait for no solver."""
    with chromium.window(home) as opened:
        yield opened


@pytest.fixture
def page(window: BrowserContext, home: str) -> Iterator[Page]:
    """A new page; the test fails when it logs an error or leaves the app."""
    with watched_page(window, home) as (opened, seen):
        yield opened
    assert not seen.problems, "\n".join(seen.problems)
