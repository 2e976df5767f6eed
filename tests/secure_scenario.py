"""The small scenario with lines so weak that a plan for the day as forecast overloads them on other days."""

from __future__ import annotations

from typing import Any

from tests.small_scenario import small_document

TEST_DAYS = 200


def secure_document(limit_a: float = 53.5, share: float = 0.8) -> dict[str, Any]:
    """It asks for a secure plan, made with 50 days."""
    told = small_document()
    for line in told["network"]["source"]["lines"]:
        line["limit_a"] = limit_a
    told["dso"]["security"] = {"share": share, "days": 50}
    return told
