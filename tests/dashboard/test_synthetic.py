"""The synthetic day has the shape that real results have, so that tests and screens built on it mean something."""

from __future__ import annotations

from typing import Any

from p2pdnr.results.payload import payload
from tests.dashboard import synthetic
from tests.sample_result import sample_result


def shape(value: Any, depth: int = 3) -> Any:
    """Keys of nested objects, down to a depth."""
    return {key: shape(item, depth - 1) for key, item in value.items()} if isinstance(value, dict) and depth else None


def test_synthetic_and_real_payloads_have_one_shape() -> None:
    real, made = payload(sample_result(4)), synthetic.payload(hours=4)
    for part in real:
        if part == "summary":
            assert set(real[part]) <= set(made[part]) | {"curtailed_kwh"}
        elif part == "trades":
            assert shape(real[part][0]) == shape(made[part][0])
        else:
            assert shape(real[part]) == shape(made[part]), part
