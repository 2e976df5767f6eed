"""Reading, writing and hashing scenario documents."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.errors import ScenarioError
from p2pdnr.scenario import document
from p2pdnr.scenario.schema import Scenario
from tests.scenario.documents import FULL, documents, full, json_values, minimal, with_value

ROOT = Path(__file__).parents[2]
QUICK = settings(deadline=None, derandomize=True, max_examples=150)


def paths(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path] * bool(path) + [deeper for key, value in items for deeper in paths(value, (*path, key))]


@QUICK
@given(documents())
def test_what_is_written_is_read_back(given_document: dict[str, Any]) -> None:
    scenario = document.from_dict(given_document)
    text = document.dumps(scenario)
    again = document.parse(text)
    assert again == scenario
    assert document.dumps(again) == text
    assert document.sha256(again) == document.sha256(scenario)
    assert json.loads(text).keys() == given_document.keys()


@QUICK
@given(json_values)
def test_any_json_value_is_a_scenario_or_a_scenario_error(value: Any) -> None:
    with pytest.raises(ScenarioError) as caught:
        document.from_dict(value)
    assert caught.value.problems
    with pytest.raises(ScenarioError):
        document.parse(json.dumps(value))


@QUICK
@given(st.sampled_from(paths(FULL)), json_values)
def test_any_value_anywhere_is_accepted_or_explained(path: tuple[str | int, ...], value: Any) -> None:
    changed = with_value(full(), path, value)
    try:
        scenario = document.parse(json.dumps(changed))
    except ScenarioError as error:
        assert all(problem.message and problem.remedy for problem in error.problems)
        str(error).encode()
    else:
        assert document.parse(document.dumps(scenario)) == scenario


@QUICK
@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_text_is_a_scenario_error(text: str | bytes) -> None:
    with pytest.raises(ScenarioError):
        document.parse(text)


@QUICK
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=3))
def test_a_torn_file_is_a_scenario_error_or_a_scenario(position: int, noise: bytes) -> None:
    text = json.dumps(FULL).encode()
    position %= len(text)
    torn = text[:position] + noise + text[position + len(noise) :]
    try:
        scenario = document.parse(torn)
    except ScenarioError as error:
        assert error.problems
    else:
        assert isinstance(scenario, Scenario)


def test_the_text_is_one_people_like_to_read() -> None:
    text = document.dumps(document.from_dict(full()))
    assert '    "load": [0.5, 0.75, 1],' in text or '"profiles": {"load": [0.5, 0.75, 1],' in text
    assert '"line_limits_a": {"3": 250},' in text
    assert '    {"from": "P1"' in text or '"preferences": [{"from": "P1"' in text
    assert max(map(len, text.splitlines())) <= 120
    assert text.endswith("}\n")
    assert json.loads(text) == FULL


def test_long_series_stay_on_one_line() -> None:
    prices = {"buy_eur_per_kwh": [0.301] * 168, "sell_eur_per_kwh": [0.1] * 168}
    text = document.dumps(document.from_dict(minimal(tariff=prices)))
    assert sum("0.301" in line for line in text.splitlines()) == 1


def test_defaults_stay_away_unless_they_were_given() -> None:
    assert "power_factor" not in document.dumps(document.from_dict(minimal()))
    given_default = minimal(prosumers=[{"id": "A", "bus": 2, "power_factor": 1}])
    assert '"power_factor": 1' in document.dumps(document.from_dict(given_default))


def test_the_digest_is_of_what_is_said_not_of_how() -> None:
    plain = document.from_dict(minimal())
    wordy = document.from_dict(
        minimal(step_h=1, market={"partners": 6}, prosumers=[{"bus": 2, "id": "A", "pv_kw": -0.0}])
    )
    other = document.from_dict(minimal(step_h=0.5))
    assert plain == wordy
    assert document.sha256(plain) == document.sha256(wordy)
    assert document.sha256(plain) != document.sha256(other)
    swapped = full() | {"profiles": dict(reversed(list(full()["profiles"].items())))}
    assert document.sha256(document.from_dict(swapped)) == document.sha256(document.from_dict(full()))


def test_the_digest_stays_what_it_is() -> None:
    """Share links and stored results carry it: a change of this value orphans them. Fields that came later are left
    out, whose defaults change nothing."""
    earlier = full()
    later = (
        "role",
        "curtailment",
        "compensation",
        "max_charge_eur_per_kwh",
        "refund",
        "reactive",
        "volt_var",
        "security",
        "outage_price",
        "levers",
        "lever_cost_eur",
        "max_lever_steps",
    )
    for name in later:
        del earlier["dso"][name]
    for row in earlier["prosumers"]:
        row.pop("inverter_kva", None)
    for name in ("min_kwh", "cycle_h"):
        del earlier["prosumers"][0]["battery"][name]
    for name in ("forecast", "start", "time_zone", "flexible_window_h"):
        del earlier[name]
    for name in ("bus_taps", "line_taps", "capacitors", "places"):
        del earlier["network"][name]
    assert document.sha256(document.from_dict(earlier))[:16] == "4d0a0c7751a01a6a"


def test_files(tmp_path: Path) -> None:
    scenario = document.from_dict(full())
    document.save(scenario, tmp_path / "a.json")
    assert document.load(tmp_path / "a.json") == scenario
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_byte_order_mark_is_no_harm() -> None:
    assert document.parse(b"\xef\xbb\xbf" + json.dumps(FULL).encode()) == document.from_dict(full())
    assert document.parse("\ufeff" + json.dumps(FULL)) == document.from_dict(full())


@pytest.mark.parametrize("name", ["missing.json", ".", "a\0b"])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        document.load(tmp_path / name)


def test_a_failed_save_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        document.save(document.from_dict(minimal()), tmp_path / "taken")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_the_exported_schema_is_that_of_the_models() -> None:
    exported = (ROOT / "data" / "scenario.schema.json").read_text(encoding="utf8")
    assert exported == document.schema_text(), "python -m p2pdnr.scenario.document > data/scenario.schema.json"


def test_the_export_command() -> None:
    command = [sys.executable, "-W", "error", "-m", "p2pdnr.scenario.document"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == document.json_schema()


@pytest.mark.parametrize("path", sorted((ROOT / "data" / "scenarios").glob("*.json")), ids=lambda path: path.stem)
def test_the_scenarios_that_come_along(path: Path) -> None:
    scenario = document.load(path)
    assert document.parse(document.dumps(scenario)) == scenario


def test_reading_ten_thousand_prosumers_is_quick_and_one_of_them_is_named() -> None:
    rows = [{"id": f"P{k}", "bus": 2 + k % 30, "load_kw": 5, "pv_kw": 3} for k in range(10_000)]
    many = full() | {"prosumers": rows, "market": {"partners": 4}}
    assert len(document.parse(json.dumps(many)).prosumers) == 10_000
    rows[7_777]["load_kw"] = "many"
    with pytest.raises(ScenarioError, match="prosumer P7777 load_kw"):
        document.parse(json.dumps(many))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("meters.csv", "time,Home 1\n", "is a table, not a scenario.*own-feeder.md"),
        ("week.xlsx", "PK", "is a table, not a scenario"),
        ("case33bw.m", "mpc", "generate --network .*case33bw.m"),
        ("net.json", '{"buses": [{"vn_kv": 10}], "lines": []}', "is a network table, not a scenario"),
        ("pp.json", '{"_module": "pandapower.auxiliary", "_class": "pandapowerNet"}', "holds a pandapower net"),
    ],
)
def test_what_is_no_scenario_has_a_way_in(name: str, text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ScenarioError, match=told) as caught:
        document.load(tmp_path / name)
    assert len(caught.value.problems) == 1
