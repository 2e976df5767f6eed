"""Rows that are no data: sums, means, headings and notes that people write into a table."""

from __future__ import annotations

import re

_SUMMARY = re.compile(
    r"(\w*summen?|gesamt\w*|insgesamt|grand total|total|sum|subtotal|mittel(wert\w*)?|durchschnitt\w*|mean|average|avg|"
    r"max(imum)?|min(imum)?|anzahl|count|[Ø∑Σ⌀])(\s*:|\s|\(|$)", re.I
)  # fmt: skip


def is_summary(text: str) -> bool:
    """Whether a text begins as the name of a sum, a mean or an extreme does."""
    return bool(_SUMMARY.match(text.strip()))
