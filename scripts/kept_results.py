"""Results that the repository keeps: written again only where something but the times of the solve has changed.

A result solved again on the same machine has the same bytes but for seconds; on another one, and with other versions of
the packages, last digits may differ too. Neither is worth a commit.
"""

from __future__ import annotations

import gzip
import json
import math
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from p2pdnr.results import files, folder
from p2pdnr.results.grid_payload import DECIMALS, USUAL_DECIMALS
from p2pdnr.results.payload import payload
from p2pdnr.results.replay import replay
from p2pdnr.results.study_result import StudyResult
from p2pdnr.server.store import REPLAY, write_payload

MEASURED = ("seconds", "versions")
"""Keys and columns that say how long it took, and with what."""

SHARE, AMOUNT = 1e-6, 1e-9
"""Relative and absolute difference of two numbers that count as the same."""


def keep(result: StudyResult, target: Path, *, with_replay: bool = False) -> bool:
    """Keep a result folder, what the page receives beside it; returns whether anything was written."""
    with _scratch(target) as scratch:
        draft = Path(scratch) / target.name
        folder.save(result, draft, landscape=False)  # 1.2 MB that nobody reads there
        write_payload(payload(result), draft)
        if with_replay:
            write_payload(replay(result), draft, REPLAY)
        return _replace(draft, target)


def keep_payload(sent: Mapping[str, Any], target: Path) -> bool:
    """Keep what the page receives alone; returns whether anything was written."""
    with _scratch(target) as scratch:
        draft = Path(scratch) / target.name
        write_payload(sent, draft)
        return _replace(draft, target)


def _scratch(target: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder beside the target, from where what is in it can be moved there at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-")


def _replace(draft: Path, target: Path) -> bool:
    if target.is_dir() and is_same(target, draft):
        return False
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
    return True


def is_same(kept: Path, new: Path) -> bool:
    """Whether two folders have the same files, and these say the same but for what was measured."""
    names = sorted(path.name for path in new.iterdir())
    return names == sorted(path.name for path in kept.iterdir()) and all(
        _is_same_file(kept / name, new / name) for name in names
    )


def _is_same_file(kept: Path, new: Path) -> bool:
    if kept.suffix == ".csv":
        return _is_same_table(pd.read_csv(kept), pd.read_csv(new))
    if kept.suffix == ".npz":
        first, second = files.read_arrays(kept), files.read_arrays(new)
        return list(first) == list(second) and all(_is_same_array(first[name], second[name]) for name in first)
    if kept.suffix == ".gz":
        return _is_alike(*(json.loads(gzip.decompress(path.read_bytes())) for path in (kept, new)), _last_digit)
    return _is_alike(*(json.loads(path.read_bytes()) for path in (kept, new)))


def _is_same_table(kept: pd.DataFrame, new: pd.DataFrame) -> bool:
    try:
        without = [table.drop(columns=[name for name in MEASURED if name in table]) for table in (kept, new)]
        pd.testing.assert_frame_equal(*without, check_exact=False, rtol=SHARE, atol=AMOUNT)
    except AssertionError:
        return False
    return list(kept.columns) == list(new.columns)


def _is_same_array(kept: Any, new: Any) -> bool:
    return bool(kept.shape == new.shape and np.allclose(kept, new, rtol=SHARE, atol=AMOUNT, equal_nan=True))


def _last_digit(name: str) -> float:
    """How far apart two numbers of a payload are at most that were rounded from the same but for ``SHARE``."""
    return 1.01 * 10.0 ** -DECIMALS.get(name, USUAL_DECIMALS)


def _is_alike(kept: Any, new: Any, slack: Callable[[str], float] = lambda _: AMOUNT, name: str = "") -> bool:
    """Whether two JSON values are the same but for what was measured; the order of keys counts."""
    if isinstance(kept, dict) and isinstance(new, dict):
        common = [key for key in kept if key not in MEASURED]
        return list(kept) == list(new) and all(_is_alike(kept[key], new[key], slack, key) for key in common)
    if isinstance(kept, list) and isinstance(new, list):
        return len(kept) == len(new) and all(_is_alike(*pair, slack, name) for pair in zip(kept, new, strict=True))
    if type(kept) is float and type(new) is float:
        return math.isclose(kept, new, rel_tol=SHARE, abs_tol=slack(name))
    return type(kept) is type(new) and bool(kept == new)
