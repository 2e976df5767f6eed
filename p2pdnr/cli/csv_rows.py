"""Rows of figures as a CSV file: compare.csv, roles.csv and sweep.csv."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from p2pdnr.cli import options


def write_csv(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Rows with the same keys as a CSV file, whole or not at all; None becomes an empty cell."""
    draft = path.with_name(f".{path.name}.tmp")
    with options.writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        draft.replace(path)
