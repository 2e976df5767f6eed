"""A page that holds still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.conftest import Chromium


@pytest.fixture(scope="module")
def quiet_window(chromium: Chromium, home: str) -> Iterator[BrowserContext]:
    """One window for all scenes: no motion, fixed language and time zone."""
    with chromium.window(home, reduced_motion="reduce") as opened:
        yield opened


@pytest.fixture
def canvas(quiet_window: BrowserContext) -> Iterator[Page]:
    """A new tab, which remembers nothing of the scene before."""
    page = quiet_window.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def opened(quiet_window: BrowserContext) -> Iterator[dict[tuple[str, int], Page]]:
    """Pages by theme and width that were opened once and are led from one view to the next."""
    pages: dict[tuple[str, int], Page] = {}
    yield pages
    for page in pages.values():
        page.close()
