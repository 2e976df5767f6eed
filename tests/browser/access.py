"""What keeps somebody from using the page: axe's complaints, and what is too small for a finger."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.base import AxeBase, AxeResults
from playwright.sync_api import Page

from scripts.page_door import ask

THEMES = ("light", "dark")
OF_COLOUR = ("color-contrast", "link-in-text-block")
"""axe's rules that look at colours; what all others look at is the same in every theme."""


class Axe(AxeBase):
    """axe, read once by a page however often that is looked at."""

    def run(self, page: Page, context: str | None = None, options: dict[str, Any] | None = None) -> AxeResults:
        """What axe finds; violations alone unless the options ask for more."""
        if not page.evaluate("'axe' in window"):
            page.evaluate(self.axe_script)
        told = json.dumps(context or "html"), json.dumps(options or VIOLATIONS)
        return AxeResults(page.evaluate(f"axe.run({', '.join(told)})"))


VIOLATIONS = {"resultTypes": ["violations"]}


COLOURS_SET = """() => document.getAnimations().filter((one) => one instanceof CSSTransition)
  .forEach((one) => one.finish())"""
"""Colours go over into those of another theme; axe would see them half-way."""


def complaints(page: Page, theme: str) -> list[str]:
    """What axe has against the page in a theme: in all but the first by the rules of colour."""
    ask(page, "theme => p2pdnr.setTheme(theme)", theme)
    page.evaluate(COLOURS_SET)
    options = VIOLATIONS if theme == THEMES[0] else VIOLATIONS | {"runOnly": list(OF_COLOUR)}
    results = Axe().run(page, options=options)
    return [results.generate_report()] if results.violations_count else []


SMALL = """() => [...document.querySelectorAll('button, select, summary, .segments, .chip')]
  .filter((one) => one.offsetParent && !one.closest('.link, .term'))
  .map((one) => [one.id || one.className || one.textContent, one.getBoundingClientRect()])
  .filter(([, { width, height }]) => width < 40 || height < 40).map(([name]) => name)"""
"""What is too small for a finger, words inside a sentence aside."""
