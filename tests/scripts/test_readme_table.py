"""The figures in README.md are those of the results in data."""

from __future__ import annotations

from scripts import readme_table


def test_the_table_in_the_readme_is_that_of_the_results() -> None:
    text = (readme_table.ROOT / "README.md").read_text(encoding="utf8")
    shown = text.split(readme_table.START)[1].split(readme_table.END)[0].strip()
    assert shown == readme_table.table()
    assert len(shown.splitlines()) == len(readme_table.ROWS) + 2
