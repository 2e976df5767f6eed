"""Sheets of lines and buses to be filled in: a small ring that is read as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Rows = Sequence[Sequence[str | float | None]]

SHEETS: Mapping[str, Rows] = {
    "lines": (
        ("id", "from", "to", "length_km", "type", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "limit_a", "status"),
        ("K1", "UW Nord", "ST1", 1.2, "NA2XS2Y 1x185 RM/25 12/20 kV", None, None, None, None, "closed"),
        ("K2", "ST1", "ST2", 0.8, "NA2XS2Y 1x185 RM/25 12/20 kV", None, None, None, None, "closed"),
        ("K3", "ST2", "UW Nord", 1.5, None, 0.206, 0.122, 250, 319, "open"),
    ),
    "buses": (
        ("id", "vn_kv", "p_kw", "cosphi", "substation"),
        ("UW Nord", 20, 0, None, "yes"),
        ("ST1", 20, 240, 0.95, None),
        ("ST2", 20, 180, 0.95, None),
    ),
}
"""Title -> rows, column names first."""
