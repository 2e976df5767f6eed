"""The negotiation turn by turn: few frames, evenly spread, and in the shape the page reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2pdnr.coordination.progress.frames import MOST, MOST_VALUES, Film, Frame, Survivors
from p2pdnr.results.replay import replay
from tests.sample_result import sample_result


def frame(turn: int, pairs: int = 2, hours: int = 3) -> Frame:
    agreed, price = np.full((pairs, hours), 10.0 * turn), np.full((pairs, hours), 0.25)
    wanted, survivors = np.full((3, hours), -4.4), Survivors((3, 1, 2), ((0, 4), (), (1,)))
    return Frame(turn, "binary", 1.0, agreed, price, wanted, survivors, ((), (0, 2), (5,)))


@pytest.mark.parametrize("turns", [1, 59, 60, 61, 500, 3000])
def test_frames_are_few_and_evenly_spread(turns: int) -> None:
    film = Film()
    for turn in range(turns):
        film.take(frame(turn))
    kept = [item.iteration for item in film.frames]
    assert kept[0] == 0 and len(kept) < MOST
    assert set(np.diff(kept)) <= {film.stride}
    assert turns - 1 - kept[-1] < film.stride
    assert len(kept) >= min(turns, MOST // 2 - 1)


def test_large_markets_keep_nothing() -> None:
    film = Film()
    film.take(frame(1, pairs=MOST_VALUES, hours=2))
    assert film.frames == []


def test_frames_as_the_page_reads_them() -> None:
    result = sample_result(3)
    told = replay(replace(result, frames=(frame(1), frame(2))))["frames"]
    assert [item["iteration"] for item in told] == [1, 2]
    assert told[1]["power_kw"] == [[20, 20]] * 3
    assert told[1]["price_eur_per_kwh"] == [pytest.approx(0.25 / result.scenario.step_h)] * 3
    assert (told[0]["kept"], told[0]["undecided"]) == ([3, 1, 2], [[1, 5], [], [2]])
    assert told[0]["injection_kw"] == [[-4, -4, -4]] * 3
    assert told[0]["open"] == [[], [1, 3], [6]]
    assert replay(result) == {"frames": []}
