"""The one door to all networks: names, tables, paths."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from p2pdnr.errors import NetworkError
from p2pdnr.network.readers import built_in_names, from_text, read, to_table


@pytest.mark.parametrize("name", ["case33bw", "33bw", " CASE33BW "])
def test_built_in_under_its_names(name: str) -> None:
    network = read(name, None)
    assert (network.name, network.n_buses, network.initially_open) == ("case33bw", 33, (33, 34, 35, 36, 37))


def test_case33bw_equals_pandapower() -> None:
    networks = pytest.importorskip("pandapower.networks")
    theirs = networks.case33bw()
    mine = read("case33bw", None)
    assert np.array_equal(mine.from_bus, theirs.line.from_bus) and np.array_equal(mine.to_bus, theirs.line.to_bus)
    np.testing.assert_allclose(mine.r_pu * 12.66**2, theirs.line.r_ohm_per_km * theirs.line.length_km, rtol=1e-14)
    np.testing.assert_allclose(mine.x_pu * 12.66**2, theirs.line.x_ohm_per_km * theirs.line.length_km, rtol=1e-14)
    assert np.array_equal(mine.closed, theirs.line.in_service)
    loads = theirs.load.set_index("bus").reindex(range(33), fill_value=0.0)
    np.testing.assert_allclose(mine.p_kw, 1000.0 * loads.p_mw, rtol=1e-14)
    np.testing.assert_allclose(mine.q_kvar, 1000.0 * loads.q_mvar, rtol=1e-14)
    assert (mine.vn_kv == theirs.bus.vn_kv).all()
    assert mine.substations.tolist() == theirs.ext_grid.bus.tolist()
    assert mine.substation_vm_pu.tolist() == theirs.ext_grid.vm_pu.tolist()


def test_reading_the_built_in_feeder_stays_light() -> None:
    code = (
        "import sys; from p2pdnr.network.readers import read; read('case33bw', None);"
        "print([name for name in ('pandapower', 'numba', 'cvxpy', 'pandas', 'pydantic') if name in sys.modules])"
    )
    root = Path(__file__).parents[3]
    out = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_inline_table() -> None:
    table = to_table(from_text("S1 2 r=0.3, 2 3 open, 1 3"))
    assert to_table(read(table, None)) == table


def test_relative_path_stands_next_to_its_document(tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "a.json").write_text(json.dumps(to_table(from_text("S1 2"))))
    assert read("nets/a.json", tmp_path).n_buses == 2
    assert read(str(tmp_path / "nets" / "a.json"), Path("elsewhere")).n_buses == 2


@pytest.mark.parametrize("path", ["net.json", "../net.json", "{folder}/net.json", "//host/share/net.json"])
def test_paths_are_refused_where_none_may_be_named(path: str, tmp_path: Path) -> None:
    (tmp_path / "net.json").write_text("secret")
    with pytest.raises(NetworkError, match="files cannot be named here") as caught:
        read(path.format(folder=tmp_path), None)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("source", ["case34", "", "net.xyz", "net", "case33bw.py"])
def test_unknown_sources_name_what_is_known(source: str, tmp_path: Path) -> None:
    with pytest.raises(NetworkError) as caught:
        read(source, tmp_path)
    assert "case33bw" in caught.value.problems[0].remedy
    assert "case33bw" in built_in_names()


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("net.xlsx", "is no text"),
        ("net.ods", "xlsx or as CSV"),
        ("net.p", "from_pickle"),
        ("case33.MAT", r"savecase\('case.m', loadcase\('case.mat'\)\)"),
        ("ieee123.dss", "OpenDSS.*network table"),
        ("bus_84_11.pos", "REDS.*network table"),
        ("lines.csv", "Save it as CSV"),
        ("grid.xml", "from_pandapower"),
    ],
)
def test_files_of_other_programs_have_a_way_in(name: str, way: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\x00")
    with pytest.raises(NetworkError, match=way) as caught:
        read(name, tmp_path)
    problem = caught.value.problems[0]
    assert problem.ids == (name,) and "cigre" not in str(problem)


def test_json_of_other_programs_has_a_way_in(tmp_path: Path) -> None:
    for document, way in (
        ({"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": {}}, "bus, ext_grid: is a table"),
        ({"name": "day", "network": {"source": "case33bw"}, "prosumers": []}, "is a scenario"),
        ({"version": "1.0", "is_batch": False, "attributes": {}, "data": {}}, "power-grid-model"),
    ):
        (tmp_path / "x.json").write_text(json.dumps(document))
        with pytest.raises(NetworkError, match=way) as caught:
            read("x.json", tmp_path)
        assert len(caught.value.problems) == 1


def test_names_that_are_nearly_right() -> None:
    with pytest.raises(NetworkError, match="Did you mean cigre_mv"):
        read("cigre_mvs", None)
