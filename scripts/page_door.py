"""The door to the page's modules for tests, benchmarks and scripts: assets/app/door.js, imported from the page itself.

The page keeps nothing in global names. Whoever drives it in a browser imports the same module instances that it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

DOOR = "import(new URL('door.js', document.querySelector('script[type=module]').src))"
"""A promise of the module, as JavaScript."""


def ask(page: Page, function: str, arg: Any = None) -> Any:
    """The value of a JavaScript function of ``arg`` run in the page, where ``p2pdnr`` is the door."""
    return page.evaluate(f"async (arg) => {{ const p2pdnr = await {DOOR}; return ({function})(arg); }}", arg)
