"""What keeps somebody from using the page: axe's complaints, and what is too small for a finger."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from scripts.page_door import ask

THEMES = ("light", "dark")


def complaints(page: Page, theme: str) -> list[str]:
    """What axe has against the page in a theme."""
    ask(page, "theme => p2pdnr.setTheme(theme)", theme)
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    return [results.generate_report()] if results.violations_count else []


SMALL = """() => [...document.querySelectorAll('button, select, summary, .segments, .chip')]
  .filter((one) => one.offsetParent && !one.closest('.link, .term'))
  .map((one) => [one.id || one.className || one.textContent, one.getBoundingClientRect()])
  .filter(([, { width, height }]) => width < 40 || height < 40).map(([name]) => name)"""
"""What is too small for a finger, words inside a sentence aside."""
