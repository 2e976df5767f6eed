"""What summary.json says about a certificate: it holds, it does not hold, or it is not shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

State = Literal["holds", "does not hold", "not shown"]
"""``not shown``: the method cannot examine it here, whatever the result; never because a file holds rubbish."""

HOLDS: State = "holds"
FAILS: State = "does not hold"
NOT_SHOWN: State = "not shown"


def state_of(claim: Mapping[str, Any]) -> State:
    """The state that a claim of summary.json states; those of before there were three states say ``holds`` alone."""
    stated = claim.get("state")
    if stated == NOT_SHOWN:
        return NOT_SHOWN
    return HOLDS if stated in (None, HOLDS) and claim["holds"] else FAILS


def named(claims: Mapping[str, Mapping[str, Any]] | None, state: State) -> list[str]:
    """The names of the certificates that are stated to be in ``state``."""
    return [name for name, claim in (claims or {}).items() if state_of(claim) == state]


def verdict(states: Mapping[str, State]) -> str:
    """All certificates in a few words, those that do not hold first."""
    failing = [name for name, state in states.items() if state == FAILS]
    open_ = [name for name, state in states.items() if state == NOT_SHOWN]
    if failing:
        return f"{', '.join(failing)} not held"
    if open_:
        return f"{len(states) - len(open_)} hold, {len(open_)} not shown: {', '.join(open_)}"
    return "every certificate holds"


def verdict_of(claims: Mapping[str, Mapping[str, Any]] | None) -> str:
    """:func:`verdict` of the claims of a summary."""
    return verdict({name: state_of(claim) for name, claim in (claims or {}).items()})
