"""A secure plan's folder: its table stands with its figures, and what looks at the day uses the true limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from p2pdnr.errors import ResultError
from p2pdnr.results import folder
from p2pdnr.results.exports import pandapower_net
from p2pdnr.results.study_result import StudyResult
from p2pdnr.results.true_limits import stated_limits, true_network
from p2pdnr.verification.stress import stressed


def test_it_is_kept_as_it_is(secured: StudyResult, tmp_path: Path) -> None:
    folder.save(secured, tmp_path / "out")
    read = folder.load(tmp_path / "out")
    assert read.secure is not None
    assert secured.secure is not None
    pd.testing.assert_frame_equal(read.secure, secured.secure, check_exact=True, check_dtype=False)
    assert read.summary["secure"] == secured.summary["secure"]
    assert stated_limits(true_network(read)) == secured.summary["secure"]["limits"]


def test_a_folder_that_lacks_its_table_or_has_one_too_many_is_refused(secured: StudyResult, tmp_path: Path) -> None:
    summary = {key: value for key, value in secured.summary.items() if key != "secure"}
    short = replace(secured, summary=secured.summary | {"secure": dict(secured.summary["secure"])})
    folder.save(replace(short, secure=None), tmp_path / "lacks")
    folder.save(replace(secured, summary=summary), tmp_path / "more")
    for name, said in (("lacks", "is missing"), ("more", "stands without")):
        with pytest.raises(ResultError, match=said):
            folder.load(tmp_path / name)


def test_limits_of_other_lines_are_refused(secured: StudyResult, tmp_path: Path) -> None:
    claim = secured.summary["secure"]
    limits = claim["limits"] | {"limit_a": claim["limits"]["limit_a"][:-1]}
    folder.save(replace(secured, summary=secured.summary | {"secure": claim | {"limits": limits}}), tmp_path / "out")
    with pytest.raises(ResultError, match="not as many limits"):
        folder.load(tmp_path / "out")


def test_perturbed_days_and_exports_are_held_against_the_true_limits(secured: StudyResult) -> None:
    table = stressed(secured, 3, 0).stress
    assert table is not None
    held = stressed(replace(secured, summary={k: v for k, v in secured.summary.items() if k != "secure"}), 3, 0).stress
    assert held is not None
    assert (table["max_loading_percent_p50"] < held["max_loading_percent_p50"] - 1.0).any()
    limit_ka = pandapower_net(secured, 1).line["max_i_ka"].to_numpy()
    assert limit_ka == pytest.approx(np.full(len(limit_ka), 0.0535))


def test_a_line_without_limit_has_none() -> None:
    from p2pdnr.network.readers import from_text

    network = from_text("S1 2 r=0.4, 2 3 r=0.5").with_(limit_a=np.array([np.inf, 80.0]))
    assert stated_limits(network)["limit_a"] == [None, 80.0]
