"""What k of N days say about the share of all days: exact bounds of Clopper and Pearson (Biometrika 26, 1934)."""

from __future__ import annotations


def upper_share(count: int, days: int, confidence: float) -> float:
    """The share that is not exceeded, at this one-sided confidence, where ``count`` of ``days`` days were met."""
    from scipy.special import betaincinv  # slow: whoever only reads does without it

    return 1.0 if count >= days else float(betaincinv(count + 1, days - count, confidence))


def lower_share(count: int, days: int, confidence: float) -> float:
    """The share that is exceeded at this one-sided confidence."""
    return 1.0 - upper_share(days - count, days, confidence)


def most_days(days: int, share: float, confidence: float) -> int:
    """The most of ``days`` days that may be met so that the share of all is at most ``share``; -1 where even none says
    too little."""
    count = -1
    while count + 1 < days and upper_share(count + 1, days, confidence) <= share:
        count += 1
    return count
