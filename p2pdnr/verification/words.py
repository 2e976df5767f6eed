"""What is proved about a plan, in words that follow from its certificates."""

from __future__ import annotations

import re
from collections.abc import Mapping

from p2pdnr.results.claims import FAILS, NOT_SHOWN, State
from p2pdnr.verification.finding import same

_BOUND = re.compile(r"nothing costs less than (-?\d[\d,]{0,40}(?:\.\d{1,20})?) EUR")

CONVERGED = "converged"

SEARCHED = (
    "The negotiation converges for the schedule shown; the search for schedules ended with none of the tested changes "
    "improving."
)
SEARCHED_LOOSE = (
    "Copies agreed on the exact power flow. Limits that bind loosen the cone relaxation here: the problem of the "
    "schedule is not convex, so that convergence was observed and is not proved, and the centralised optimum is a "
    "lower bound that may be far off. The search for schedules ended with none of the tested changes improving."
)
UNCOORDINATED = "Trading took no notice of the grid, and the grid took trading as it was: nothing is proved."
OF_ROLE = {
    "validate": "The market cleared by itself; the operator took its injections, chose topologies for its own cost and "
    "curtailed where limits would break. What its certificates say is all that is proved.",
    "envelopes": "The operator published limits of every injection, and the market cleared within them. What its "
    "certificates say is all that is proved.",
    "leader": "The operator set topologies and charges for its own cost, and the market answered with its equilibrium. "
    "What its certificates say is all that is proved.",
}
"""Of roles other than welfare."""
STOPPED = "The negotiation ended before it converged: nothing is proved about this plan."
NOTHING = "\0"
UNBOUNDED = "That the schedule is the best of all is not proved."


def proved(how: str, states: Mapping[str, State], bounded: str) -> str:
    """What is proved about a plan: ``how`` is one of the sentences of :func:`searched`, ``states`` those of its
    certificates by name, ``bounded`` what was found about a lower bound (empty: none was asked for)."""
    failing, open_ = ([name for name, state in states.items() if state == wanted] for wanted in (FAILS, NOT_SHOWN))
    if failing:
        return f"Nothing is proved, as {', '.join(failing)} {_do(failing)} not hold."
    unshown = f" Not shown: {', '.join(open_)}." if open_ else ""
    more = bounded or ("" if how in (UNCOORDINATED, *OF_ROLE.values()) else UNBOUNDED)
    return f"{how}{unshown} {more}".strip()


def searched(coordinated: bool, status: str, loose: bool, role: str = "welfare") -> str:
    """How the plan came about: a plan was coordinated or not, the negotiation ``converged`` or did not, the cones of
    the relaxation are ``loose`` or tight, and the operator's ``role``."""
    if role in OF_ROLE:
        return OF_ROLE[role] if status == CONVERGED else STOPPED
    if not coordinated:
        return UNCOORDINATED
    if status != CONVERGED:
        return STOPPED
    return SEARCHED_LOOSE if loose else SEARCHED


def _do(names: list[str]) -> str:
    return "do" if len(names) > 1 else "does"


def fits(stated: str, how: str, states: Mapping[str, State], lower_bound_eur: float | None) -> bool:
    """Whether the words ``stated`` are those of :func:`proved`; what they say of a lower bound names the one stated."""
    if stated == proved(how, states, ""):
        return lower_bound_eur is None
    more = stated.removeprefix(proved(how, states, NOTHING).removesuffix(NOTHING))
    if more == stated:
        return False
    if lower_bound_eur is None:
        return more.startswith("No lower bound: ")
    return _says(more, lower_bound_eur)


def _says(text: str, lower_bound_eur: float) -> bool:
    """Whether a sentence names a lower bound, to the digits that it gives; zeros at the end of a whole number are
    none."""
    found = _BOUND.search(text)
    if found is None:
        return False
    digits = found[1].replace(",", "")
    whole, _, decimals = digits.partition(".")
    place = -len(decimals) if decimals else len(whole) - len(whole.rstrip("0"))
    return same(float(digits), lower_bound_eur, abs_=0.51 * 10.0**place)
