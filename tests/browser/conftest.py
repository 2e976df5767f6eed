"""The dashboard, opened: anew for what changes it for good, or once for all tests of a file that only look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Error, Page

from tests.browser.driver import Dashboard
from tests.conftest import Watch, watched_page


@pytest.fixture
def dashboard(page: Page) -> Dashboard:
    """The page's first view."""
    return Dashboard(page).open()


@pytest.fixture(scope="module")
def kept(window: BrowserContext, home: str) -> Iterator[tuple[Dashboard, Watch]]:
    """One page for the tests of a file, opened when the first of them asks."""
    with watched_page(window, home) as (page, seen):
        yield Dashboard(page).open(), seen


@pytest.fixture
def seen(kept: tuple[Dashboard, Watch]) -> Iterator[Dashboard]:
    """The page's first view again, without loading it: no edits; hour, chart and pane of the start."""
    dashboard, watch = kept
    try:
        dashboard.as_at_first()
    except (Error, AssertionError) as error:
        told = [f"{error}", f"the page says: {dashboard.status.inner_text()!r}", *watch.problems]
        pytest.fail("The page was not led back to its first view.\n" + "\n".join(told))
    yield dashboard
    problems, watch.problems = watch.problems, []
    assert not problems, "\n".join(problems)
