"""The public face: what ``import p2pdnr`` offers."""

from __future__ import annotations

import subprocess
import sys

import pytest

import p2pdnr


@pytest.mark.parametrize("name", p2pdnr.__all__)
def test_every_name_is_there_and_documented(name: str) -> None:
    assert getattr(p2pdnr, name).__doc__
    assert name in dir(p2pdnr)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = p2pdnr.nonsense


def test_the_import_costs_nothing() -> None:
    slow = {"numpy", "pandas", "cvxpy", "numba"}
    code = f"import sys, p2pdnr; print(sorted({{m.split('.')[0] for m in sys.modules}} & {slow}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
