"""The plots of docs/convergence.md: well-formed, to scale, and there."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from scripts.docs.convergence import HEIGHT, LEFT, RIGHT, TOP, WIDTH, Curve, Frame, binary_phases, picture

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_a_picture_is_well_formed_and_to_scale() -> None:
    frame = Frame(11, -2, 2, True, "residual")
    curve = Curve("primal", np.array([100.0, *[np.nan] * 4, 1.0, 0.1, 0.0, 1e-9, 1.0, 1.0]))
    root = ElementTree.fromstring(picture(frame, [curve], ["binary"] * 5 + ["convex"] * 6))
    path = root.findall("{http://www.w3.org/2000/svg}path")[0].attrib["d"]
    starts = re.findall(r"M([\d.]+) ([\d.]+)", path)
    assert starts[0] == (f"{LEFT:.1f}", f"{TOP:.1f}"), "the highest value stands at the top left"
    assert len(starts) == 3, "what is no number, and zero among decades, leaves a gap"
    assert float(re.findall(r"L([\d.]+) ", path)[-1]) == pytest.approx(WIDTH - RIGHT)
    assert all(float(y) <= HEIGHT for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path))


def test_binary_phases_are_told_apart_and_end_at_zero() -> None:
    phases = ["convex", "binary", "binary", "polish", "binary"]
    found = binary_phases(phases, np.array([9.0, 5.0, 3.0, 0.0, 4.0]))
    assert [values.tolist() for values in found] == [[5, 3, 0], [4, 0]]


def test_every_picture_of_the_document_is_there() -> None:
    named = re.findall(r"\]\((pictures/[\w.-]+)\)", (DOCS / "convergence.md").read_text())
    assert len(named) == 3
    for name in named:
        ElementTree.parse(DOCS / name)
