"""The pictures of docs/room-guide.md: a room is opened and played, and photographed, as docs/pictures/room-*.webp."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from p2pdnr.cli.screenshot import browser_page
from scripts.docs.pages import DOCS, ROOT

SCREEN, PHONE = (1280, 800), (390, 844)
SHOWN = {"room-lobby": 900, "room-phone": 390, "room-reveal": 900}
"""How wide each picture is shown, in pixels."""
NAMES = ("Ada", "Grace", "Emil", "Lise", "Max")
TRIES = (((36, 15), (35, 10)), ((36, 15),), ((35, 10),), ((34, 12),), ((33, 7),))
"""What each of them closes and opens."""
PORT = 8993
PATIENCE_MS = 300_000


def write() -> None:
    """Play a round and photograph it."""
    with TemporaryDirectory() as place, _served(Path(place)) as key, browser_page(SCREEN[0], Path(place)) as page:
        page.set_viewport_size({"width": SCREEN[0], "height": SCREEN[1]})
        for name, photo in _photos(page, key):
            _keep(name, photo)


@contextmanager
def _served(place: Path) -> Iterator[str]:
    """A server with rooms; the lecturer's key."""
    key = secrets.token_urlsafe(16)
    command = [
        "app.py",
        "--no-browser",
        "--port",
        str(PORT),
        "--room-key",
        key,
        "--room-file",
        str(place / "rooms.sqlite"),
    ]
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        while not _answers() and process.poll() is None:
            time.sleep(0.2)
        yield key
    finally:
        process.terminate()
        process.wait(10)


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/room", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _photos(screen: Any, key: str) -> Iterator[tuple[str, bytes]]:
    screen.context.set_default_timeout(PATIENCE_MS)
    screen.goto(f"http://127.0.0.1:{PORT}/room?theme=light#key={key}")
    screen.locator("[data-set=first-lesson] button").click()
    code = screen.locator(".code").inner_text()
    phones = [_joined(screen.context.browser, code, name) for name in NAMES]
    screen.locator(f"#room-names li >> nth={len(NAMES) - 1}").wait_for()
    yield "room-lobby", screen.screenshot()
    screen.locator("#room-start").click()
    for phone, tries in zip(phones, TRIES, strict=True):
        phone.locator("#room-send").wait_for()
        for line in (line for pair in tries for line in pair):
            phone.locator(f"[data-line='{line}']").focus()
            phone.keyboard.press("Enter")
        phone.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
        phone.locator("#room-send").click()
        phone.get_by_text("Best so far").wait_for()
    yield "room-phone", phones[0].screenshot()
    screen.locator("#room-close").click()
    screen.locator("#room-reveal").click()
    screen.locator("table.board >> nth=1").wait_for()
    screen.evaluate("document.activeElement.blur()")
    yield "room-reveal", screen.screenshot()


def _joined(browser: Any, code: str, name: str) -> Any:
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    phone = context.new_page()
    phone.goto(f"http://127.0.0.1:{PORT}/room/{code}?theme=light")
    phone.locator("#join-name").fill(name)
    phone.locator("#join-send").click()
    phone.locator("#room-count").wait_for()
    return phone


def _keep(name: str, photo: bytes) -> None:
    from PIL import Image

    picture = Image.open(BytesIO(photo)).convert("RGB")
    size = (SHOWN[name], SHOWN[name] * picture.height // picture.width)
    target = DOCS / "pictures" / f"{name}.webp"
    picture.resize(size, Image.Resampling.LANCZOS).save(target, quality=72, method=6)
    print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")
