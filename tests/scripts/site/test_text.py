"""Pages and docstrings become what the site needs."""

from __future__ import annotations

import pytest

from scripts.site import text
from scripts.site.text import DOCS, ROOT


@pytest.mark.parametrize(
    ("link", "on_site"),
    [
        ("model.md#prosumer-private", "model.md#prosumer-private"),
        ("../CONTRIBUTING.md", "project/CONTRIBUTING.md"),
        ("../p2pdnr/coordination/loop.py", "reference/p2pdnr/coordination/loop.md"),
        ("../p2pdnr/coordination/__init__.py", "reference/p2pdnr/coordination/README.md"),
        ("../CITATION.cff", "files/CITATION.cff"),
        ("decisions/", "decisions/README.md"),
        ("https://example.org/a.md", "https://example.org/a.md"),
        ("nowhere.md", "nowhere.md"),
    ],
)
def test_links_lead_where_things_are_on_the_site(link: str, on_site: str) -> None:
    assert text.markdown(f"[a]({link})", DOCS, "") == f"[a]({on_site})"


def test_links_of_pages_that_lie_elsewhere_on_the_site() -> None:
    assert text.markdown("[a](docs/model.md)", ROOT, "project") == "[a](../model.md)"


def test_a_list_may_follow_a_sentence() -> None:
    assert text.markdown("Two:\n- one\n- two\n", DOCS, "") == "Two:\n\n- one\n- two\n"
    kept = "- one\n- two\n\n| a |\n|---|\n\n```\nx\n- y\n```\n"
    assert text.markdown(kept, DOCS, "") == kept


def test_what_lies_outside_of_docs_is_found() -> None:
    found = text.outside(DOCS / "README.md")
    assert {ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"} <= found
    assert [path for path in found if path.is_relative_to(DOCS)] == []
    beside = text.outside(DOCS / "architecture.md")
    assert not any(path.is_relative_to(text.PACKAGE) and path.suffix == ".py" for path in beside)


def test_docstrings() -> None:
    assert text.docstring("As :func:`~a.b` says.") == "As `a.b` says."
    assert text.docstring("Two:\n\n  one   1\n  two   2\n\nEnd.") == "Two:\n\n    one   1\n    two   2\n\nEnd."
