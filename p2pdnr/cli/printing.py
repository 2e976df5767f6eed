"""HTML text as PDF, by a headless browser."""

from __future__ import annotations

import tempfile
from pathlib import Path

from p2pdnr.cli.screenshot import browser_page


def write_pdf(text: str, target: Path) -> None:
    """Print a document that asks for nothing from elsewhere; its style sheet says the paper. Raises InputError where
    there is no browser."""
    with tempfile.TemporaryDirectory(prefix="p2pdnr-print-") as place, browser_page(900, Path(place)) as page:
        page.set_content(text, wait_until="load")
        target.write_bytes(page.pdf(prefer_css_page_size=True, print_background=True))
