"""Small feeders as files that a person might open."""

from __future__ import annotations

from typing import Any

TABLE: dict[str, Any] = {
    "name": "ring",
    "buses": [{"vn_kv": 20}, {"vn_kv": 20, "p_kw": 100}, {"vn_kv": 20, "p_kw": 50}],
    "lines": [
        {"from": 1, "to": 2, "r_ohm": 1, "x_ohm": 1},
        {"from": 2, "to": 3, "r_ohm": 1, "x_ohm": 1},
        {"from": 1, "to": 3, "r_ohm": 1, "x_ohm": 1, "closed": False},
    ],
}


CASE = """function mpc = feeder
mpc.version = '2';
mpc.baseMVA = 1;
mpc.bus = [
1 3 0 0 0 0 1 1 0 12.66 1 1 1;
2 1 0.1 0.06 0 0 1 1 0 12.66 1 1.1 0.9;
];
mpc.gen = [1 0 0 10 -10 1 100 1 10 0 0 0 0 0 0 0 0 0 0 0 0];
mpc.branch = [1 2 0.01 0.02 0 0 0 0 0 0 1 -360 360];
"""
