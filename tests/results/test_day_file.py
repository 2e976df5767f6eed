"""A day in a folder: read back as it was written, and refused with a reason where it is torn or made up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from p2pdnr.errors import ResultError
from p2pdnr.network.arrays import Network
from p2pdnr.reconfiguration.planning.day import plan_day
from p2pdnr.reconfiguration.planning.settings import PlanningSettings
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.results import files
from p2pdnr.results.day_file import BOUND, DAY, StoredDay, is_day, load, save, stored_day
from p2pdnr.verification.day_bound import repeated_eur

Json = dict[str, Any]


@pytest.fixture(scope="module")
def day(network33_few: Network) -> StoredDay:
    """Two hours of a feeder."""
    factor = np.array([[0.5], [1.0]])
    terms = OperatorTerms(np.full(37, 0.3), max_per_day=4, min_dwell_steps=2, return_to_initial=True)
    case = LoadCase(network33_few, factor * network33_few.p_kw, factor * network33_few.q_kvar, terms)
    found = plan_day(case, PlanningSettings(bound_gap=0.0, keep_proof=True))
    assert found.proof is not None
    return stored_day(case, found.hourly.closed, found.hourly.cost_eur, found.proof)


@pytest.fixture
def folder(day: StoredDay, tmp_path: Path) -> Path:
    """The day as it is written."""
    save(day, tmp_path / "kept")
    return tmp_path / "kept"


def test_a_day_comes_back_as_it_was(day: StoredDay, folder: Path) -> None:
    back = load(folder)
    assert (back.closed == day.closed).all()
    assert (back.case.load_kw == day.case.load_kw).all() and (back.case.load_kvar == day.case.load_kvar).all()
    mine, yours = (asdict(terms) for terms in (day.case.terms, back.case.terms))
    assert (mine.pop("switching_cost_eur") == yours.pop("switching_cost_eur")).all() and mine == yours
    assert (back.cost_eur, back.bound_eur) == (day.cost_eur, day.bound_eur)
    assert repeated_eur(back, back.case) == repeated_eur(day, day.case)
    for told, read in zip(day.evidence.looked, back.evidence.looked, strict=True):
        assert [one.parent for one in told] == [one.parent for one in read]
        assert all((one.alive == other.alive).all() for one, other in zip(told, read, strict=True))
        assert [one.multipliers is None for one in told] == [one.multipliers is None for one in read]


def test_a_day_replaces_a_day_and_nothing_else(day: StoredDay, folder: Path, tmp_path: Path) -> None:
    save(day, folder)
    assert is_day(folder)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear reader")
    with pytest.raises(ResultError, match="already exists and holds no day"):
        save(day, tmp_path / "mine")
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="file"):
        save(day, tmp_path / "file" / "under")


def test_a_bound_without_evidence_is_not_stored(day: StoredDay, network33_few: Network) -> None:
    found = plan_day(day.case, PlanningSettings(bound_gap=0.0, keep_proof=True))
    assert found.proof is not None
    with pytest.raises(ValueError, match="nothing was kept"):
        stored_day(day.case, day.closed, day.cost_eur, replace(found.proof, evidence=None))


def edited(change: Callable[[Json], object]) -> Callable[[Path], None]:
    """Something changed in day.json."""

    def edit(folder: Path) -> None:
        table = json.loads((folder / DAY).read_text())
        change(table)
        (folder / DAY).write_text(json.dumps(table))

    return edit


def rewritten(**arrays: Any) -> Callable[[Path], None]:
    """Arrays changed in bound.npz, or left out where None."""

    def edit(folder: Path) -> None:
        stored = files.read_arrays(folder / BOUND)
        stored |= {name: change(stored[name]) for name, change in arrays.items()}
        files.write_arrays(folder / BOUND, {name: values for name, values in stored.items() if values is not None})

    return edit


TORN: dict[str, Callable[[Path], object]] = {
    "no bound": lambda folder: (folder / BOUND).unlink(),
    "no archive": lambda folder: (folder / BOUND).write_text("PK"),
    "no JSON": lambda folder: (folder / DAY).write_text("{"),
    "a list": lambda folder: (folder / DAY).write_text("[]"),
    "deep": lambda folder: (folder / DAY).write_text("[" * 100_000),
    "another kind": edited(lambda table: table.update(kind="a week")),
    "no network": edited(lambda table: table.pop("network")),
    "a network that is none": edited(lambda table: table.update(network=[])),
    "no loads": edited(lambda table: table.update(load_kw=[])),
    "loads that are words": edited(lambda table: table.update(load_kw="many")),
    "no hours": edited(lambda table: table.update(open_lines=[], load_kw=[], load_kvar=[])),
    "a line that is none": edited(lambda table: table["open_lines"][0].append(38)),
    "a negative price": edited(lambda table: table["terms"].update(loss_price_eur_per_kwh=-1.0)),
    "a limit that is a word": edited(lambda table: table["terms"].update(max_per_day="few")),
    "steps of no length": edited(lambda table: table["terms"].update(step_h=0.0)),
    "a cost that is no number": edited(lambda table: table.update(cost_eur=None)),
    "terms that are none": edited(lambda table: table.update(terms=None)),
    "no prices": rewritten(open_eur=lambda _: None),
    "prices that are not finite": rewritten(open_eur=lambda values: values * np.nan),
    "fewer cutoffs": rewritten(cutoff_eur=lambda values: values[1:]),
    "fewer multipliers": rewritten(set_multipliers=lambda values: values[1:]),
    "more sets": rewritten(sets=lambda values: values + 1),
    "an hour without sets": rewritten(sets=lambda values: values * 0),
    "fewer parents": rewritten(set_parent=lambda values: values[1:]),
    "fewer states": rewritten(set_alive=lambda values: values[1:]),
    "states below none": rewritten(set_states=lambda values: -values),
    "floors of fewer hours": rewritten(
        floor_counts=lambda values: values * 0 - 1, floor_multipliers=lambda _: np.zeros(0)
    ),
}


@pytest.mark.parametrize("how", TORN)
def test_what_is_torn_is_refused_with_a_reason(folder: Path, how: str) -> None:
    TORN[how](folder)
    with pytest.raises(ResultError) as caught:
        load(folder)
    assert all(problem.remedy for problem in caught.value.problems)
