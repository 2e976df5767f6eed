"""What a person types about days that turn out otherwise: a share of days, and how many are drawn."""

from __future__ import annotations

from p2pdnr.dashboard import cells


def security_share(text: str) -> float:
    """A share of days as "95 %" or 95, from 50 % to 99.9 %."""
    value = cells.number(text.strip().removesuffix("%"))
    if not 50 <= value <= 99.9:
        raise cells.CellError("Give a share of days from 50 % to 99.9 %.")
    return round(value / 100, 12)


def write_percent(value: float | None) -> str:
    """What :func:`security_share` reads back."""
    return "" if value is None else f"{cells.write(round(100 * value, 10))} %"


def days(text: str) -> int:
    """How many days are drawn."""
    value = cells.whole(text)
    if not 50 <= value <= 10_000:
        raise cells.CellError("Give a whole number from 50 to 10,000.")
    return value
