from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2pdnr.results.landscape_file import pack, unpack


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(st.lists(st.floats(0, 1e5) | st.just(np.nan), min_size=4, max_size=4), min_size=1, max_size=5))
def test_sorted_losses_come_back_to_the_watt(rows: list[list[float]]) -> None:
    loss_kw = np.sort(np.array(rows), axis=1)
    again = unpack(pack(loss_kw))
    assert np.array_equal(np.isnan(again), np.isnan(loss_kw))
    assert np.allclose(again, loss_kw, atol=5.1e-4, rtol=0, equal_nan=True)


@pytest.mark.parametrize("steps", [[[5, -2, 3]], [[5, -1, 3]], [1, 2, 3]])
def test_what_was_not_packed_is_refused(steps: list) -> None:
    with pytest.raises(ValueError, match="not sorted"):
        unpack(np.array(steps, dtype=np.int32))
