"""The dashboard, opened."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.driver import Dashboard


@pytest.fixture
def dashboard(page: Page) -> Dashboard:
    """The page's first view."""
    return Dashboard(page).open()
