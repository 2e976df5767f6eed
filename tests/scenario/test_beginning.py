"""What a day changes of its network's own state, in words."""

from __future__ import annotations

import numpy as np

from p2pdnr.network.readers import from_text
from p2pdnr.scenario.beginning import changes


def test_lines_that_open_and_close_are_named() -> None:
    network = from_text("S1 2, 2 3, 3 1 open").with_(line_ids=("", "K2", ""))
    assert changes(network, network.closed) == ()
    opened, closing = changes(network, np.array([False, False, True]))
    assert opened == "decided: line 1, K2 starts open, as a day starts without loops"
    assert closing == "decided: line 3 starts closed, as a day starts with every bus supplied"
