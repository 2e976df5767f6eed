"""What a secure plan comes to, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_LINES = 5
"""Lines that are named; the others are counted."""


def secure_text(stated: Mapping[str, Any]) -> str:
    """Share kept on unseen days, price against the plan for the day as forecast, which limits break, worst days."""
    test, plan, nominal = stated["test"], stated["plan"], stated["nominal"]
    kept = 1.0 - test["violated"] / test["days"]
    lines = [
        f"secure: limits hold on {kept:.1%} of {test['days']:,} unseen days (asked for: {stated['share']:.1%})",
        f"  price of security {stated['price_eur']:,.2f} EUR on the day as forecast; the plan made for that day alone "
        f"({nominal['objective_eur']:,.2f} EUR) breaks limits on {nominal['violated']} of {plan['days']} days",
        f"  mean cost over these days {plan['expected_eur']:,.2f} EUR, of the plan for the day as forecast "
        f"{plan['nominal_expected_eur']:,.2f} EUR (broken limits at their price)",
        f"  limits that break: {_limits(test)}",
        f"  PV limited to the plan where needed: {test['forgone_kwh']:,.0f} kWh a day kept back on average, worth "
        f"{test['forgone_eur']:,.2f} EUR at the retailer",
        f"  worst days: {', '.join(str(day) for day in test['worst_days'])}",
    ]
    return "\n".join(lines)


def _limits(test: Mapping[str, Any]) -> str:
    """Days on which each limit breaks."""
    lines = sorted(test["lines"].items(), key=lambda item: -item[1])
    told = [f"{label} voltage on {test[key]} days" for key, label in (("low", "lower"), ("high", "upper")) if test[key]]
    told += [f"line {line} on {days}" for line, days in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        told.append(f"{len(lines) - MOST_LINES} other lines")
    return ", ".join(told) or "none"
