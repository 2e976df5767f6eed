"""A kept horizon is looked at again from its files, and every figure that is changed in them is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from p2pdnr.errors import ResultError
from p2pdnr.network.readers import from_text
from p2pdnr.reconfiguration.planning.long_horizon import plan_horizon
from p2pdnr.reconfiguration.terms import LoadCase, OperatorTerms
from p2pdnr.results import horizon_file
from p2pdnr.results.claims import FAILS, HOLDS, NOT_SHOWN
from p2pdnr.verification.horizon import verify_horizon
from tests.small_networks import CABLES

ROWS = 72
NAMES = ("hourly", "daily", "fixed")


@pytest.fixture(scope="module")
def case() -> LoadCase:
    """Three days whose load moves from one end of a ring to the other; one side of it has two cables."""
    network = from_text(CABLES)
    hour = np.arange(ROWS)
    load_kw = np.zeros((ROWS, network.n_buses))
    load_kw[:, 1], load_kw[:, 3] = 500.0 + 450.0 * np.sin(hour / 12.0), 500.0 - 450.0 * np.sin(hour / 12.0)
    load_kw[:, 2] = 200.0
    return LoadCase(network, load_kw, 0.3 * load_kw, OperatorTerms(np.full(network.n_lines, 0.02)))


@pytest.fixture(scope="module")
def kept(case: LoadCase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "year"
    horizon_file.save(case, plan_horizon(case, NAMES), folder)
    return folder


def test_what_is_kept_is_read_back(kept: Path, case: LoadCase) -> None:
    found, plans = horizon_file.load(kept), plan_horizon(case, NAMES)
    assert set(found.plans) == {*NAMES, "initial"}
    for name in NAMES:
        assert (found.plans[name].closed == plans.plans[name].closed).all()
        assert found.plans[name].sums["cost_eur"] == plans.plans[name].cost_eur
    assert (found.case.load_kw == case.load_kw).all()
    assert found.plans["hourly"].sums["operations"] > found.plans["daily"].sums["operations"]


def test_it_stands_up_to_other_power_flows(kept: Path) -> None:
    found = verify_horizon(horizon_file.load(kept))
    assert {name: item.state for name, item in found.items()} == {
        "radial": HOLDS,
        "loss": HOLDS,
        "cost": HOLDS,
        "least": NOT_SHOWN,
    }


def _loss(told: dict[str, Any]) -> None:
    told["plans"]["daily"]["loss_kw"][5] += 0.5


def _sum(told: dict[str, Any]) -> None:
    told["plans"]["hourly"]["cost_eur"] *= 1.001


def _operations(told: dict[str, Any]) -> None:
    told["plans"]["hourly"]["operations"] -= 1


def _moved(told: dict[str, Any]) -> None:
    """A plan that is said to switch once, and switches as the hourly one does."""
    told["plans"]["fixed"]["changes"] = told["plans"]["hourly"]["changes"]


def _meshed(told: dict[str, Any]) -> None:
    told["plans"]["fixed"]["changes"][0][1].pop()


def _dear(told: dict[str, Any]) -> None:
    told["plans"]["hourly"] = told["plans"]["initial"] | {"proved": True}


@pytest.mark.parametrize(
    ("change", "name"),
    [(_loss, "loss"), (_sum, "cost"), (_operations, "cost"), (_moved, "radial"), (_meshed, "radial"), (_dear, "least")],
)
def test_what_is_changed_is_found(
    kept: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None], name: str
) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(kept, folder)
    told = json.loads((folder / "horizon.json").read_text())
    change(told)
    (folder / "horizon.json").write_text(json.dumps(told))
    assert verify_horizon(horizon_file.load(folder))[name].state == FAILS


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "p2pdnr day"), ("rows", 71), ("plans", {}), ("network", {}), ("terms", {"step_h": 1.0})],
)
def test_what_does_not_fit_together_is_refused(kept: Path, tmp_path: Path, field: str, value: object) -> None:
    folder = tmp_path / "odd"
    shutil.copytree(kept, folder)
    told = json.loads((folder / "horizon.json").read_text()) | {field: value}
    (folder / "horizon.json").write_text(json.dumps(told))
    with pytest.raises(ResultError):
        horizon_file.load(folder)


def test_other_folders_are_left_alone(case: LoadCase, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ResultError, match="holds no long horizon"):
        horizon_file.refuse_foreign(tmp_path)
    (tmp_path / "mine.txt").unlink()
    horizon_file.refuse_foreign(tmp_path)
    with pytest.raises(ResultError, match="has no"):
        horizon_file.load(tmp_path)
