"""Compiled functions run whatever an older version has left in the cache."""

from __future__ import annotations

import pickle
from pathlib import Path

import numba
import pytest

from p2pdnr.network.compilation import entry_point

GONE = b"cp2pdnr.network.kernel_arrays\nRecordOfAnEarlierVersion\n."
"""A pickle that names a class which does not exist."""


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="needs compiled functions")
def test_an_index_that_names_what_is_gone_counts_as_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))

    def twice(value):  # type: ignore[no-untyped-def]
        return 2.0 * value

    assert entry_point(twice)(1.5) == 3.0
    [index] = tmp_path.rglob("*.nbi")
    with pytest.raises(AttributeError):
        pickle.loads(GONE)
    index.write_bytes(pickle.dumps(numba.__version__) + GONE)
    again = entry_point(twice)
    assert again(1.5) == 3.0
    assert sum(again.stats.cache_misses.values()) == 1
    kept = entry_point(twice)
    assert kept(1.5) == 3.0
    assert sum(kept.stats.cache_hits.values()) == 1
