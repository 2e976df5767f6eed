"""The figures in README.md are those of the results in data."""

from __future__ import annotations

from scripts.docs import pages, readme


def test_the_table_in_the_readme_is_that_of_the_results() -> None:
    shown = pages.part((pages.ROOT / "README.md").read_text(encoding="utf8"))
    assert shown == readme.table()
    assert len(shown.splitlines()) == len(readme.FIGURES) + len(readme.OF_PEOPLE) + 2
