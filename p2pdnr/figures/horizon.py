"""How long a plan lasts, said as a day, a week, a year, "3 days" or "6 hours", as in assets/page/horizon.js."""

from __future__ import annotations

from collections.abc import Callable

from p2pdnr.figures import Payload
from p2pdnr.languages import Language

_NAMED = {24.0: "day", 168.0: "week", 8760.0: "year", 8784.0: "year"}


def over(payload: Payload, say: Language) -> str:
    """ "over the day", "over the 3 days"."""
    named = {"day": say("over the day"), "week": say("over the week"), "year": say("over the year")}
    return _phrase(
        payload, named, lambda count: say("over the {0} days", count), lambda count: say("over the {0} hours", count)
    )


def throughout(payload: Payload, say: Language) -> str:
    """ "all day", "all 3 days"."""
    named = {"day": say("all day"), "week": say("all week"), "year": say("all year")}
    return _phrase(payload, named, lambda count: say("all {0} days", count), lambda count: say("all {0} hours", count))


def _phrase(payload: Payload, named: dict[str, str], days: Callable[[str], str], hours: Callable[[str], str]) -> str:
    lasts_h = round(payload["hours"] * payload["step_h"], 6)
    if lasts_h in _NAMED:
        return named[_NAMED[lasts_h]]
    return hours(f"{lasts_h:g}") if lasts_h % 24 else days(f"{lasts_h / 24:g}")
