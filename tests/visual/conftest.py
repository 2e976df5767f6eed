"""A page that holds still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def canvas(browser: Browser, live_server: str) -> Iterator[Page]:
    """One page for all scenes: no motion, fixed language and time zone."""
    context = browser.new_context(base_url=live_server, reduced_motion="reduce", locale="en-GB", timezone_id="UTC")
    yield context.new_page()
    context.close()
