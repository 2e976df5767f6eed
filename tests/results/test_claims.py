from __future__ import annotations

import pytest

from p2pdnr.results import claims

CLAIM = {"value": 0.0, "limit": 1.0}


@pytest.mark.parametrize(
    ("stated", "state"),
    [
        ({"holds": True}, "holds"),
        ({"holds": False}, "does not hold"),
        ({"holds": True, "state": "holds"}, "holds"),
        ({"holds": False, "state": "not shown"}, "not shown"),
        ({"holds": True, "state": "does not hold"}, "does not hold"),
        ({"holds": False, "state": "holds"}, "does not hold"),
        ({"holds": True, "state": None}, "holds"),
    ],
)
def test_a_claim_has_a_state_whoever_wrote_it(stated: dict, state: str) -> None:
    assert claims.state_of(CLAIM | stated) == state


def test_verdicts_in_a_few_words() -> None:
    held, open_ = CLAIM | {"holds": True}, CLAIM | {"holds": False, "state": "not shown"}
    failing = CLAIM | {"holds": False}
    assert claims.verdict_of(None) == "every certificate holds"
    assert claims.verdict_of({"radial": held}) == "every certificate holds"
    assert claims.verdict_of({"radial": held, "rank": open_}) == "1 hold, 1 not shown: rank"
    assert claims.verdict_of({"radial": failing, "rank": open_}) == "radial not held"
    assert claims.named({"radial": failing, "rank": open_}, claims.NOT_SHOWN) == ["rank"]
