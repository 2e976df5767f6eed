"""Whatever number of role.csv is changed by an amount that can be seen, ``check`` notices: all columns, every role."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from p2pdnr import study
from p2pdnr.results.columns import OPTIONAL_TABLES
from p2pdnr.results.study_result import StudyResult
from p2pdnr.scenario import document
from p2pdnr.verification import certificates, optimum, statements, verify
from p2pdnr.verification.roles import validate
from tests.leader_scenario import duo
from tests.verification.roles.scenes import sunny, tight_document

SEEN = {"kw": 0.5, "eur": 0.05}
"""By unit: an amount that can be seen."""
SCENES = {"validate": sunny(compensation="lost_revenue"), "envelopes": tight_document(), "leader": duo()}
MAY_BE_OTHERS = ("low_kw", "high_kw")
"""What the operator publishes: as much elsewhere is another envelope, which may hold as well."""
NOT_LOOKED_AT = {("leader", "asked_kw")}
"""As docs/formats.md says."""
NUMBERS = [column.name for column in OPTIONAL_TABLES["role"] if column.kind == "number"]


@pytest.fixture(scope="module", params=SCENES)
def solved(request: pytest.FixtureRequest) -> StudyResult:
    scenario = document.from_dict(SCENES[request.param])
    return study.run(scenario, study.Options(mode="fixed", role=request.param))


@pytest.fixture(scope="module", autouse=True)
def asked_once() -> Iterator[None]:
    """role.csv alone is changed: what is asked of the plan without it, and a cone programme that stays as it was, is
    answered once."""
    answers: dict[Any, Any] = {}

    def once(owner: Any, name: str, key: Callable[..., Any], patch: pytest.MonkeyPatch) -> None:
        ask = getattr(owner, name)

        def answer(*question: Any) -> Any:
            place = (owner.__name__, name, key(*question))
            if place not in answers:
                answers[place] = (question, ask(*question))  # held, so that no other object gets its id
            return answers[place][1]

        patch.setattr(owner, name, answer)

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in ((certificates, "judge_hourly"), (validate, "judge"), (validate, "least_curtailment")):
            once(owner, name, lambda *question: pickle.dumps(question), patch)
        once(optimum, "central", lambda _, result: id(result.tables), patch)
        once(certificates, "rank", lambda _, tables, *rest: id(tables), patch)
        yield


def objections(result: StudyResult) -> list[str]:
    """What ``check`` has against a result."""
    certificates = verify(result)
    fails = [name for name, item in certificates.items() if item.state == "does not hold"]
    return [*fails, *statements(result, certificates).contradictions]


def changes(table: pd.DataFrame, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """A column changed: up and down where it is largest, moved from there to the next prosumer, and left out; an empty
    one filled."""
    values, amount = table[name].to_numpy(dtype=float), SEEN[name.rpartition("_")[2]]
    if np.isnan(values).all():
        yield "filled", np.where(np.arange(len(values)) == 0, 1.0, values)
        return
    most, people = int(np.nanargmax(np.abs(values))), table["prosumer"].nunique()
    beside = most - most % people + (most + 1) % people
    for word, step in (("more", amount), ("less", -amount), ("gone", np.nan)):
        yield word, np.where(np.arange(len(values)) == most, values + step, values)
    moved = values.copy()
    moved[[most, beside]] += (-amount, amount)
    if name not in MAY_BE_OTHERS:
        yield "moved", moved


def test_every_change_of_a_number_is_noticed(solved: StudyResult) -> None:
    assert solved.role is not None and objections(solved) == []
    unseen = [
        (name, word)
        for name in NUMBERS
        if (solved.scenario.dso.role, name) not in NOT_LOOKED_AT
        for word, values in changes(solved.role, name)
        if not objections(replace(solved, role=solved.role.assign(**{name: values})))
    ]
    assert unseen == [], str(unseen)
