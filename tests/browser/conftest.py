"""The dashboard, opened: anew for what changes it for good, or once for all tests that only look or lead it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import BrowserContext, Error, Page

from tests.browser.driver import Dashboard
from tests.conftest import Watch, watched_page


@pytest.fixture
def dashboard(page: Page) -> Dashboard:
    """The page's first view."""
    return Dashboard(page).open()


class Kept:
    """One page for all who ask, opened when the first does, and anew after a test that it did not outlive."""

    def __init__(self, window: BrowserContext, home: str, *, solved: bool = False) -> None:
        self.window, self.home, self.solved = window, home, solved
        self.held = ExitStack()
        self.now: tuple[Dashboard, Watch] | None = None

    def led_back(self) -> tuple[Dashboard, Watch]:
        """The page at its first view, and what is seen of its errors; to open one takes seconds."""
        if self.now is None:
            page, watch = self.held.enter_context(watched_page(self.window, self.home))
            opened = Dashboard(page).open()
            opened.has_results()
            self.now = opened, watch
        dashboard, watch = self.now
        try:
            dashboard.page.unroute_all()
            if self.solved:
                dashboard.open_case()
            dashboard.as_at_first(undone=0 if self.solved else 200)
        except (Error, AssertionError) as error:
            told = [f"{error}", f"the page says: {dashboard.status.inner_text()!r}", *watch.problems]
            self.drop()
            pytest.fail("The page was not led back to its first view.\n" + "\n".join(told))
        return dashboard, watch

    def drop(self) -> None:
        """The next test gets another page."""
        self.held.close()
        self.now = None


@pytest.fixture(scope="session")
def kept(window: BrowserContext, home: str) -> Iterator[Kept]:
    """The page of all tests that lead it back."""
    held = Kept(window, home)
    yield held
    held.drop()


@pytest.fixture
def seen(kept: Kept) -> Iterator[Dashboard]:
    """The page's first view again, without loading it: no edits; hour, chart and pane of the start."""
    dashboard, watch = kept.led_back()
    yield dashboard
    if watch.problems:
        kept.drop()
    assert not watch.problems, "\n".join(watch.problems)


@pytest.fixture(scope="session")
def kept_solved(window: BrowserContext, home: str) -> Iterator[Kept]:
    """The page of all tests that solve on it or load it again."""
    held = Kept(window, home, solved=True)
    yield held
    held.drop()


@pytest.fixture
def opened_again(kept_solved: Kept) -> Iterator[Dashboard]:
    """The first view with the default day opened from the menu: what other tests solved or imported is gone."""
    dashboard, watch = kept_solved.led_back()
    yield dashboard
    if watch.problems:
        kept_solved.drop()
    assert not watch.problems, "\n".join(watch.problems)
