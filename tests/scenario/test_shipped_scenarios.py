"""The scenarios in data/ are sound, and their profiles are the ones that data/profiles documents."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from p2pdnr.scenario import assembly, checks, document
from scripts.docs import week_scenario

DATA = Path(__file__).parents[2] / "data"
PROFILES = {
    "ieee33-solar": "summer_day",
    "ieee33-surplus": "summer_day",
    "ieee33-quiet": "winter_day",
    "ieee33-week": "summer_week",
}


def columns(name: str) -> dict[str, list[float]]:
    """Columns of a file in data/profiles."""
    with (DATA / "profiles" / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {key: [float(row[key]) for row in rows] for key in rows[0]}


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_are_those_of_the_documented_file(name: str) -> None:
    scenario = document.load(DATA / "scenarios" / f"{name}.json")
    documented = columns(PROFILES[name])
    assert {key: list(series) for key, series in scenario.profiles.items()} == {
        key: documented[key] for key in scenario.profiles
    }


@pytest.mark.parametrize("name", PROFILES)
def test_fits_its_network_and_reads_back_as_written(name: str) -> None:
    path = DATA / "scenarios" / f"{name}.json"
    scenario = document.load(path)
    checks.check(scenario, assembly.build_network(scenario, path.parent))
    assert path.read_text(encoding="utf-8") == document.dumps(scenario)


@pytest.mark.parametrize("name", PROFILES)
def test_everyone_can_trade_with_everyone_through_partners(name: str) -> None:
    scenario = document.load(DATA / "scenarios" / f"{name}.json")
    pairs = assembly.partner_pairs(scenario, assembly.build_network(scenario, None)).tolist()
    reached = {0}
    for _ in scenario.prosumers:
        reached |= {end for pair in pairs if reached & set(pair) for end in pair}
    assert reached == set(range(len(scenario.prosumers)))


@pytest.mark.parametrize("name", PROFILES)
def test_every_kind_of_prosumer_is_there(name: str) -> None:
    prosumers = document.load(DATA / "scenarios" / f"{name}.json").prosumers
    kinds = ("pv_kw", "load_kw", "battery", "elastic", "generator", "flexible_share")
    assert all(any(getattr(prosumer, kind) for prosumer in prosumers) for kind in kinds)
    assert len({prosumer.id for prosumer in prosumers}) == 15


def test_the_week_is_the_default_day_seven_times_over() -> None:
    written = (DATA / "scenarios" / "ieee33-week.json").read_text(encoding="utf-8")
    assert document.dumps(week_scenario.week()) == written
